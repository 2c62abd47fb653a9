"""What came of a plan, as planners learn from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from crmlib.campaigns import PLAN_COLUMNS, Plan
from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import collect_clicks, collect_purchases
from crmlib.tables import check_responses

SENT = pd.Timestamp("2026-07-01T09:00Z")
UNTIL = datetime(2026, 8, 1, tzinfo=UTC)


def make_plan() -> Plan:
    """Give a plan of four: two get A and B, one is held out, one is held."""
    rows = {}
    for number, (decision, template, chance) in enumerate(
        [("send", "A", 0.75), ("send", "B", 0.25), ("hold-out", "A", 0.75), ("held", None, None)]
    ):
        rows[f"C{number}"] = dict.fromkeys(PLAN_COLUMNS) | {
            "segment": "x",
            "decision": decision,
            "template": template,
            "propensity": chance,
            "night_consent": False,
        }
        if decision != "held":
            rows[f"C{number}"] |= {
                "channel": "memory",
                "medium": "email",
                "message": "Hello",
                "message_key": f"k{number}",
                "address": f"{number}@example.com",
                "send_at": SENT,
                "not_after": SENT + pd.Timedelta(days=7),
            }
    header = {
        "format": "crmlib.plan/1",
        "campaign": "test",
        "created_at": "2026-07-01T00:00:00Z",
        "not_after": "2026-07-08T09:00:00Z",
        "purpose": "advertising",
        "policy": {},
        "sender": None,
        "channels": ["memory"],
        "holdout": {"share": 0.2, "salt": "test"},
    }
    table = pd.DataFrame(rows.values(), index=list(rows), columns=list(PLAN_COLUMNS), dtype=object)
    return Plan(header=header, table=table)


AUDIENCE = pd.DataFrame({"recency_days": [1, 2, 3, 4], "segment": "old"}, index=list("0123"))
AUDIENCE.index = pd.Index([f"C{number}" for number in AUDIENCE.index], name="customer_id")


def test_purchases_with_the_chance_of_what_was_done() -> None:
    """A with .75 · .8, B with .25 · .8, none with .2; spend and reward within 14 days."""
    orders = pd.DataFrame(
        {
            "customer_id": ["C0", "C0", "C2"],
            "order_id": ["1", "2", "3"],
            "ordered_at": [SENT, SENT + pd.Timedelta(days=14), SENT + pd.Timedelta(days=13)],
            "amount": [10.0, 99.0, 5.0],
        }
    )

    log = collect_purchases(make_plan(), AUDIENCE, orders, observed_until=UNTIL)

    assert log["customer_id"].tolist() == ["C0", "C1", "C2"]
    assert log["message"].tolist() == ["A", "B", "no message"]
    assert log["propensity"].tolist() == pytest.approx([0.6, 0.2, 0.2])
    assert log["reward"].tolist() == [1.0, 0.0, 1.0]
    assert log["spend"].tolist() == [10.0, 0.0, 5.0]
    assert log["recency_days"].tolist() == [1, 2, 3]
    assert log["segment"].tolist() == ["x"] * 3
    assert len(check_responses(log)) == 3


def test_windows_that_are_not_over_are_left_out() -> None:
    """Until the last order is 14 days after the sending nobody is decided."""
    orders = pd.DataFrame(
        {"customer_id": ["C0"], "order_id": ["1"], "ordered_at": [SENT], "amount": [1.0]}
    )

    assert collect_purchases(make_plan(), AUDIENCE, orders).empty
    assert collect_purchases(make_plan(), AUDIENCE, orders.iloc[:0]).empty
    with pytest.raises(InvalidParameterError, match="window_days must be above 0"):
        collect_purchases(make_plan(), AUDIENCE, orders, window_days=0)


def test_clicks_of_people_within_the_window() -> None:
    """A machine's click, a late one and one on another message do not count; held out are not."""
    day = pd.Timedelta(days=1)
    engagements = pd.DataFrame(
        {
            "customer_id": ["C0", "C1", "C1", "C1", "C2"],
            "message_key": ["k0", "k1", "k1", "other", "k2"],
            "channel": "email",
            "event": "clicked",
            "at": [SENT + day, SENT + day, SENT + 20 * day, SENT + day, SENT + day],
            "is_machine": [False, True, False, False, False],
        }
    )

    log = collect_clicks(make_plan(), AUDIENCE, engagements)

    assert log["message"].tolist() == ["A", "B"]
    assert log["propensity"].tolist() == [0.75, 0.25]
    assert log["reward"].tolist() == [1.0, 0.0]
    with pytest.raises(InvalidParameterError, match="window_days must be above 0"):
        collect_clicks(make_plan(), AUDIENCE, engagements, window_days=-1)
