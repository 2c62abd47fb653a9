"""Who is known, by the channel where they bought."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from crmlib.exceptions import MissingColumnsError
from crmlib.measurement import count_known_buyers, find_reachable

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ORDERS = pd.DataFrame(
    {
        "sales_channel": ["mall", "mall", "shop", "shop", "shop"],
        "order_id": ["1", "2", "1", "2", "2"],
        "customer_id": ["C1", "C1", None, None, None],
    }
)
REGISTERED = pd.DataFrame(
    {
        "customer_id": ["W1", "W2", "W1"],
        "sales_channel": ["shop", "shop", None],
        "order_id": ["2", "1", None],
    }
)


def consent(customer: str, channel: str, granted: bool, day: int) -> dict[str, object]:
    """Give an answer."""
    at = pd.Timestamp(2026, 1, day, tz="UTC")
    return {
        "customer_id": customer,
        "channel": channel,
        "purpose": "advertising",
        "granted": granted,
        "at": at,
    }


def test_a_walk_in_is_a_buyer_and_becomes_known() -> None:
    """Each order without a customer is a buyer; an order number counts in its channel only."""
    table = count_known_buyers(ORDERS, pd.Index(["C1"]), REGISTERED, pd.Index(["W1"]))

    assert table.to_dict("index") == {
        "mall": {
            "buyers": 1,
            "known_before": 1,
            "known_after": 1,
            "share_before": 1.0,
            "share_after": 1.0,
        },
        "shop": {
            "buyers": 2,
            "known_before": 0,
            "known_after": 1,
            "share_before": 0.0,
            "share_after": 0.5,
        },
    }


def test_orders_of_one_unnamed_channel_are_counted() -> None:
    """A shop that names no channel has one row."""
    unnamed = ORDERS.drop(columns="sales_channel").iloc[:2]
    registered = pd.DataFrame({"customer_id": ["W1"], "sales_channel": [None], "order_id": ["1"]})
    table = count_known_buyers(unnamed, pd.Index([]), registered, pd.Index(["W1"]))

    assert table.loc["unnamed", ["buyers", "known_after"]].to_list() == [1, 1]
    with pytest.raises(MissingColumnsError, match="order_id"):
        count_known_buyers(unnamed, pd.Index([]), registered[["customer_id"]], pd.Index([]))


def test_reachable_is_who_has_the_address_and_agreed_last() -> None:
    """A withdrawal, a consent without its address, and silence make nobody reachable."""
    profiles = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C", "D"],
            "email": ["a@example.com", "b@example.com", None, "d@example.com"],
            "phone": [None, None, "+821001234567", "+821001234568"],
        }
    )
    consents = pd.DataFrame(
        [
            consent("A", "email", granted=True, day=1),
            consent("A", "*", granted=False, day=2),
            consent("B", "sms", granted=True, day=1),
            consent("C", "kakao", granted=True, day=1),
            consent("D", "email", granted=True, day=1),
            consent("D", "sms", granted=True, day=1),
        ]
    )

    assert sorted(find_reachable(profiles, consents, now=NOW)) == ["C", "D"]
    assert list(find_reachable(profiles[["customer_id"]], consents, now=NOW)) == []
