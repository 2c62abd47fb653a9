"""What a ledger tells other campaigns to count."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import deliver, list_sends
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from crmlib.delivery import Ledger

OUTCOMES = {"C000": Outcome.ACCEPTED, "C001": Outcome.REJECTED, "C002": Outcome.UNKNOWN}


def test_what_went_and_what_is_to_go_counts(ledger: Ledger) -> None:
    """What was taken, may have been, or waits is listed with its moment; the refused is not."""
    later = {"C003": {"send_at": NOON + timedelta(days=1)}}
    plan = make_plan(4, rows=later)
    channel = FakeChannel(
        lambda message: DeliveryReceipt(
            key=message.key, outcome=OUTCOMES[message.recipient.customer_id]
        )
    )
    deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock(NOON))
    listed = list_sends(ledger, NOON - timedelta(days=1)).sort_values("customer_id")

    assert listed["customer_id"].tolist() == ["C000", "C002", "C003"]
    assert listed["at"].tolist() == [NOON, NOON, NOON + timedelta(days=1)]
    assert listed["state"].tolist() == ["accepted", "unknown", "planned"]
    assert set(listed["channel"]) == {"email"}
    assert set(listed["campaign"]) == {"winback"}
    assert listed["message_key"].iloc[0] == "winback-C000-example.com"
    assert list_sends(ledger, NOON + timedelta(hours=1))["customer_id"].tolist() == ["C003"]


def test_since_when_must_be_an_instant(ledger: Ledger) -> None:
    """Without a zone nothing can be compared."""
    with pytest.raises(InvalidParameterError, match="since must be an aware datetime"):
        list_sends(ledger, datetime(2026, 1, 1))  # noqa: DTZ001 -- the point
