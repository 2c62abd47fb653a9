"""Measuring what really went through campaign, ledger and channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crmlib.campaigns import Campaign
from crmlib.channels import MemoryChannel
from crmlib.datasets import make_shop
from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import UnknownNameError
from crmlib.features import summarize_customers
from crmlib.measurement import measure
from crmlib.messages import Sender
from crmlib.planners import Template, TemplatePlanner
from crmlib.policies import load
from crmlib.segmenters import RFMSegmenter
from crmlib.tables import make_transactions
from crmlib.timing import FixedTiming

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.campaigns import Plan
    from crmlib.datasets import Shop

NOW = datetime(2026, 6, 30, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> Shop:
    """Give a shop of 400 customers."""
    return make_shop(400, seed=1)


@pytest.fixture(scope="module")
def plan(shop: Shop) -> Plan:
    """Give a plan for all who consented, a third held out."""
    lines = make_transactions(shop.orders, timezone=shop.timezone).table
    customers = summarize_customers(lines, snapshot_date=shop.end_date, timezone=shop.timezone)
    campaign = Campaign(
        name="for all",
        segmenter=RFMSegmenter().fit(customers),
        planner=TemplatePlanner({"default": Template(subject="News", body="Something new")}),
        timing=FixedTiming(hour=10),
        channels=["memory"],
        policy=load("EU"),
        holdout=0.33,
        sender=Sender(
            name="Shop",
            email="shop@example.com",
            postal_address="1 High Street",
            opt_out_url="https://example.com/out/{message_key}",
        ),
    )
    return campaign.plan(customers, profiles=shop.profiles, consents=shop.consents, now=NOW)


def test_what_was_accepted_is_counted(shop: Shop, plan: Plan, tmp_path: Path) -> None:
    """Every message that the channel took is counted once; the hold-out got none."""
    channel = MemoryChannel()
    end = NOW + timedelta(days=3)

    with Ledger(f"sqlite:///{tmp_path / 'crm.db'}") as ledger:
        deliver(
            plan, ledger, approved=plan.digest, channels={"memory": channel}, clock=lambda: end
        )
        result = measure(plan, ledger, shop.respond(plan))

    assert result.treated.accepted == result.treated.customers == len(channel.sent) > 100
    assert result.control.accepted == 0
    assert result.sample_ratio is not None
    assert not result.sample_ratio.is_off
    assert result.treated.undecided == result.control.undecided == 0


def test_a_campaign_that_the_ledger_does_not_know(shop: Shop, plan: Plan, tmp_path: Path) -> None:
    """Measuring against the wrong ledger is an error, not a zero."""
    with (
        Ledger(f"sqlite:///{tmp_path / 'crm.db'}") as ledger,
        pytest.raises(UnknownNameError, match="for all"),
    ):
        measure(plan, ledger, shop.respond(plan))
