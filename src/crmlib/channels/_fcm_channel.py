"""Push messages by Firebase Cloud Messaging."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._google_tokens import GoogleTokens
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._one_by_one import Sent, receipt_of, send_each
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._supported import require_supported
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.messages import Message

_PROJECT: Final = re.compile(r"[a-z0-9:.-]{4,64}")
_LARGEST: Final = 4_096
# of one phone, not of the settings: these tokens will never do
_GONE: Final = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH", "INVALID_ARGUMENT"})
_SETTINGS: Final = frozenset({"THIRD_PARTY_AUTH_ERROR", "QUOTA_EXCEEDED"})


class FcmChannel(Channel):
    """Send push messages by the HTTP v1 API of Firebase, one in each request.

    The address is the registration token of an app: the column
    ``push_token`` of the profiles.  A button is where a tap leads: the app
    finds its address as ``url`` in the data, and a web page opens it.

    Parameters
    ----------
    project_id : str
        Of the Firebase project.
    service_account_file : path
        The JSON file with the key of a service account; it is read at the
        first message.
    connections : int, default=8
        How many messages may be on their way at once.
    base_url : str, default="https://fcm.googleapis.com"
        Of the server.
    token_url : str, default="https://oauth2.googleapis.com/token"
        Of the server that trades the key for tokens of an hour.
    timeout_seconds : float, default=30.0
        The longest wait for any one request.
    ca_file : path, optional
        Certificates to trust in place of the system's, in PEM.

    Raises
    ------
    InvalidParameterError
        If a setting cannot be.
    MissingExtraError
        If the extra ``fcm`` is not installed.

    Examples
    --------
    >>> FcmChannel("shop-1", "service-account.json")
    FcmChannel(project_id='shop-1')
    """

    name = "fcm"
    capabilities = Capabilities(
        medium="push",
        address_field="push_token",
        batch_size=100,
        subject=True,
        button=True,
    )
    extras = MappingProxyType({"httpcore2": "fcm", "joserfc": "fcm"})

    def __init__(
        self,
        project_id: str,
        service_account_file: str | os.PathLike[str],
        *,
        connections: int = 8,
        base_url: str = "https://fcm.googleapis.com",
        token_url: str = "https://oauth2.googleapis.com/token",  # noqa: S107 -- an address
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        if not _PROJECT.fullmatch(str(project_id)):
            raise InvalidParameterError("project_id", project_id, "the id of a Firebase project")
        self._project_id = project_id
        self._tokens = GoogleTokens(
            Path(service_account_file),
            token_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
            clock=time.time,
        )
        self._asking = Lock()
        self._http = HttpTransport(
            base_url, timeout_seconds=timeout_seconds, ca_file=ca_file, connections=connections
        )

    def __repr__(self) -> str:
        return f"FcmChannel(project_id={self._project_id!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return send_each(messages, self._send_one, self._http.connections)

    def _send_one(self, message: Message) -> Sent:
        content = json.dumps({"message": _write(message)}, ensure_ascii=False).encode("utf-8")
        if len(content) > _LARGEST:
            detail = f"{len(content):,} bytes are more than the {_LARGEST:,} of a push message"
            return Sent(
                [DeliveryReceipt(key=message.key, outcome=Outcome.REJECTED, detail=detail)]
            )
        with self._asking:
            token = self._tokens.current()
        if token.secret is None:
            receipt = DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, detail=token.problem)
            return Sent([receipt], is_closed_door=True)
        reply = self._http.request(
            "POST",
            f"/v1/projects/{self._project_id}/messages:send",
            headers={
                "Authorization": f"Bearer {token.secret.reveal()}",
                "Content-Type": "application/json; charset=utf-8",
            },
            content=content,
        )
        if reply.status == 401:  # noqa: PLR2004 -- unauthorised: withdrawn before its time
            self._tokens.forget()
        return _read(message, reply)

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._http.close()
        self._tokens.close()


def _write(message: Message) -> dict[str, Any]:
    notification = {"body": message.body}
    if message.subject is not None:
        notification = {"title": message.subject, **notification}
    written: dict[str, Any] = {
        "token": message.recipient.address,
        "notification": notification,
        "data": {"message_key": message.key},
    }
    if message.button is not None:
        written["data"]["url"] = message.button.url
        written["webpush"] = {"fcm_options": {"link": message.button.url}}
    return written


def _read(message: Message, reply: HttpReply) -> Sent:
    answer = reply.json()
    said = answer if isinstance(answer, dict) else {}
    found = said.get("error")
    error: dict[str, Any] = found if isinstance(found, dict) else {}
    codes = _codes(error)
    outcome, is_closed_door = reply.outcome, reply.is_closed_door
    if outcome is Outcome.ACCEPTED and not said.get("name"):
        outcome = Outcome.UNKNOWN
    elif codes & _GONE and reply.status in {400, 403, 404}:
        outcome, is_closed_door = Outcome.REJECTED, False
    elif codes & _SETTINGS:
        outcome, is_closed_door = Outcome.RETRY, True
    told = " ".join([*sorted(codes), str(error.get("message", ""))])
    receipt = receipt_of(
        message,
        reply,
        outcome=outcome,
        detail=plain_words(told, message),
        provider_id=plain_id(said.get("name"), message),
    )
    return Sent([receipt], is_closed_door)


def _codes(error: Any) -> set[str]:
    """Give the status of an error, and the code that FCM adds to it."""
    details = error.get("details")
    entries = list(details if isinstance(details, list) else [])
    codes = {each.get("errorCode") for each in entries if isinstance(each, dict)}
    return {code for code in {*codes, error.get("status")} if isinstance(code, str)}
