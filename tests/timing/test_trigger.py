"""TriggerTiming: the moment that an event calls for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.timing import TriggerTiming

HOUR = timedelta(hours=1)
CART = TriggerTiming("cart_left", HOUR / 2, expires_after=3 * HOUR, goals=["ordered"])


def make_events(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Make events from (customer, event, UTC time)."""
    table = pd.DataFrame(rows, columns=["customer_id", "event", "at"])
    return table.assign(at=pd.to_datetime(table["at"], utc=True))


def make_customers(*names: str, timezone: str = "Asia/Seoul") -> pd.DataFrame:
    """Build a table of customers in one zone."""
    return pd.DataFrame({"timezone": timezone}, index=pd.Index(names, name="customer_id"))


def at(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def by_day(slots: pd.DatetimeIndex) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Permit 8 h to 21 h."""
    return np.asarray((slots.hour >= 8) & (slots.hour < 21))


@pytest.mark.parametrize(
    ("now", "state", "words"),
    [
        ("2026-11-02 08:59", "no event", "no cart_left to answer"),
        ("2026-11-02 09:10", "waiting", "due 30 min later: not yet"),
        ("2026-11-02 09:30", "due", "expires at 2026-11-02 12:30 UTC"),
        ("2026-11-02 12:29", "due", "expires at 2026-11-02 12:30 UTC"),
        ("2026-11-02 12:30", "lapsed", "expired at 2026-11-02 12:30 UTC"),
    ],
    ids=["before", "waiting", "due", "still due", "lapsed"],
)
def test_a_message_is_due_after_its_delay_and_until_it_expires(
    now: str, state: str, words: str
) -> None:
    """What lies ahead of now is not known; the bounds belong to due and to lapsed."""
    timing = CART.fit(make_events(("ann", "cart_left", "2026-11-02 09:00")))
    found = timing.states(make_customers("ann"), at(now)).iloc[0]

    assert found["state"] == state
    assert words in found["why"]


def test_a_goal_counts_from_the_event_on() -> None:
    """An order after the cart ends it, one before it does not, nor one that is yet to come."""
    timing = CART.fit(
        make_events(
            ("ann", "cart_left", "2026-11-02 09:00"),
            ("ann", "ordered", "2026-11-02 09:20"),
            ("bob", "ordered", "2026-11-02 08:59"),
            ("bob", "cart_left", "2026-11-02 09:00"),
            ("eve", "cart_left", "2026-11-02 09:00"),
            ("eve", "ordered", "2026-11-02 10:00"),
        )
    )
    table = timing.states(make_customers("ann", "bob", "eve"), at("2026-11-02 09:40"))

    assert table["state"].tolist() == ["goal", "due", "due"]
    assert table.loc["ann", "why"].endswith("reached the goal at 2026-11-02 09:20 UTC")


def test_events_close_together_are_one() -> None:
    """Of carts on three days in a row a week apart counts; each kept one has its own round."""
    carts = ["2026-11-02 09:00", "2026-11-02 10:00", "2026-11-05 09:00", "2026-11-09 09:00"]
    timing = TriggerTiming("cart_left", again_after=timedelta(days=7))
    timing.fit(make_events(*(("ann", "cart_left", day) for day in carts)))

    assert timing.starts_["at"].dt.strftime("%d").tolist() == ["02", "09"]
    assert timing.starts_["round"].is_unique
    rounds = dict(timing.split_rounds())
    assert list(rounds) == ["2026-10-29", "2026-11-05"]
    assert [len(part.starts_) for part in rounds.values()] == [1, 1]


def test_it_goes_at_once_if_the_hour_is_permitted_and_else_in_the_next_that_is() -> None:
    """At 23:40 in Seoul a message waits until after 8; in London it goes at 14:40."""
    timing = TriggerTiming("cart_left", HOUR / 2, expires_after=12 * HOUR)
    timing.fit(make_events(*((name, "cart_left", "2026-11-02 14:00") for name in ("a", "b"))))
    window = {"not_before": at("2026-11-02 14:40"), "not_after": at("2026-11-09 14:40")}
    customers = make_customers("a", "b", "c")
    customers.loc[["b", "c"], "timezone"] = ["Europe/London", "UTC"]
    moments = timing.moments(customers, permitted=by_day, **window)
    seoul = moments.loc["a", "send_at"].tz_convert("Asia/Seoul")

    assert f"{seoul:%d %H}" == "03 08"
    assert moments.loc["b", "send_at"] == at("2026-11-02 14:40")
    assert pd.isna(moments.loc["c", "send_at"])
    assert moments.loc["a", "not_after"] == at("2026-11-03 02:30")


@pytest.mark.parametrize(
    "permitted", [by_day, lambda slots: slots.hour > 24], ids=["day", "never"]
)
def test_what_cannot_go_before_it_expires_does_not_go(permitted: Any) -> None:
    """A push due at 23:30 that expires at 2:30 lapses in the night, and the reason says so."""
    timing = CART.fit(make_events(("ann", "cart_left", "2026-11-02 14:00")))
    window = {"not_before": at("2026-11-02 14:40"), "not_after": at("2026-11-09 14:40")}
    moments = timing.moments(make_customers("ann"), permitted=permitted, **window)

    assert moments["send_at"].isna().all()
    assert moments["why"].iloc[0] == (
        "cart_left at 2026-11-02 14:00 UTC, due 30 min later, expires at 2026-11-02 17:30 UTC; "
        "no hour is permitted before that"
    )


def test_each_message_lapses_at_its_own_end() -> None:
    """Of two that wait for the morning, one expires at 7:30 and one at noon: one goes."""
    timing = TriggerTiming("cart_left", expires_after=9 * HOUR + HOUR / 2)
    timing.fit(
        make_events(
            *((f"C{n}", "cart_left", "2026-11-02 13:00") for n in range(20)),
            ("late", "cart_left", "2026-11-02 17:30"),
        )
    )
    moments = timing.moments(
        make_customers(*(f"C{n}" for n in range(20)), "late"),
        not_before=at("2026-11-02 17:40"),
        not_after=at("2026-11-09 17:40"),
        permitted=by_day,
    )

    assert moments["send_at"].drop("late").isna().all()
    assert moments.loc["late", "send_at"].tz_convert("Asia/Seoul").hour == 8


def test_those_who_waited_for_the_morning_are_spread_over_the_hour() -> None:
    """Thirty customers do not all go at 8:00."""
    names = [f"C{n}" for n in range(30)]
    timing = TriggerTiming("cart_left", expires_after=24 * HOUR)
    timing.fit(make_events(*((name, "cart_left", "2026-11-02 14:00") for name in names)))
    moments = timing.moments(
        make_customers(*names),
        not_before=at("2026-11-02 15:00"),
        not_after=at("2026-11-05 15:00"),
        permitted=by_day,
    )
    local = moments["send_at"].dt.tz_convert("Asia/Seoul")

    assert set(local.dt.hour) == {8}
    assert local.dt.minute.nunique() > 10


def test_as_any_model_it_likes_the_hours_from_the_due_one_on() -> None:
    """The hour in which it is due scores 1, later ones less, those before or too late least."""
    timing = CART.fit(make_events(("ann", "cart_left", "2026-11-02 09:30")))
    slots = pd.date_range("2026-11-02 08:00", periods=8, freq="h", tz="UTC")
    ann, stranger = timing.preferences(make_customers("ann", "stranger"), slots)
    customers = make_customers("ann", "stranger")
    told = timing.reasons(customers, pd.Series(slots[2], index=customers.index))

    assert ann.tolist() == pytest.approx([1 / 8, 1 / 8, 1, 1 / 2, 1 / 3, *[1 / 8] * 3])
    assert set(stranger) == {1.0}
    assert told.tolist() == [
        "cart_left at 2026-11-02 09:30 UTC, due 30 min later",
        "no cart_left to answer",
    ]


def test_orders_are_events_and_items_are_named() -> None:
    """Lines of a transactions table are orders, returns are none; delays are told in words."""
    lines = pd.DataFrame(
        {
            "customer_id": ["ann", "bob"],
            "ordered_at": pd.to_datetime(["2026-11-02 09:00"] * 2, utc=True),
            "amount": [10.0, -10.0],
        }
    )
    after_a_week = TriggerTiming(after=timedelta(days=7)).fit(lines)
    now = at("2026-11-09 10:00")
    table = after_a_week.states(make_customers("ann", "bob"), now)
    carts = make_events(("ann", "cart_left", "2026-11-09 09:00")).assign(
        item="coat", is_machine=[False]
    )
    told = TriggerTiming("cart_left", HOUR).fit(carts).states(make_customers("ann"), now)

    assert table["state"].tolist() == ["due", "no event"]
    assert "due 7 days later" in table.loc["ann", "why"]
    assert (
        told["why"].iloc[0].startswith("cart_left (coat) at 2026-11-09 09:00 UTC, due 1 h later")
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"after": -HOUR}, "after must be a timedelta of 0 or more"),
        ({"after": 30}, "after must be a timedelta of 0 or more, got 30"),
        ({"expires_after": timedelta(0)}, "expires_after must be a timedelta above 0"),
        ({"again_after": HOUR}, "again_after must be a timedelta of whole days"),
        ({"again_after": 25 * HOUR}, "again_after must be a timedelta of whole days"),
        ({"goals": "ordered"}, "goals must be a list of events other than 'ordered'"),
        ({"goals": ["ordered"]}, "goals must be a list of events other than 'ordered'"),
    ],
    ids=["before", "number", "no life", "hours", "not whole", "text", "itself"],
)
def test_a_parameter_that_cannot_be_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The error says what was expected."""
    with pytest.raises(InvalidParameterError, match=message):
        TriggerTiming(**parameters).fit(make_events())


def test_a_table_that_names_no_events_is_refused() -> None:
    """Instants alone do not say what happened."""
    with pytest.raises(MissingColumnsError, match="event"):
        CART.fit(make_events(("ann", "cart_left", "2026-11-02")).drop(columns="event"))
