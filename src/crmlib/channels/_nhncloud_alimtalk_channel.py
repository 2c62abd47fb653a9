"""KakaoTalk alimtalk by NHN Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.channels import _nhncloud
from crmlib.channels._header_key import header_key
from crmlib.channels._nhncloud_kakao_sender import NhnCloudKakaoSender
from crmlib.channels._one_by_one import send_each
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._supported import require_registered
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudAlimtalkChannel(NhnCloudKakaoSender):
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
        look_up=True,
        schedule_seconds=_nhncloud.HELD_SECONDS,
    )
    _root = "alimtalk/v2.3"
    _asked = ("startCreateDate", "endCreateDate")

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
        self._sender_key = sender_key
        super().__init__(
            app_key,
            secret_key,
            connections=connections,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )

    def __repr__(self) -> str:
        return f"NhnCloudAlimtalkChannel(base_url={self._http.base_url!r})"

    def _require_fit(self, messages: Sequence[Message]) -> None:
        super()._require_fit(messages)
        require_registered(self, messages)

    def _send_all(
        self, messages: Sequence[Message], when: dict[str, str]
    ) -> list[DeliveryReceipt]:
        return send_each(messages, lambda each: self._send(each, when), self._http.connections)

    def _send(self, message: Message, when: dict[str, str]) -> Sent:
        template = message.registered_template
        assert template is not None
        body = {
            **when,
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
        path = self._path("messages")
        return self._nhncloud.send(path, body, [message], header_key(message.key))
