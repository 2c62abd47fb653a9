"""SMTP servers on loopback: a real one, and one that misbehaves by a script."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "DROP"
"""Close the connection in place of an answer."""

SILENT = "SILENT"
"""Give no answer until the server stops."""

Script = dict[str, "str | list[str] | int"]


class Inbox:
    """A handler for aiosmtpd that keeps what it takes."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.connections = 0

    async def handle_EHLO(  # noqa: N802 -- the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        """Count the greetings."""
        session.host_name = hostname
        self.connections += 1
        return lines

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        self.envelopes.append(envelope)
        return "250 2.0.0 taken"


class RealServer(Controller):
    """Aiosmtpd on a free port of loopback, in a thread."""

    def __init__(self, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self.inbox = Inbox()
        super().__init__(self.inbox, hostname="127.0.0.1", port=0, ssl_context=tls, **options)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


class ScriptedServer:
    """Answers as its scripts say, and well where they say nothing.

    Parameters
    ----------
    *scripts : dict
        One for each connection in turn, the last for all later ones.  Keys
        are ``GREETING``, the SMTP verbs, ``BODY`` (after the final dot) and
        ``READ`` (bytes of the body to read before closing the connection
        hard); values are replies, lists of them, ``DROP`` or ``SILENT``.
    extensions : sequence of str
        What EHLO announces.
    """

    def __init__(self, *scripts: Mapping[str, Any], extensions: Sequence[str] = ()) -> None:
        self._scripts = scripts or ({},)
        self._extensions = extensions
        self._stopping = Event()
        self._threads: list[Thread] = []
        self._open: list[socket.socket] = []
        self.bodies: list[bytes] = []
        self.commands: list[list[str]] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        # wakes accept(), which closing alone does not
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _run(self, target: Any, *args: Any) -> None:
        thread = Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            number = len(self.commands)
            self.commands.append([])
            self._open.append(connection)
            script = dict(self._scripts[min(number, len(self._scripts) - 1)])
            self._run(self._talk, connection, script, self.commands[number])

    def _talk(self, connection: socket.socket, script: Script, seen: list[str]) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            if not self._answer(connection, script, "GREETING", "220 ready"):
                return
            while line := lines.readline():
                verb, _, words = line.decode().rstrip().partition(" ")
                verb = verb.upper()
                seen.append(f"{verb} {words}".rstrip())
                if not self._answer(connection, script, verb, self._usual(verb)):
                    return
                if verb == "QUIT":
                    return
                if verb == "DATA" and not self._take(connection, lines, script):
                    return

    def _take(self, connection: socket.socket, lines: Any, script: Script) -> bool:
        if str(script["said"])[:1] != "3":
            return True
        if "READ" in script:
            lines.read(script["READ"])
            # an immediate reset, so that the sender notices while it writes
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        body = bytearray()
        while (line := lines.readline()) != b".\r\n":
            if not line:
                return False
            body += line.removeprefix(b".")
        self.bodies.append(bytes(body))
        return self._answer(connection, script, "BODY", "250 2.0.0 taken")

    def _answer(self, connection: socket.socket, script: Script, step: str, usual: str) -> bool:
        """Send the reply for *step*; say whether the conversation goes on."""
        planned = script.get(step, usual)
        reply = (planned.pop(0) if planned else usual) if isinstance(planned, list) else planned
        script["said"] = reply
        if reply == SILENT:
            self._stopping.wait()
        if reply in {SILENT, DROP}:
            return False
        connection.sendall(f"{reply}\r\n".encode())
        return True

    def _usual(self, verb: str) -> str:
        if verb == "EHLO":
            lines = ["loopback", *self._extensions]
            return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")
