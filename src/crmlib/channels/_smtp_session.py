"""One SMTP connection, driven command by command so that the phase is known."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, cast

import attrs

from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.channels._mail import Mail

_CLOSING = 421
# the server wants other credentials or another connection: no fault of the message
_MISCONFIGURED = frozenset({530, 534, 535, 538})
_ERRORS = (OSError, smtplib.SMTPException)


@attrs.frozen
class Verdict:
    """What became of one e-mail."""

    outcome: Outcome
    detail: str


class NotConnectedError(Exception):
    """There is no usable connection; nothing was sent."""


class SmtpSession:
    """A connection that is open and has said hello; use it from one thread.

    Parameters
    ----------
    connect : callable
        Gives a connected ``smtplib.SMTP``.
    tls : ssl.SSLContext or None
        For STARTTLS; None: no STARTTLS.
    credentials : tuple of (username, password) or None
        For AUTH.

    Raises
    ------
    NotConnectedError
        If any of it fails; the text holds neither password nor user name.
    """

    def __init__(
        self,
        connect: Callable[[], smtplib.SMTP],
        tls: ssl.SSLContext | None,
        credentials: tuple[str, str] | None,
    ) -> None:
        self.is_used = False
        self.has_given_up = False
        try:
            self._smtp = connect()
        except _ERRORS as error:
            raise NotConnectedError(f"cannot connect: {_explain(error)}") from None
        # the final dot must not wait for the receipt of the body
        cast("socket.socket", self._smtp.sock).setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        try:
            self._greet(tls, credentials)
        except NotConnectedError:
            self.abandon()
            raise

    def _greet(self, tls: ssl.SSLContext | None, credentials: tuple[str, str] | None) -> None:
        smtp = self._smtp
        try:
            smtp.ehlo_or_helo_if_needed()
            if tls is not None:
                smtp.starttls(context=tls)
                smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPNotSupportedError:
            raise NotConnectedError(
                "the server offers no STARTTLS, and nothing is sent in the clear"
            ) from None
        except _ERRORS as error:
            raise NotConnectedError(f"cannot greet the server: {_explain(error)}") from None
        if credentials is not None:
            self._log_in(*credentials)

    def _log_in(self, username: str, password: str) -> None:
        try:
            self._smtp.login(username, password)
        except smtplib.SMTPNotSupportedError:
            raise NotConnectedError("the server offers no way to log in") from None
        except smtplib.SMTPAuthenticationError as error:
            # a server may repeat what it was told: its words stay here
            raise NotConnectedError(
                f"the server refused the login ({error.smtp_code}); "
                "check username and password of the channel"
            ) from None
        except (*_ERRORS, ValueError) as error:  # a challenge may be no base64
            raise NotConnectedError(f"cannot log in: {type(error).__name__}") from None

    def can(self, extension: str) -> bool:
        """Say whether the server announced *extension*."""
        return self._smtp.has_extn(extension)

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._smtp.sock is not None

    def quit(self) -> None:
        """Take leave of the server and close."""
        with suppress(*_ERRORS):
            self._smtp.quit()
        self.abandon()

    def abandon(self) -> None:
        """Close without a word: whatever was half sent must not be completed."""
        self._smtp.close()

    def deliver(self, mail: Mail) -> Verdict:
        """Hand over *mail* and say how far it got."""
        too_large = self._size_problem(mail)
        if too_large:
            return Verdict(Outcome.REJECTED, too_large)
        self.is_used = True
        try:
            verdict = self._envelope(mail)
            if verdict is not None:
                return verdict
            # the body without the line that ends it: until that line has left
            # this side, no server can have taken the message
            self._push(_stuffed(mail.content), self._more_follows)
        except _ERRORS as error:
            self.abandon()
            return Verdict(Outcome.RETRY, f"connection lost before the end: {_explain(error)}")
        except BaseException:
            # interrupted in the middle: the next message must not be read as part of this one
            self.abandon()
            raise
        return self._finish(mail)

    def _size_problem(self, mail: Mail) -> str:
        announced = self._smtp.esmtp_features.get("size", "")
        limit = int(announced) if re.fullmatch(r"\d{1,20}", announced) else 0  # RFC 1870
        if 0 < limit < len(mail.content):
            return f"{len(mail.content)} bytes are more than the {limit} that the server takes"
        return ""

    def _envelope(self, mail: Mail) -> Verdict | None:
        """Go through MAIL, RCPT and DATA; give a verdict if one of them is refused."""
        options = [f"size={len(mail.content)}"] if self.can("size") else []
        if mail.needs_utf8:
            options += ["BODY=8BITMIME", "SMTPUTF8"]
        encoding = "utf-8" if mail.needs_utf8 else "ascii"
        self._smtp.command_encoding = encoding
        steps = (
            ("MAIL", f"FROM:<{mail.sender.wire}> {' '.join(options)}".rstrip(), 2),
            ("RCPT", f"TO:<{mail.recipient.wire}>", 2),
            ("DATA", "", 3),
        )
        replies = (
            self._at_once(steps)
            if self.can("pipelining")
            else (self._smtp.docmd(command, words) for command, words, _ in steps)
        )
        for (command, _, wanted), (code, text) in zip(steps, replies, strict=False):
            if code // 100 != wanted:
                self._reset(code)
                return Verdict(_refusal(code), f"{command}: {code} {_plain(text, mail)}")
        return None

    def _at_once(self, steps: Sequence[tuple[str, str, int]]) -> list[tuple[int, bytes]]:
        """Send all commands before any reply is read (RFC 2920); give the replies.

        A server that wants the text in spite of what it refused before gets
        no text: the connection is closed, and it can have taken nothing.
        """
        lines = [f"{command} {words}".rstrip() + "\r\n" for command, words, _ in steps]
        self._smtp.send("".join(lines))
        replies = [self._smtp.getreply() for _ in steps]
        is_refused = any(
            code // 100 != wanted
            for (code, _), (_, _, wanted) in zip(replies[:-1], steps, strict=False)
        )
        if is_refused and replies[-1][0] // 100 == 3:  # noqa: PLR2004 -- the digit for "go on"
            self.has_given_up = True
            self.abandon()
        return replies

    def _reset(self, code: int) -> None:
        """Make ready for the next message, or close if the server is about to."""
        if not self.is_open:
            return
        if code == _CLOSING or code // 100 not in {4, 5}:
            self.abandon()
            return
        try:
            if self._smtp.rset()[0] // 100 != 2:  # noqa: PLR2004 -- the digit for success
                self.abandon()
        except _ERRORS:
            self.abandon()

    def _finish(self, mail: Mail) -> Verdict:
        """Send the final dot; from here on, no answer means that nobody knows."""
        try:
            self._push(b".\r\n")
            code, text = self._smtp.getreply()
        except _ERRORS as error:
            self.abandon()
            return Verdict(
                Outcome.UNKNOWN, f"no answer after the message was sent: {_explain(error)}"
            )
        except BaseException:
            self.abandon()
            raise
        detail = f"{code} {_plain(text, mail)}"
        if code // 100 == 2:  # noqa: PLR2004 -- the digit for success
            return Verdict(Outcome.ACCEPTED, detail)
        if code // 100 not in {4, 5}:
            self.abandon()
            return Verdict(Outcome.UNKNOWN, f"an answer that is none: {detail}")
        if code == _CLOSING:
            self.abandon()
        return Verdict(_refusal(code), detail)

    @property
    def _more_follows(self) -> int:
        """A flag for the kernel to wait for the final dot, where it knows one and TLS does not."""
        return 0 if isinstance(self._smtp.sock, ssl.SSLSocket) else getattr(socket, "MSG_MORE", 0)

    def _push(self, octets: bytes, flags: int = 0) -> None:
        cast("socket.socket", self._smtp.sock).sendall(octets, flags)


def _refusal(code: int) -> Outcome:
    """Say whether a message refused with *code* may be tried again."""
    if code // 100 == 5 and code not in _MISCONFIGURED:  # noqa: PLR2004 -- for good
        return Outcome.REJECTED
    return Outcome.RETRY


def _stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321, 4.5.2) and end the last line."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended)


def _plain(text: bytes, mail: Mail | None = None) -> str:
    """Give the words of a server without control characters and without whom they are about."""
    words = " ".join(text.decode("utf-8", "replace").split())
    safe = "".join(char for char in words if char.isprintable())
    nameless = re.sub(r"\S*@\S*", "…", safe)
    if mail is not None:
        mailbox = mail.recipient.wire.rpartition("@")[0]
        # an expression of its own for each customer takes longer than all else
        if mailbox.casefold() in nameless.casefold():
            nameless = re.sub(rf"(?i)(?<!\w){re.escape(mailbox)}(?!\w)", "…", nameless)
    return nameless[:300]


def _explain(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {_plain(text if isinstance(text, bytes) else text.encode())}"
    return f"{type(error).__name__}: {_plain(str(error).encode())}"
