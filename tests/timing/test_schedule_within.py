"""schedule_within: each limit takes what it should, and says so."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    MissingExtraError,
    UnknownNameError,
)
from crmlib.timing import (
    FixedTiming,
    FrequencyCap,
    Moments,
    SendLimits,
    _rate_placement,
    find_holidays,
    schedule_within,
)

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def by_day(hours: pd.DatetimeIndex) -> np.ndarray:
    """Permit 8 h to 21 h."""
    return np.asarray((hours.hour >= 8) & (hours.hour < 21))


def make_customers(n: int = 1, zone: str = "UTC", **columns: Any) -> pd.DataFrame:
    """Give *n* customers in one zone."""
    ids = pd.Index([f"c{place}" for place in range(n)], name="customer_id")
    return pd.DataFrame({"timezone": zone, **columns}, index=ids)


def make_sends(*at: str, **columns: Any) -> pd.DataFrame:
    """Give earlier messages to c0."""
    return pd.DataFrame(
        {"customer_id": "c0", "at": [f"2026-01-{each}:00Z" for each in at]} | columns
    )


def find(limits: SendLimits | None = None, days: float = 3, **other: Any) -> Moments:
    """Schedule one customer in UTC from Monday on, at 10 h best."""
    given: dict[str, Any] = {
        "customers": make_customers(),
        "not_before": MONDAY,
        "not_after": MONDAY + days * DAY,
        "permitted": by_day,
        "authority": "law",
    } | other
    return schedule_within(FixedTiming(hour=10), limits=limits or SendLimits(), **given)


def told(found: Moments) -> str:
    """Give what is told of the first customer, after the model's words."""
    why = str(found.table["why"].iloc[0])
    return why[why.index("law") :]


@pytest.mark.parametrize(
    ("cap", "sends", "hour", "words"),
    [
        ({"most": 1, "per": "day"}, ["05T09:00"], "06 10", "1 a day leaves Tue to Wed"),
        ({"most": 2, "per": "day"}, ["05T09:00"], "05 10", None),
        (
            {"most": 2, "per": "day"},
            ["05T09:00", "05T22:00"],
            "06 10",
            "2 a day leaves Tue to Wed",
        ),
        ({"most": 1, "hours": 24}, ["05T09:00"], "06 10", "1 in 24 h leaves Tue to Wed"),
        ({"most": 1, "hours": 24}, ["05T10:30"], "07 10", "1 in 24 h leaves Tue to Wed"),
        ({"most": 1, "hours": 5}, ["05T09:00"], "06 10", "1 in 5 h leaves 33 of 39 hours"),
        # the messages at 7:00 and 11:30 close all between 6:30 and 12:00
        (
            {"most": 2, "hours": 5},
            ["05T07:00", "05T11:30"],
            "06 10",
            "2 in 5 h leaves 35 of 39 hours",
        ),
        ({"most": 1, "per": "week"}, ["04T23:00"], "05 10", None),
    ],
    ids=str,
)
def test_caps_count_calendar_days_and_rolling_hours(
    cap: dict[str, Any], sends: list[str], hour: str, words: str | None
) -> None:
    """A day ends at midnight, a stretch of hours ends when it ends; both look ahead as well."""
    found = find(SendLimits(caps=[FrequencyCap(**cap)]), sends=make_sends(*sends))

    assert found.table["send_at"].dt.strftime("%d %H").tolist() == [hour]
    assert told(found) == "law allows 8-21 h" + (f"; the cap of {words}" if words else "")


def test_a_day_is_one_of_the_customer() -> None:
    """23:30 on Monday in Seoul is still Monday in UTC and in London, but not so at 15:30 UTC."""
    sends = make_sends("05T15:30")
    limits = SendLimits(caps=[FrequencyCap(most=1, per="day")])
    seoul = find(limits, sends=sends, customers=make_customers(zone="Asia/Seoul"))
    london = find(limits, sends=sends)

    assert seoul.table["send_at"].dt.strftime("%d %H").tolist() == ["05 01"]
    assert london.table["send_at"].dt.strftime("%d %H").tolist() == ["06 10"]


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({}, True),
        ({"channel": "sms"}, True),
        ({"channel": "email"}, False),
        ({"tag": "sale"}, True),
        ({"tag": "news"}, False),
        ({"purpose": "informational"}, False),
        ({"event": "opened"}, False),
        ({"event": "sent"}, True),
    ],
    ids=str,
)
def test_what_counts_towards_a_cap(columns: dict[str, str], counts: bool) -> None:
    """The medium and the tag of the cap, what tells neither; no informational ones, no opens."""
    limits = SendLimits(caps=[FrequencyCap(most=1, per="week", medium="sms", tag="sale")])
    sends = make_sends("05T09:00", **columns)
    held = find(limits, sends=sends, medium="sms", tag="sale")

    assert held.table["reason"].tolist() == (["FREQUENCY_CAP"] if counts else [None])
    for medium, tag in [("email", "sale"), ("sms", None)]:
        assert find(limits, sends=sends, medium=medium, tag=tag).table["reason"].tolist() == [None]


def test_spacing_is_kept_to_messages_before_and_after() -> None:
    """20 hours from a message at noon of Tuesday leave the morning of Monday and Wednesday on."""
    found = find(SendLimits(spacing_hours=20), sends=make_sends("06T12:00"))

    assert found.table["send_at"].dt.strftime("%d %H").tolist() == ["05 10"]
    assert told(found) == "law allows 8-21 h; the spacing of 20 h leaves Mon, Wed"


def test_holidays_are_skipped_and_named() -> None:
    """Monday and Tuesday are holidays; on Wednesday it goes, and if all are nothing does."""
    days = {"2026-01-05": "Rest", "2026-01-06": "More rest"}
    later = find(SendLimits(holidays={"2026-02-01": "Later"}))
    found = find(SendLimits(holidays=days))
    none = find(SendLimits(holidays=days), days=1)

    assert told(later) == "law allows 8-21 h"
    assert found.table["send_at"].dt.strftime("%d %H").tolist() == ["07 10"]
    assert told(found) == (
        "law allows 8-21 h; 2026-01-05 is a holiday (Rest) and 2026-01-06 is a holiday (More rest)"
    )
    assert none.table["reason"].tolist() == ["HOLIDAY"]
    assert none.table["why"].iloc[0] == (
        "no hour that begins from 2026-01-05 00:00 UTC until 2026-01-06 00:00 UTC is left in UTC: "
        "law allows 8-21 h; 2026-01-05 is a holiday (Rest)"
    )
    assert (none.value, none.bound, none.gap) == (0, 0, 0)


@pytest.mark.parametrize(
    ("begin", "end", "hour"),
    [("21:00", "11:00", "05 11"), ("9:30", "10:30", "05 11"), ("10:00", "10:00", "05 10")],
)
def test_customers_have_quiet_hours_of_their_own(begin: str, end: str, hour: str) -> None:
    """They may run over midnight; an hour that they touch is not used."""
    customers = make_customers(quiet_from=begin, quiet_until=end)
    found = find(customers=customers)

    assert found.table["send_at"].dt.strftime("%d %H").tolist() == [hour]
    if begin != end:
        assert told(found).startswith(
            f"law allows 8-21 h; the wish for quiet {begin}-{end} leaves"
        )


def test_a_wish_for_quiet_that_cannot_be_read_holds() -> None:
    """Half a pair or no time is counted, and the customer is left in peace; blanks are no wish."""
    customers = make_customers(
        4, quiet_from=["22:00", "evening", None, " "], quiet_until=[None, "8:00", None, ""]
    )
    with pytest.warns(DataQualityWarning, match="own quiet hours of 2 customers cannot be read"):
        found = find(customers=customers)

    assert found.table["reason"].tolist() == ["OWN_HOURS", "OWN_HOURS", None, None]
    assert found.table["why"].iloc[1] == (
        "no hour is left; law allows 8-21 h; the wish for quiet 'evening' to '8:00' leaves nothing"
    )


def test_nothing_goes_after_its_expiry() -> None:
    """A message that is of no use from 10:30 on goes before 10 h; one that is already is held."""
    expires = pd.to_datetime(["2026-01-05 10:30", None, "2026-01-04 09:00"], utc=True)
    found = find(customers=make_customers(3, expires_at=expires))

    assert found.table["send_at"].dt.strftime("%d %H").tolist()[:2] == ["05 09", "05 10"]
    assert found.table["reason"].tolist() == [None, None, "EXPIRED"]


def test_the_limit_that_took_the_last_hour_holds() -> None:
    """Own hours leave the evening, the cap takes it: the cap is named, after the wish."""
    found = find(
        SendLimits(caps=[FrequencyCap(most=1, per="month")]),
        customers=make_customers(quiet_from="00:00", quiet_until="18:00"),
        sends=make_sends("05T09:00"),
    )

    assert found.table["reason"].tolist() == ["FREQUENCY_CAP"]
    assert told(found) == (
        "law allows 8-21 h; the wish for quiet 00:00-18:00 leaves 9 of 39 hours; "
        "the cap of 1 a month leaves nothing"
    )


def test_permissions_differ_by_customer() -> None:
    """Each gets what its own permission leaves; one that nobody knows is an error."""
    customers = make_customers(2)
    permitted = {"day": by_day, "night": lambda hours: np.asarray(hours.hour < 6)}
    names = pd.Series(["night", "day"], index=customers.index)
    found = find(customers=customers, permitted=permitted, permissions=names)

    assert found.table["send_at"].dt.hour.tolist() == [5, 10]
    assert "law allows 0-6 h" in found.table["why"].iloc[0]
    with pytest.raises(UnknownNameError, match="dusk"):
        find(customers=customers, permitted=permitted, permissions=names.replace("day", "dusk"))


@pytest.mark.parametrize(
    ("permitted", "words"),
    [
        (lambda hours: np.asarray((hours.hour >= 20) | (hours.hour < 3)), "20-3 h"),
        (lambda hours: np.asarray((hours.hour < 3) | (hours.hour == 9)), "0-3 h and 9-10 h"),
        (lambda hours: np.asarray(hours.day == 6), "24 of 72 hours"),
    ],
    ids=["over midnight", "two stretches", "by the day"],
)
def test_permitted_hours_are_told(permitted: Any, words: str) -> None:
    """As stretches of the day, or counted where days differ."""
    assert told(find(permitted=permitted)).endswith(f"law allows {words}")


def test_a_rate_spreads_customers_over_minutes_and_hours() -> None:
    """130 who all want 10 h, at one a minute: 60 get it, the others the hours next to it."""
    found = find(SendLimits(per_minute=1), days=1, customers=make_customers(130))
    table = found.table
    hours = table["send_at"].dt.hour.value_counts()

    assert table["send_at"].is_unique
    assert hours.to_dict() == {10: 60, 9: 60, 11: 10}
    assert found.method == "exact"
    assert found.value == pytest.approx(60 * 2 + 70 * 1.5)
    assert found.gap == 0
    moved = table[table["send_at"].dt.hour == 9]
    assert moved["why"].str.endswith("; Mon 2026-01-05, 10 h, was full at 1 a minute").all()
    assert table["preference"].isin([1.0, 0.5]).all()


def test_a_rate_with_room_for_all_gives_everybody_the_best() -> None:
    """Nobody is moved, the earliest day is filled, and no minute has more than the rate."""
    found = find(SendLimits(per_minute=2), customers=make_customers(110))

    assert set(found.table["send_at"].dt.strftime("%d %H")) == {"05 10"}
    assert found.table["send_at"].value_counts().max() <= 2
    assert (found.method, found.gap) == ("greedy", 0)


def test_who_has_no_room_is_held_for_the_rate() -> None:
    """Two hours at one a minute hold 120; the rest is told so."""
    found = find(
        SendLimits(per_minute=1),
        days=0.5,
        customers=make_customers(125),
        permitted=lambda hours: np.asarray((hours.hour == 9) | (hours.hour == 10)),
    )
    held = found.table[found.table["send_at"].isna()]

    assert held["reason"].tolist() == ["RATE_LIMIT"] * 5
    assert held["why"].iloc[0] == (
        "all hours that are open are full at 1 a minute; law allows 9-11 h"
    )


def test_prices_place_the_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not exact the rate holds, days fill up in order, and the gap is small."""
    monkeypatch.setattr(_rate_placement, "EXACT_VALUES", 0)
    monkeypatch.setattr(_rate_placement, "_SAMPLE", 500)
    zones = np.where(np.arange(1500) % 3 == 0, "Asia/Kolkata", "UTC")
    customers = make_customers(1500).assign(timezone=zones)
    limits = SendLimits(per_minute=2)
    found = find(limits, customers=customers)
    backwards = find(limits, customers=customers[::-1])

    assert found.method == "prices"
    assert found.table["send_at"].notna().all()
    assert found.table["send_at"].value_counts().max() <= 2
    assert 0 <= found.gap < 0.01
    pd.testing.assert_frame_equal(backwards.table[::-1], found.table)


def test_prices_help_out_where_the_exact_search_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If branch and bound gives up, there is a placement all the same, with its certificate."""
    monkeypatch.setattr(_rate_placement, "solve_exactly", lambda problem: None)
    found = find(SendLimits(per_minute=1), days=1, customers=make_customers(130))

    assert found.method == "prices"
    assert found.value == pytest.approx(60 * 2 + 70 * 1.5)
    assert found.gap < 0.01


def test_of_equally_liked_hours_the_earlier_is_filled_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """150 who like one hour of each day alike fill Monday, Tuesday and half of Wednesday."""
    monkeypatch.setattr(_rate_placement, "EXACT_VALUES", 0)
    found = find(
        SendLimits(per_minute=1),
        customers=make_customers(150),
        permitted=lambda hours: np.asarray(hours.hour == 10),
    )

    assert found.table["send_at"].dt.day.value_counts().to_dict() == {5: 60, 6: 60, 7: 30}


def test_nobody_and_nowhere() -> None:
    """No customers, and no hours, give no moments, also with a rate."""
    nobody = find(SendLimits(per_minute=1), customers=make_customers(0))
    nowhere = find(SendLimits(per_minute=1), permitted=lambda h: np.zeros(len(h), dtype=bool))

    assert nobody.table.empty
    assert nowhere.table["reason"].tolist() == ["NO_SEND_TIME"]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: FrequencyCap(most=0, per="day"), "most must be a whole number from 1"),
        (lambda: FrequencyCap(most=1), "per must be one of .*, or hours instead"),
        (lambda: FrequencyCap(most=1, per="day", hours=3), "or hours instead"),
        (lambda: FrequencyCap(most=1, per="year"), "per must be one of"),
        (lambda: FrequencyCap(most=1, hours=0), "hours must be above 0"),
        (lambda: FrequencyCap(most=1, per="day", tag=" "), "tag must be a text"),
        (lambda: SendLimits(caps=["2 a day"]), "caps must be a FrequencyCap"),
        (lambda: SendLimits(spacing_hours=-1), "spacing_hours must be 0 or more"),
        (lambda: SendLimits(per_minute=0), "per_minute must be a whole number from 1"),
        (lambda: SendLimits(holidays=["Christmas"]), "holidays must be names by dates"),
        (lambda: find(SendLimits(per_minute=1), spread_minutes=10), "60 with a rate"),
    ],
)
def test_limits_that_cannot_be_are_refused(make: Any, text: str) -> None:
    """A limit that means nothing is an error, with the way out."""
    with pytest.raises(InvalidParameterError, match=text):
        make()


def test_sends_that_cannot_be_read_are_refused() -> None:
    """Without an instant with its offset nothing can be counted."""
    limits = SendLimits(caps=[FrequencyCap(most=1, per="day")])

    with pytest.raises(MissingColumnsError, match="at"):
        find(limits, sends=make_sends("05T09:00").drop(columns="at"))
    with pytest.raises(InvalidTableError, match="aware at"):
        find(limits, sends=make_sends("05T09:00").assign(at="2026-01-05 09:00"))


def test_limits_as_json() -> None:
    """They are kept as a campaign file has them."""
    limits = SendLimits(
        caps=[FrequencyCap(most=2, hours=24, medium="sms")], holidays={date(2026, 12, 25): "X"}
    )

    assert limits.to_dict() == {
        "caps": [{"most": 2, "hours": 24, "medium": "sms"}],
        "spacing_hours": 0.0,
        "per_minute": None,
        "holidays": {"2026-12-25": "X"},
    }
    assert str(FrequencyCap(most=1, per="week", medium="sms", tag="sale")) == (
        "1 a week by sms tagged sale"
    )


def test_holidays_of_countries_and_their_parts() -> None:
    """A day that is one anywhere is one; what is no country is named."""
    christmas = find_holidays(["KR", "DE-BY"], date(2026, 12, 24), date(2027, 1, 6))

    assert find_holidays([], date(2026, 1, 1), date(2026, 12, 31)) == {}
    assert list(christmas) == [
        "2026-12-25",
        "2026-12-26",
        "2027-01-01",
        "2027-01-06",
    ]
    with pytest.raises(UnknownNameError, match="XX"):
        find_holidays("XX", date(2026, 1, 1), date(2026, 1, 2))
    with pytest.raises(UnknownNameError, match="part of DE"):
        find_holidays("DE-XX", date(2026, 1, 1), date(2026, 1, 2))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for holidays and has not installed them is told what to install."""
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(MissingExtraError, match=r"crmlib\[holidays\]"):
        find_holidays("KR", date(2026, 1, 1), date(2026, 1, 2))


def test_a_ledger_put_above_engagements_still_counts() -> None:
    """Ledgers tell no event, and what tells none was sent."""
    limits = SendLimits(caps=[FrequencyCap(most=1, per="day")])
    ledger, engagements = make_sends("05T07"), make_sends("06T07", "07T07")
    engagements["event"] = ["sent", "opened"]

    moments = find(limits, sends=pd.concat([ledger, engagements], ignore_index=True))

    assert moments.table["send_at"].iloc[0].day == 7
