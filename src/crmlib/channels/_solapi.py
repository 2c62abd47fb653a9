"""What the channels of Solapi share: how requests are signed, and what answers mean."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from crmlib.channels._header_key import header_key
from crmlib.channels._look_up import Record, look_up_each, on_record, time_to_look_at
from crmlib.channels._one_by_one import Sent, receipt_of, send_each, send_halving
from crmlib.channels._phone_numbers import is_number
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._secret import Secret
from crmlib.channels._take_back import cancel_each, taken_back
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.channels._http_transport import HttpTransport
    from crmlib.messages import DeliveryReceipt, Message

URL: Final = "https://api.solapi.com"
BATCH: Final = 10_000
HELD_SECONDS: Final = (60, 180 * 86_400)
_PATH: Final = "/messages/v4/send-many/detail"
_LIST_PATH: Final = "/messages/v4/list"
_PAGE: Final = 100
_HELD: Final = re.compile(r"(G[A-Za-z0-9]{3,60})(?:/[A-Za-z0-9]{1,60})?")
_TAKEN: Final = frozenset({"2000", "3000", "4000"})
# the account lacks money or the number is not registered: no fault of the message
_SETTINGS: Final = frozenset({"1030", "1062"})


class Solapi:
    """One account at Solapi.

    Parameters
    ----------
    api_key, api_secret : str or Secret
        Of the account.
    http : HttpTransport
        To its server.
    """

    def __init__(
        self, api_key: str | Secret, api_secret: str | Secret, http: HttpTransport
    ) -> None:
        self._key = Secret(api_key, "api_key")
        self._secret = Secret(api_secret, "api_secret")
        self.http = http

    def send(
        self, messages: Sequence[Message], write: Callable[[Message], dict[str, Any]]
    ) -> list[DeliveryReceipt]:
        """Send *messages*, one at least, in one request, each as *write* puts it."""
        written = {message.key: _with_key(write, message) for message in messages}
        return list(send_halving(messages, lambda part: self._ask(part, written)).receipts)

    def schedule(
        self,
        messages: Sequence[Message],
        write: Callable[[Message], dict[str, Any]],
        at: datetime,
    ) -> list[DeliveryReceipt]:
        """Have *messages* sent at a later instant.

        Solapi takes back a whole request only, so each message is one by itself.
        """

        def schedule_one(message: Message) -> Sent:
            sent = self._ask([message], {message.key: _with_key(write, message)}, at)
            assert sent is not None  # one message is not halved
            return sent

        return send_each(messages, schedule_one)

    def look_up(
        self,
        messages: Sequence[Message],
        number_of: Callable[[Message], str],
        since: datetime,
    ) -> list[DeliveryReceipt]:
        """Ask for what was sent to the number of each message under the key of the message."""
        start, end = time_to_look_at(since, datetime.now(UTC))

        def find(message: Message) -> Sent:
            asked = {
                "to": number_of(message),
                "startDate": _iso(start),
                "endDate": _iso(end),
                "limit": _PAGE,
            }
            reply = self._request("GET", f"{_LIST_PATH}?{urlencode(asked)}")
            # an object by id, not a list
            listed = _as_dict(_as_dict(reply.json()).get("messageList")).values()
            records = [
                _record(entry)
                for entry in map(_as_dict, listed)
                if _as_dict(entry.get("customFields")).get("key") == header_key(message.key)
                and is_number(entry.get("to"), message.recipient.address)
            ]
            return on_record(message, reply, records)

        return look_up_each(messages, find)

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:
        """Take back what :meth:`schedule` had Solapi hold."""

        def cancel_one(receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
            reply = self._request("DELETE", f"/messages/v4/groups/{ids[0]}/schedule")
            answer = _as_dict(reply.json())
            outcome = reply.outcome
            if outcome is Outcome.ACCEPTED and answer.get("groupId") != ids[0]:
                outcome = Outcome.UNKNOWN
            return taken_back(receipt, reply, _told(answer), outcome)

        return cancel_each(receipts, _HELD, cancel_one)

    def _request(self, method: str, path: str, body: object = None) -> HttpReply:
        headers = {"Authorization": self._authorization()}
        if body is None:
            return self.http.request(method, path, headers=headers)
        return self.http.request(
            method,
            path,
            headers=headers | {"Content-Type": "application/json; charset=utf-8"},
            content=json.dumps(body, ensure_ascii=False).encode("utf-8"),
        )

    def _ask(
        self,
        messages: Sequence[Message],
        written: Mapping[str, dict[str, Any]],
        at: datetime | None = None,
    ) -> Sent | None:
        body = {
            "messages": [written[message.key] for message in messages],
            "allowDuplicates": False,
            "showMessageList": True,
        }
        if at is not None:
            body["scheduledDate"] = _iso(at)
        reply = self._request("POST", _PATH, body)
        answer = _as_dict(reply.json())
        if reply.outcome is Outcome.ACCEPTED:
            return Sent(_read(messages, reply, answer, is_held=at is not None))
        if reply.outcome is Outcome.REJECTED and len(messages) > 1:
            return None
        told = _told(answer)
        receipts = [
            receipt_of(message, reply, detail=plain_words(told, message)) for message in messages
        ]
        return Sent(receipts, reply.is_closed_door)

    def _authorization(self) -> str:
        """Sign anew for each attempt: the same signature twice is refused."""
        date = _iso(datetime.now(UTC))
        salt = secrets.token_hex(16)
        signature = hmac.digest(
            self._secret.reveal().encode(), f"{date}{salt}".encode(), "sha256"
        ).hex()
        return (
            f"HMAC-SHA256 apiKey={self._key.reveal()}, date={date}, salt={salt}, "
            f"signature={signature}"
        )


def _with_key(write: Callable[[Message], dict[str, Any]], message: Message) -> dict[str, Any]:
    """Put *message* as *write* does, with its key: it comes back with each answer about it."""
    return write(message) | {"customFields": {"key": header_key(message.key)}}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(answer: Mapping[str, Any]) -> str:
    return f"{answer.get('errorCode', '')} {answer.get('errorMessage', '')}".strip()


def _read(
    messages: Sequence[Message], reply: HttpReply, answer: Mapping[str, Any], *, is_held: bool
) -> list[DeliveryReceipt]:
    """Give the receipts of a request that was taken; what the answer does not name is unknown."""
    failed, taken = (_by_key(answer.get(name)) for name in ("failedMessageList", "messageList"))
    count = _as_dict(_as_dict(answer.get("groupInfo")).get("count"))
    # an answer that names no message still says how many there were, and that none failed
    is_whole = not taken and not failed and count.get("registeredSuccess") == len(messages)
    is_whole = is_whole and count.get("total") == len(messages)
    group = _as_dict(answer.get("groupInfo")).get("groupId")
    receipts = []
    for message in messages:
        key = header_key(message.key)
        entry = failed.get(key) or taken.get(key) or {}
        code = str(entry.get("statusCode", ""))
        told = plain_words(f"{code} {entry.get('statusMessage', '')}", message)
        if key in failed and key in taken:
            outcome, told = Outcome.UNKNOWN, "the answer contradicts itself"
        elif key in failed:
            outcome = Outcome.RETRY if code in _SETTINGS else Outcome.REJECTED
        elif code in _TAKEN or is_whole:
            outcome = Outcome.ACCEPTED
        else:
            outcome = Outcome.UNKNOWN
            told = told or "the answer does not name this message"
        given = entry.get("messageId", group if is_whole else None)
        if is_held and given != group and group:  # it is the group that can be taken back
            given = f"{group}/{given}"
        receipts.append(
            receipt_of(
                message,
                reply,
                outcome=outcome,
                detail=told,
                provider_id=plain_id(given, message),
            )
        )
    return receipts


def _record(entry: Mapping[str, Any]) -> Record:
    code = str(entry.get("statusCode") or "")
    if code in _TAKEN:
        outcome = Outcome.ACCEPTED
    else:
        outcome = Outcome.REJECTED if code.isdecimal() else Outcome.UNKNOWN
    told = f"{code} {entry.get('reason') or ''}"
    return Record(outcome=outcome, told=told, provider_id=entry.get("messageId"))


def _by_key(entries: Any) -> dict[str, dict[str, Any]]:
    """Give those of *entries* that say which message they are about, by that."""
    rows = [_as_dict(entry) for entry in (entries if isinstance(entries, list) else [])]
    keyed = [(_as_dict(row.get("customFields")).get("key"), row) for row in rows]
    return {key: row for key, row in keyed if isinstance(key, str)}


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
