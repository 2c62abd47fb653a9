"""A plan that reaches unusually many is not sent unless its number is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import Clock, FakeChannel, make_plan

from crmlib.campaigns import CampaignLimits
from crmlib.delivery import DeliverySummary, Ledger, deliver
from crmlib.exceptions import InvalidParameterError, PlanTooLargeError

if TYPE_CHECKING:
    from crmlib.campaigns import Plan


@pytest.fixture(autouse=True)
def _small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four in a first plan and twenty in any be what ten and one thousand are."""
    monkeypatch.setattr("crmlib.delivery._blast_radius.FIRST_MOST", 4)
    monkeypatch.setattr("crmlib.delivery._blast_radius.ALWAYS_FREE", 20)


def send(ledger: Ledger, plan: Plan, recipients: int | None = None) -> DeliverySummary:
    """Deliver a plan."""
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": FakeChannel(batch_size=100)},
        clock=Clock(),
        recipients=recipients,
    )


def test_a_first_plan_that_is_large_is_named(ledger: Ledger) -> None:
    """Refused it leaves no trace; named it is sent, and goes on unnamed."""
    plan = make_plan(5)
    with pytest.raises(PlanTooLargeError, match=r"writes to 5 and may write to 4 .*recipients=5"):
        send(ledger, plan)
    empty = ledger.status().empty
    sent = send(ledger, plan, 5).sent_now

    assert (empty, sent) == (True, 5)
    assert send(ledger, plan).finished


def test_a_plan_ten_times_the_largest_is_named(ledger: Ledger) -> None:
    """Ten times the largest so far is let through, one more is not; small ones always are."""
    send(ledger, make_plan(2))
    send(ledger, make_plan(20, campaign="spring"))
    with pytest.raises(PlanTooLargeError, match="10 times the largest plan of this ledger so far"):
        send(ledger, make_plan(201, campaign="summer"))
    assert send(ledger, make_plan(200, campaign="summer")).sent_now == 200


def test_small_plans_are_never_refused(ledger: Ledger) -> None:
    """After a plan for one, what ten times one is does not matter."""
    send(ledger, make_plan(1))
    with pytest.raises(PlanTooLargeError, match="may write to 20"):
        send(ledger, make_plan(21, campaign="spring"))
    assert send(ledger, make_plan(20, campaign="spring")).sent_now == 20


def test_a_campaign_has_a_limit_of_its_own(ledger: Ledger) -> None:
    """What its limits say holds in the place of the rule, and a named number goes before it."""
    plan = make_plan(4, limits=CampaignLimits(most_recipients=3).to_dict())
    with pytest.raises(PlanTooLargeError, match="the limit of its campaign"):
        send(ledger, plan)
    with pytest.raises(PlanTooLargeError, match=r"may write to 5 \(the number that was named\)"):
        send(ledger, plan, 5)
    assert send(ledger, plan, 4).sent_now == 4


@pytest.mark.parametrize("most", [0, True, 2.5])
def test_a_limit_is_a_whole_number(most: float) -> None:
    """Nobody, a boolean and half a customer are refused."""
    with pytest.raises(InvalidParameterError, match="most_recipients must be a whole number"):
        CampaignLimits(most_recipients=most)  # type: ignore[arg-type]
