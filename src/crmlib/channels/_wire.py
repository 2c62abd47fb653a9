"""Connections that are made to checked addresses and kept within one time.

Importing this needs the extra ``http``.
"""

from __future__ import annotations

import socket
from threading import local
from typing import TYPE_CHECKING, Any, Final

import httpcore2

from crmlib.channels._public_addresses import is_public

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Sequence

    from crmlib.channels._public_addresses import Network

_PIECE: Final = 65_536


class ForbiddenAddressError(Exception):
    """A host has an address that is not public, and nobody allowed it."""


class Deadline(local):
    """When the exchange of this thread has to be over.

    Parameters
    ----------
    clock : callable
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = 0.0

    def begin(self, seconds: float) -> None:
        """Begin an exchange that must be over in *seconds*."""
        self._until = self._clock() + seconds

    def left(self, error: type[httpcore2.TimeoutException]) -> float:
        """Give the seconds that are left, above 0; raise *error* if there are none."""
        left = self._until - self._clock()
        if left <= 0:
            raise error("the exchange took too long")
        return left


class Connector(httpcore2.NetworkBackend):
    """Resolve a host once, look at what it has, and connect to just that.

    Parameters
    ----------
    deadline : Deadline
        A time-out of a socket begins anew with every byte; this does not.
    allowed : sequence of networks or None
        None: every address will do; else those that will do besides public ones.
    """

    def __init__(self, deadline: Deadline, allowed: Sequence[Network] | None) -> None:
        self._deadline = deadline
        self._allowed = allowed
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline is the shorter one
        local_address: str | None = None,  # noqa: ARG002 -- never asked for
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 -- never asked for
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of *host* that answers."""
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._resolve(host, port):
            left = self._deadline.left(httpcore2.ConnectTimeout)
            try:
                inner = self._backend.connect_tcp(address, port, left, socket_options=())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
            else:
                return Stream(inner, self._deadline)
        raise failed

    def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} cannot be found") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if self._allowed is not None and not all(
            is_public(address, self._allowed) for address in addresses
        ):
            raise ForbiddenAddressError(
                f"{host} leads to an address that is not public; name its network in "
                "allowed_networks if it is yours"
            )
        return addresses


class Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Give what has come in; nothing if the other side is gone."""
        return self._inner.read(max_bytes, self._deadline.left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Hand over all of *buffer*."""
        for start in range(0, len(buffer), _PIECE):
            left = self._deadline.left(httpcore2.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline is the shorter one
    ) -> httpcore2.NetworkStream:
        """Go on in TLS, with the certificate of *server_hostname* whatever its address was."""
        left = self._deadline.left(httpcore2.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the connection."""
        return self._inner.get_extra_info(info)
