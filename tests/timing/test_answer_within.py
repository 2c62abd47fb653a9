"""Answers to events, inside everything that limits them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlib.messages import Reason
from crmlib.timing import FrequencyCap, SendLimits, TriggerTiming, answer_within, expires_at

HOUR = timedelta(hours=1)


def make_carts(*names: str, left: str = "2026-11-02 14:00") -> pd.DataFrame:
    """Make carts that were left at one UTC time, in Seoul at 23 h."""
    moment = pd.Timestamp(left, tz="UTC")
    return pd.DataFrame({"customer_id": names, "event": "cart_left", "at": moment})


def make_customers(*names: str, timezone: str = "Asia/Seoul") -> pd.DataFrame:
    """Build a table of customers in one zone."""
    return pd.DataFrame({"timezone": timezone}, index=pd.Index(names, name="customer_id"))


def at(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def by_day(slots: pd.DatetimeIndex) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Permit 8 h to 21 h."""
    return np.asarray((slots.hour >= 8) & (slots.hour < 21))


def answer(
    timing: TriggerTiming,
    customers: pd.DataFrame,
    now: str = "2026-11-02 14:40",
    limits: SendLimits | None = None,
    **terms: Any,
) -> Any:
    """Give the moments from *now* on, by day."""
    window = {"not_before": at(now), "not_after": at(now) + timedelta(days=7)}
    terms = {"permitted": by_day, "authority": "law", **window, **terms}
    return answer_within(timing, customers, limits or SendLimits(), **terms)


def test_it_goes_at_once_if_the_hour_is_permitted_and_else_in_the_next_that_is() -> None:
    """At 23:40 in Seoul a message waits until after 8; in London, at 14:40, it goes."""
    timing = TriggerTiming("cart_left", HOUR / 2, expires_after=12 * HOUR)
    timing.fit(make_carts("a", "b"))
    customers = make_customers("a", "b")
    customers.loc["b", "timezone"] = "Europe/London"

    found = answer(timing, customers)

    seoul = found.table.loc["a", "send_at"].tz_convert("Asia/Seoul")
    assert f"{seoul:%d %H}" == "03 08"
    assert found.table.loc["b", "send_at"] == at("2026-11-02 14:40")
    assert (found.gap, found.value) == (0, 4)
    assert (
        expires_at(timing, customers, at("2026-11-02 14:40")).tolist()
        == [at("2026-11-03 02:30")] * 2
    )


@pytest.mark.parametrize("minute", ["00", "01", "59"])
def test_at_once_is_now_at_any_minute_of_an_hour(minute: str) -> None:
    """Also on clocks that are half an hour off, and whenever the message expires."""
    timing = TriggerTiming("cart_left", expires_after=HOUR).fit(make_carts("ann"))
    customers = make_customers("ann", timezone="Asia/Kolkata")

    found = answer(timing, customers, f"2026-11-02 14:{minute}")

    assert found.table["send_at"].tolist() == [at(f"2026-11-02 14:{minute}")]


@pytest.mark.parametrize(
    "permitted", [by_day, lambda slots: slots.hour > 24], ids=["day", "never"]
)
def test_what_cannot_go_before_it_expires_does_not_go(permitted: Any) -> None:
    """A push due at 23:30 that expires at 2:30 lapses in the night, and the reason says so."""
    timing = TriggerTiming("cart_left", HOUR / 2, expires_after=3 * HOUR).fit(make_carts("ann"))

    found = answer(timing, make_customers("ann"), permitted=permitted).table

    assert found["send_at"].isna().all()
    assert found["reason"].iloc[0] in {Reason.EXPIRED, Reason.NO_SEND_TIME}
    assert "cart_left at 2026-11-02 23:00 Asia/Seoul" in found["why"].iloc[0]


def test_each_message_lapses_at_its_own_end() -> None:
    """Of those that wait for the morning, some expire at 7:30 and one at noon: one goes."""
    timing = TriggerTiming("cart_left", expires_after=9 * HOUR + HOUR / 2)
    names = [f"C{n}" for n in range(20)]
    early, late = make_carts(*names, left="2026-11-02 13:00"), make_carts("late")
    late["at"] += 3 * HOUR + HOUR / 2
    timing.fit(pd.concat([early, late]))

    found = answer(timing, make_customers(*names, "late"), "2026-11-02 17:40").table

    assert found["send_at"].drop("late").isna().all()
    assert found.loc["late", "send_at"].tz_convert("Asia/Seoul").hour == 8


def test_those_who_waited_for_the_morning_are_spread_over_the_hour() -> None:
    """Thirty customers do not all go at 8:00."""
    names = [f"C{n}" for n in range(30)]
    timing = TriggerTiming("cart_left", expires_after=24 * HOUR).fit(make_carts(*names))

    local = answer(timing, make_customers(*names)).table["send_at"].dt.tz_convert("Asia/Seoul")

    assert set(local.dt.hour) == {8}
    assert local.dt.minute.nunique() > 10


def test_caps_and_own_wishes_hold_for_answers_too() -> None:
    """One was written to today, one wants quiet until noon; what is soon over goes now."""
    timing = TriggerTiming("cart_left", expires_after=30 * HOUR).fit(
        make_carts("cap", "wish", "end", "free", left="2026-11-02 00:00")
    )
    customers = make_customers("cap", "wish", "end", "free").assign(
        quiet_from=[None, "08:00", None, None],
        quiet_until=[None, "12:00", None, None],
        expires_at=pd.to_datetime([None, None, "2026-11-02T00:30Z", None], utc=True),
    )
    sends = pd.DataFrame({"customer_id": ["cap"], "at": [at("2026-11-01 23:00")]})

    found = answer(
        timing,
        customers,
        "2026-11-02 00:10",
        SendLimits(caps=[FrequencyCap(most=1, per="day")]),
        sends=sends,
    ).table
    local = found["send_at"].dt.tz_convert("Asia/Seoul").dt.strftime("%d %H")

    assert local.to_dict() == {"cap": "03 08", "wish": "02 12", "end": "02 09", "free": "02 09"}
    assert set(found.loc[["end", "free"], "send_at"]) == {at("2026-11-02 00:10")}
    assert "the cap of 1 a day" in found.loc["cap", "why"]


@pytest.mark.parametrize(
    ("now", "hour", "goes"),
    [
        ("2026-04-04 13:50", 3, "2026-04-04 13:50"),
        ("2026-04-04 14:05", 3, "2026-04-04 14:15"),
        ("2026-09-26 13:50", 2, "2026-09-26 13:50"),
        ("2026-09-26 14:05", 2, "2026-09-27 12:15"),
    ],
    ids=["before 3:45 is 2:45", "after", "before 2:45 is 3:45", "after 2:45 was 3:45"],
)
def test_what_goes_at_once_keeps_the_hour_that_clocks_show(now: str, hour: int, goes: str) -> None:
    """On the Chatham Islands clocks change within an hour: what may go at 3 does not at 2:50."""
    timing = TriggerTiming("cart_left", expires_after=48 * HOUR)
    timing.fit(make_carts("ann", left=now))
    customers = make_customers("ann", timezone="Pacific/Chatham")

    found = answer(timing, customers, now, permitted=lambda slots: slots.hour == hour).table

    first = found["send_at"].iloc[0]
    assert at(goes) <= first < at(goes) + (HOUR if goes != now else HOUR / 60)
    assert first.tz_convert("Pacific/Chatham").hour == hour


def test_a_message_that_expires_before_the_next_hour_begins_does_not_go_in_it() -> None:
    """At 7:59:30 all is closed until 8:00:00, and the message lives ten seconds more."""
    timing = TriggerTiming("cart_left", expires_after=HOUR)
    timing.fit(make_carts("ann", left="2026-11-02 06:59:40"))
    customers = make_customers("ann", timezone="UTC")

    found = answer(timing, customers, "2026-11-02 07:59:30").table

    assert found["send_at"].isna().all()
    assert found["reason"].iloc[0] == Reason.EXPIRED
