"""Days and codes as readers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

if TYPE_CHECKING:
    from datetime import datetime


def say_day(moment: datetime, language: str, timezone: str) -> str:
    """Give the day of *moment* in *timezone*, as *language* writes it.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moment = datetime(2026, 11, 28, 20, tzinfo=UTC)
    >>> say_day(moment, "ko", "Asia/Seoul"), say_day(moment, "en", "UTC")
    ('2026년 11월 29일', 'November 28, 2026')
    """
    day = moment.astimezone(ZoneInfo(timezone)).date()
    written: str = format_date(day, format="long", locale=language)
    return written
