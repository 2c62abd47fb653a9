"""What the pictures show, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.messages import REASON_WORDS, Reason
from crmlib.reports._numbers import (
    funnel_steps,
    order_hours,
    segment_shares,
    send_hours,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.campaigns import Plan


def test_segment_shares_by_hand() -> None:
    """90 of 120 won with one of three customers are 75 % of money and 33 % of customers."""
    customers = pd.DataFrame({"monetary_value": [90.0, 10.0, 20.0]}, index=["a", "b", "c"])
    segments = pd.Series(["Lost", "Best", "Lost"], index=["c", "a", "b"])
    expected = pd.DataFrame(
        {
            "customers": [1, 2],
            "money": [90.0, 30.0],
            "customer_share": [1 / 3, 2 / 3],
            "money_share": [0.75, 0.25],
            "money_per_customer": [90.0, 15.0],
        },
        index=["Best", "Lost"],
    )

    pd.testing.assert_frame_equal(segment_shares(customers, segments), expected)


def test_customers_without_a_segment_are_shown() -> None:
    """Nobody vanishes: who has no segment is a group of its own."""
    customers = pd.DataFrame({"monetary_value": [90.0, 10.0]}, index=["a", "b"])

    shares = segment_shares(customers, pd.Series(["Best"], index=["a"]))

    assert list(shares.index) == ["Best", "no segment"]


def test_shares_of_no_money_are_not_known() -> None:
    """Where returns eat all money there are no shares of it."""
    customers = pd.DataFrame({"monetary_value": [10.0, -10.0]}, index=["a", "b"])

    shares = segment_shares(customers, pd.Series(["A", "B"], index=["a", "b"]))

    assert shares["money_share"].isna().all()


@pytest.mark.parametrize(
    ("customers", "error"),
    [
        (pd.DataFrame({"frequency": [1]}), MissingColumnsError),
        (pd.DataFrame({"monetary_value": []}), InvalidTableError),
    ],
    ids=["no money", "no customers"],
)
def test_customers_that_cannot_be_drawn(customers: pd.DataFrame, error: type[Exception]) -> None:
    """A table without money, or without customers, is refused."""
    with pytest.raises(error, match="customers"):
        segment_shares(customers, pd.Series([], dtype="str"))


def test_order_hours_by_hand() -> None:
    """Sunday 12:30 UTC is Sunday 21:30 in Seoul; an order counts once, a return never."""
    lines = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C1", "C1"],
            "order_id": ["A", "A", "B", "C"],
            "amount": [5.0, 7.0, 1.0, -1.0],
            "ordered_at": pd.to_datetime(
                [
                    "2026-06-28T12:30Z",
                    "2026-06-28T12:30Z",
                    "2026-06-28T15:00Z",
                    "2026-06-29T01:00Z",
                ]
            ),
        }
    )

    counts = order_hours(lines, "Asia/Seoul")

    assert counts.shape == (7, 24)
    assert counts.loc[6, 21] == 1
    assert counts.loc[0, 0] == 1
    assert counts.to_numpy().sum() == 2


def test_an_order_id_counts_within_customer_and_channel() -> None:
    """Order 1 of two customers is two, and of two sales channels as well."""
    lines = pd.DataFrame(
        {
            "customer_id": ["C1", "C2", "C2", "C2"],
            "order_id": "1",
            "sales_channel": ["shop", "shop", "mall", "mall"],
            "amount": 5.0,
            "ordered_at": pd.to_datetime(["2026-06-28T12:30Z"] * 4),
        }
    )

    assert order_hours(lines, "UTC").loc[6, 12] == 3


def test_hours_of_naive_orders_are_not_known() -> None:
    """A table that is not canonical is refused."""
    lines = pd.DataFrame(
        {
            "customer_id": ["C1"],
            "order_id": ["1"],
            "amount": [5.0],
            "ordered_at": pd.to_datetime(["2026-06-28T12:30"]),
        }
    )

    with pytest.raises(InvalidTableError, match="make it aware datetimes"):
        order_hours(lines, "UTC")


def test_funnel_by_hand(make_plan: Callable[..., Plan]) -> None:
    """Each held reason takes its customers from what is left of all."""
    moment = "2026-07-02T01:00Z"
    plan = make_plan(
        [
            ("held", "NO_CONSENT", None, None),
            ("held", "NOT_IN_AUDIENCE", None, None),
            ("held", "NOT_IN_AUDIENCE", None, None),
            ("held", "A_NEW_REASON", None, None),
            ("hold-out", "HOLD_OUT", moment, None),
            ("send", "ALLOWED", moment, None),
            ("send", "ALLOWED", moment, None),
        ]
    )
    expected = [
        ("looked at", "all", 7, 0),
        ("not in the audience", "held", 2, 5),
        ("A_NEW_REASON", "held", 1, 4),
        ("no consent", "held", 1, 3),
        ("held out to measure", "hold-out", 1, 2),
        ("sent to", "send", 2, 0),
    ]

    steps = funnel_steps(plan)

    assert list(steps.itertuples(index=False, name=None)) == expected


def test_every_reason_has_words() -> None:
    """A reason that has no words yet is found here."""
    assert set(REASON_WORDS) == set(Reason)


def test_send_hours_are_local(make_plan: Callable[..., Plan]) -> None:
    """01:00 UTC is 10:00 in Seoul and 02:00 in London's summer; hold-outs do not count."""
    moment = "2026-07-02T01:00Z"
    plan = make_plan(
        [
            ("send", "ALLOWED", moment, "Asia/Seoul"),
            ("send", "ALLOWED", moment, "Asia/Seoul"),
            ("send", "ALLOWED", moment, "Europe/London"),
            ("send", "ALLOWED", moment, None),
            ("hold-out", "HOLD_OUT", moment, "Asia/Seoul"),
        ]
    )

    hours = send_hours(plan)

    assert hours[hours > 0].to_dict() == {1: 1, 2: 1, 10: 2}
    assert len(hours) == 24
