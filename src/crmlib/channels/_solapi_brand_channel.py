"""KakaoTalk brand messages by Solapi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.channels import _solapi
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._setting_values import read_choice
from crmlib.channels._solapi_sender import SolapiSender
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os

    from crmlib.channels._secret import Secret
    from crmlib.messages import Message


class SolapiBrandChannel(SolapiSender):
    """Send KakaoTalk brand messages by Solapi: advertising, a text and a button.

    Kakao takes none from 20:50 to 08:00.  Nothing falls back to a text
    message: choosing the next channel is the campaign's business.

    Parameters
    ----------
    api_key, api_secret : str or Secret
        Of the account.
    pf_id : str
        Of the KakaoTalk channel.
    from_number : str
        A number that is registered at Solapi.
    targeting : {"M", "N", "I"}, default="I"
        To whom of those who consented: all, only who is no friend of the
        KakaoTalk channel, only friends.
    base_url : str, default="https://api.solapi.com"
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
    >>> SolapiBrandChannel("key", "s3cret", "KA01PF", "02-1234-5678").capabilities.medium
    'kakao'
    """

    name = "solapi-brand"
    capabilities = Capabilities(
        medium="kakao",
        address_field="phone",
        batch_size=_solapi.BATCH,
        button=True,
        text_limit=TextLimit.BRAND_MESSAGE,
        purposes=(Purpose.ADVERTISING,),
        look_up=True,
        schedule_seconds=_solapi.HELD_SECONDS,
    )

    def __init__(
        self,
        api_key: str | Secret,
        api_secret: str | Secret,
        pf_id: str,
        from_number: str,
        *,
        targeting: str = "I",
        base_url: str = _solapi.URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._pf_id = pf_id
        self._targeting = read_choice("targeting", targeting, ("M", "N", "I"))
        super().__init__(
            api_key,
            api_secret,
            from_number,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )

    def __repr__(self) -> str:
        url = self._http.base_url
        return f"SolapiBrandChannel(base_url={url!r}, targeting={self._targeting!r})"

    def _write(self, message: Message) -> dict[str, Any]:
        bms: dict[str, Any] = {"targeting": self._targeting, "chatBubbleType": "TEXT"}
        button = message.button
        if button is not None:
            bms["buttons"] = [{"linkType": "WL", "name": button.label, "linkMobile": button.url}]
        return {
            "to": korean_number(message.recipient.address),
            "from": self._from,
            "text": message.body,
            "type": "BMS_FREE",
            "kakaoOptions": {"pfId": self._pf_id, "disableSms": True, "bms": bms},
        }
