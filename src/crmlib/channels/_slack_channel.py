"""Messages to people and channels of Slack."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._one_by_one import Sent, receipt_of, send_each
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._secret import Secret
from crmlib.channels._supported import require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.messages import Message

_LONGEST: Final = 3_000
_CHUNK_LABEL: Final = 75
# the token or the workspace, or too much for now: no fault of the message
_SETTINGS: Final = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("missing_scope", "no_permission", "ratelimited", "rate_limited", "org_login_required"),
        *("team_access_not_granted", "ekm_access_denied", "accesslimited"),
    }
)
# Slack itself says that it may have happened or not
_DOUBTFUL: Final = frozenset({"fatal_error", "internal_error", "service_unavailable"})


class SlackChannel(Channel):
    """Send messages by a Slack app, one in each request, by ``chat.postMessage``.

    The address is the id of a person or channel: the column ``slack_id`` of
    the profiles.  The text is sent as it reads: Slack's own signs for bold,
    links and mentions are written so that they do nothing.

    Parameters
    ----------
    token : str or Secret
        Of the app's bot user: ``xoxb-…``.
    base_url : str, default="https://slack.com/api"
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
    >>> SlackChannel("xoxb-1")
    SlackChannel(base_url='https://slack.com/api')
    """

    name = "slack"
    capabilities = Capabilities(
        medium="chat",
        address_field="slack_id",
        batch_size=100,
        button=True,
        messages_per_second=1.0,
    )
    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        token: str | Secret,
        *,
        base_url: str = "https://slack.com/api",
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._token = Secret(token, "token")
        self._http = HttpTransport(base_url, timeout_seconds=timeout_seconds, ca_file=ca_file)

    def __repr__(self) -> str:
        return f"SlackChannel(base_url={self._http.base_url!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return send_each(messages, self._send_one)

    def _send_one(self, message: Message) -> Sent:
        if len(message.body) > _LONGEST:
            detail = f"a text of more than {_LONGEST:,} characters"
            return Sent(
                [DeliveryReceipt(key=message.key, outcome=Outcome.REJECTED, detail=detail)]
            )
        reply = self._http.request(
            "POST",
            "/chat.postMessage",
            headers={
                "Authorization": f"Bearer {self._token.reveal()}",
                "Content-Type": "application/json; charset=utf-8",
            },
            content=json.dumps(_write(message), ensure_ascii=False).encode("utf-8"),
        )
        answer = reply.json()
        said = answer if isinstance(answer, dict) else {}
        error = str(said.get("error", ""))
        outcome = reply.outcome
        if outcome is Outcome.ACCEPTED:
            outcome = _outcome(said.get("ok"), error)
        receipt = receipt_of(
            message,
            reply,
            outcome=outcome,
            detail=plain_words(error, message),
            provider_id=plain_id(said.get("ts"), message),
        )
        return Sent([receipt], reply.is_closed_door or outcome is Outcome.RETRY)

    def close(self) -> None:
        """Close the connection.  Harmless when called again."""
        self._http.close()


def _outcome(is_ok: object, error: str) -> Outcome:
    """Give what an answer with status 200 means."""
    if is_ok is True:
        return Outcome.ACCEPTED
    if is_ok is not False or error in _DOUBTFUL:
        return Outcome.UNKNOWN
    return Outcome.RETRY if error in _SETTINGS else Outcome.REJECTED


def _write(message: Message) -> dict[str, Any]:
    text = message.body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    written: dict[str, Any] = {
        "channel": message.recipient.address,
        "text": text,
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    button = message.button
    if button is not None:
        label = {"type": "plain_text", "text": button.label[:_CHUNK_LABEL]}
        written["blocks"] = [
            {"type": "section", "text": {"type": "plain_text", "text": message.body}},
            {
                "type": "actions",
                "elements": [{"type": "button", "text": label, "url": button.url}],
            },
        ]
    return written
