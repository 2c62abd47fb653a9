"""How often an address may do what."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException

from crmlib.exceptions import InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

DEFAULT_RATES: Final = {"refused": "20/minute", "form": "30/minute", "code": "6/hour"}
"""``refused``: links that are wrong; ``form``: answers; ``code``: one-time codes to be sent."""


class Rates:
    """Count what each address does, in this process.

    Many people share an address of a mobile network, and an opt-out must
    always work: who has a good link is never stopped from it.

    Parameters
    ----------
    rates : mapping of str to str, optional
        As :data:`DEFAULT_RATES`, which stand for what is left out.

    Raises
    ------
    UnknownNameError
        If it names a rate that there is not.
    InvalidParameterError
        If it cannot be read.
    """

    def __init__(self, rates: Mapping[str, str] | None = None) -> None:
        given = {**DEFAULT_RATES, **(rates or {})}
        self._rates = {name: _parse(name, rate) for name, rate in given.items()}
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, request: Request, name: str) -> None:
        """Count one more.

        Raises
        ------
        HTTPException
            429, if there were too many; they count again after a minute or an hour.
        """
        rate = self._rates[name]
        if not self._limiter.hit(rate, name, client_network(request)):
            raise HTTPException(429, headers={"Retry-After": str(rate.get_expiry())})


def _parse(name: str, rate: str) -> RateLimitItem:
    if name not in DEFAULT_RATES:
        raise UnknownNameError("rate", name, list(DEFAULT_RATES))
    try:
        return parse(rate)
    except ValueError as error:
        expected = 'how often and in what time, such as "20/minute"'
        raise InvalidParameterError(name, rate, expected) from error


def client_network(request: Request) -> str:
    """Give the address of the client, of IPv6 the network that one subscriber has.

    It is the server that knows which proxies are to be trusted: uvicorn puts
    what they say in the place of their own address.
    """
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    if address.ipv4_mapped is not None:  # as a socket for both versions calls it
        return str(address.ipv4_mapped)
    return str(ip_network(f"{address}/64", strict=False))
