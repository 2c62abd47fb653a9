"""Where campaigns stand: counts that add up, why what waits waits, rate and end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest
from another_program import delete
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import (
    DeliveryState,
    Ledger,
    cancel_campaign,
    deliver,
    list_recipients,
    pause_campaign,
    read_progress,
    stream_recipients,
)
from crmlib.delivery import _enrolment as enrolment
from crmlib.exceptions import InvalidParameterError, InvalidTableError, UnknownNameError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.delivery import CampaignProgress, DeliverySummary
    from crmlib.messages import Message

ANSWERS = [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.RETRY]


def answer(message: Message) -> DeliveryReceipt:
    """Say something else to each customer in turn."""
    number = int(message.recipient.customer_id[1:])
    outcome = ANSWERS[number % 4]
    return DeliveryReceipt(key=message.key, outcome=outcome, detail=f"450 busy {number}")


def send(ledger: Ledger, plan: Plan, channel: FakeChannel, **how: Any) -> DeliverySummary:
    """Deliver at noon."""
    how = {"clock": Clock()} | how
    return deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, **how)


def progress(ledger: Ledger, **span: float) -> CampaignProgress:
    """Read how winback stands, so long after noon."""
    (found,) = read_progress(ledger, "winback", now=NOON + timedelta(**span))
    return found


def test_the_counts_add_up_and_say_why_what_waits_waits(ledger: Ledger) -> None:
    """Each message is counted once, and each that is planned has a reason."""
    rows = {f"C{number:03}": {"send_at": NOON + timedelta(hours=5)} for number in (30, 31)}
    send(ledger, make_plan(32, rows=rows), FakeChannel(answer))
    found = progress(ledger)

    assert found.audience == sum(found.counts.values()) == 32
    assert found.counts["accepted"] == 8
    assert (found.counts["rejected"], found.counts["unknown"]) == (8, 7)
    assert found.waiting == {"retry": 7, "later": 2}
    assert sum(found.failing.values()) == 7
    assert (len(found.failing), found.failing["other reasons"]) == (6, 2)
    assert found.next_due_at is not None
    assert found.finishes_at == NOON + timedelta(hours=5)
    assert found.open == 9
    assert found.to_dict()["accepted"] == 8


def test_rate_and_end_come_from_what_was_accepted_lately(ledger: Ledger) -> None:
    """Ten in two minutes are five a minute, and fifty more take ten; later nobody sends."""
    clock = Clock()

    def take_time(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=12)
        return accepted(message)

    plan, calls = make_plan(60), FakeChannel(take_time, batch_size=1)
    send(ledger, plan, calls, clock=clock, batch_size=1, stop=lambda: len(calls.sent) == 10)
    found = progress(ledger, seconds=12 + 120)
    later = progress(ledger, hours=1)

    assert found.per_minute == pytest.approx(5)
    assert found.waiting == {"due": 50}
    assert found.finishes_at == NOON + timedelta(seconds=132, minutes=10)
    assert (later.per_minute, later.finishes_at) == (None, None)


def test_no_end_is_told_where_nothing_goes(ledger: Ledger) -> None:
    """What is tried in vain, or paused, has none; the next to fall due is still to come."""
    rows = {"C002": {"send_at": NOON + timedelta(hours=5)}}
    send(ledger, make_plan(3, rows=rows), FakeChannel(answering(Outcome.RETRY)))
    in_vain = progress(ledger)
    late = progress(ledger, hours=1)
    pause_campaign(ledger, "winback", note="wrong price", at=NOON)
    paused = progress(ledger)

    assert in_vain.waiting == {"retry": 2, "later": 1}
    assert in_vain.next_due_at < late.next_due_at == NOON + timedelta(hours=5)
    assert [found.finishes_at for found in (in_vain, late, paused)] == [None] * 3


def test_quiet_hours_caps_rates_and_pauses_are_told_apart(ledger: Ledger) -> None:
    """Each puts off for a reason of its own."""
    capped = {"caps": [{"most": 1, "hours": 24}]}
    send(ledger, make_plan(1, campaign="spring"), FakeChannel())
    night = {"C002": {"night_consent": True}}
    plan = make_plan(3, rows=night, limits=capped, medium="sms")
    clock, stop = Clock(NOON + timedelta(hours=10)), iter([False, True, True]).__next__
    send(ledger, plan, FakeChannel(), clock=clock, stop=stop)
    found = progress(ledger, hours=10)
    pause_campaign(ledger, "winback", note="wrong price", at=NOON)
    paused = progress(ledger, hours=10)
    cancel_campaign(ledger, "winback", note="sold out", at=NOON)
    cancelled = progress(ledger, hours=10)

    assert found.waiting == {"frequency cap": 1, "quiet hours": 1, "rate": 1}
    assert paused.waiting == {"frequency cap": 1, "quiet hours": 1, "paused": 1}
    assert (paused.control, paused.note, paused.finishes_at) == ("paused", "wrong price", None)
    assert (cancelled.counts["blocked"], cancelled.open) == (3, 0)
    assert [each.campaign for each in read_progress(ledger, now=NOON)] == ["spring", "winback"]


def test_a_wait_that_a_provider_asked_for_is_told_with_its_end(ledger: Ledger) -> None:
    """What is due and cannot go yet waits for its channel until then, not for a sender."""

    def ask_to_wait(message: Message) -> DeliveryReceipt:
        if message.key != "winback-C000-example.com":
            return accepted(message)
        return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, retry_after_seconds=60)

    channel = FakeChannel(ask_to_wait, batch_size=1)
    send(ledger, make_plan(5), channel, batch_size=2)
    found, later = progress(ledger), progress(ledger, seconds=60)
    pause_campaign(ledger, "winback", note="wrong price", at=NOON)
    paused = progress(ledger)

    assert channel.sent == ["winback-C000-example.com"]
    assert found.waiting == {"rate": 4, "retry": 1}
    assert found.rests == {"fake": NOON + timedelta(minutes=1)}
    assert found.to_dict()["rests"] == {"fake": "2011-12-12T03:01:00+00:00"}
    assert (later.waiting, later.rests) == ({"due": 3, "rate": 1, "retry": 1}, {})
    assert (paused.waiting, paused.rests) == ({"paused": 4, "retry": 1}, {})


def test_a_rest_moves_the_end(ledger: Ledger) -> None:
    """All is settled later by what the channel rests."""

    def ask_to_wait(message: Message) -> DeliveryReceipt:
        if message.key != "winback-C001-example.com":
            return accepted(message)
        return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, retry_after_seconds=600)

    send(ledger, make_plan(5), FakeChannel(ask_to_wait, batch_size=1))
    found = progress(ledger, seconds=10)

    assert (found.waiting, found.per_minute) == ({"rate": 3, "retry": 1}, pytest.approx(6))
    assert found.finishes_at is not None
    assert found.finishes_at >= NOON + timedelta(minutes=10, seconds=30)


def test_rows_that_were_not_entered_yet_count(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off while entering, the audience is whole all the same; rows that vanish are noticed."""
    monkeypatch.setattr("crmlib.delivery._enrolment._CHUNK", 2)
    enter, calls = enrolment._enrol_chunk, iter([enrolment._enrol_chunk])
    monkeypatch.setattr(enrolment, "_enrol_chunk", lambda *given: next(calls)(*given))  # noqa: PLW0108 -- each call takes one
    with pytest.raises(StopIteration):
        send(ledger, make_plan(5), FakeChannel())
    monkeypatch.setattr(enrolment, "_enrol_chunk", enter)
    found = progress(ledger)

    assert (found.audience, found.not_entered, found.open) == (5, 3, 5)
    delete(ledger, "DELETE FROM crmlib_deliveries WHERE customer_id = 'C000'")
    with pytest.raises(InvalidTableError, match="knows 4 of the 5 messages"):
        progress(ledger)
    with pytest.raises(UnknownNameError, match="no campaign 'autumn'"):
        read_progress(ledger, "autumn", now=NOON)


def test_what_is_in_hand_and_nobody_sends_has_no_end(ledger: Ledger) -> None:
    """A claim without a rate says nothing of when it will be over."""
    found = attrs.evolve(progress_of_nothing(), counts={"claimed": 1}, audience=1, waiting={})

    assert (found.open, found.to_dict()["finishes_at"]) == (1, None)
    assert found.to_dict()["open"] == 1


def progress_of_nothing() -> CampaignProgress:
    """Give the progress of a campaign without messages."""
    from crmlib.delivery import CampaignProgress  # noqa: PLC0415 -- for its constructor alone

    return CampaignProgress(
        campaign="winback",
        control="running",
        note="",
        audience=0,
        counts={},
        not_entered=0,
        waiting={},
        rests={},
        failing={},
        refused={},
        canary={},
        canary_reports={},
        per_minute=None,
        next_due_at=None,
        finishes_at=None,
    )


def test_who_got_it_comes_in_pieces_of_one_state(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pieces are the table; what happens while they are read is not in them."""
    monkeypatch.setattr("crmlib.delivery._reading._PAGE", 2)
    send(ledger, make_plan(4), FakeChannel(answer))
    table = list_recipients(ledger, "winback")
    pieces = stream_recipients(ledger, "winback")
    first = next(pieces)
    (unknown,) = table.loc[table["state"] == "unknown", "message_key"]
    ledger.resolve("winback", unknown, "accepted", at=NOON, note="asked")
    rest = list(pieces)

    assert [len(piece) for piece in (first, *rest)] == [2, 2, 0]
    pd.testing.assert_frame_equal(pd.concat([first, *rest], ignore_index=True), table)


def test_who_got_it_is_a_table(ledger: Ledger) -> None:
    """One row for each message, with yes, no, not yet or not known; or only certain states."""
    send(ledger, make_plan(4), FakeChannel(answer))
    everybody = list_recipients(ledger, "winback")
    unknown = list_recipients(ledger, "winback", states=[DeliveryState.UNKNOWN])

    assert dict(zip(everybody["customer_id"], everybody["got_it"], strict=True)) == {
        "C000": "yes",
        "C001": "no",
        "C002": "not known",
        "C003": "not yet",
    }
    assert unknown["customer_id"].to_list() == ["C002"]
    for wrong in (["sent"], "unknown"):
        with pytest.raises(InvalidParameterError, match="states must be a list of some of"):
            list_recipients(ledger, "winback", states=wrong)
