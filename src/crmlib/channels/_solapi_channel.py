"""Korean text messages by Solapi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.channels import _solapi
from crmlib.channels._phone_numbers import split_number
from crmlib.channels._solapi_sender import SolapiSender
from crmlib.messages import Capabilities, TextLimit
from crmlib.text_limits import SMS_BYTES, korean_bytes

if TYPE_CHECKING:
    import os

    from crmlib.channels._secret import Secret
    from crmlib.messages import Message


class SolapiChannel(SolapiSender):
    """Send text messages by Solapi: SMS, LMS, and MMS with a picture.

    A text of up to 90 bytes without a subject is an SMS, a longer one or one
    with a subject an LMS.  With *image_id* all are MMS.

    Up to 10,000 go in one request.  What the answer says of each message
    decides; one that it does not name is ``unknown``.  A request that is
    refused whole for what is in it was not taken, and is sent again in
    halves, so that one bad row costs the others nothing.

    Parameters
    ----------
    api_key, api_secret : str or Secret
        Of the account.
    from_number : str
        A number that is registered there.
    image_id : str, optional
        Of a picture that was uploaded there; it goes with each message.
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
    >>> SolapiChannel("key", "s3cret", "02-1234-5678")
    SolapiChannel(base_url='https://api.solapi.com', from_number='0212345678')
    """

    name = "solapi"
    capabilities = Capabilities(
        medium="sms",
        address_field="phone",
        batch_size=_solapi.BATCH,
        subject=True,
        text_limit=TextLimit.KOREAN_LMS,
        look_up=True,
        schedule_seconds=_solapi.HELD_SECONDS,
    )

    def __init__(
        self,
        api_key: str | Secret,
        api_secret: str | Secret,
        from_number: str,
        *,
        image_id: str | None = None,
        base_url: str = _solapi.URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(
            api_key,
            api_secret,
            from_number,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )
        self._image_id = image_id

    def __repr__(self) -> str:
        return f"SolapiChannel(base_url={self._http.base_url!r}, from_number={self._from!r})"

    def _number(self, address: str) -> str:
        return split_number(address)[1]

    def _write(self, message: Message) -> dict[str, Any]:
        country, number = split_number(message.recipient.address)
        is_short = message.subject is None and korean_bytes(message.body) <= SMS_BYTES
        fields = {
            "to": number,
            "from": self._from,
            "country": country,
            "text": message.body,
            "type": "SMS" if is_short else "LMS",
            "autoTypeDetect": False,
        }
        if message.subject is not None:
            fields["subject"] = message.subject
        if self._image_id is not None:
            fields |= {"type": "MMS", "imageId": self._image_id}
        return fields
