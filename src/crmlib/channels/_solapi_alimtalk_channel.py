"""KakaoTalk alimtalk by Solapi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.channels import _solapi
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._solapi_sender import SolapiSender
from crmlib.channels._supported import require_registered
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._secret import Secret
    from crmlib.messages import Message


class SolapiAlimtalkChannel(SolapiSender):
    """Send KakaoTalk alimtalk by Solapi: texts that Kakao approved, no advertising.

    A message goes by the code of its template and what stands for the
    variables; buttons are part of the template.  Nothing falls back to a text
    message: choosing the next channel is the campaign's business.

    Parameters
    ----------
    api_key, api_secret : str or Secret
        Of the account.
    pf_id : str
        Of the KakaoTalk channel.
    from_number : str
        A number that is registered at Solapi.
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
    >>> channel = SolapiAlimtalkChannel("key", "s3cret", "KA01PF", "02-1234-5678")
    >>> [str(purpose) for purpose in channel.capabilities.purposes]
    ['informational']
    """

    name = "solapi-alimtalk"
    capabilities = Capabilities(
        medium="kakao",
        address_field="phone",
        batch_size=_solapi.BATCH,
        text_limit=TextLimit.ALIMTALK,
        registered_templates=True,
        purposes=(Purpose.INFORMATIONAL,),
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
        base_url: str = _solapi.URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._pf_id = pf_id
        super().__init__(
            api_key,
            api_secret,
            from_number,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )

    def __repr__(self) -> str:
        return f"SolapiAlimtalkChannel(base_url={self._http.base_url!r})"

    def _require_fit(self, messages: Sequence[Message]) -> None:
        super()._require_fit(messages)
        require_registered(self, messages)

    def _write(self, message: Message) -> dict[str, Any]:
        template = message.registered_template
        assert template is not None
        variables = {f"#{{{name}}}": value for name, value in template.variables}
        return {
            "to": korean_number(message.recipient.address),
            "from": self._from,
            "type": "ATA",
            "kakaoOptions": {
                "pfId": self._pf_id,
                "templateId": template.code,
                "variables": variables,
                "disableSms": True,
            },
        }
