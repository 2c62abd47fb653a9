"""One line to an SMTP server: a connection that opens when it is needed, and again if it broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.channels._dkim_signer import KeyUnusableError
from crmlib.channels._provider_words import hide_message
from crmlib.channels._smtp_session import NotConnectedError, Verdict
from crmlib.exceptions import InvalidAddressError, UnsafeTextError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.channels._mail import Mail
    from crmlib.channels._smtp_session import SmtpSession
    from crmlib.messages import Message


class SmtpLine:
    """Send e-mail one after the other; use it from one thread at a time.

    Parameters
    ----------
    open_session : callable
        Gives a new session, or raises NotConnectedError.
    write : callable
        Gives the e-mail of a message, or raises what refuses it.
    """

    def __init__(
        self, open_session: Callable[[], SmtpSession], write: Callable[[Message], Mail]
    ) -> None:
        self._open_session = open_session
        self._write = write
        self._session: SmtpSession | None = None

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself."""
        receipts: list[DeliveryReceipt] = []
        for message in messages:
            try:
                receipts.append(self._send_one(message))
            except NotConnectedError as error:
                # the others would meet the same closed door, one time-out after another
                return receipts + [
                    DeliveryReceipt(key=rest.key, outcome=Outcome.RETRY, detail=str(error))
                    for rest in messages[len(receipts) :]
                ]
        return receipts

    def _send_one(self, message: Message) -> DeliveryReceipt:
        try:
            mail = self._write(message)
        except (UnsafeTextError, InvalidAddressError) as error:
            return DeliveryReceipt(key=message.key, outcome=Outcome.REJECTED, detail=str(error))
        except KeyUnusableError as error:
            return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, detail=str(error))
        verdict = self._deliver(mail)
        return DeliveryReceipt(
            key=message.key,
            outcome=verdict.outcome,
            provider_id=mail.message_id,
            detail=hide_message(verdict.detail, message),
        )

    def _deliver(self, mail: Mail) -> Verdict:
        session = self._connected()
        was_used = session.is_used
        if mail.needs_utf8 and not session.can("smtputf8"):
            return Verdict(
                Outcome.REJECTED, "the server has no SMTPUTF8, which this address needs"
            )
        verdict = session.deliver(mail)
        is_stale = was_used and not session.is_open and not session.has_given_up
        if verdict.outcome is Outcome.RETRY and is_stale:
            # servers close connections that were quiet or busy for long; this
            # message was not taken, so a new connection may have it at once
            return self._connected().deliver(mail)
        return verdict

    def _connected(self) -> SmtpSession:
        if self._session is None or not self._session.is_open:
            self._session = self._open_session()
        return self._session

    def close(self) -> None:
        """Take leave of the server.  Harmless when called again."""
        if self._session is not None:
            session, self._session = self._session, None
            session.quit()
