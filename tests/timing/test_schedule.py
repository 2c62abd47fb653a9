"""schedule: the best permitted hour, in every zone, whatever its clocks do."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
)
from crmlib.timing import FixedTiming, PreferredHourTiming, _wishes, schedule
from crmlib.timing._slots import find_slots

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})


def permit_hours(first: int, last: int):  # noqa: ANN201 -- a callable of the contract
    """Permit the local hours in [first, last), across midnight if *last* is before *first*."""
    inside = [(hour - first) % 24 < (last - first) % 24 for hour in range(24)]

    def permitted(hours: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
        return np.array(inside)[hours.hour]

    return permitted


def permit_all(hours: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Permit every hour."""
    return np.ones(len(hours), dtype=bool)


def make_customers(*zones: str) -> pd.DataFrame:
    """One customer in each zone."""
    index = pd.Index([f"c{i}" for i in range(len(zones))], name="customer_id")
    return pd.DataFrame({"timezone": list(zones)}, index=index, columns=["timezone"])


def test_everybody_gets_the_hour_of_the_own_clock() -> None:
    """10 h in Seoul, Kolkata, Kathmandu, New York and on Lord Howe Island, in UTC."""
    zones = ["Asia/Seoul", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"]
    customers = make_customers(*zones, "Australia/Lord_Howe")
    expected = ["05 01:00", "05 04:30", "05 04:15", "05 15:00", "05 23:00"]
    moments = schedule(
        FixedTiming(hour=10),
        customers,
        not_before=MONDAY,
        not_after=MONDAY + DAY,
        permitted=permit_all,
        spread_minutes=1,
    )

    assert moments["send_at"].dt.strftime("%d %H:%M").tolist() == expected
    assert moments.index.equals(customers.index)
    assert moments.columns.tolist() == ["send_at", "preference", "why"]
    assert str(moments["send_at"].dtype) == "datetime64[us, UTC]"
    assert moments["preference"].tolist() == [1.0] * 5
    assert moments["why"].tolist() == ["the campaign wants 10 h"] * 5


def test_of_equally_liked_hours_the_earliest_is_taken() -> None:
    """Over a week the wished hour comes seven times; the first counts."""
    moments = schedule(
        FixedTiming(hour=10),
        make_customers("Asia/Seoul"),
        not_before=MONDAY + 2 * DAY,
        not_after=MONDAY + 9 * DAY,
        permitted=permit_hours(8, 21),
    )

    assert moments["send_at"].dt.floor("h").iloc[0] == pd.Timestamp("2026-01-07 01:00", tz="UTC")


def test_preference_is_maximised_over_permitted_hours_only() -> None:
    """An owl is served at the best permitted hour, not at the end of the window."""
    owl = [f"2026-01-{day:02d} 23:30" for day in range(1, 9)]
    noon = [f"2026-01-{day:02d} 12:10" for day in range(1, 9, 2)]
    events = pd.DataFrame(
        {"customer_id": "c0", "ordered_at": pd.to_datetime(owl + noon, utc=True)}
    )
    moments = schedule(
        PreferredHourTiming().fit(events),
        make_customers("UTC"),
        not_before=MONDAY,
        not_after=MONDAY + DAY,
        permitted=permit_hours(8, 21),
    )

    assert moments["send_at"].dt.hour.tolist() == [12]
    assert moments["why"].iloc[0].endswith("; 12 h is the best that is permitted")


def test_customers_are_spread_over_the_hour_and_stay_there() -> None:
    """Minutes depend on the customer alone, cover the hour, and heed the spread."""
    customers = make_customers(*["Asia/Seoul"] * 2000)
    window = {"not_before": MONDAY, "not_after": MONDAY + DAY, "permitted": permit_all}
    hourly = schedule(FixedTiming(), customers, **window)["send_at"].dt.minute
    narrow = schedule(FixedTiming(), customers, **window, spread_minutes=10)["send_at"].dt.minute
    backwards = schedule(FixedTiming(), customers[::-1], **window)["send_at"].dt.minute

    assert hourly.nunique() == 60
    assert hourly.value_counts().max() < 60
    assert narrow.max() == 9
    pd.testing.assert_series_equal(backwards[::-1], hourly)


def test_nothing_permitted_is_said_with_the_window() -> None:
    """The customer keeps its row, without a moment, and the sentence says why."""
    moments = schedule(
        FixedTiming(),
        make_customers("Asia/Seoul", "UTC"),
        not_before=MONDAY,
        not_after=MONDAY + timedelta(hours=3),
        permitted=permit_hours(9, 12),
    )

    assert moments["send_at"].isna().tolist() == [False, True]
    assert np.isnan(moments["preference"].iloc[1])
    assert moments["why"].iloc[1] == (
        "no hour that begins from 2026-01-05 00:00 UTC until 2026-01-05 03:00 UTC "
        "is permitted in UTC"
    )


def test_a_window_without_a_full_hour_permits_nothing() -> None:
    """Between 10:20 and 10:50 no hour begins."""
    moments = schedule(
        FixedTiming(),
        make_customers("UTC"),
        not_before=MONDAY + timedelta(minutes=20),
        not_after=MONDAY + timedelta(minutes=50),
        permitted=permit_all,
    )

    assert moments["send_at"].isna().all()


def test_the_end_of_the_window_cuts_the_hour() -> None:
    """Where the window ends at 00:05 only the minutes before it are used."""
    moments = schedule(
        FixedTiming(),
        make_customers(*["UTC"] * 200),
        not_before=MONDAY,
        not_after=MONDAY + timedelta(minutes=4, seconds=30),
        permitted=permit_all,
    )

    assert set(moments["send_at"].dt.minute) == {0, 1, 2, 3, 4}
    assert moments["send_at"].max() < MONDAY + timedelta(minutes=4, seconds=30)


def test_nobody_to_schedule() -> None:
    """No customers give no rows, with the same columns."""
    moments = schedule(
        FixedTiming(),
        make_customers(),
        not_before=MONDAY,
        not_after=MONDAY + DAY,
        permitted=permit_all,
    )

    assert moments.empty
    assert str(moments["send_at"].dtype) == "datetime64[us, UTC]"


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring three customers at a time gives what scoring all at once gives."""
    customers = make_customers(*["Asia/Seoul", "UTC"] * 5)
    window = {"not_before": MONDAY, "not_after": MONDAY + DAY, "permitted": permit_all}
    expected = schedule(FixedTiming(), customers, **window)
    monkeypatch.setattr(_wishes, "_MOST_SCORES", 3 * 24)

    pd.testing.assert_frame_equal(schedule(FixedTiming(), customers, **window), expected)


def test_unknown_zones_are_counted_and_served_in_utc() -> None:
    """A zone that does not exist is never silent."""
    with pytest.warns(DataQualityWarning, match="1 customers have a zone.*live in 'UTC'"):
        moments = schedule(
            FixedTiming(),
            make_customers("Mars/Olympus"),
            not_before=MONDAY,
            not_after=MONDAY + DAY,
            permitted=permit_all,
        )

    assert moments["send_at"].dt.hour.tolist() == [10]


# Clocks change by an hour, by half an hour, at a quarter to, at midnight, and by a day.
CHANGES = [
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Pacific/Chatham", "2026-04-04T14:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("first", [0, 9, 18])
def test_no_moment_is_in_quiet_hours_around_a_change_of_clocks(
    zone: str, change: str, first: int
) -> None:
    """Two hours about each change, windows also across midnight: all permitted, none lost."""
    change_at = datetime.fromisoformat(change).replace(tzinfo=UTC)
    check_laws(zone, change_at - timedelta(hours=2, minutes=7), 6 * 60, first, 6)
    check_laws(zone, change_at - timedelta(hours=1), 25 * 60, first, 1)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 -- made UTC below
    st.integers(1, 3000),
    st.integers(0, 23),
    st.integers(1, 23),
)
@example("Australia/Lord_Howe", datetime(2026, 4, 4, 13, 50), 200, 1, 1)  # noqa: DTZ001 -- as above
@example("Asia/Kathmandu", datetime(2026, 4, 4, 13, 50), 61, 20, 9)  # noqa: DTZ001 -- as above
def test_no_moment_is_out_of_the_window_or_in_quiet_hours(
    zone: str, not_before: datetime, minutes: int, first: int, length: int
) -> None:
    """In any zone and window, also across midnight, every moment is inside both."""
    check_laws(zone, not_before.replace(tzinfo=UTC), minutes, first, length)


def check_laws(zone: str, not_before: datetime, minutes: int, first: int, length: int) -> None:
    """Check a schedule minute by minute against Python's own clocks."""
    not_after = not_before + timedelta(minutes=minutes)
    allowed = {(first + step) % 24 for step in range(length)}
    moments = schedule(
        FixedTiming(hour=first),
        make_customers(*[zone] * 40),
        not_before=not_before,
        not_after=not_after,
        permitted=permit_hours(first, first + length),
    )["send_at"]
    hours_begin = [
        at
        for at in (
            not_before.replace(second=0, microsecond=0) + timedelta(minutes=minute)
            for minute in range(minutes + 1)
        )
        if not_before <= at < not_after
        and at.astimezone(zoneinfo.ZoneInfo(zone)).minute == 0
        and at.astimezone(zoneinfo.ZoneInfo(zone)).hour in allowed
    ]

    assert moments.isna().all() == (not hours_begin)
    for moment in moments.dropna():
        assert not_before <= moment < not_after
        assert moment.to_pydatetime().astimezone(zoneinfo.ZoneInfo(zone)).hour in allowed


def test_slots_end_where_clocks_change() -> None:
    """On Chatham 02 h has 45 minutes that night, and 3 h begins twice over the fold or never."""
    first = pd.Timestamp("2026-09-26 12:00", tz="UTC").as_unit("us")
    last = pd.Timestamp("2026-09-26 16:00", tz="UTC").as_unit("us")
    slots = find_slots("Pacific/Chatham", first.value // 1000, last.value // 1000)

    assert slots.starts.strftime("%H:%M").tolist() == ["01:00", "02:00", "04:00", "05:00"]
    assert slots.minutes.tolist() == [60, 45, 60, 45]


class Villain(FixedTiming):
    """Answers what it was told to answer."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> object:
        """Give the answer."""
        return self.answer


@pytest.mark.parametrize("answer", [np.ones((1, 2)), np.full((1, 24), np.nan)])
def test_a_model_that_answers_wrongly_is_named(answer: object) -> None:
    """Scores of another shape, or not finite, are refused before anything is placed."""
    with pytest.raises(InvalidTableError, match="preferences of Villain"):
        schedule(
            Villain(answer),
            make_customers("UTC"),
            not_before=MONDAY,
            not_after=MONDAY + DAY,
            permitted=permit_all,
        )


@pytest.mark.parametrize("answer", [True, np.ones(3, dtype=bool), np.ones(24)])
def test_a_permission_that_is_none_is_refused(answer: object) -> None:
    """There must be one bool for each hour."""
    with pytest.raises(InvalidTableError, match="one bool for each of the 24 hours"):
        schedule(
            FixedTiming(),
            make_customers("UTC"),
            not_before=MONDAY,
            not_after=MONDAY + DAY,
            permitted=lambda hours: answer,
        )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"not_before": datetime(2026, 1, 5)}, "not_before must be an aware datetime"),  # noqa: DTZ001 -- the point
        ({"not_after": MONDAY}, "not_after must be later than not_before"),
        ({"spread_minutes": 0}, "spread_minutes must be a whole number from 1 to 60"),
        ({"spread_minutes": 61}, "spread_minutes must be a whole number from 1 to 60"),
        ({"spread_minutes": 5.0}, "spread_minutes must be a whole number from 1 to 60"),
    ],
)
def test_windows_and_spreads_that_cannot_be_are_refused(
    change: dict[str, object], text: str
) -> None:
    """Naive or empty windows and spreads outside the hour are errors."""
    window = {"not_before": MONDAY, "not_after": MONDAY + DAY, "permitted": permit_all}
    with pytest.raises(InvalidParameterError, match=text):
        schedule(FixedTiming(), make_customers("UTC"), **{**window, **change})


def test_customers_that_cannot_be_are_refused() -> None:
    """A table without zones, or with a customer twice, is an error."""
    window = {"not_before": MONDAY, "not_after": MONDAY + DAY, "permitted": permit_all}
    customers = make_customers("UTC")

    with pytest.raises(MissingColumnsError, match="timezone"):
        schedule(FixedTiming(), customers.drop(columns="timezone"), **window)
    with pytest.raises(InvalidTableError, match="a customer in more than one row"):
        schedule(FixedTiming(), customers.iloc[[0, 0]], **window)
