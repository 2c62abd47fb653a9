"""KakaoTalk alimtalk by NHN Cloud."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.channels import _nhncloud
from crmlib.channels._header_key import header_key
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._one_by_one import send_each
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._refusals import answer_around
from crmlib.channels._supported import require_registered, require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudAlimtalkChannel(Channel):
    """Send KakaoTalk alimtalk by NHN Cloud: texts that Kakao approved, no advertising.

    Each message is a request of its own under the key of the message, which
    NHN Cloud refuses to take twice within ten minutes; so a sender that dies
    leaves nothing in doubt if another comes in time.  Nothing falls back to a
    text message: choosing the next channel is the campaign's business.

    Parameters
    ----------
    app_key : str
        Of the service.
    secret_key : str or Secret
        Of the service.
    sender_key : str
        Of the sender profile, 40 characters.
    connections : int, default=4
        How many requests may be on their way at once.
    base_url : str, default="https://kakaotalk-bizmessage.api.nhncloudservice.com"
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
    >>> NhnCloudAlimtalkChannel("app", "s3cret", "0" * 40).capabilities.idempotency_seconds
    600
    """

    name = "nhncloud-alimtalk"
    capabilities = Capabilities(
        medium="kakao",
        address_field="phone",
        batch_size=100,
        text_limit=TextLimit.ALIMTALK,
        registered_templates=True,
        purposes=(Purpose.INFORMATIONAL,),
        idempotency_seconds=_nhncloud.KEY_SECONDS,
        messages_per_second=_nhncloud.PER_SECOND,
    )
    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        app_key: str,
        secret_key: str | Secret,
        sender_key: str,
        *,
        connections: int = 4,
        base_url: str = _nhncloud.KAKAO_URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._app_key = _nhncloud.read_app_key(app_key)
        self._sender_key = sender_key
        http = HttpTransport(
            base_url, timeout_seconds=timeout_seconds, ca_file=ca_file, connections=connections
        )
        self._nhncloud = _nhncloud.NhnCloud(secret_key, http)

    def __repr__(self) -> str:
        return f"NhnCloudAlimtalkChannel(base_url={self._nhncloud.http.base_url!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        require_registered(self, messages)
        connections = self._nhncloud.http.connections
        return answer_around(
            messages, korean_number, lambda going: send_each(going, self._send, connections)
        )

    def _send(self, message: Message) -> Sent:
        template = message.registered_template
        assert template is not None
        body = {
            "senderKey": self._sender_key,
            "templateCode": template.code,
            "recipientList": [
                {
                    "recipientNo": korean_number(message.recipient.address),
                    "templateParameter": dict(template.variables),
                    "resendParameter": {"isResend": False},
                    "recipientGroupingKey": header_key(message.key),
                }
            ],
        }
        path = f"/alimtalk/v2.3/appkeys/{self._app_key}/messages"
        return self._nhncloud.send(path, body, [message], header_key(message.key))

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._nhncloud.http.close()
