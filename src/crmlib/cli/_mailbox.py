"""A real SMTP server on loopback, for the demo: it takes mail and counts it."""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from crmlib.exceptions import MissingExtraError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """An SMTP server on a free port of 127.0.0.1 while the ``with`` block lasts.

    Attributes
    ----------
    port : int
        The port that the server listens on.
    received : Counter
        How many messages each address got.
    last : bytes
        The message that came last, as it came over the wire.
    """

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.last = b""
        try:
            from aiosmtpd.controller import Controller  # noqa: PLC0415 -- an extra
        except ImportError as error:
            raise MissingExtraError("crmlib demo", "demo") from error
        with socket.socket() as probe:  # aiosmtpd takes no port 0
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._controller: Any = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(  # noqa: N802 -- the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one message."""
        self.received.update(envelope.rcpt_tos)
        content = envelope.content or b""
        self.last = content if isinstance(content, bytes) else content.encode()
        return "250 taken"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._controller.stop()
