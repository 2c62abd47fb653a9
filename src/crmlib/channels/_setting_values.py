"""Settings of channels, which may come as text from the environment."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_WAIT: Final = 3600
_MOST_CONNECTIONS: Final = 64
_PORTS: Final = 65535


def read_number(name: str, value: object, fits: Callable[[float], bool], expected: str) -> float:
    """Read the number *value*, which has to fit.

    Raises
    ------
    InvalidParameterError
        If it is no number, or does not fit; the text says what is *expected*.
    """
    try:
        number = float(str(value))
        if fits(number):
            return number
    except (ValueError, OverflowError):
        pass
    raise InvalidParameterError(name, value, expected)


def read_seconds(name: str, value: object) -> float:
    """Read a time-out in seconds."""
    expected = f"a number of seconds above 0 and up to {_LONGEST_WAIT}"
    return read_number(name, value, lambda number: 0 < number <= _LONGEST_WAIT, expected)


def read_port(name: str, value: object) -> int:
    """Read the number of a port."""
    expected = f"a whole number from 1 to {_PORTS}"
    return int(read_number(name, value, lambda n: n.is_integer() and 1 <= n <= _PORTS, expected))


def read_connections(name: str, value: object) -> int:
    """Read how many connections may be open at once."""
    most = _MOST_CONNECTIONS
    expected = f"a whole number from 1 to {most}"
    return int(read_number(name, value, lambda n: n.is_integer() and 1 <= n <= most, expected))


def read_base_url(name: str, value: object, *, may_be_plain: bool = False) -> str:
    """Read the address of a server, to which paths are added; no slash at its end.

    Parameters
    ----------
    may_be_plain : bool, default=False
        Whether ``http`` will do for other machines than this one.

    Raises
    ------
    InvalidParameterError
        If it is none.  The text does not repeat it, as it may hold a password.
    """
    expected = (
        "an https address in ASCII, without user, blanks, query and fragment "
        "(http only to this machine)"
    )
    url = str(value)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidParameterError(name, "…", expected) from None
    is_clean = (
        url.isascii()
        and url.isprintable()
        and not any(sign in url for sign in " ?#@\\")
        and host
        and port != 0
    )
    is_private = parts.scheme == "https" or (
        parts.scheme == "http" and (may_be_plain or is_this_machine(host))
    )
    if not is_clean or not is_private:
        raise InvalidParameterError(name, "…", expected)
    return url.rstrip("/")


def is_this_machine(host: str) -> bool:
    """Say whether *host* is a name of loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def split_url(name: str, url: object) -> tuple[str, str]:
    """Give the origin of *url*, and what follows it.

    What follows may be a key in itself, so no error repeats it.

    Raises
    ------
    InvalidParameterError
        If there is none.

    Examples
    --------
    >>> split_url("url", "https://hooks.shop.example/crm?token=1")
    ('https://hooks.shop.example', '/crm?token=1')
    """
    text = str(url)
    scheme, separator, rest = text.partition("://")
    cut = min(place for sign in "/?" if (place := (rest + sign).find(sign)) >= 0)
    path = rest[cut:]
    is_path = path.isascii() and path.isprintable() and not any(sign in path for sign in " #\\")
    if not separator or not is_path:
        expected = "an address such as 'https://shop.example/hook', in ASCII and without blanks"
        raise InvalidParameterError(name, "…", expected)
    return f"{scheme}://{rest[:cut]}", path if path.startswith("/") else f"/{path}"


def read_choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Read one of *choices*.

    Raises
    ------
    InvalidParameterError
        If it is none of them.
    """
    if value not in choices:
        raise InvalidParameterError(name, value, f"one of {list(choices)}")
    return str(value)


def read_instant(name: str, value: object) -> datetime:
    """Read an aware datetime, in UTC.

    Raises
    ------
    InvalidParameterError
        If it is none, or does not say in which zone it is.
    """
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidParameterError(name, value, "an aware datetime")
    return value.astimezone(UTC)
