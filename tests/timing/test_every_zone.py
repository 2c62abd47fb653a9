"""Every zone of the world, around every change of its clocks in 2026 and 2027."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from crmlib.timing import FixedTiming, SendLimits, schedule_within

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
STEP = timedelta(minutes=15)
ABOUT = timedelta(hours=2)
# From each hour of the day on so many hours are permitted; most of these run over midnight.
PERMITTED = [(first, (1, 5, 9, 13)[first % 4]) for first in range(24)]


@cache
def changes() -> dict[datetime, list[str]]:
    """Give each instant at which clocks change, with one zone of each kind that changes then.

    Zones whose clocks agree all through the two years are of one kind.
    """
    instants = pd.date_range("2025-12-31", "2028-01-02", freq=STEP, tz="UTC")
    kinds: dict[bytes, str] = {}
    found: dict[datetime, list[str]] = defaultdict(list)
    for zone in ZONES:
        offsets = instants.tz_convert(zone).tz_localize(None) - instants.tz_localize(None)
        if kinds.setdefault(offsets.to_numpy().tobytes(), zone) == zone:
            for place in np.flatnonzero(np.diff(offsets)) + 1:
                found[instants[place].to_pydatetime()].append(zone)
    return dict(found)


class Hours:
    """Permit so many hours of the local day from the first on."""

    def __init__(self, first: int, length: int) -> None:
        self.first = first
        self.length = length

    def __contains__(self, hour: int) -> bool:
        return (hour - self.first) % 24 < self.length

    def __call__(self, starts: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
        """Say it of each start of an hour."""
        return np.array([hour in self for hour in starts.hour], dtype=bool)


def full_hours(zone: str, first: datetime, last: datetime) -> list[int]:
    """Give the local hours that begin in the window, by Python's own clocks."""
    minutes = range((last - first) // timedelta(minutes=1))
    walls = (
        (first + timedelta(minutes=minute)).astimezone(zoneinfo.ZoneInfo(zone))
        for minute in minutes
    )
    return [wall.hour for wall in walls if wall.minute == 0]


@pytest.mark.parametrize(
    "month", range(24), ids=lambda place: f"{2026 + place // 12}-{place % 12 + 1:02}"
)
def test_no_zone_sends_in_quiet_hours_or_loses_a_message(month: int) -> None:
    """Two hours about each change of clocks, quiet hours also over midnight: kept, none lost."""
    of_month = [
        (at, zones)
        for at, zones in changes().items()
        if (at.year - 2026) * 12 + at.month - 1 == month
    ]
    hours = {f"{first} +{length}": Hours(first, length) for first, length in PERMITTED}
    for at, zones in of_month:
        first, last = at - ABOUT, at + ABOUT
        people = pd.DataFrame(
            [(zone, name) for zone in zones for name in hours], columns=["timezone", "name"]
        )
        people.index = people.index.astype(str)
        moments = schedule_within(
            FixedTiming(hour=3),
            people,
            SendLimits(),
            not_before=first,
            not_after=last,
            permitted=hours,
            permissions=people["name"],
        ).table["send_at"]
        begin = {zone: full_hours(zone, first, last) for zone in zones}
        for zone, name, moment in zip(people["timezone"], people["name"], moments, strict=True):
            assert pd.isna(moment) == (not any(hour in hours[name] for hour in begin[zone]))
            if not pd.isna(moment):
                assert first <= moment < last
                wall = moment.to_pydatetime().astimezone(zoneinfo.ZoneInfo(zone))
                assert wall.hour in hours[name], (zone, at, name)


def test_all_changes_are_looked_at() -> None:
    """Each zone that is known is of some kind, and some clocks change in most months."""
    assert len(ZONES) > 400
    assert len(changes()) > 60
    assert any("Australia/LHI" in zones for zones in changes().values())  # by half an hour
