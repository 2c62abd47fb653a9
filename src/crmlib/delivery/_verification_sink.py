"""A mail server of our own on the loopback, which takes everything and counts it."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Condition, Thread
from typing import Final

_MESSAGE_ID: Final = re.compile(rb"(?im)^Message-ID: (.*)$")
_ADDRESS: Final = re.compile(rb"<(.*)>")
_MUTE_TO: Final = "c003@"
_SETTLE_SECONDS: Final = 60.0


class Sink:
    """An SMTP server in a thread of this process.

    To addresses of a domain with the label ``keyed`` it drops a message whose
    Message-ID it has had; in one with ``mute`` it loses the reply to one
    recipient.  A message counts as soon as the line that ends it is here.

    Attributes
    ----------
    port : int
        Where it listens, on 127.0.0.1.
    received : Counter of str
        How many messages came in for each address.
    """

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self._keys: set[bytes] = set()
        self._open = 0
        self._changed = Condition()
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.sink = self
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def take(self, address: str, content: bytes) -> bool:
        """Count a message; False if its reply gets lost."""
        found = _MESSAGE_ID.search(content)
        key = found[1] if found else content
        with self._changed:
            if ".keyed." not in address or key not in self._keys:
                self.received[address] += 1
            self._keys.add(key)
        return not (".mute." in address and address.startswith(_MUTE_TO))

    def count_open(self, change: int) -> None:
        """Keep the number of connections."""
        with self._changed:
            self._open += change
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until all is read that was sent to it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _SETTLE_SECONDS)

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    sink: Sink


class _Connection(StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.sink.count_open(1)
        try:
            with suppress(ConnectionError):  # the sender was killed
                self._talk()
        finally:
            self.server.sink.count_open(-1)

    def _talk(self) -> None:
        self._say("220 sink.test ready")
        address = ""
        for line in self.rfile:
            if not line.endswith(b"\n"):  # half a command
                return
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say("354 go on")
                content = self._read_text()
                if content is None or not self.server.sink.take(address, content):
                    return
            elif verb == b"RCPT":
                found = _ADDRESS.search(line)
                address = found[1].decode() if found else ""
            self._say("250-sink.test\r\n250 PIPELINING" if verb == b"EHLO" else "250 OK")
            if verb == b"QUIT":
                return

    def _read_text(self) -> bytes | None:
        """Read up to the line that ends a message; None if that never comes."""
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        return None

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
