"""HTTP servers on loopback that are as strict as a provider, and misbehave when told to."""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import attrs

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


@attrs.frozen
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body as a form, each field once."""
        pairs = parse_qsl(self.body.decode(), strict_parsing=True, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs), "a field twice"
        return dict(pairs)


@attrs.frozen
class Response:
    """What goes out."""

    status: int
    body: Any = None
    headers: dict[str, str] = attrs.field(factory=dict)

    @property
    def octets(self) -> bytes:
        """The body as bytes; what is none already goes as JSON."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class RefusedError(Exception):
    """A provider does not take the request; holds its answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.response = Response(status, body, headers or {})


CUT = "CUT"
"""Take the request, then break off in the middle of the answer."""

SILENT = "SILENT"
"""Take the request and say nothing."""

HANG_UP = "HANG_UP"
"""Take the request and close the connection."""

RESET = "RESET"
"""Close the connection hard after some bytes of the body."""

GARBAGE = "GARBAGE"
"""Take the request and answer what is no HTTP."""

WRONG_JSON = "WRONG_JSON"
"""Take the request and answer what is no JSON, with the status of success."""


class FakeServer:
    """Asks *answer* for each request; faults come first, one for each request.

    Parameters
    ----------
    answer : callable
        Takes a Request and gives a Response, or raises RefusedError.
    *faults : str or Response
        What to do with the first requests in place of that.
    """

    def __init__(
        self,
        answer: Callable[[Request], Response],
        *faults: str | Response | None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._tls = tls
        self.faults = list(faults)
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self.connections = 0
        self._stopping = Event()

    def __enter__(self) -> Self:
        self._server = _Server(self, self._tls)
        self.port: int = self._server.server_address[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def serve(self, handler: _Handler) -> None:
        """Answer one request."""
        fault = self.faults.pop(0) if self.faults else None
        length = int(handler.headers.get("Content-Length", "0"))
        if fault == RESET:
            handler.rfile.read(min(length, 10))
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(handler.connection.detach())
            handler.close_connection = True
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, handler.path, headers, handler.rfile.read(length))
        self.requests.append(request)
        if isinstance(fault, str):
            self._misbehave(handler, fault, request)
            return
        handler.reply(fault or self._asked(request))

    def _misbehave(self, handler: _Handler, fault: str, request: Request) -> None:
        if fault == WRONG_JSON:
            handler.reply(attrs.evolve(self._asked(request), body=b'{"oops'))
            return
        if fault == SILENT:
            self._stopping.wait()
        elif fault == GARBAGE:
            handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        elif fault == CUT:
            response = self._asked(request)
            handler.reply(response, cut=len(response.octets) // 2)
        handler.close_connection = True

    def _asked(self, request: Request) -> Response:
        try:
            response = self._answer(request)
        except RefusedError as refused:
            return refused.response
        self.accepted.append(request)
        return response


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, fake: FakeServer, tls: ssl.SSLContext | None) -> None:
        self.fake = fake
        self._open: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.fake.connections += 1
        self._open.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """Wake the threads that wait for the next request."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # an answer in one piece, or delayed receipts cost 40 ms each
    server: _Server

    def handle_one_request(self) -> None:
        with suppress(OSError):
            super().handle_one_request()

    def do_POST(self) -> None:
        self.server.fake.serve(self)

    do_GET = do_DELETE = do_PUT = do_POST  # noqa: N815

    def reply(self, response: Response, cut: int | None = None) -> None:
        octets = response.octets
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets[:cut])

    def log_message(self, *_: object) -> None:
        """Say nothing."""
