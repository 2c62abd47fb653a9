"""Text messages and WhatsApp by Twilio."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import attrs

from crmlib.channels._http_reply import read_date
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._look_up import (
    Record,
    look_up_each,
    nearest_record,
    on_record,
    records_of,
    time_of_sending,
)
from crmlib.channels._one_by_one import Sent, receipt_of, send_each
from crmlib.channels._phone_numbers import split_number
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._refusals import answer_around
from crmlib.channels._secret import Secret
from crmlib.channels._supported import require_holdable, require_supported
from crmlib.channels._take_back import cancel_each, taken_back
from crmlib.channels._twilio_reports import add_key
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from crmlib.messages import Message

_LONGEST: Final = 1_600
_SID: Final = re.compile(r"AC[0-9a-f]{32}")
_SERVICE: Final = re.compile(r"MG[0-9a-f]{32}")
_FROM: Final = re.compile(r"\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11}|[0-9]{3,8}")
_MESSAGE: Final = re.compile(r"([SM]M[0-9a-f]{32})")
_FORM: Final = MappingProxyType({"Content-Type": "application/x-www-form-urlencoded"})
_PAGE: Final = 50
_TAKEN: Final = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
_FAILED: Final = ("failed", "undelivered", "canceled")
_STATUSES: Final = MappingProxyType(
    dict.fromkeys(_TAKEN, Outcome.ACCEPTED) | dict.fromkeys(_FAILED, Outcome.REJECTED)
)


class TwilioChannel(Channel):
    """Send text messages by Twilio, one in each request.

    A text may be 1,600 characters long, in at most ten segments.  Twilio has
    no key against sending twice; what has no answer is ``unknown``, and
    :meth:`look_up` asks for it: a message to that number with that text.  A
    messaging service can hold messages from 15 minutes to 35 days.

    Parameters
    ----------
    account_sid : str
        Of the account: ``AC`` and 32 digits.
    auth_token : str or Secret
        Of the account.
    from_number : str, optional
        A number in E.164, a short code or an alphanumeric sender.
    messaging_service_sid : str, optional
        ``MG`` and 32 digits, in place of *from_number*.
    status_callback : str, optional
        Where Twilio is to report what became of each message; the key of the
        message is added to it, and read by :func:`read_twilio_report`.
    connections : int, default=4
        How many requests may be on their way at once.
    base_url : str, default="https://api.twilio.com"
        Of the server.
    timeout_seconds : float, default=30.0
        The longest wait for any one request.
    ca_file : path, optional
        Certificates to trust in place of the system's, in PEM.

    Raises
    ------
    InvalidParameterError
        If a setting cannot be.
    MissingExtraError
        If the extra ``http`` is not installed.

    Examples
    --------
    >>> TwilioChannel("AC" + "0" * 32, "s3cret", "+15005550006")
    TwilioChannel(base_url='https://api.twilio.com')
    """

    name = "twilio"
    capabilities = Capabilities(
        medium="sms",
        address_field="phone",
        batch_size=100,
        text_limit=TextLimit.GSM,
        look_up=True,
        schedule_seconds=(900, 35 * 86_400),
    )
    extras = MappingProxyType({"httpcore2": "http"})
    _prefix = ""
    _way_to_hold = "give it a messaging_service_sid"

    def __init__(
        self,
        account_sid: str,
        auth_token: str | Secret,
        from_number: str | None = None,
        *,
        messaging_service_sid: str | None = None,
        status_callback: str | None = None,
        connections: int = 4,
        base_url: str = "https://api.twilio.com",
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        if not _SID.fullmatch(str(account_sid)):
            raise InvalidParameterError("account_sid", account_sid, "AC and 32 digits")
        token = Secret(auth_token, "auth_token")
        self._login = Secret(
            base64.b64encode(f"{account_sid}:{token.reveal()}".encode()).decode("ascii")
        )
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._fields = self._sender(from_number, messaging_service_sid)
        if messaging_service_sid is None:
            self.capabilities = attrs.evolve(type(self).capabilities, schedule_seconds=None)
        if status_callback is not None:
            self._fields["StatusCallback"] = status_callback
        self._http = HttpTransport(
            base_url, timeout_seconds=timeout_seconds, ca_file=ca_file, connections=connections
        )

    def _sender(self, from_number: str | None, service: str | None) -> dict[str, str]:
        if (from_number is None) == (service is None):
            given = "neither" if service is None else "both"
            raise InvalidParameterError(
                "from_number and messaging_service_sid", given, "given one of them"
            )
        if service is not None:
            if not _SERVICE.fullmatch(service):
                raise InvalidParameterError("messaging_service_sid", service, "MG and 32 digits")
            return {"MessagingServiceSid": service}
        if not _FROM.fullmatch(str(from_number)):
            raise InvalidParameterError("from_number", from_number, "such as '+15005550006'")
        return {"From": f"{self._prefix}{from_number}"}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._http.base_url!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return self._send_all(messages, {})

    def schedule(self, messages: Sequence[Message], *, at: datetime) -> list[DeliveryReceipt]:
        """Have *messages* held by the messaging service; see :meth:`crmlib.Channel.schedule`."""
        require_supported(self, messages)
        if self.capabilities.schedule_seconds is None:
            raise self._cannot("hold a message for later", self._way_to_hold)
        moment = require_holdable(self, at)
        when = {"ScheduleType": "fixed", "SendAt": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return self._send_all(messages, when)

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:
        """Take back what is held; see :meth:`crmlib.Channel.cancel`."""
        if self.capabilities.schedule_seconds is None:
            raise self._cannot("take back a message", self._way_to_hold)
        return cancel_each(receipts, _MESSAGE, self._cancel_one)

    def _cancel_one(self, receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
        path = f"{self._path.removesuffix('.json')}/{ids[0]}.json"
        reply = self._http.request(
            "POST", path, headers=self._headers(_FORM), content=b"Status=canceled"
        )
        answer = reply.json()
        said = answer if isinstance(answer, dict) else {}
        outcome = reply.outcome
        if outcome is Outcome.ACCEPTED and said.get("status") != "canceled":
            outcome = Outcome.UNKNOWN
        told = f"{said.get('code') or ''} {said.get('message') or said.get('status') or ''}"
        return taken_back(receipt, reply, told, outcome)

    def _send_all(
        self, messages: Sequence[Message], when: Mapping[str, str]
    ) -> list[DeliveryReceipt]:
        return answer_around(
            messages,
            split_number,
            lambda going: send_each(
                going, lambda message: self._send_one(message, when), self._http.connections
            ),
        )

    def _send_one(self, message: Message, when: Mapping[str, str]) -> Sent:
        if len(message.body) > _LONGEST:
            detail = f"a text of more than {_LONGEST:,} characters"
            return Sent(
                [DeliveryReceipt(key=message.key, outcome=Outcome.REJECTED, detail=detail)]
            )
        fields = {"To": self._address_of(message), **self._fields, **when, "Body": message.body}
        if "StatusCallback" in fields:
            fields["StatusCallback"] = add_key(fields["StatusCallback"], message.key)
        reply = self._http.request(
            "POST",
            self._path,
            headers=self._headers(_FORM),
            content=urlencode(fields).encode("ascii"),
        )
        answer = reply.json()
        said = answer if isinstance(answer, dict) else {}
        outcome = reply.outcome
        if outcome is Outcome.ACCEPTED and (reply.problem or not said.get("sid")):
            outcome = Outcome.UNKNOWN
        code = said.get("code") or said.get("error_code") or ""
        told = f"{code} {said.get('message') or said.get('status') or ''}"
        receipt = receipt_of(
            message,
            reply,
            outcome=outcome,
            detail=plain_words(told, message),
            provider_id=plain_id(said.get("sid"), message),
        )
        return Sent([receipt], reply.is_closed_door)

    def look_up(self, messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        """Ask for each text to its number; see :meth:`crmlib.Channel.look_up`."""
        start, end = time_of_sending(since)

        def find(message: Message) -> Sent:
            query = urlencode({"To": self._address_of(message), "PageSize": _PAGE})
            reply = self._http.request("GET", f"{self._path}?{query}", headers=self._headers({}))
            listed = [
                (_created_at(entry), entry)
                for entry in records_of(reply.json(), "messages")
                if entry.get("to") == self._address_of(message)
                and entry.get("body") == message.body
            ]
            ours = [(at, _record(entry)) for at, entry in listed if start <= at <= end]
            return on_record(message, reply, nearest_record(since, ours))

        return answer_around(
            messages,
            split_number,
            lambda asked: look_up_each(asked, find, self._http.connections),
        )

    def _address_of(self, message: Message) -> str:
        return f"{self._prefix}{message.recipient.address}"

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Basic {self._login.reveal()}", **more}

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._http.close()


def _record(entry: Mapping[str, Any]) -> Record:
    status = str(entry.get("status", ""))
    return Record(
        outcome=_STATUSES.get(status, Outcome.UNKNOWN),
        told=f"{entry.get('error_code') or ''} {status}",
        provider_id=entry.get("sid"),
    )


def _created_at(entry: Mapping[str, Any]) -> datetime:
    """Give when a message was made, as mail headers say it; long ago if Twilio does not tell."""
    return read_date(str(entry.get("date_created", ""))) or datetime.min.replace(tzinfo=UTC)


class TwilioWhatsAppChannel(TwilioChannel):
    """Send WhatsApp messages by Twilio, one in each request.

    WhatsApp takes free texts for 24 hours after the customer last wrote, and
    none that are to be held.

    Examples
    --------
    >>> TwilioWhatsAppChannel("AC" + "0" * 32, "s3cret", "+15005550006").capabilities.medium
    'whatsapp'
    """

    name = "twilio-whatsapp"
    capabilities = Capabilities(
        medium="whatsapp", address_field="phone", batch_size=100, look_up=True
    )
    _prefix = "whatsapp:"
    _way_to_hold = "let the ledger keep the time"
