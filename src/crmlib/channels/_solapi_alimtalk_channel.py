"""KakaoTalk alimtalk by Solapi."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmlib.channels import _solapi
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._phone_numbers import korean_number, read_sender_number
from crmlib.channels._refusals import answer_around
from crmlib.channels._supported import require_registered, require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, Purpose, TextLimit

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class SolapiAlimtalkChannel(Channel):
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
    )
    extras = MappingProxyType({"httpcore2": "http"})

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
        self._from = read_sender_number("from_number", from_number)
        http = HttpTransport(base_url, timeout_seconds=timeout_seconds, ca_file=ca_file)
        self._solapi = _solapi.Solapi(api_key, api_secret, http)

    def __repr__(self) -> str:
        return f"SolapiAlimtalkChannel(base_url={self._solapi.http.base_url!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages* in one request; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        require_registered(self, messages)
        return answer_around(
            messages, korean_number, lambda going: self._solapi.send(going, self._write)
        )

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

    def close(self) -> None:
        """Close the connection.  Harmless when called again."""
        self._solapi.http.close()
