"""Dates and times as files write them."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import get_zone, is_zone, local_days
from crmlib.tables._instants import read_instants, why_unreadable


def read(cell: Any, timezone: str = "UTC", **options: Any) -> str | None:
    """Read one cell and give the instant as text in UTC."""
    moment = read_instants(pd.Series([cell], dtype=object), timezone, **options)[0]
    return None if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-4].removesuffix(".00")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2011-12-09 12:50:00", "2011-12-09 12:50:00"),
        ("2011-12-09T12:50", "2011-12-09 12:50:00"),
        (" 2011-12-9 8:26 ", "2011-12-09 08:26:00"),
        ("2011/12/09", "2011-12-09 00:00:00"),
        ("2011.12.09.", "2011-12-09 00:00:00"),
        ("20111209", "2011-12-09 00:00:00"),
        ("2017-01-28T14:06:53-05:00", "2017-01-28 19:06:53"),
        ("2025-10-07 09:50:26 +0200", "2025-10-07 07:50:26"),
        ("2025-10-07 09:50:26.25Z", "2025-10-07 09:50:26.25"),
        ("2025-10-07 09:50 UTC", "2025-10-07 09:50:00"),
        ("31.12.2011 23:59", "2011-12-31 23:59:00"),
        ("12/31/2011 12:05 AM", "2011-12-31 00:05:00"),
        ("12/31/2011 1:05 p.m.", "2011-12-31 13:05:00"),
        ("40886.5", "2011-12-09 12:00:00"),
        (40886.5, "2011-12-09 12:00:00"),
        (date(2011, 12, 9), "2011-12-09 00:00:00"),
        (datetime.fromisoformat("2011-12-09 08:26"), "2011-12-09 08:26:00"),
        (pd.Timestamp("2011-12-09T08:26:00.000000001"), "2011-12-09 08:26:00"),
        (pd.Timestamp("2011-12-09 08:26", tz="Asia/Seoul"), "2011-12-08 23:26:00"),
    ],
    ids=str,
)
def test_dates_are_read_in_the_spellings_that_files_use(text: Any, instant: str) -> None:
    """Looser ISO, day or month first, spreadsheet serials, typed cells; offsets are honoured."""
    assert read(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        *["", "soon", "2011", "2011-12", "2011-13-01", "2011-02-29", "2011-12-09 25:00"],
        *["0001-01-01", "9999-12-31", "12345", "99999", "20111309", "12/31/2011 13:05 pm"],
        *["2011-12-09 10:00 +2500", "123456789012", "31/31/2011", "9/12/11"],
    ],
)
def test_what_is_no_plausible_date_is_not_guessed(text: str) -> None:
    """Impossible days, years without a day, and years outside 1900 to 2199 give nothing."""
    assert read(text) is None


def test_the_column_tells_whether_day_or_month_comes_first() -> None:
    """One date that reads one way only settles the others."""
    day_first = read_instants(pd.Series(["1/2/2024", "13/2/2024"]), "UTC")
    month_first = read_instants(pd.Series(["1/2/2024", "2/13/2024"]), "UTC")

    assert day_first.dt.strftime("%m-%d").to_list() == ["02-01", "02-13"]
    assert month_first.dt.strftime("%m-%d").to_list() == ["01-02", "02-13"]


def test_dates_that_may_mean_two_days_are_not_guessed() -> None:
    """Without a date that settles it, or with two that disagree, somebody has to say."""
    assert read_instants(pd.Series(["1/2/2024", "3/4/2024"]), "UTC").isna().all()
    assert read_instants(pd.Series(["13/2/2024", "2/13/2024"]), "UTC").isna().all()
    assert read("1/2/2024", date_order="day-first") == "2024-02-01 00:00:00"
    assert read("1/2/2024", date_order="month-first") == "2024-01-02 00:00:00"
    assert why_unreadable("1/2/2024") == ("'1/2/2024' is no date, or may mean two: set date_order")


@pytest.mark.parametrize(
    ("text", "timezone", "instant"),
    [
        ("2024-03-10 02:30", "America/New_York", "2024-03-10 07:30:00"),
        ("2024-11-03 01:30", "America/New_York", "2024-11-03 05:30:00"),
        ("2024-03-31 01:30", "Europe/London", "2024-03-31 01:30:00"),
        ("2024-04-07 01:45", "Australia/Lord_Howe", "2024-04-06 14:45:00"),
    ],
)
def test_doubtful_local_times_follow_pep_495(text: str, timezone: str, instant: str) -> None:
    """Skipped times take the offset before the gap, repeated ones are the first (methods.md)."""
    assert read(text, timezone) == instant


@pytest.mark.parametrize("name", ["Seoul", "", "America", "../etc/passwd", None, 9, "x" * 300])
def test_unknown_zones_are_refused(name: Any) -> None:
    """A zone that is none is a clear error, whatever was written."""
    with pytest.raises(InvalidParameterError, match="timezone must be an IANA zone such as"):
        get_zone(name)

    assert not is_zone(name)


@settings(deadline=None)
@given(
    st.datetimes(pd.Timestamp(1970, 1, 1), pd.Timestamp(2037, 12, 31)),
    st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/London", "Australia/Lord_Howe"]),
)
def test_local_days_are_the_dates_on_the_wall(moment: datetime, timezone: str) -> None:
    """The day of an instant is its date in the zone, as Python computes it."""
    instant = np.array([np.datetime64(moment, "us").astype(np.int64)])
    expected = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(timezone)).date()

    assert date(1970, 1, 1).toordinal() + local_days(instant, timezone)[0] == expected.toordinal()


def test_local_days_survive_a_day_that_a_zone_skipped() -> None:
    """Samoa had no 30 December 2011: the day after the 29th is the 31st."""
    instants = pd.to_datetime(["2011-12-30 09:59", "2011-12-30 10:00"]).to_numpy("M8[us]")

    days = local_days(instants.astype(np.int64), "Pacific/Apia").astype("M8[D]")

    assert [str(day) for day in days] == ["2011-12-29", "2011-12-31"]


def test_no_instants_have_no_days() -> None:
    """An empty column is a column."""
    assert len(local_days(np.array([], dtype=np.int64), "UTC")) == 0


@pytest.mark.parametrize("timezone", sorted(available_timezones())[::40])
def test_days_never_run_backwards(timezone: str) -> None:
    """Hour by hour through a year, the local day stays or moves on."""
    hours = np.arange("2011-06-01", "2012-06-01", dtype="M8[h]").astype("M8[us]").astype(np.int64)

    days = local_days(hours, timezone)

    assert all(later >= earlier for earlier, later in pairwise(days))
