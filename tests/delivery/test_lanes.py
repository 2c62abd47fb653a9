"""A sender serves the channels of a plan beside each other, and none holds up another."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Event, Lock
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import Ledger, deliver, resume_campaign
from crmlib.exceptions import ChannelBrokenError, LedgerUnavailableError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery import DeliverySummary
    from crmlib.interfaces import Channel
    from crmlib.messages import Message

PATIENCE_SECONDS = 60
"""How long a thread waits for another before the test fails; it never waits in vain."""


def make_mixed_plan(count: int, *channels: str) -> Plan:
    """Give a plan that sends to *count* customers, by the channels in turns."""
    rows = {
        f"C{number:03}": {"channel": channels[number % len(channels)]} for number in range(count)
    }
    return make_plan(count, rows=rows)


def send(
    ledger: Ledger, plan: Plan, channels: Mapping[str, Channel], **other: object
) -> DeliverySummary:
    """Deliver *plan*."""
    settings = {"clock": Clock(), "batch_size": 2} | other
    return deliver(plan, ledger, approved=plan.digest, channels=channels, **settings)


def stands(summary: DeliverySummary) -> dict[str, int]:
    """Give the states that there are."""
    return {state: count for state, count in summary.counts.items() if count}


@pytest.fixture
def patient_ledger(url: str) -> Ledger:
    """Make a ledger that several threads can wait for."""
    with Ledger(url, busy_timeout_seconds=PATIENCE_SECONDS) as made:
        yield made


def test_channels_are_served_beside_each_other(patient_ledger: Ledger) -> None:
    """Two channels are in a call at once: each waits in its first one for the other."""
    meeting = Barrier(2)

    def meet(message: Message) -> DeliveryReceipt:
        if message.key[8:12] in {"C000", "C001"}:
            meeting.wait(PATIENCE_SECONDS)
        return accepted(message)

    one, other = FakeChannel(meet), FakeChannel(meet)
    summary = send(
        patient_ledger, make_mixed_plan(8, "one", "other"), {"one": one, "other": other}
    )

    assert stands(summary) == {"accepted": 8}
    assert summary.sent_now == 8
    assert sorted(len(channel.sent) for channel in (one, other)) == [4, 4]


def test_no_more_than_eight_are(patient_ledger: Ledger) -> None:
    """Of twelve channels eight are in a call at once, never more, and all come to their turn."""
    names = [f"channel {number}" for number in range(12)]
    meeting, lock = Barrier(8), Lock()
    met: list[str] = []
    inside = [0, 0]

    def meet(message: Message) -> DeliveryReceipt:
        with lock:
            inside[0] += 1
            inside[1] = max(inside)
            is_early = len(met) < 8
            met.append(message.key)
        if is_early:
            meeting.wait(PATIENCE_SECONDS)
        with lock:
            inside[0] -= 1
        return accepted(message)

    channels = {name: FakeChannel(meet) for name in names}
    summary = send(patient_ledger, make_mixed_plan(12, *names), channels)

    assert stands(summary) == {"accepted": 12}
    assert inside == [0, 8]


def test_a_channel_that_has_to_wait_holds_up_no_other(patient_ledger: Ledger) -> None:
    """All that is due first waits for one provider; what another takes goes all the same."""
    soon = NOON - timedelta(minutes=5)
    rows = {f"C{number:03}": {"channel": "slow", "send_at": soon} for number in range(6)}
    slow = FakeChannel(answering(Outcome.RETRY, retry_after_seconds=600), batch_size=1)
    quick = FakeChannel()
    summary = send(patient_ledger, make_plan(9, rows=rows), {"slow": slow, "fake": quick})

    assert [key[8:12] for key in quick.sent] == ["C006", "C007", "C008"]
    assert len(slow.sent) == 1
    assert stands(summary) == {"accepted": 3, "planned": 6}


def test_what_falls_due_while_another_channel_is_busy_goes_at_once(
    patient_ledger: Ledger,
) -> None:
    """One channel is in a call for hours; another is through, and then has something to do."""
    late = NOON + timedelta(hours=2)
    rows = {"C000": {"channel": "slow"}, "C002": {"send_at": late}}
    clock, recorded, through, over = Clock(), Event(), Event(), Event()
    seen = []

    def tell_time() -> datetime:
        now = clock()
        if recorded.is_set():  # the slow one waits: this is the other, looking for more
            through.set()
        return now

    def take_hours(message: Message) -> DeliveryReceipt:
        assert through.wait(PATIENCE_SECONDS)
        clock.now = late
        seen.append(over.wait(PATIENCE_SECONDS))
        return accepted(message)

    def note(message: Message) -> DeliveryReceipt:
        if message.key[8:12] == "C002":
            over.set()
        return accepted(message)

    summary = send(
        patient_ledger,
        make_plan(3, rows=rows),
        {"slow": FakeChannel(take_hours), "fake": FakeChannel(note)},
        clock=tell_time,
        progress=lambda settled, _: recorded.set() if settled else None,
    )

    assert seen == [True]
    assert stands(summary) == {"accepted": 3}


def test_two_broken_channels_are_both_told_of(patient_ledger: Ledger) -> None:
    """What is raised beside the first error is not lost: both are to be mended."""
    calls = dict.fromkeys(("one", "other"), 0)
    meeting = Barrier(2)

    def breaking(name: str) -> FakeChannel:
        def break_down(_: Message) -> DeliveryReceipt:
            calls[name] += 1
            if calls[name] == 3:
                meeting.wait(PATIENCE_SECONDS)
            raise RuntimeError

        return FakeChannel(break_down, batch_size=1)

    plan = make_mixed_plan(12, *calls)
    with pytest.raises(ChannelBrokenError) as caught:
        send(patient_ledger, plan, {name: breaking(name) for name in calls}, batch_size=5)
    (note,) = caught.value.__notes__

    assert note.startswith("besides: ChannelBrokenError: ")
    assert {name for name in calls if f"'{name}'" in f"{caught.value} {note}"} == set(calls)


def test_an_object_carries_one_call_at_a_time(patient_ledger: Ledger) -> None:
    """A caller may give one channel under two names; it need not be made for threads."""
    lock = Lock()
    overlaps = []

    def note(message: Message) -> DeliveryReceipt:
        is_free = lock.acquire(blocking=False)
        overlaps.append(not is_free)
        Event().wait(0.005)  # another thread would have the time to come in
        if is_free:
            lock.release()
        return accepted(message)

    channel = FakeChannel(note, batch_size=1)
    send(patient_ledger, make_mixed_plan(12, "one", "other"), {"one": channel, "other": channel})

    assert overlaps == [False] * 12


def test_a_broken_channel_ends_the_others_where_nothing_is_in_hand(patient_ledger: Ledger) -> None:
    """One raises three times: the campaign is paused, the other records what it has and ends."""
    begun, broken = Event(), Event()

    def wait_for_the_end(message: Message) -> DeliveryReceipt:
        begun.set()
        assert broken.wait(PATIENCE_SECONDS)
        return accepted(message)

    breaks = []

    def break_down(message: Message) -> DeliveryReceipt:
        assert begun.wait(PATIENCE_SECONDS)
        breaks.append(message.key)
        if len(breaks) == 3:
            broken.set()
        raise RuntimeError

    channels = {
        "sound": FakeChannel(wait_for_the_end, batch_size=1),
        "broken": FakeChannel(break_down, batch_size=1),
    }
    plan = make_mixed_plan(40, "sound", "broken")
    with pytest.raises(ChannelBrokenError, match="'broken'"):
        send(patient_ledger, plan, channels, batch_size=1)
    status = patient_ledger.status().iloc[0]

    assert status["unknown"] == 3
    assert status["accepted"] == len(channels["sound"].sent) < 20
    assert status["claimed"] == 0
    assert status[["unknown", "accepted", "planned"]].sum() == 40
    again = send(patient_ledger, plan, {"sound": FakeChannel(), "broken": FakeChannel()})
    assert again.sent_now == 0

    resume_campaign(patient_ledger, "winback", at=NOON, note="mended")
    last = send(patient_ledger, plan, {"sound": FakeChannel(), "broken": FakeChannel()})
    assert stands(last) == {"accepted": 37, "unknown": 3}


@pytest.mark.parametrize("struck", ["C000", "C001"], ids=["first lane", "second lane"])
def test_what_others_have_in_hand_is_recorded_when_one_is_struck_down(
    patient_ledger: Ledger, struck: str
) -> None:
    """Whichever thread an interrupt or a failure comes to, the others end well, and it is told."""
    meeting = Barrier(2)

    def meet(message: Message) -> DeliveryReceipt:
        meeting.wait(PATIENCE_SECONDS)
        if message.key[8:12] == struck:
            raise KeyboardInterrupt
        return accepted(message)

    channels = {name: FakeChannel(meet, batch_size=1) for name in ("one", "other")}
    plan = make_mixed_plan(2, "one", "other")
    with pytest.raises(KeyboardInterrupt):
        send(patient_ledger, plan, channels)
    deliveries = patient_ledger.deliveries("winback").set_index("customer_id")["state"]

    assert deliveries.to_dict() == {"C000": "accepted", "C001": "accepted"} | {struck: "unknown"}


def test_a_ledger_that_fails_in_one_thread_fails_the_call(
    patient_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be claimed is not sent, and nobody takes it for the end of the campaign."""
    real = patient_ledger.store.witness
    asked = []

    def fail(lineage: object) -> None:
        asked.append(lineage)
        if len(asked) == 2:
            raise LedgerUnavailableError("crm.db", "the disk is full", "make room")
        real(lineage)

    monkeypatch.setattr(patient_ledger.store, "witness", fail)
    channels = {"one": FakeChannel(), "other": FakeChannel()}
    plan = make_mixed_plan(4, "one", "other")
    with pytest.raises(LedgerUnavailableError):
        send(patient_ledger, plan, channels)
    sent = sum(len(channel.sent) for channel in channels.values())

    assert sent < 4
    again = send(patient_ledger, plan, channels)
    assert stands(again) == {"accepted": 4}
    assert sum(len(channel.sent) for channel in channels.values()) == 4


def test_progress_is_told_by_one_thread_at_a_time(patient_ledger: Ledger) -> None:
    """The number settled never falls, and ends at all."""
    told: list[tuple[int, int]] = []
    channels = {name: FakeChannel() for name in ("one", "other")}
    plan = make_mixed_plan(20, "one", "other")
    send(patient_ledger, plan, channels, progress=lambda *counts: told.append(counts))

    assert told == sorted(told)
    assert told[-1] == (20, 20)


def test_a_canary_goes_by_each_channel_before_the_others(patient_ledger: Ledger) -> None:
    """The first of each channel leave; then the campaign waits, whichever lane was last."""
    channels = {name: FakeChannel() for name in ("one", "other")}
    plan = make_mixed_plan(20, "one", "other")
    first = send(patient_ledger, plan, channels, canary=0.1)
    held = [len(channel.sent) for channel in channels.values()]
    resume_campaign(patient_ledger, "winback", at=NOON, note="looks well")
    last = send(patient_ledger, plan, channels)

    assert held == [1, 1]
    assert stands(first) == {"accepted": 2, "planned": 18}
    assert stands(last) == {"accepted": 20}


def test_a_claim_is_as_large_as_the_channel_takes(ledger: Ledger) -> None:
    """First ten; then a hundred, or more where a call takes more, but not more than a thousand."""
    large, small = FakeChannel(batch_size=250), FakeChannel(batch_size=1)
    send(ledger, make_plan(300), {"fake": large}, batch_size=None)
    plan = make_plan(250, campaign="spring", domain="example.org")
    told: list[tuple[int, int]] = []
    send(
        ledger,
        plan,
        {"fake": small},
        batch_size=None,
        progress=lambda *counts: told.append(counts),
    )

    assert [len(call) for call in large.calls] == [10, 250, 40]
    assert [settled for settled, _ in told] == [0, 10, 110, 210, 250]


def test_what_has_to_wait_for_a_rate_is_not_taken_in_hand(ledger: Ledger) -> None:
    """Five seconds' worth at most: whoever opts out meanwhile is still asked for."""
    seen: list[int] = []

    def count(message: Message) -> DeliveryReceipt:
        seen.append(ledger.status().loc[0, "claimed"])
        return accepted(message)

    send(
        ledger,
        make_plan(30),
        {"fake": FakeChannel(count, batch_size=1)},
        batch_size=None,
        rates={"fake": 2},
    )

    assert seen == [10]  # the clock stands: the second one has to wait too long


def test_a_channel_that_puts_off_all_is_left_alone_for_a_minute(ledger: Ledger) -> None:
    """A server that is down uses up the attempts of ten, not those of a whole campaign."""
    down = FakeChannel(answering(Outcome.RETRY, detail="nobody listens"), batch_size=5)
    clock = Clock()
    first = send(ledger, make_plan(60), {"fake": down}, clock=clock, batch_size=None)
    tried = ledger.deliveries("winback")["attempts"].sum()
    clock.advance(seconds=59)
    early = send(ledger, make_plan(60), {"fake": FakeChannel()}, clock=clock)
    clock.advance(seconds=1)
    late = send(ledger, make_plan(60), {"fake": FakeChannel()}, clock=clock)

    assert (len(down.sent), tried) == (10, 10)
    assert (first.sent_now, early.sent_now, late.sent_now) == (0, 0, 50)


def test_one_that_takes_every_other_message_is_not(ledger: Ledger) -> None:
    """Only what is put off in a row counts."""
    answers = {"0": Outcome.RETRY, "5": Outcome.ACCEPTED}

    def falter(message: Message) -> DeliveryReceipt:
        outcome = answers.get(message.key[11], Outcome.RETRY)
        return DeliveryReceipt(key=message.key, outcome=outcome)

    summary = send(ledger, make_plan(60), {"fake": FakeChannel(falter)}, batch_size=None)

    assert stands(summary) == {"accepted": 6, "planned": 54}
    assert ledger.deliveries("winback")["attempts"].to_list() == [1] * 60
