"""The canary: a first share goes, then the campaign waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.campaigns import CampaignLimits
from crmlib.channels import DeliveryReport, ReportKind
from crmlib.delivery import (
    DeliverySummary,
    Ledger,
    SoftBounceRule,
    cancel_campaign,
    deliver,
    list_actions,
    pause_campaign,
    read_progress,
    record_reports,
    resume_campaign,
)
from crmlib.delivery._canary import begin_canary, hold_after_canary
from crmlib.delivery._enrolment import enrol
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.messages import DeliveryReceipt, Message

TWO_TEMPLATES = {f"C{number:03}": {"template": "vip"} for number in (8, 9)}
CAPPED = {"caps": [{"most": 1, "hours": 24}]}


def send(
    ledger: Ledger, plan: Plan, channel: FakeChannel | None = None, *, hours: float = 0, **how: Any
) -> DeliverySummary:
    """Deliver a plan so many hours after noon."""
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": channel or FakeChannel()},
        clock=Clock(NOON + timedelta(hours=hours)),
        **how,
    )


def test_a_first_share_goes_and_the_others_wait_for_a_person(ledger: Ledger) -> None:
    """A fifth of each template goes, the campaign pauses with what it saw, and is resumed."""
    plan, channel = make_plan(10, rows=TWO_TEMPLATES), FakeChannel()
    first = send(ledger, plan, channel, canary=0.2)
    still = send(ledger, plan, channel)
    by_template = {key: plan.table.set_index("message_key").loc[key] for key in channel.sent}
    resume_campaign(ledger, "winback", note="looks right", at=NOON)
    rest = send(ledger, plan, channel)

    assert sorted(row["template"] for row in by_template.values()) == ["vip", "winback", "winback"]
    assert first.control.startswith("paused: canary: 3 of 10 went first: 3 accepted; look at")
    assert (first.sent_now, still.sent_now, rest.sent_now) == (3, 0, 7)
    assert rest.finished
    assert len(set(channel.sent)) == len(channel.sent) == 10
    assert list_actions(ledger)["action"].to_list() == ["approve", "canary", "release canary"]


def test_who_goes_first_is_who_is_due_first_and_else_a_lot(ledger: Ledger) -> None:
    """Those due first go first; among equals the place in the table decides nothing."""
    early = {"C007": {"send_at": NOON - timedelta(hours=1)}}
    plan = make_plan(40, rows=early)
    channel = FakeChannel()
    send(ledger, plan, channel, canary=5)
    numbers = sorted(int(key.split("-")[1][1:]) for key in channel.sent)

    assert len(numbers) == 5
    assert 7 in numbers
    assert numbers != [0, 1, 2, 3, 7]


def test_the_limits_of_a_plan_name_its_canary_for_every_sender(ledger: Ledger) -> None:
    """What was approved says how large the canary is; who says nothing keeps to it."""
    plan = make_plan(10, limits=CampaignLimits(canary=0.1).to_dict())
    summary = send(ledger, plan)
    (told,) = read_progress(ledger, now=NOON)

    assert summary.sent_now == 1
    assert told.canary == {"accepted": 1}
    assert told.waiting == {"canary": 9}
    assert told.finishes_at is None


def test_a_canary_that_is_refused_says_so(ledger: Ledger) -> None:
    """Retries and refusals are tried, too: the campaign holds itself and counts them."""
    plan = make_plan(10)
    summary = send(ledger, plan, FakeChannel(answering(Outcome.RETRY)), canary=2)

    assert (summary.sent_now, summary.counts["planned"]) == (0, 10)
    assert "canary: 2 of 10 went first: 2 planned" in summary.control


def test_a_canary_waits_for_its_own_minutes(ledger: Ledger) -> None:
    """As long as one of those that go first is not due, nothing else goes, whatever is paused."""
    rows = {f"C{number:03}": {"send_at": NOON + timedelta(hours=2)} for number in range(1, 10)}
    plan = make_plan(10, rows=rows)
    channel = FakeChannel()
    early = send(ledger, plan, channel, canary=2)
    pause_campaign(ledger, "winback", note="a moment", at=NOON)
    resume_campaign(ledger, "winback", note="go on", at=NOON)
    late = send(ledger, plan, channel, hours=3)

    assert (early.sent_now, early.control) == (1, "running")
    assert late.sent_now == 1
    assert late.control.startswith("paused: canary: 2 of 10")


def test_who_pauses_while_a_canary_is_out_resumes_that_alone(ledger: Ledger) -> None:
    """The pause is lifted and the canary holds the campaign then; a second word releases it."""
    plan, calls = make_plan(10), FakeChannel()

    def pause(message: Message) -> DeliveryReceipt:
        pause_campaign(ledger, "winback", note="wrong price", at=NOON)
        return accepted(message)

    paused = send(ledger, plan, FakeChannel(pause), canary=2)
    first = resume_campaign(ledger, "winback", note="the price is right", at=NOON)
    held = send(ledger, plan, calls)
    second = resume_campaign(ledger, "winback", note="looked at it", at=NOON)
    rest = send(ledger, plan, calls)
    third = resume_campaign(ledger, "winback", note="once more", at=NOON)

    assert (paused.sent_now, paused.control) == (2, "paused: wrong price")
    assert (first, second, third) == ("out", "released", "none")
    assert held.sent_now == 0
    assert held.control.startswith("paused: canary: 2 of 10 went first: 2 accepted")
    assert (rest.sent_now, rest.finished) == (8, True)
    assert list_actions(ledger)["action"].to_list() == [
        *("approve", "pause", "pause", "resume", "canary", "release canary", "resume")
    ]


def test_who_pauses_a_campaign_that_its_canary_holds_resumes_that_alone(ledger: Ledger) -> None:
    """The canary is looked at again, as it is then."""
    plan = make_plan(10)
    send(ledger, plan, canary=2)
    pause_campaign(ledger, "winback", note="wrong price", at=NOON)
    paused = send(ledger, plan)
    stage = resume_campaign(ledger, "winback", note="the price is right", at=NOON)
    held = send(ledger, plan)

    assert (paused.control, stage, held.sent_now) == ("paused: wrong price", "out", 0)
    assert held.control.startswith("paused: canary: 2 of 10 went first: 2 accepted")


def report(kind: ReportKind) -> DeliveryReport:
    """Give a report on the first of them."""
    key = "winback-C000-example.com"
    return DeliveryReport(source="mail", report_id=kind, kind=kind, at=NOON, message_key=key)


def test_what_came_back_of_a_canary_is_told(ledger: Ledger) -> None:
    """The note counts the reports up to the pause, the status those up to now."""
    early = {"C000": {"send_at": NOON - timedelta(hours=2)}}
    rows = {f"C{number:03}": {"send_at": NOON + timedelta(hours=2)} for number in range(1, 10)}
    plan = make_plan(10, rows=early | rows)
    send(ledger, plan, canary=2)
    record_reports(ledger, [report(ReportKind.HARD_BOUNCE)] * 2, at=NOON)
    held = send(ledger, plan, hours=3)
    record_reports(ledger, [report(ReportKind.COMPLAINT)], at=NOON)
    (told,) = read_progress(ledger, now=NOON)

    assert "went first: 2 accepted; reports so far: 1 hard bounce; look at them" in held.control
    assert told.canary_reports == {"complaint": 1, "hard_bounce": 1}


def test_a_canary_that_a_cap_puts_off_is_not_waited_for(ledger: Ledger) -> None:
    """Who had a message of another campaign today is left out of what the canary waits for."""
    other = make_plan(1, campaign="spring")
    send(ledger, other)
    early = {"C000": {"send_at": NOON - timedelta(hours=2)}}
    plan = make_plan(10, rows=early, limits=CAPPED)
    summary = send(ledger, plan, canary=2)

    assert summary.sent_now == 1
    assert "went first: 1 accepted, 1 planned" in summary.control


def test_a_canary_whose_address_is_paused_is_not_waited_for(ledger: Ledger) -> None:
    """Who bounced too often is left out of what the canary waits for, like who has had enough."""
    other = make_plan(1, campaign="spring")
    send(ledger, other)
    bounce = attrs.evolve(report(ReportKind.SOFT_BOUNCE), message_key="spring-C000-example.com")
    record_reports(ledger, [bounce], at=NOON, soft_bounces=SoftBounceRule(days=1, pause_days=2))
    early = {"C000": {"send_at": NOON - timedelta(hours=2)}}
    summary = send(ledger, make_plan(10, rows=early), canary=2)

    assert summary.sent_now == 1
    assert "went first: 1 accepted, 1 planned" in summary.control


def test_a_plan_that_takes_over_has_a_canary_of_its_own(ledger: Ledger) -> None:
    """Taken over by a later plan, the first one's canary holds up nothing but what is left."""
    later = NOON + timedelta(hours=2)
    old = make_plan(10, send_at=later)
    send(ledger, old, canary=2)
    new = make_plan(10, text="Better", send_at=later)
    first = send(ledger, new, hours=3, canary=3)
    resume_campaign(ledger, "winback", note="fine", at=later)
    rest = send(ledger, new, hours=3)
    emptied = send(ledger, old, hours=3)

    assert (first.sent_now, rest.sent_now) == (3, 7)
    assert emptied.finished
    assert "a later plan took them over" in emptied.control


def test_all_or_nobody_is_no_canary(ledger: Ledger) -> None:
    """Where the first share would be everybody nothing waits; to a plan begun none can come."""
    plan = make_plan(1)
    summary = send(ledger, plan, canary=0.5)
    again = send(ledger, plan, canary=0.5)
    plan = make_plan(2, campaign="spring")
    send(ledger, plan)

    assert (summary.sent_now, summary.control) == (1, "running")
    assert again.finished
    with pytest.raises(InvalidParameterError, match="without a canary already"):
        send(ledger, plan, canary=0.5)


@pytest.mark.parametrize("canary", [-0.1, 1.5, True, "1%"])
def test_a_canary_is_a_share_or_a_number(ledger: Ledger, canary: Any) -> None:
    """Anything else is refused before anything is entered."""
    with pytest.raises(InvalidParameterError, match="a share below 1, a whole number"):
        send(ledger, make_plan(), canary=canary)
    assert ledger.status().empty


def test_two_senders_decide_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second finds who goes first decided, and the campaign held up already."""
    plan, store = make_plan(10), ledger.store
    run = enrol(store, plan, plan.digest, NOON)
    alone = store.write_alone

    def come_second() -> Any:
        monkeypatch.setattr(store, "write_alone", alone)
        send(ledger, plan, canary=2)
        return alone()

    monkeypatch.setattr(store, "write_alone", come_second)
    begin_canary(store, run, plan, 5)
    answers = iter([True, False])
    monkeypatch.setattr("crmlib.delivery._canary._is_to_be_held", lambda *_: next(answers))
    hold_after_canary(store, run, NOON)
    (told,) = read_progress(ledger, now=NOON)

    assert told.canary == {"accepted": 2}
    assert list_actions(ledger)["action"].to_list() == ["approve", "canary"]


def test_a_cancelled_campaign_has_no_canary_that_is_waited_for(ledger: Ledger) -> None:
    """All that a later plan brings in is blocked at once, those behind its canary too."""
    send(ledger, make_plan(1))
    cancel_campaign(ledger, "winback", note="sold out", at=NOON)
    channel = FakeChannel()
    summary = send(ledger, make_plan(10), channel, canary=0.2)

    assert (summary.counts["blocked"], summary.finished, channel.sent) == (9, True, [])
