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


MONTHS = [f"{year}-{month:02}" for year in (2026, 2027) for month in range(1, 13)]


def changes_of(month: str) -> list[tuple[datetime, list[str]]]:
    """Give the changes of a month, such as 2026-03."""
    return [(at, zones) for at, zones in changes().items() if f"{at:%Y-%m}" == month]


def make_people(zones: list[str], hours: dict[str, Hours]) -> pd.DataFrame:
    """Give somebody in each zone for each kind of permitted hours, and the quiet ones beside."""
    rows = [
        (zone, name, f"{(kind.first + kind.length) % 24}:00", f"{kind.first}:00")
        for zone in zones
        for name, kind in hours.items()
    ]
    people = pd.DataFrame(rows, columns=["timezone", "name", "quiet_from", "quiet_until"])
    return people.set_index(people.index.astype(str))


def check_laws(people: pd.DataFrame, moments: pd.Series, at: datetime) -> None:
    """Check that nothing goes out of the window or in quiet hours, and that nothing is lost."""
    first, last = at - ABOUT, at + ABOUT
    begin = {zone: full_hours(zone, first, last) for zone in people["timezone"].unique()}
    for zone, name, moment in zip(people["timezone"], people["name"], moments, strict=True):
        hours = Hours(*map(int, name.split(" +")))
        assert pd.isna(moment) == (not any(hour in hours for hour in begin[zone]))
        if not pd.isna(moment):
            assert first <= moment < last
            wall = moment.to_pydatetime().astimezone(zoneinfo.ZoneInfo(zone))
            assert wall.hour in hours, (zone, at, name)


@pytest.mark.parametrize("month", MONTHS)
def test_no_zone_sends_in_quiet_hours_or_loses_a_message(month: str) -> None:
    """Two hours about each change of clocks, quiet hours also over midnight: kept, none lost."""
    hours = {f"{first} +{length}": Hours(first, length) for first, length in PERMITTED}
    for at, zones in changes_of(month):
        people = make_people(zones, hours)
        moments = schedule_within(
            FixedTiming(hour=3),
            people[["timezone", "name"]],
            SendLimits(),
            not_before=at - ABOUT,
            not_after=at + ABOUT,
            permitted=hours,
            permissions=people["name"],
        ).table["send_at"]
        check_laws(people, moments, at)


@pytest.mark.parametrize("month", MONTHS)
def test_own_quiet_hours_and_a_rate_keep_the_same_laws(month: str) -> None:
    """What customers ask for themselves holds in the same way, also where minutes are shared."""
    hours = {f"{first} +{length}": Hours(first, length) for first, length in PERMITTED[::3]}
    for at, zones in changes_of(month):
        people = make_people(zones, hours)
        moments = schedule_within(
            FixedTiming(hour=3),
            people,
            SendLimits(per_minute=2),
            not_before=at - ABOUT,
            not_after=at + ABOUT,
            permitted=lambda starts: np.ones(len(starts), dtype=bool),
        ).table["send_at"]
        check_laws(people, moments, at)
        assert moments.value_counts().max() <= 2


def test_all_changes_are_looked_at() -> None:
    """Each zone that is known is of some kind, and some clocks change in most months."""
    assert len(ZONES) > 400
    assert len(changes()) > 60
    assert any("Australia/LHI" in zones for zones in changes().values())  # by half an hour
