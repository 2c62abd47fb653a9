"""TriggerTiming: the moment that an event calls for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

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


@pytest.mark.parametrize(
    ("now", "state", "words"),
    [
        ("2026-11-02 08:59", "no event", "no cart_left to answer"),
        ("2026-11-02 09:10", "waiting", "due 30 min later: not yet"),
        ("2026-11-02 09:30", "due", "expires at 2026-11-02 21:30 Asia/Seoul"),
        ("2026-11-02 12:29", "due", "expires at 2026-11-02 21:30 Asia/Seoul"),
        ("2026-11-02 12:30", "lapsed", "expired at 2026-11-02 21:30 Asia/Seoul"),
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
    assert table.loc["ann", "why"].endswith("reached the goal at 2026-11-02 18:20 Asia/Seoul")


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
        "cart_left at 2026-11-02 18:30 Asia/Seoul, due 30 min later",
        "no cart_left to answer",
    ]


def test_sentences_tell_the_time_by_the_clock_of_each_customer() -> None:
    """A customer's own zone counts, then that of the moment; a zone that is none counts not."""
    timing = CART.fit(
        make_events(*((who, "cart_left", "2026-11-02 23:30") for who in ("ann", "bob")))
    )
    customers = make_customers("ann", "bob").assign(timezone=["Asia/Seoul", "Mars/Base"])
    send_at = pd.Series(pd.Timestamp("2026-11-02 19:00", tz="America/New_York"), customers.index)
    states = timing.states(customers, at("2026-11-03 00:10"))
    told = timing.reasons(customers, send_at)
    untold = timing.reasons(customers[[]], send_at)

    seoul = "cart_left at 2026-11-03 08:30 Asia/Seoul, due 30 min later"
    assert states["why"].tolist() == [
        f"{seoul}, expires at 2026-11-03 12:00 Asia/Seoul",
        "cart_left at 2026-11-02 23:30 UTC, due 30 min later, expires at 2026-11-03 03:00 UTC",
    ]
    assert told.tolist() == [
        seoul,
        "cart_left at 2026-11-02 18:30 America/New_York, due 30 min later",
    ]
    assert untold["ann"] == "cart_left at 2026-11-02 18:30 America/New_York, due 30 min later"


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
        told["why"]
        .iloc[0]
        .startswith("cart_left (coat) at 2026-11-09 18:00 Asia/Seoul, due 1 h later")
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"after": -HOUR}, "after must be a timedelta of 0 or more"),
        ({"after": 30}, "after must be a timedelta of 0 or more, at most a century, got 30"),
        ({"expires_after": timedelta(0)}, "expires_after must be a timedelta above 0"),
        ({"again_after": HOUR}, "again_after must be a timedelta of whole days"),
        ({"again_after": 25 * HOUR}, "again_after must be a timedelta of whole days"),
        ({"again_after": timedelta.max}, "again_after must be .* at most a century"),
        ({"after": timedelta.max}, "after must be .* at most a century"),
        ({"expires_after": timedelta.max}, "expires_after must be .* at most a century"),
        ({"goals": "ordered"}, "goals must be a list of events other than 'ordered'"),
        ({"goals": ["ordered"]}, "goals must be a list of events other than 'ordered'"),
    ],
    ids=[
        "before",
        "number",
        "no life",
        "hours",
        "not whole",
        "ever",
        "never",
        "for good",
        "text",
        "itself",
    ],
)
def test_a_parameter_that_cannot_be_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The error says what was expected."""
    with pytest.raises(InvalidParameterError, match=message):
        TriggerTiming(**parameters).fit(make_events())


def test_a_table_that_names_no_events_is_refused() -> None:
    """Instants alone do not say what happened."""
    with pytest.raises(MissingColumnsError, match="event"):
        CART.fit(make_events(("ann", "cart_left", "2026-11-02")).drop(columns="event"))
