"""Korean text messages by NHN Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.channels import _nhncloud
from crmlib.channels._header_key import header_key
from crmlib.channels._nhncloud_sender import NhnCloudSender
from crmlib.channels._one_by_one import group_by, send_groups
from crmlib.channels._phone_numbers import korean_number, read_sender_number
from crmlib.messages import Capabilities, Purpose, TextLimit
from crmlib.text_limits import SMS_BYTES, korean_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudChannel(NhnCloudSender):
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
        look_up=True,
        schedule_seconds=_nhncloud.HELD_SECONDS,
    )

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
        self._from = read_sender_number("from_number", from_number)
        super().__init__(
            app_key,
            secret_key,
            connections=connections,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )

    def __repr__(self) -> str:
        return f"NhnCloudChannel(base_url={self._http.base_url!r}, from_number={self._from!r})"

    def _send_all(
        self, messages: Sequence[Message], when: dict[str, str]
    ) -> list[DeliveryReceipt]:
        groups = group_by(messages, lambda each: (each.subject, each.body, each.purpose))
        return send_groups(
            messages, groups, lambda group: self._send(group, when), self._http.connections
        )

    def _send(self, messages: Sequence[Message], when: dict[str, str]) -> Sent:
        first = messages[0]
        kind = _kind_of(first)
        body: dict[str, Any] = {
            **when,
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
        if kind == "mms":  # an LMS has to have a title
            body["title"] = first.subject or first.sender.name
        if first.purpose is Purpose.ADVERTISING:
            kind = f"ad-{kind}"
        return self._nhncloud.send(self._path(f"sender/{kind}"), body, messages)

    def _find(self, message: Message, start: datetime, end: datetime) -> Sent:
        times = {
            "startCreateDate": _nhncloud.korean_time(start, _nhncloud.SECOND),
            "endCreateDate": _nhncloud.korean_time(end, _nhncloud.SECOND),
        }
        path = self._path(f"sender/{_kind_of(message)}")
        return self._nhncloud.find(message, path, times, "body", "data", status="msgStatus")

    def _take_back(self, receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
        one = {"requestId": ids[0], "recipientSeq": int(ids[1])}
        body = {"reservationList": [one], "updateUser": "crmlib"}
        return self._nhncloud.take_back(receipt, "PUT", self._path("reservations/cancel"), body)

    def _path(self, rest: str) -> str:
        return f"/sms/v3.0/appKeys/{self._app_key}/{rest}"


def _kind_of(message: Message) -> str:
    is_short = message.subject is None and korean_bytes(message.body) <= SMS_BYTES
    return "sms" if is_short else "mms"
