"""Korean text messages by NHN Cloud."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmlib.channels import _nhncloud
from crmlib.channels._header_key import header_key
from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._one_by_one import group_by, send_groups
from crmlib.channels._phone_numbers import korean_number, read_sender_number
from crmlib.channels._refusals import answer_around
from crmlib.channels._supported import require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, Purpose, TextLimit
from crmlib.text_limits import SMS_BYTES, korean_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudChannel(Channel):
    """Send text messages by NHN Cloud: SMS and LMS, to Korean numbers.

    A text of up to 90 bytes without a subject is an SMS, a longer one or one
    with a subject an LMS; an advertisement goes by the address for those.
    One request carries one text to up to 1,000 people, so texts that differ
    go in a request each, over several *connections* at once.

    Parameters
    ----------
    app_key : str
        Of the service.
    secret_key : str or Secret
        Of the service.
    from_number : str
        A number that is registered there.
    connections : int, default=4
        How many requests may be on their way at once.
    base_url : str, default="https://sms.api.nhncloudservice.com"
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
    >>> NhnCloudChannel("app", "s3cret", "02-1234-5678")
    NhnCloudChannel(base_url='https://sms.api.nhncloudservice.com', from_number='0212345678')
    """

    name = "nhncloud"
    capabilities = Capabilities(
        medium="sms",
        address_field="phone",
        batch_size=_nhncloud.MOST_RECIPIENTS,
        subject=True,
        text_limit=TextLimit.KOREAN_LMS,
    )
    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        app_key: str,
        secret_key: str | Secret,
        from_number: str,
        *,
        connections: int = 4,
        base_url: str = _nhncloud.SMS_URL,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._app_key = _nhncloud.read_app_key(app_key)
        self._from = read_sender_number("from_number", from_number)
        http = HttpTransport(
            base_url, timeout_seconds=timeout_seconds, ca_file=ca_file, connections=connections
        )
        self._nhncloud = _nhncloud.NhnCloud(secret_key, http)

    def __repr__(self) -> str:
        url = self._nhncloud.http.base_url
        return f"NhnCloudChannel(base_url={url!r}, from_number={self._from!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, those with one text together; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return answer_around(messages, korean_number, self._send_all)

    def _send_all(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        groups = group_by(messages, lambda each: (each.subject, each.body, each.purpose))
        return send_groups(messages, groups, self._send, self._nhncloud.http.connections)

    def _send(self, messages: Sequence[Message]) -> Sent:
        first = messages[0]
        is_short = first.subject is None and korean_bytes(first.body) <= SMS_BYTES
        kind = "sms" if is_short else "mms"
        if first.purpose is Purpose.ADVERTISING:
            kind = f"ad-{kind}"
        body: dict[str, Any] = {
            "body": first.body,
            "sendNo": self._from,
            "recipientList": [
                {
                    "recipientNo": korean_number(message.recipient.address),
                    "recipientGroupingKey": header_key(message.key),
                }
                for message in messages
            ],
        }
        if not is_short:  # an LMS has to have a title
            body["title"] = first.subject or first.sender.name
        path = f"/sms/v3.0/appKeys/{self._app_key}/sender/{kind}"
        return self._nhncloud.send(path, body, messages)

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._nhncloud.http.close()
