"""What the channels of NHN Cloud share: their requests, and what answers mean."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._header_key import header_key
from crmlib.channels._one_by_one import Sent, receipt_of
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._secret import Secret
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.channels._http_transport import HttpTransport
    from crmlib.messages import DeliveryReceipt, Message

SMS_URL: Final = "https://sms.api.nhncloudservice.com"
KAKAO_URL: Final = "https://kakaotalk-bizmessage.api.nhncloudservice.com"
MOST_RECIPIENTS: Final = 1_000
KEY_SECONDS: Final = 600
PER_SECOND: Final = 300.0
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
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "X-Secret-Key": self._secret.reveal(),
        }
        if idempotency_key is not None:
            headers["X-NC-API-IDEMPOTENCY-KEY"] = idempotency_key
        reply = self.http.request(
            "POST",
            path,
            headers=headers,
            content=json.dumps(body, ensure_ascii=False).encode("utf-8"),
        )
        return Sent(_read(messages, reply), reply.is_closed_door)


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
    if reply.outcome is not Outcome.ACCEPTED:
        outcome, wait = reply.outcome, None
    elif header.get("isSuccessful") is not False:
        outcome, wait = Outcome.UNKNOWN, None
        told = told or "the answer does not say whether it was taken"
    elif code == _REPEATED:
        # the first one with this key may have been taken or not: the ledger knows whether
        # it was surely not, and only then is it right to come again when the key is forgotten
        outcome, wait = Outcome.RETRY, float(KEY_SECONDS)
    else:
        outcome, wait = Outcome.RETRY if code in _SETTINGS else Outcome.REJECTED, None
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
    keyed = {entry.get("recipientGroupingKey"): entry for entry in entries}
    if len(messages) == 1 and len(entries) == 1:  # needs no key to be told apart
        keyed[header_key(messages[0].key)] = entries[0]
    receipts = []
    for message in messages:
        entry = keyed.get(header_key(message.key), {})
        code = entry.get("resultCode")
        told = plain_words(f"{entry.get('resultMessage', '')}", message)
        if code == 0:
            outcome = Outcome.ACCEPTED
        elif isinstance(code, int):
            outcome = Outcome.RETRY if code in _SETTINGS else Outcome.REJECTED
            told = f"{code} {told}"
        else:
            outcome, told = Outcome.UNKNOWN, "the answer does not name this message"
        given = f"{data.get('requestId', '')}/{entry.get('recipientSeq', '')}"
        provider_id = plain_id(given.strip("/"), message)
        receipts.append(
            receipt_of(message, reply, outcome=outcome, detail=told, provider_id=provider_id)
        )
    return receipts


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
