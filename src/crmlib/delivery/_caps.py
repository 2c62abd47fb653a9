"""How often a recipient may be written to, counted by the ledger over all campaigns."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import attrs

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._queries import SENT_BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

_LONGEST_MONTH: Final = timedelta(days=32)


@attrs.frozen(kw_only=True)
class Cap:
    """At most so many messages to one address in a calendar period, or in any so many hours.

    It is a :class:`crmlib.timing.FrequencyCap` as the ``limits`` of a plan
    hold it, or one of the law.  The ledger knows no tags: it counts the
    messages of all campaigns, but for informational ones.

    Parameters
    ----------
    most : int
    per : {"day", "week", "month"}, optional
        A period of the calendar in *zone*; weeks begin on Monday.
    hours : float, optional
        Any stretch of so many hours, in place of *per*; its end is outside.
    medium : str, optional
        Only messages by this medium count and are capped.
    law : str, optional
        Where it comes from, if from the law.
    zone : str, optional
        IANA zone whose days count; None: the recipient's own.
    """

    most: int
    per: str | None = None
    hours: float | None = None
    medium: str | None = None
    law: str | None = None
    zone: str | None = None

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Cap:
        """Read one entry of a plan's header."""
        return cls(**{key: value for key, value in entry.items() if key != "tag"})

    @property
    def longest(self) -> timedelta:
        """How far back it may look."""
        return _LONGEST_MONTH if self.hours is None else timedelta(hours=self.hours)

    def opens_at(self, sends: Sequence[datetime], now: datetime, zone: str) -> datetime:
        """Say when one more may be sent, which is *now* if it may be sent now.

        *sends* are the earlier ones, in order.
        """
        if self.hours is not None:
            counted = [at for at in sends if at > now - self.longest]
            return now if len(counted) < self.most else counted[-self.most] + self.longest
        start, end = _period(self.per or "", now, zone)
        return now if sum(at >= start for at in sends) < self.most else end

    def __str__(self) -> str:
        period = f"{self.most} a {self.per}" if self.per else f"{self.most} in {self.hours:g} h"
        medium = f" by {self.medium}" if self.medium else ""
        return f"{period}{medium} {self.law}" if self.law else f"{period}{medium}"


class Caps:
    """The caps of a plan, asked in the transaction of each claim."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self._caps = [Cap.from_dict(entry) for entry in entries]

    def __bool__(self) -> bool:
        return bool(self._caps)

    def inspect(
        self, connection: Connection, rows: Sequence[Row[Any]], zones: Sequence[str], now: datetime
    ) -> list[tuple[datetime, str]]:
        """Give for each of *rows* when it may go, and which cap says so."""
        if not self._caps:
            return [(now, "")] * len(rows)
        earlier = self._read_earlier(connection, rows, now)
        return [
            self._ask(row, earlier[row.endpoint_hash], zone, now)
            for row, zone in zip(rows, zones, strict=True)
        ]

    def _ask(
        self, row: Row[Any], earlier: list[Any], zone: str, now: datetime
    ) -> tuple[datetime, str]:
        if row.state == DeliveryState.CLAIMED:  # a replay: it was counted the first time
            return now, ""
        answers = [
            (cap.opens_at(_moments(earlier, cap.medium), now, cap.zone or zone), str(cap))
            for cap in self._caps
            if cap.medium in {None, row.medium}
        ]
        return max(answers, default=(now, ""))

    def _read_earlier(
        self, connection: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> dict[bytes, list[Any]]:
        values = {
            "endpoints": [row.endpoint_hash for row in rows],
            "since": now - max(cap.longest for cap in self._caps),
        }
        earlier: dict[bytes, list[Any]] = defaultdict(list)
        for send in connection.execute(SENT_BEFORE, values):
            earlier[send.endpoint_hash].append(send)
        return earlier


def _moments(sends: Iterable[Any], medium: str | None) -> list[datetime]:
    return [send.claimed_at for send in sends if medium in {None, send.medium}]


def _period(per: str, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Give begin and end of the day, week or month around *now* on the clock of *zone*."""
    place = ZoneInfo(zone)
    day = now.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if per == "day":
        return day, day + timedelta(days=1)  # a date later on that clock, be it 23 hours or 25
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + _LONGEST_MONTH).replace(day=1)
