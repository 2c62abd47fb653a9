"""What the channels of Solapi share: how requests are signed, and what answers mean."""

from __future__ import annotations

import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._header_key import header_key
from crmlib.channels._one_by_one import Sent, receipt_of, send_halving
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._secret import Secret
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.channels._http_transport import HttpTransport
    from crmlib.messages import DeliveryReceipt, Message

URL: Final = "https://api.solapi.com"
BATCH: Final = 10_000
_PATH: Final = "/messages/v4/send-many/detail"
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
        # comes back with the answer, and tells which message it is about
        written = {
            message.key: write(message) | {"customFields": {"key": header_key(message.key)}}
            for message in messages
        }
        return list(send_halving(messages, lambda part: self._ask(part, written)).receipts)

    def _ask(
        self, messages: Sequence[Message], written: Mapping[str, dict[str, Any]]
    ) -> Sent | None:
        body = {
            "messages": [written[message.key] for message in messages],
            "allowDuplicates": False,
            "showMessageList": True,
        }
        reply = self.http.request(
            "POST",
            _PATH,
            headers={
                "Authorization": self._authorization(),
                "Content-Type": "application/json; charset=utf-8",
            },
            content=json.dumps(body, ensure_ascii=False).encode("utf-8"),
        )
        answer = _as_dict(reply.json())
        if reply.outcome is Outcome.ACCEPTED:
            return Sent(_read(messages, reply, answer))
        if reply.outcome is Outcome.REJECTED and len(messages) > 1:
            return None
        told = f"{answer.get('errorCode', '')} {answer.get('errorMessage', '')}".strip()
        receipts = [
            receipt_of(message, reply, detail=plain_words(told, message)) for message in messages
        ]
        return Sent(receipts, reply.is_closed_door)

    def _authorization(self) -> str:
        """Sign anew for each attempt: the same signature twice is refused."""
        date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        salt = secrets.token_hex(16)
        signature = hmac.digest(
            self._secret.reveal().encode(), f"{date}{salt}".encode(), "sha256"
        ).hex()
        return (
            f"HMAC-SHA256 apiKey={self._key.reveal()}, date={date}, salt={salt}, "
            f"signature={signature}"
        )


def _read(
    messages: Sequence[Message], reply: HttpReply, answer: Mapping[str, Any]
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
        if key in failed:
            outcome = Outcome.RETRY if code in _SETTINGS else Outcome.REJECTED
        elif code in _TAKEN or is_whole:
            outcome = Outcome.ACCEPTED
        else:
            outcome = Outcome.UNKNOWN
            told = told or "the answer does not name this message"
        provider_id = plain_id(entry.get("messageId", group if is_whole else None), message)
        receipts.append(
            receipt_of(message, reply, outcome=outcome, detail=told, provider_id=provider_id)
        )
    return receipts


def _by_key(entries: Any) -> dict[str, dict[str, Any]]:
    """Give those of *entries* that say which message they are about, by that."""
    rows = [_as_dict(entry) for entry in (entries if isinstance(entries, list) else [])]
    keyed = [(_as_dict(row.get("customFields")).get("key"), row) for row in rows]
    return {key: row for key, row in keyed if isinstance(key, str)}


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
