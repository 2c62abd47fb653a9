"""E-mail through any SMTP server."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmlib.channels._dkim_signer import DkimSigner
from crmlib.channels._mail import write_mail
from crmlib.channels._mail_address import read_mail_address
from crmlib.channels._reply_lines import PlainSmtp, TlsSmtp
from crmlib.channels._return_path import ReturnPath
from crmlib.channels._secret import Secret
from crmlib.channels._setting_values import (
    is_this_machine,
    read_connections,
    read_port,
    read_seconds,
)
from crmlib.channels._smtp_line import SmtpLine
from crmlib.channels._smtp_session import NotConnectedError, SmtpSession
from crmlib.channels._supported import require_supported
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities

if TYPE_CHECKING:
    import os
    import smtplib
    from collections.abc import Sequence

    from crmlib.channels._mail import Mail
    from crmlib.messages import DeliveryReceipt, Message

_SECURITY = ("none", "starttls", "tls")


class SmtpChannel(Channel):
    """Send e-mail: text and HTML, with one-click opt-out headers.

    Connections open at the first message and stay for the next ones.
    What became of a message is decided by how far it got:

    ============================================== ==========
    what happened                                  outcome
    ============================================== ==========
    an unsafe text, an address that is none        rejected
    no connection, no TLS, login refused           retry
    MAIL, RCPT or DATA refused with 4xx            retry
    MAIL, RCPT or DATA refused with 5xx            rejected
    the connection broke before the final dot      retry
    250 after the final dot                        accepted
    4xx after it                                   retry
    5xx after it                                   rejected
    no answer after it, or one that is none        unknown
    ============================================== ==========

    A refused login (535 and its kin: 530, 534, 538) is a fault of the
    settings and not of the messages, so it costs nobody the message: all of
    the batch is ``retry``, and the detail names the settings to look at.

    Parameters
    ----------
    host : str, default="localhost"
        Of the server.
    port : int, default=25
        Of the server; 587 is usual for STARTTLS and 465 for TLS.
    security : {"none", "starttls", "tls"}, default="none"
        Certificates are checked.  Without TLS a password is only sent to
        this machine.
    username : str, optional
        With *password*, or neither.
    password : str or Secret, optional
        With *username*.
    connections : int, default=1
        How many may be open at once, each with its share of a batch.
    timeout_seconds : float, default=30.0
        The longest wait for any one whole answer.
    ca_file : path, optional
        Certificates to trust in place of the system's, in PEM.
    ehlo_name : str, optional
        What this machine calls itself; its full name by default.
    dkim_selector : str, optional
        The name of the key that signs (DKIM, RFC 6376); with *dkim_key_file*,
        or neither.  The domain is that of the sender's address.
    dkim_key_file : path, optional
        The private key, RSA in PEM; it is read at the first message.
    unsubscribe_email : str, optional
        A mailbox that takes wishes to opt out, named in ``List-Unsubscribe``
        besides the address on the web.
    return_path : str, optional
        Where bounces go; to the sender's address by default.  With
        ``{message_key}``, as in ``bounces+{message_key}@shop.example``, each
        message has a return path of its own, by which also a bounce that
        quotes nothing is told.
    return_path_secret : str or Secret, optional
        Signs what reports are told by, so that nobody else can report on
        messages of yours.

    Raises
    ------
    InvalidParameterError
        If a setting cannot be.
    MissingExtraError
        If mail is to be signed and the extra ``dkim`` is not installed.

    Examples
    --------
    >>> SmtpChannel(host="mail.example.com", port=587, security="starttls")
    SmtpChannel(host='mail.example.com', port=587, security='starttls')
    """

    name = "smtp"
    capabilities = Capabilities(
        medium="email", address_field="email", batch_size=100, subject=True, html=True
    )

    def __init__(
        self,
        host: str = "localhost",
        port: int = 25,
        *,
        security: str = "none",
        username: str | None = None,
        password: str | Secret | None = None,
        connections: int = 1,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
        ehlo_name: str | None = None,
        dkim_selector: str | None = None,
        dkim_key_file: str | os.PathLike[str] | None = None,
        unsubscribe_email: str | None = None,
        return_path: str | None = None,
        return_path_secret: str | Secret | None = None,
    ) -> None:
        if security not in _SECURITY:
            raise InvalidParameterError("security", security, f"one of {list(_SECURITY)}")
        if (username is None) != (password is None):
            given = "username" if password is None else "password"
            raise InvalidParameterError(
                "username and password", f"{given} alone", "given both or neither"
            )
        if password is not None and security == "none" and not is_this_machine(host):
            raise InvalidParameterError(
                "security", security, "'starttls' or 'tls' where a password is sent"
            )
        if unsubscribe_email is not None:
            try:
                read_mail_address("unsubscribe_email", unsubscribe_email)
            except InvalidAddressError:
                raise InvalidParameterError(
                    "unsubscribe_email", unsubscribe_email, "an e-mail address"
                ) from None
        if (dkim_selector is None) != (dkim_key_file is None):
            given = "dkim_selector" if dkim_key_file is None else "dkim_key_file"
            raise InvalidParameterError(
                "dkim_selector and dkim_key_file", f"{given} alone", "given both or neither"
            )
        self._signer = (
            None
            if dkim_selector is None or dkim_key_file is None
            else DkimSigner(dkim_selector, dkim_key_file)
        )
        self._host = host
        self._port = read_port("port", port)
        self._security = security
        self._timeout_seconds = read_seconds("timeout_seconds", timeout_seconds)
        self._username = username
        self._password = None if password is None else Secret(password, "password")
        self._ca_file = ca_file
        self._ehlo_name = ehlo_name
        self._unsubscribe_email = unsubscribe_email
        self._return_path = ReturnPath(return_path, return_path_secret)
        self._lines = [
            SmtpLine(self._open_session, self._write)
            for _ in range(read_connections("connections", connections))
        ]

    def __repr__(self) -> str:
        return f"SmtpChannel(host={self._host!r}, port={self._port}, security={self._security!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        lines = self._lines[: max(1, len(messages))]
        if len(lines) == 1:
            return lines[0].send(messages)
        parts = [messages[start :: len(lines)] for start in range(len(lines))]
        with ThreadPoolExecutor(len(lines)) as threads:
            answers = list(threads.map(SmtpLine.send, lines, parts))
        return [answers[place % len(lines)][place // len(lines)] for place in range(len(messages))]

    def _write(self, message: Message) -> Mail:
        mail = write_mail(
            message,
            at=datetime.now(UTC),
            unsubscribe_email=self._unsubscribe_email,
            return_path=self._return_path,
        )
        return mail if self._signer is None else self._signer.sign(mail)

    def _open_session(self) -> SmtpSession:
        tls = None if self._security == "none" else self._context()
        credentials = (
            None
            if self._username is None or self._password is None
            else (self._username, self._password.reveal())
        )
        return SmtpSession(
            lambda: self._connect(tls),
            tls if self._security == "starttls" else None,
            credentials,
        )

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise NotConnectedError(f"ca_file cannot be read ({type(error).__name__})") from None

    def _connect(self, tls: ssl.SSLContext | None) -> smtplib.SMTP:
        if self._security == "tls":
            return TlsSmtp(
                self._host,
                self._port,
                local_hostname=self._ehlo_name,
                timeout=self._timeout_seconds,
                context=tls,
            )
        return PlainSmtp(
            self._host,
            self._port,
            local_hostname=self._ehlo_name,
            timeout=self._timeout_seconds,
        )

    def close(self) -> None:
        """Take leave of the server.  Harmless when called again."""
        for line in self._lines:
            line.close()
