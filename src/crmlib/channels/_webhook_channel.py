"""Messages posted to a server of one's own, signed."""

from __future__ import annotations

import hmac
import json
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.channels._header_key import header_key
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._one_by_one import Sent, receipt_of, send_each
from crmlib.channels._provider_words import plain_id
from crmlib.channels._public_addresses import read_networks
from crmlib.channels._secret import Secret
from crmlib.channels._setting_values import read_base_url, read_number, split_url
from crmlib.channels._supported import require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.messages import DeliveryReceipt, Message

_MONTH_SECONDS: Final = 31 * 86_400


class WebhookChannel(Channel):
    """Post each message as JSON to a server of your own, which sends it on.

    The request carries ``Crmlib-Timestamp``, the seconds since 1970, and
    ``Crmlib-Signature``: ``v1=`` and the HMAC-SHA256, in hexadecimal, of the
    timestamp, a full stop and the body.  A server that compares the signature
    and refuses timestamps of more than a few minutes ago takes nothing from
    strangers.  ``Idempotency-Key`` is the key of the message.

    A 2xx answer accepts the message, whatever its body says; an ``"id"`` in it
    is kept.  For everything else see :attr:`crmlib.channels.HttpReply.outcome`.

    The address is looked up once and connected to just as it was found.
    Private networks, loopback, the metadata services of clouds and the like
    are refused unless *allowed_networks* names them.  Redirects are refused.

    Parameters
    ----------
    url : str
        Where to post; ``http`` only if *allowed_networks* are given.
    secret : str or Secret
        What both sides know.
    allowed_networks : str or sequence of str, default=()
        Networks of your own that the server may be in, such as
        ``"10.0.0.0/8"``; in a text with commas in between.
    idempotency_seconds : int, default=0
        For how long your server drops a second message with the same key.
    connections : int, default=1
        How many messages may be on their way at once.
    timeout_seconds : float, default=30.0
        The longest wait for any one message.
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
    >>> WebhookChannel("https://hooks.shop.example/crm?token=1", "s3cret")
    WebhookChannel(url='https://hooks.shop.example/…')
    """

    name = "webhook"
    capabilities = Capabilities(
        medium="email",
        address_field="email",
        batch_size=100,
        subject=True,
        html=True,
        button=True,
    )
    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        url: str,
        secret: str | Secret,
        *,
        allowed_networks: str | Sequence[str] = (),
        idempotency_seconds: int = 0,
        connections: int = 1,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        networks = read_networks("allowed_networks", allowed_networks)
        origin, self._path = split_url("url", url)
        read_base_url("url", origin, may_be_plain=bool(networks))
        self._secret = Secret(secret, "secret")
        self._clock = time.time
        self._http = HttpTransport(
            origin,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
            connections=connections,
            may_be_plain=bool(networks),
            allowed_networks=networks,
        )
        life = read_number(
            "idempotency_seconds",
            idempotency_seconds,
            lambda seconds: 0 <= seconds <= _MONTH_SECONDS,
            f"seconds from 0 to {_MONTH_SECONDS}",
        )
        self.capabilities = attrs.evolve(type(self).capabilities, idempotency_seconds=int(life))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url='{self._http.base_url}/…')"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Post *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return send_each(messages, self._send_one, self._http.connections)

    def _send_one(self, message: Message) -> Sent:
        body = json.dumps(attrs.asdict(message)).encode("ascii")
        timestamp = str(int(self._clock()))
        signed = hmac.digest(
            self._secret.reveal().encode(), timestamp.encode() + b"." + body, "sha256"
        )
        reply = self._http.request(
            "POST",
            self._path,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": header_key(message.key),
                "Crmlib-Timestamp": timestamp,
                "Crmlib-Signature": f"v1={signed.hex()}",
            },
            content=body,
        )
        answer = reply.json()
        given = answer.get("id") if isinstance(answer, dict) else None
        receipt = receipt_of(message, reply, provider_id=plain_id(given, message))
        return Sent([receipt], reply.is_closed_door)

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._http.close()


class WebhookSmsChannel(WebhookChannel):
    """The same for text messages: to phone numbers, without subject and HTML.

    Examples
    --------
    >>> WebhookSmsChannel("https://hooks.shop.example/sms", "s3cret").capabilities.medium
    'sms'
    """

    name = "webhook-sms"
    capabilities = Capabilities(medium="sms", address_field="phone", batch_size=100)
