"""Ladder: one event, one step, one message, until the goal is reached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from shops_by_hand import SENDER, Shop

from crmlib.campaigns import CampaignLimits, Ladder, LadderStep, Plan
from crmlib.channels import MemoryChannel
from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import InvalidParameterError
from crmlib.planners import Template, TemplatePlanner
from crmlib.timing import FixedTiming, TriggerTiming

if TYPE_CHECKING:
    from pathlib import Path

HALF_AN_HOUR, THREE_HOURS = timedelta(minutes=30), timedelta(hours=3)
CART = TriggerTiming("cart_left", goals=["ordered"])


def write(text: str) -> TemplatePlanner:
    """Give a planner that says *text*."""
    return TemplatePlanner({"default": Template(subject=text, body=text)})


STEPS = [
    LadderStep(name="nudge", after=HALF_AN_HOUR, planner=write("Your cart")),
    LadderStep(name="reminder", after=THREE_HOURS, planner=write("Still there")),
    LadderStep(name="benefit", after=timedelta(days=1), planner=write("Free delivery")),
]


def make_events(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Make events from (customer, event, time on 2026-11-02 in UTC)."""
    table = pd.DataFrame(rows, columns=["customer_id", "event", "at"])
    return table.assign(at=pd.to_datetime("2026-11-02 " + table["at"], utc=True))


def at(time: str) -> datetime:
    """Give a time of 2026-11-02 in UTC."""
    return datetime.fromisoformat(f"2026-11-02T{time}").replace(tzinfo=UTC)


def plan(shop: Shop, events: pd.DataFrame, now: datetime, **other: Any) -> list[Plan]:
    """Plan the ladder of *shop* at *now*."""
    campaign = shop.campaign(name="cart", timing=CART, **other)
    ladder = Ladder(campaign=campaign, steps=STEPS)
    return ladder.plan(
        shop.customers, profiles=shop.profiles, consents=shop.consents, events=events, now=now
    )


def test_three_hours_of_a_cart(tmp_path: Path) -> None:
    """Planned and delivered every half hour, each step reaches once who did not order."""
    shop, channel = Shop(3), MemoryChannel()
    carts = [
        ("C1", "cart_left", "01:00"),
        ("C2", "cart_left", "01:00"),
        ("C2", "ordered", "02:00"),
    ]
    got: dict[str, list[str]] = {}
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as ledger:
        for minutes in range(0, 200, 30):
            now = at("01:00") + timedelta(minutes=minutes)
            for made in plan(shop, make_events(*carts), now):
                deliver(
                    made,
                    ledger,
                    approved=made.digest,
                    channels={"memory": channel},
                    clock=lambda now=now: now,
                )
            got[f"{now:%H:%M}"] = [
                f"{message.recipient.customer_id} {message.subject}" for message in channel.sent
            ]
            channel.sent.clear()

    assert {time: sorted(messages) for time, messages in got.items() if messages} == {
        "01:30": ["C1 Your cart", "C2 Your cart"],
        "04:00": ["C1 Still there"],
    }


def test_everybody_has_a_row_with_the_reason() -> None:
    """At 2:10 one is nudged, one has ordered, one is not due, and one did nothing."""
    events = make_events(
        ("C1", "cart_left", "01:00"),
        ("C2", "cart_left", "01:00"),
        ("C2", "ordered", "01:45"),
        ("C3", "cart_left", "02:00"),
    )
    (made,) = plan(Shop(4), events, at("02:10"))

    assert made.campaign == "cart-nudge-2026-11-02"
    assert made.table["reason"].tolist() == ["ALLOWED", "GOAL_REACHED", "NOT_DUE", "NO_EVENT"]
    assert made.table.loc["C1", "send_at"] == at("02:10")
    assert made.table.loc["C1", "not_after"] == at("04:00")  # when the next step is due
    assert "reached the goal at 2026-11-02 10:45 Asia/Seoul" in made.explain("C2")


def test_a_step_lapses_when_the_next_is_due() -> None:
    """Planned for the first time at 5:00, only the reminder goes."""
    (made,) = plan(Shop(1), make_events(("C1", "cart_left", "01:00")), at("05:00"))

    assert made.campaign == "cart-reminder-2026-11-02"
    assert made.table["decision"].tolist() == ["send"]


def test_before_the_first_step_and_after_the_last_there_is_no_plan() -> None:
    """Nothing is due after ten minutes, nor after three days."""
    events = make_events(("C1", "cart_left", "01:00"))

    assert plan(Shop(1), events, at("01:10")) == []
    assert plan(Shop(1), events, at("01:00") + timedelta(days=3)) == []


def test_a_plan_takes_the_place_of_one_whose_customers_reached_the_goal() -> None:
    """Who was planned and then orders is held by the next plan of that name."""
    cart, order = ("C1", "cart_left", "01:00"), ("C1", "ordered", "01:50")
    (before,) = plan(Shop(1), make_events(cart), at("01:40"))
    (after,) = plan(Shop(1), make_events(cart, order), at("02:00"))

    assert before.campaign == after.campaign
    assert before.table["decision"].tolist() == ["send"]
    assert after.table["reason"].tolist() == ["GOAL_REACHED"]


def test_the_next_cart_is_answered_anew() -> None:
    """A cart a day and more later begins another round, with keys of its own."""
    early = make_events(("C1", "cart_left", "01:00"))
    late = early.assign(at=early["at"] + timedelta(days=5))
    both = pd.concat([early, late], ignore_index=True)
    (first,) = plan(Shop(1), both, at("01:40"))
    (second,) = plan(Shop(1), both, at("01:40") + timedelta(days=5))

    assert (first.campaign, second.campaign) == ("cart-nudge-2026-11-02", "cart-nudge-2026-11-07")
    assert first.table["message_key"].tolist() != second.table["message_key"].tolist()


def test_who_is_held_out_is_held_out_of_every_step() -> None:
    """The lot is drawn by the name of the ladder, not of the step."""
    shop = Shop(40)
    events = make_events(*((name, "cart_left", "01:00") for name in shop.customers.index))
    nudge, reminder = (
        plan(shop, events, at(time), holdout=0.5)[0].table["decision"]
        for time in ("01:40", "04:10")
    )

    assert set(nudge) == {"send", "hold-out"}
    assert nudge.tolist() == reminder.tolist()


def test_channels_and_words_of_the_campaign_are_those_of_steps_without_their_own() -> None:
    """A step that says nothing of them uses what the campaign has."""
    shop = Shop(1)
    campaign = shop.campaign(name="cart", timing=CART, sender=SENDER)
    step = LadderStep(name="nudge", after=HALF_AN_HOUR, expires_after=HALF_AN_HOUR)
    (made,) = Ladder(campaign=campaign, steps=[step]).plan(
        shop.customers,
        profiles=shop.profiles,
        consents=shop.consents,
        events=make_events(("C1", "cart_left", "01:00")),
        now=at("01:40"),
        suppressions=iter(["nobody@example.com"]),
    )

    assert made.table.loc["C1", "subject"].endswith("Hello Name C1")
    assert made.table.loc["C1", "channel"] == "memory"
    assert made.table.loc["C1", "not_after"] == at("02:00")


@pytest.mark.parametrize(
    ("timing", "steps", "message"),
    [
        (FixedTiming(), STEPS, "campaign.timing must be a TriggerTiming"),
        (CART, [], "steps must be LadderSteps, each with its own name"),
        (CART, ["nudge"], "steps must be LadderSteps, each with its own name"),
        (CART, [STEPS[0], STEPS[0]], "steps must be LadderSteps, each with its own name"),
        (CART, STEPS[::-1], "steps must be in the order in which they are due"),
    ],
    ids=["timing", "none", "texts", "twice", "order"],
)
def test_what_is_no_ladder_is_refused(timing: Any, steps: Any, message: str) -> None:
    """The error says what was expected."""
    with pytest.raises(InvalidParameterError, match=message):
        Ladder(campaign=Shop(1).campaign(timing=timing), steps=steps)


@pytest.mark.parametrize("known", [False, True], ids=["nothing sent", "the first step sent"])
def test_steps_that_are_due_at_once_keep_the_limits_together(*, known: bool) -> None:
    """Two carts of C1 are answered by steps whose lives overlap: with a spacing one waits."""
    shop = Shop(1)
    steps = [
        LadderStep(name="nudge", after=HALF_AN_HOUR, expires_after=timedelta(hours=9)),
        LadderStep(name="reminder", after=THREE_HOURS, expires_after=timedelta(hours=9)),
    ]
    limits = CampaignLimits(spacing_hours=2)
    campaign = shop.campaign(name="cart", timing=CART, limits=limits)
    sends = None
    if known:
        sends = pd.DataFrame(
            {"customer_id": ["C1"], "at": [at("01:30")], "campaign": ["cart-nudge-2026-11-02"]}
        )

    nudge, reminder = Ladder(campaign=campaign, steps=steps).plan(
        shop.customers,
        profiles=shop.profiles,
        consents=shop.consents,
        events=make_events(("C1", "cart_left", "01:00")),
        now=at("04:10"),
        sends=sends,
    )

    assert nudge.table.loc["C1", "send_at"] == at("04:10")
    later = reminder.table.loc["C1", "send_at"]
    assert later == at("04:10") if known else later >= at("06:10")
