"""Replies of an SMTP server: each within one time and one length."""

from __future__ import annotations

import smtplib
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_LONGEST_REPLY: Final = 65_536
_PIECE: Final = 4096


class ReplyLines:
    """The lines that come in on *sock*.

    A time-out of a socket begins anew with every byte; here a whole reply
    has one time and one length, so that nobody can keep a sender for ever.

    Parameters
    ----------
    sock : socket
        Connected.
    clock : callable, default=time.monotonic
        Gives seconds.
    """

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        self._sock = sock
        self._clock = clock
        self._read = bytearray()
        self._until = 0.0
        self._left = 0
        self._is_first = True
        self.has_cut_time = False

    def begin(self, timeout_seconds: float) -> None:
        """Begin a reply that must be here within *timeout_seconds*, the time-out of the socket."""
        self._until = self._clock() + timeout_seconds
        self._left = _LONGEST_REPLY
        self._is_first, self.has_cut_time = True, False

    def readline(self, limit: int) -> bytes:
        """Give the next line, or its first *limit* bytes; nothing if the other side is gone.

        Raises
        ------
        OSError
            If the reply takes too long (``TimeoutError``) or is too long.
        """
        while b"\n" not in self._read and len(self._read) < limit:
            self._await()
            piece = self._sock.recv(_PIECE)
            if not piece:
                break
            self._read += piece
        end = self._read.find(b"\n") + 1 or len(self._read)
        line = bytes(self._read[: min(end, limit)])
        del self._read[: len(line)]
        self._left -= len(line)
        if self._left < 0:
            raise OSError(f"a reply of more than {_LONGEST_REPLY} bytes")
        return line

    def _await(self) -> None:
        if self._is_first:  # the socket has just that time
            self._is_first = False
            return
        self.has_cut_time = True
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("the reply took too long")
        self._sock.settimeout(left)

    def close(self) -> None:
        """Do nothing: the connection closes its socket by itself."""


class PlainSmtp(smtplib.SMTP):
    """A connection, in the clear until STARTTLS, that waits for no reply beyond its time-out."""

    def getreply(self) -> tuple[int, bytes]:
        """Give the code and the words of the next reply."""
        file: Any = self.file
        sock: Any = self.sock
        if file is None:
            self.file = file = ReplyLines(sock)
        file.begin(self.timeout)
        try:
            return super().getreply()
        finally:
            if file.has_cut_time and self.sock is not None:
                sock.settimeout(self.timeout)


class TlsSmtp(PlainSmtp, smtplib.SMTP_SSL):
    """The same, in TLS from the start."""
