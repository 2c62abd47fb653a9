"""What a channel of NHN Cloud for KakaoTalk does, whatever it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.channels._nhncloud import MINUTE, korean_time
from crmlib.channels._nhncloud_sender import NhnCloudSender

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.channels._one_by_one import Sent
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudKakaoSender(NhnCloudSender):
    """Send by KakaoTalk, whose kinds of messages are listed and taken back alike.

    A subclass says where they are (``_root``) and what the ends of a time are
    called there (``_asked``).
    """

    _root: str
    _asked: tuple[str, str]

    def _find(self, message: Message, start: datetime, end: datetime) -> Sent:
        times = (korean_time(start, MINUTE), korean_time(end, MINUTE))
        return self._nhncloud.find(
            message,
            self._path("messages"),
            dict(zip(self._asked, times, strict=True)),
            "messageSearchResultResponse",
            "messages",
            status="messageStatus",
        )

    def _take_back(self, receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
        request, recipient = ids
        path = self._path(f"messages/{request}?recipientSeq={recipient}")
        return self._nhncloud.take_back(receipt, "DELETE", path)

    def _path(self, rest: str) -> str:
        return f"/{self._root}/appkeys/{self._app_key}/{rest}"
