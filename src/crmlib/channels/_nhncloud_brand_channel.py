"""KakaoTalk brand messages by NHN Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.channels import _nhncloud
from crmlib.channels._header_key import header_key
from crmlib.channels._nhncloud_kakao_sender import NhnCloudKakaoSender
from crmlib.channels._one_by_one import group_by, send_groups
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._setting_values import read_choice
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudBrandChannel(NhnCloudKakaoSender):
    """Send KakaoTalk brand messages by NHN Cloud: advertising, a text and a button.

    Kakao takes none from 20:50 to 08:00.  The number for opting out is the
    sender's ``opt_out_phone``, or the one of the profile if there is none.
    One request carries one text, so texts that differ go in a request each,
    over several *connections* at once.  Nothing falls back to a text message.

    Parameters
    ----------
    app_key : str
        Of the service.
    secret_key : str or Secret
        Of the service.
    sender_key : str
        Of the sender profile, 40 characters.
    targeting : {"M", "N", "I"}, default="I"
        To whom of those who consented: all, only who is no friend of the
        KakaoTalk channel, only friends.
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
    >>> NhnCloudBrandChannel("app", "s3cret", "0" * 40).capabilities.medium
    'kakao'
    """

    name = "nhncloud-brand"
    capabilities = Capabilities(
        medium="kakao",
        address_field="phone",
        batch_size=_nhncloud.MOST_RECIPIENTS,
        button=True,
        text_limit=TextLimit.BRAND_MESSAGE,
        purposes=(Purpose.ADVERTISING,),
        messages_per_second=_nhncloud.PER_SECOND,
        look_up=True,
        schedule_seconds=_nhncloud.HELD_SECONDS,
    )
    _root = "brand-message/v1.0"
    _asked = ("startRequestDate", "endRequestDate")

    def __init__(
        self,
        app_key: str,
        secret_key: str | Secret,
        sender_key: str,
        *,
        targeting: str = "I",
        connections: int = 4,
        base_url: str = _nhncloud.KAKAO_URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._sender_key = sender_key
        self._targeting = read_choice("targeting", targeting, ("M", "N", "I"))
        super().__init__(
            app_key,
            secret_key,
            connections=connections,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )

    def __repr__(self) -> str:
        url = self._http.base_url
        return f"NhnCloudBrandChannel(base_url={url!r}, targeting={self._targeting!r})"

    def _send_all(
        self, messages: Sequence[Message], when: dict[str, str]
    ) -> list[DeliveryReceipt]:
        groups = group_by(messages, lambda each: (each.body, each.button, each.sender))
        return send_groups(
            messages, groups, lambda group: self._send(group, when), self._http.connections
        )

    def _send(self, messages: Sequence[Message], when: dict[str, str]) -> Sent:
        first = messages[0]
        body: dict[str, Any] = {
            **when,
            "senderKey": self._sender_key,
            "chatBubbleType": "TEXT",
            "content": first.body,
            "recipientList": [
                {
                    "recipientNo": korean_number(message.recipient.address),
                    "targeting": self._targeting,
                    "resendParameter": {"isResend": False},
                    "recipientGroupingKey": header_key(message.key),
                }
                for message in messages
            ],
        }
        if first.sender.opt_out_phone is not None:
            body["unsubscribeNo"] = first.sender.opt_out_phone
        if first.button is not None:
            body["buttons"] = [
                {"name": first.button.label, "type": "WL", "linkMo": first.button.url}
            ]
        return self._nhncloud.send(self._path("freestyle-messages"), body, messages)
