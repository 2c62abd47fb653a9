"""Requests over HTTP that say how far they got."""

from __future__ import annotations

import re
import ssl
import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

from crmlib.channels._http_reply import HttpReply
from crmlib.channels._setting_values import read_base_url, read_connections, read_seconds
from crmlib.exceptions import MissingExtraError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    import httpcore2

    from crmlib.channels._public_addresses import Network

_LARGEST_ANSWER: Final = 4_000_000
_QUIET_SECONDS: Final = 5.0
_HEADER: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_OUT: Final = "http11.send_request_body.complete"


class HttpTransport:
    """Ask one server, and learn from each request how far it got.

    Nothing is asked again, no redirect is followed, no cookie is kept, and no
    proxy or password is taken from the environment or a file of the user.
    Connections stay open for the next request and may be used by several
    threads.  Making a transport opens nothing.

    Parameters
    ----------
    base_url : str
        Where the server is; ``http`` is for this machine only.
    timeout_seconds : float, default=30.0
        The longest that a whole exchange may take, connecting included.
    ca_file : path, optional
        Certificates to trust in place of the system's, in PEM.
    connections : int, default=1
        How many may be open at once.
    may_be_plain : bool, default=False
        Whether ``http`` may go to other machines as well.
    allowed_networks : sequence of networks, optional
        If given, the server has to have a public address or one in these;
        None: any will do.
    clock : callable, default=time.monotonic
        Gives seconds.

    Raises
    ------
    InvalidParameterError
        If a setting cannot be.
    MissingExtraError
        If the extra ``http`` is not installed.

    Examples
    --------
    >>> reply = HttpTransport("http://127.0.0.1:9", timeout_seconds=1).request("POST", "/text")
    >>> str(reply.outcome), reply.is_sent
    ('retry', False)
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
        connections: int = 1,
        may_be_plain: bool = False,
        allowed_networks: Sequence[Network] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url: Final = read_base_url("base_url", base_url, may_be_plain=may_be_plain)
        self.connections: Final = read_connections("connections", connections)
        self._timeout_seconds = read_seconds("timeout_seconds", timeout_seconds)
        try:
            from crmlib.channels._wire import Connector, Deadline  # noqa: PLC0415 -- an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("a channel over HTTP", "http") from error
        self._ca_file = ca_file
        self._deadline = Deadline(clock)
        self._connector = Connector(self._deadline, allowed_networks)
        self._pool: httpcore2.ConnectionPool | None = None
        self._opening = Lock()

    def __repr__(self) -> str:
        return f"HttpTransport({self.base_url!r})"

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> HttpReply:
        """Send one request and give what came of it; nothing is raised for what a server does.

        Parameters
        ----------
        method : str
            Such as ``"POST"``.
        path : str
            What follows the base URL; with its query, quoted.
        headers : mapping of str to str, optional
            Host and length are added.
        content : bytes, default=b""
            The body.
        """
        import httpcore2  # noqa: PLC0415 -- 40 ms, and an extra

        from crmlib.channels._wire import ForbiddenAddressError  # noqa: PLC0415 -- the same

        # looked at here, as the libraries below quote a wrong header in their logs
        if not all(_HEADER.fullmatch(value) for value in (headers or {}).values()):
            return HttpReply(is_sent=False, problem="a header holds what no header may")
        self._deadline.begin(self._timeout_seconds)
        try:
            pool = self._opened()
        except OSError as error:
            problem = f"ca_file cannot be read ({type(error).__name__})"
            return HttpReply(is_sent=False, problem=problem)
        asked = _Asked()
        all_headers = [("User-Agent", "crmlib"), *(headers or {}).items()]
        try:
            with pool.stream(
                method,
                self.base_url + path,
                headers=cast("list[tuple[bytes | str, bytes | str]]", all_headers),
                content=content,
                extensions={"trace": asked.follow, "timeout": {"pool": self._timeout_seconds}},
            ) as response:
                asked.take(response)
        except ForbiddenAddressError as error:
            return asked.reply(str(error))
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.RemoteProtocolError,
        ) as error:
            return asked.reply(_explain(error))
        return asked.reply(asked.problem)

    def _opened(self) -> httpcore2.ConnectionPool:
        import httpcore2  # noqa: PLC0415 -- 40 ms, and an extra

        with self._opening:
            if self._pool is None:
                is_tls = self.base_url.startswith("https:")
                tls = ssl.create_default_context(cafile=self._ca_file) if is_tls else None
                self._pool = httpcore2.ConnectionPool(
                    ssl_context=tls,
                    max_connections=self.connections,
                    keepalive_expiry=_QUIET_SECONDS,
                    network_backend=self._connector,
                )
            return self._pool

    def close(self) -> None:
        """Close what is open.  Harmless when called again."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.close()


class _Asked:
    """One request on its way."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._is_sent = False
        self._status: int | None = None
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def follow(self, event: str, _info: dict[str, Any]) -> None:
        """Note when the last byte of the request has left."""
        if event == _OUT:
            self._is_sent = True

    def take(self, response: httpcore2.Response) -> None:
        """Read an answer, up to a size."""
        self._status = response.status
        self._headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        for piece in response.iter_stream():
            self._body += piece
            if len(self._body) > _LARGEST_ANSWER:
                self.problem = f"an answer of more than {_LARGEST_ANSWER:,} bytes"
                return

    def reply(self, problem: str | None) -> HttpReply:
        """Give what is known now."""
        return HttpReply(
            is_sent=self._is_sent or self._status is not None,
            status=self._status,
            headers=self._headers,
            body=bytes(self._body),
            problem=problem,
        )


def _explain(error: Exception) -> str:
    """Say what went wrong without what was answered, which h11 likes to quote."""
    kind = type(error).__name__
    if kind == "RemoteProtocolError":
        return "the server hung up, or its answer is no HTTP"
    return f"{kind}: {error}".rstrip(": ")[:300]
