"""What the channels of NHN Cloud share: their requests, and what answers mean."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import timedelta, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from crmlib.channels._header_key import header_key
from crmlib.channels._look_up import Record, on_record, records_of
from crmlib.channels._one_by_one import Sent, receipt_of
from crmlib.channels._phone_numbers import is_number
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._secret import Secret
from crmlib.channels._take_back import taken_back
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmlib.channels._http_reply import HttpReply
    from crmlib.channels._http_transport import HttpTransport
    from crmlib.messages import DeliveryReceipt, Message

SMS_URL: Final = "https://sms.api.nhncloudservice.com"
KAKAO_URL: Final = "https://kakaotalk-bizmessage.api.nhncloudservice.com"
MOST_RECIPIENTS: Final = 1_000
KEY_SECONDS: Final = 600
PER_SECOND: Final = 300.0
HELD_SECONDS: Final = (60, 60 * 86_400)
HELD: Final = re.compile(r"([A-Za-z0-9]{1,60})/(\d{1,9})")
MINUTE: Final = "%Y-%m-%d %H:%M"
SECOND: Final = "%Y-%m-%d %H:%M:%S"
_KOREA: Final = timezone(timedelta(hours=9))
_PAGE: Final = "100"
# of text messages: failed, called back, sent twice, held back as an advertisement
_FAILED: Final = frozenset({"0", "4", "5", "6", "FAILED", "CANCEL"})
_REPEATED: Final = -1005
# keys, numbers, quota or profile: no fault of the message
_SETTINGS: Final = frozenset({-1000, -1001, -1002, -1003, -1006, -1027, -2052})
_APP_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


class NhnCloud:
    """One service at NHN Cloud.

    Parameters
    ----------
    secret_key : str or Secret
        Of the service.
    http : HttpTransport
        To its server.
    """

    def __init__(self, secret_key: str | Secret, http: HttpTransport) -> None:
        self._secret = Secret(secret_key, "secret_key")
        self.http = http

    def send(
        self,
        path: str,
        body: Mapping[str, Any],
        messages: Sequence[Message],
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send *body* for *messages*; each recipient in it carries the key of its message."""
        more = {} if idempotency_key is None else {"X-NC-API-IDEMPOTENCY-KEY": idempotency_key}
        reply = self._request("POST", path, body, more)
        return Sent(_read(messages, reply), reply.is_closed_door)

    def find(
        self, message: Message, path: str, asked: Mapping[str, str], *way: str, status: str
    ) -> Sent:
        """Ask for the message under the key of *message*.

        Parameters
        ----------
        message : Message
            What was sent.
        path : str
            Of the list.
        asked : mapping of str to str
            When to look at, in the words of that list.
        *way : str
            To the records in the answer.
        status : str
            The field of a record that says whether it failed.
        """
        key = header_key(message.key)
        query = urlencode({**asked, "recipientGroupingKey": key, "pageSize": _PAGE})
        reply = self._request("GET", f"{path}?{query}")
        answer = reply.json()
        records = [
            _record(entry, status)
            for entry in (records_of(answer, *way) if _is_fine(answer) else [])
            if entry.get("recipientGroupingKey") == key
            and is_number(entry.get("recipientNo"), message.recipient.address)
        ]
        return on_record(message, reply, records)

    def take_back(
        self, receipt: DeliveryReceipt, method: str, path: str, body: object = None
    ) -> DeliveryReceipt:
        """Ask NHN Cloud to let go of one message."""
        reply = self._request(method, path, body)
        answer = _as_dict(reply.json())
        header = _as_dict(answer.get("header"))
        outcome = reply.outcome
        if outcome is Outcome.ACCEPTED:
            outcome = _has_let_go(header, _as_dict(_as_dict(answer.get("body")).get("data")))
        told = f"{header.get('resultCode', '')} {header.get('resultMessage', '')}"
        return taken_back(receipt, reply, told, outcome)

    def _request(
        self,
        method: str,
        path: str,
        body: object = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> HttpReply:
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "X-Secret-Key": self._secret.reveal(),
            **more,
        }
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        return self.http.request(method, path, headers=headers, content=content)


def _record(entry: Mapping[str, Any], status: str) -> Record:
    became = entry.get(status)
    if str(became) in _FAILED:
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.ACCEPTED if isinstance(became, str | int) else Outcome.UNKNOWN
    return Record(
        outcome=outcome,
        told=f"{entry.get('resultCode') or ''} {entry.get('resultCodeName') or ''}",
        provider_id=f"{entry.get('requestId', '')}/{entry.get('recipientSeq', '')}",
    )


def _is_fine(answer: Any) -> bool:
    return _as_dict(_as_dict(answer).get("header")).get("isSuccessful") is True


def _has_let_go(header: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    """Read whether a message was taken back: yes, no, or not told."""
    if header.get("isSuccessful") is True:
        # text messages are counted as well
        return Outcome.ACCEPTED if data.get("canceledCount", 1) == 1 else Outcome.REJECTED
    if header.get("isSuccessful") is not False:
        return Outcome.UNKNOWN
    return _refusal(header.get("resultCode"))


def korean_time(moment: datetime, form: str) -> str:
    """Write *moment* as NHN Cloud has it: the time of Korea.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> korean_time(datetime(2026, 11, 2, tzinfo=UTC), MINUTE)
    '2026-11-02 09:00'
    """
    return moment.astimezone(_KOREA).strftime(form)


def read_app_key(value: object) -> str:
    """Read an app key, which is part of each address and so no text of an error."""
    if not _APP_KEY.fullmatch(str(value)):
        raise InvalidParameterError("app_key", "…", "letters, digits, - and _")
    return str(value)


def _read(messages: Sequence[Message], reply: HttpReply) -> list[DeliveryReceipt]:
    answer = _as_dict(reply.json())
    header = _as_dict(answer.get("header"))
    code = header.get("resultCode")
    told = f"{'' if code is None else code} {header.get('resultMessage', '')}".strip()
    if reply.outcome is Outcome.ACCEPTED and header.get("isSuccessful") is True:
        return _read_each(messages, reply, answer)
    outcome: Outcome = reply.outcome
    wait = None
    if reply.outcome is Outcome.ACCEPTED and header.get("isSuccessful") is not False:
        outcome = Outcome.UNKNOWN
        told = told or "the answer does not say whether it was taken"
    elif reply.outcome is Outcome.ACCEPTED and code == _REPEATED:
        # the first one with this key may have been taken or not: the ledger knows whether
        # it was surely not, and only then is it right to come again when the key is forgotten
        outcome, wait = Outcome.RETRY, float(KEY_SECONDS)
    elif reply.outcome is Outcome.ACCEPTED:
        outcome = _refusal(code)
    return [
        receipt_of(
            message, reply, outcome=outcome, detail=plain_words(told, message), wait_seconds=wait
        )
        for message in messages
    ]


def _read_each(
    messages: Sequence[Message], reply: HttpReply, answer: Mapping[str, Any]
) -> list[DeliveryReceipt]:
    """Give the receipts of a request that was taken; what the answer does not name is unknown."""
    data = _as_dict(answer.get("message")) or _as_dict(_as_dict(answer.get("body")).get("data"))
    rows = data.get("sendResults") or data.get("sendResultList")
    entries = [_as_dict(row) for row in (rows if isinstance(rows, list) else [])]
    is_alone = len(messages) == 1 and len(entries) == 1  # needs no key to be told apart
    keyed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        key = entry.get("recipientGroupingKey")
        if key is None and is_alone:
            key = header_key(messages[0].key)
        if isinstance(key, str):
            keyed[key].append(entry)
    receipts = []
    for message in messages:
        entry = _the_one(keyed[header_key(message.key)])
        code = entry.get("resultCode")
        told = plain_words(f"{entry.get('resultMessage', '')}", message)
        if isinstance(code, bool) or not isinstance(code, int):
            outcome, told = Outcome.UNKNOWN, "the answer does not name this message"
        elif code == 0:
            outcome = Outcome.ACCEPTED
        else:
            outcome = _refusal(code)
            told = f"{code} {told}"
        given = f"{data.get('requestId', '')}/{entry.get('recipientSeq', '')}"
        provider_id = plain_id(given.strip("/"), message)
        receipts.append(
            receipt_of(message, reply, outcome=outcome, detail=told, provider_id=provider_id)
        )
    return receipts


def _the_one(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Give what all *entries* on one message say; nothing if they contradict each other."""
    is_sure = len({repr(entry.get("resultCode")) for entry in entries}) == 1
    return entries[0] if is_sure else {}


def _refusal(code: object) -> Outcome:
    is_setting = isinstance(code, int) and code in _SETTINGS
    return Outcome.RETRY if is_setting else Outcome.REJECTED


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
