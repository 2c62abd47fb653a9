"""Korean text messages by Naver SENS."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._look_up import (
    Record,
    look_up_each,
    nearest_record,
    on_record,
    records_of,
    time_of_sending,
)
from crmlib.channels._one_by_one import (
    Sent,
    group_by,
    receipt_of,
    send_each,
    send_groups,
    send_halving,
)
from crmlib.channels._phone_numbers import is_number, korean_number, read_sender_number
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._refusals import answer_around
from crmlib.channels._secret import Secret
from crmlib.channels._setting_values import read_instant
from crmlib.channels._supported import require_holdable, require_supported
from crmlib.channels._take_back import cancel_each, next_minute, taken_back
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, Outcome, Purpose, TextLimit
from crmlib.text_limits import SMS_BYTES, korean_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.messages import DeliveryReceipt, Message

_SERVICE: Final = re.compile(r"[A-Za-z0-9:._-]{1,200}")
_ACCEPTED: Final = 202
_TAKEN_BACK: Final = 204
_FOUND: Final = 200
# how far ahead is not published: what it refuses beyond that is rejected
_HELD_SECONDS: Final = (600, 30 * 86_400)
_REQUEST: Final = re.compile(r"([A-Za-z0-9_-]{1,100})")
_SECOND: Final = "%Y-%m-%d %H:%M:%S"
_KOREA: Final = timezone(timedelta(hours=9))
_MOST_LOOKED_AT: Final = 20


class SensChannel(Channel):
    """Send text messages by Naver SENS: SMS and LMS, to Korean numbers.

    A text of up to 90 bytes without a subject is an SMS, a longer one or one
    with a subject an LMS; advertisements go as such.  SENS cuts longer texts
    without a word, so they are refused on this side.

    Its answer counts for a whole request, and names no message: what became
    of each is to be seen on its site, or by :meth:`look_up`.  A request that is refused whole for
    what is in it is sent again in halves.

    Parameters
    ----------
    access_key, secret_key : str or Secret
        Of the account.
    service_id : str
        Of the SMS service.
    from_number : str
        A number that is registered there.
    base_url : str, default="https://sens.apigw.ntruss.com"
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
    >>> SensChannel("key", "s3cret", "ncp:sms:kr:1:shop", "02-1234-5678")
    SensChannel(base_url='https://sens.apigw.ntruss.com', from_number='0212345678')
    """

    name = "sens"
    capabilities = Capabilities(
        medium="sms",
        address_field="phone",
        batch_size=100,
        subject=True,
        text_limit=TextLimit.KOREAN_LMS,
        look_up=True,
        schedule_seconds=_HELD_SECONDS,
    )
    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        access_key: str | Secret,
        secret_key: str | Secret,
        service_id: str,
        from_number: str,
        *,
        base_url: str = "https://sens.apigw.ntruss.com",
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        if not _SERVICE.fullmatch(str(service_id)):
            raise InvalidParameterError("service_id", service_id, "such as 'ncp:sms:kr:1:shop'")
        self._path = f"/sms/v2/services/{service_id}/messages"
        self._access_key = Secret(access_key, "access_key")
        self._secret_key = Secret(secret_key, "secret_key")
        self._from = read_sender_number("from_number", from_number)
        self._clock = time.time
        self._http = HttpTransport(base_url, timeout_seconds=timeout_seconds, ca_file=ca_file)

    def __repr__(self) -> str:
        return f"SensChannel(base_url={self._http.base_url!r}, from_number={self._from!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, those of one kind together; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return answer_around(messages, korean_number, self._send_all)

    def schedule(self, messages: Sequence[Message], *, at: datetime) -> list[DeliveryReceipt]:
        """Have *messages* held, each in a request; see :meth:`crmlib.Channel.schedule`.

        SENS takes back a whole request only, and knows whole minutes.
        """
        require_supported(self, messages)
        moment = next_minute(require_holdable(self, at)).astimezone(_KOREA)
        when = {"reserveTime": f"{moment:%Y-%m-%d %H:%M}", "reserveTimeZone": "Asia/Seoul"}

        def schedule_one(message: Message) -> Sent:
            sent = self._send([message], when)
            assert sent is not None  # one message is not halved
            return sent

        return answer_around(messages, korean_number, lambda going: send_each(going, schedule_one))

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:
        """Take back what is held; see :meth:`crmlib.Channel.cancel`."""

        def cancel_one(receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
            path = f"{self._path.removesuffix('messages')}reservations/{ids[0]}"
            reply = self._request("DELETE", path)
            is_sure = reply.status == _TAKEN_BACK or reply.outcome is not Outcome.ACCEPTED
            return taken_back(receipt, reply, "", reply.outcome if is_sure else Outcome.UNKNOWN)

        return cancel_each(receipts, _REQUEST, cancel_one)

    def look_up(self, messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        """Ask for each text to its number; see :meth:`crmlib.Channel.look_up`.

        SENS lists who was sent to, and tells the text of one at a time.
        """
        moment = read_instant("since", since)
        return answer_around(
            messages,
            korean_number,
            lambda asked: look_up_each(asked, lambda message: self._find(message, moment)),
        )

    def _find(self, message: Message, since: datetime) -> Sent:
        start, end = time_of_sending(since)
        number = korean_number(message.recipient.address)
        times = {"requestStartTime": _korean_time(start), "requestEndTime": _korean_time(end)}
        reply = self._request("GET", f"{self._path}?{urlencode({**times, 'to': number})}")
        listed = records_of(reply.json(), "messages") if reply.status == _FOUND else []
        ids = [str(entry["messageId"]) for entry in listed if entry.get("messageId")]
        found = []
        for message_id in dict.fromkeys(ids[:_MOST_LOOKED_AT]):
            told = self._request("GET", f"{self._path}/{quote(message_id, safe='')}")
            entries = records_of(told.json(), "messages") if told.status == _FOUND else []
            found += [
                (at, _record(entry))
                for entry in entries
                if entry.get("content") == message.body
                and is_number(entry.get("to"), message.recipient.address)
                and start <= (at := _requested_at(entry)) <= end
            ]
        return on_record(message, reply, nearest_record(since, found))

    def _send_all(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        groups = group_by(messages, lambda message: (_type_of(message), message.purpose))
        return send_groups(messages, groups, lambda group: send_halving(group, self._send))

    def _send(
        self, messages: Sequence[Message], when: Mapping[str, str] = MappingProxyType({})
    ) -> Sent | None:
        first = messages[0]
        body = {
            **when,
            "type": _type_of(first),
            "contentType": "AD" if first.purpose is Purpose.ADVERTISING else "COMM",
            "countryCode": "82",
            "from": self._from,
            # asked for, though each message brings its own
            "content": first.body,
            "messages": [_row(message) for message in messages],
        }
        reply = self._request("POST", self._path, body)
        if reply.outcome is Outcome.REJECTED and len(messages) > 1:
            return None
        answer = reply.json()
        said = answer if isinstance(answer, dict) else {}
        outcome, told = reply.outcome, json.dumps(said.get("error", said.get("errors", "")))
        if outcome is Outcome.ACCEPTED:
            is_taken = reply.status == _ACCEPTED and "requestId" in said
            outcome = Outcome.ACCEPTED if is_taken else Outcome.UNKNOWN
            told = str(said.get("statusName", "")) if is_taken else "the answer is no receipt"
        receipts = [
            receipt_of(
                message,
                reply,
                outcome=outcome,
                detail=plain_words(told.strip('"'), message),
                provider_id=plain_id(said.get("requestId"), message),
            )
            for message in messages
        ]
        return Sent(receipts, reply.is_closed_door)

    def _request(self, method: str, path: str, body: object = None) -> HttpReply:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        headers = self._signed(method, path)
        return self._http.request(method, path, headers=headers, content=content)

    def _signed(self, method: str, path: str) -> dict[str, str]:
        """Sign anew for each attempt: a signature is good for five minutes."""
        timestamp = str(int(self._clock() * 1000))
        access_key = self._access_key.reveal()
        signature = hmac.digest(
            self._secret_key.reveal().encode(),
            f"{method} {path}\n{timestamp}\n{access_key}".encode(),
            "sha256",
        )
        return {
            "Content-Type": "application/json; charset=utf-8",
            "x-ncp-apigw-timestamp": timestamp,
            "x-ncp-iam-access-key": access_key,
            "x-ncp-apigw-signature-v2": base64.b64encode(signature).decode("ascii"),
        }

    def close(self) -> None:
        """Close the connection.  Harmless when called again."""
        self._http.close()


def _korean_time(moment: datetime) -> str:
    return moment.astimezone(_KOREA).strftime(_SECOND)


def _requested_at(entry: Mapping[str, Any]) -> datetime:
    """Give when SENS took a message; long ago if it does not tell."""
    try:
        moment = datetime.strptime(str(entry.get("requestTime")), _SECOND)  # noqa: DTZ007 -- below
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment.replace(tzinfo=_KOREA)


def _record(entry: Mapping[str, Any]) -> Record:
    status = entry.get("statusName")
    return Record(
        outcome=Outcome.REJECTED if status == "fail" else Outcome.ACCEPTED,
        told=f"{entry.get('statusCode') or ''} {status or ''}",
        provider_id=entry.get("requestId"),
    )


def _type_of(message: Message) -> str:
    is_short = message.subject is None and korean_bytes(message.body) <= SMS_BYTES
    return "SMS" if is_short else "LMS"


def _row(message: Message) -> dict[str, Any]:
    row = {"to": korean_number(message.recipient.address), "content": message.body}
    return row if message.subject is None else row | {"subject": message.subject}
