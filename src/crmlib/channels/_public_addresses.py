"""Which addresses of the internet belong to the public, and which to somebody's inside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = IPv4Network | IPv6Network

# the registries of IANA (RFC 6890), written out: Python's own idea differs by version
_INNER: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            # public by its number, but there Azure tells a machine its secrets
            "168.63.129.16/32",
        ),
    )
)
_UNICAST: Final = IPv6Network("2000::/3")
_INNER_V6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Say whether *address* may be connected to on the word of a stranger.

    Private networks, loopback, link-local (where clouds keep their metadata),
    carrier-grade NAT, multicast and reserved ranges are not public.  An IPv4
    address inside an IPv6 one (mapped, NAT64, 6to4) is judged by itself.

    Parameters
    ----------
    address : str
        IPv4 or IPv6, in digits.
    allowed : iterable of networks
        What may be connected to all the same.

    Examples
    --------
    >>> [is_public(address) for address in ("93.184.215.14", "10.0.0.1", "::ffff:169.254.169.254")]
    [True, False, False]
    """
    found = ip_address(address.partition("%")[0])
    inner = _inside(found)
    networks = list(allowed)
    if any(each in network for each in (found, inner) for network in networks):
        return True
    if isinstance(inner, IPv6Address):
        return inner in _UNICAST and not any(inner in network for network in _INNER_V6)
    return not any(inner in network for network in _INNER)


def read_networks(name: str, value: object) -> tuple[Network, ...]:
    """Read networks from a list, or from a text with commas.

    Raises
    ------
    InvalidParameterError
        If one of them is none.

    Examples
    --------
    >>> read_networks("allowed_networks", "10.0.0.0/8, 127.0.0.1")
    (IPv4Network('10.0.0.0/8'), IPv4Network('127.0.0.1/32'))
    """
    texts = value.split(",") if isinstance(value, str) else value
    try:
        return tuple(ip_network(str(text).strip()) for text in texts)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        expected = "networks such as '10.0.0.0/8', with commas in between"
        raise InvalidParameterError(name, value, expected) from None


def _inside(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Give the IPv4 address that *address* leads to, or itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
