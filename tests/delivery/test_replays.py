"""Promises 4 and 5 where a provider drops repeated keys: what a replay may tell, and what not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from plans_to_deliver import NOON, WEEK, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import Ledger, deliver
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.delivery import DeliverySummary
    from crmlib.messages import Message

KEY_LIFE = timedelta(hours=1)
REPLAY = timedelta(minutes=10)  # when the lease of the first sender is over


class Crash(BaseException):
    """The process ends here, as far as the ledger can tell."""


class Forgetful(FakeChannel):
    """A provider that drops a repeated key for an hour, and counts what it really took."""

    def __init__(self, clock: Clock, answers: list[Any], **other: Any) -> None:
        super().__init__(self._take, idempotency_seconds=int(KEY_LIFE.total_seconds()), **other)
        self._clock = clock
        self._answers = answers
        self._known_until = NOON
        self.taken = 0

    def _take(self, message: Message) -> DeliveryReceipt:
        answer = self._answers.pop(0)
        if answer is Crash:
            self._accept()
            raise Crash
        if answer is accepted:
            self._accept()
            return accepted(message)
        receipt: DeliveryReceipt = answer(message)
        return receipt

    def _accept(self) -> None:
        if self._clock() >= self._known_until:
            self._known_until = self._clock() + KEY_LIFE
            self.taken += 1


def send(plan: Plan, ledger: Ledger, channel: FakeChannel, clock: Clock) -> DeliverySummary:
    """Deliver *plan* with three attempts."""
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": channel},
        clock=clock,
        max_attempts=3,
    )


def send_and_crash(plan: Plan, ledger: Ledger, channel: FakeChannel, clock: Clock) -> None:
    """Let the provider take the message, and die before that is recorded."""

    def die(*args: Any, **kwargs: Any) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmlib.delivery._lane.record", die)
        with pytest.raises(Crash):
            send(plan, ledger, channel, clock)


def row_of(ledger: Ledger) -> dict[str, Any]:
    """Give the one delivery that there is."""
    (row,) = ledger.deliveries("winback").to_dict("records")
    return row


def test_a_message_that_was_taken_is_not_sent_when_its_key_is_forgotten(ledger: Ledger) -> None:
    """Put off at the replay until its key is forgotten, a message is unknown and goes once."""
    clock, plan = Clock(), make_plan(1)
    late = answering(Outcome.RETRY, retry_after_seconds=2 * 3600, detail="429 slow down")
    channel = Forgetful(clock, [Crash, late])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    replayed = send(plan, ledger, channel, clock)
    clock.advance(hours=3)
    after = send(plan, ledger, channel, clock)

    assert (replayed.counts["unknown"], after.counts["unknown"]) == (1, 1)
    assert (channel.taken, len(channel.sent)) == (1, 2)
    assert row_of(ledger)["detail"] == "429 slow down"


def test_a_replay_that_is_put_off_is_replayed_again_under_the_old_key(ledger: Ledger) -> None:
    """While the provider still knows the key a replay waits as claimed, and then finds out."""
    clock, plan = Clock(), make_plan(1)
    channel = Forgetful(clock, [Crash, answering(Outcome.RETRY, detail="421 busy"), accepted])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    waiting = send(plan, ledger, channel, clock)
    too_early = send(plan, ledger, channel, clock)
    clock.now = waiting.next_due_at
    done = send(plan, ledger, channel, clock)

    assert waiting.counts["claimed"] == too_early.counts["claimed"] == 1
    assert timedelta(minutes=4) <= waiting.next_due_at - (NOON + REPLAY) <= timedelta(minutes=4.8)
    assert (done.counts["accepted"], channel.taken, len(channel.sent)) == (1, 1, 3)
    assert ledger.events("winback")[["state", "attempt", "detail"]].to_numpy().tolist() == [
        ["planned", 0, None],
        ["claimed", 1, None],
        ["claimed", 2, None],
        ["claimed", 2, "421 busy"],
        ["claimed", 3, None],
        ["accepted", 3, None],
    ]


def test_the_key_of_a_replay_does_not_live_longer_by_being_replayed(ledger: Ledger) -> None:
    """Each replay counts from the first claim: once that key is forgotten it is unknown."""
    clock, plan = Clock(), make_plan(1)
    channel = Forgetful(clock, [Crash, answering(Outcome.RETRY)])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    send(plan, ledger, channel, clock)
    clock.now = NOON + KEY_LIFE
    after = send(plan, ledger, channel, clock)

    assert after.counts["unknown"] == 1
    assert (channel.taken, len(channel.sent)) == (1, 2)
    assert row_of(ledger)["detail"] == "its sender did not come back"


def test_a_replay_whose_attempts_are_used_up_is_unknown_not_dead(ledger: Ledger) -> None:
    """Three attempts, the first perhaps accepted: nobody may say that it is dead."""
    clock, plan = Clock(), make_plan(1)
    channel = Forgetful(clock, [Crash, *[answering(Outcome.RETRY, retry_after_seconds=1)] * 2])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    send(plan, ledger, channel, clock)
    clock.advance(minutes=1)
    summary = send(plan, ledger, channel, clock)

    assert (summary.counts["unknown"], summary.counts["dead"]) == (1, 0)
    assert row_of(ledger)["attempts"] == 3


def test_a_replay_that_would_come_too_late_is_unknown_not_expired(ledger: Ledger) -> None:
    """Put off beyond its last moment, a message that may have been taken did not expire."""
    clock, plan = Clock(), make_plan(1, not_after=NOON + timedelta(minutes=15))
    channel = Forgetful(clock, [Crash, answering(Outcome.RETRY, retry_after_seconds=600)])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    summary = send(plan, ledger, channel, clock)

    assert (summary.counts["unknown"], summary.counts["expired"]) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (accepted, "accepted"),
        (answering(Outcome.REJECTED), "rejected"),
        (answering(Outcome.UNKNOWN), "unknown"),
    ],
    ids=["yes", "no", "no answer"],
)
def test_a_clear_answer_to_a_replay_is_taken_at_its_word(
    ledger: Ledger, answer: Any, expected: str
) -> None:
    """Yes and no settle a replay; without an answer it is unknown."""
    clock, plan = Clock(), make_plan(1)
    channel = Forgetful(clock, [Crash, answer])
    send_and_crash(plan, ledger, channel, clock)
    clock.now = NOON + REPLAY
    send(plan, ledger, channel, clock)

    assert row_of(ledger)["state"] == expected


def test_a_replay_that_the_channel_cannot_carry_any_more_is_unknown(ledger: Ledger) -> None:
    """Another version of a channel that refuses the message tells nothing of the first attempt."""
    clock = Clock()
    plan = make_plan(1, rows={"C000": {"html": "<p>Hello"}})
    send_and_crash(plan, ledger, Forgetful(clock, [Crash]), clock)
    clock.now = NOON + REPLAY
    plainer = Forgetful(clock, [], html=False)
    send(plan, ledger, plainer, clock)

    assert row_of(ledger)["state"] == "unknown"
    assert plainer.sent == []


def test_a_replay_that_is_not_handed_over_keeps_its_claim(ledger: Ledger) -> None:
    """Interrupted before its turn, a replay is free at once and keeps its key and attempts."""
    clock, plan = Clock(), make_plan(2)

    def interrupted(message: Message) -> DeliveryReceipt:
        raise KeyboardInterrupt

    crashing = FakeChannel(idempotency_seconds=3600)
    send_and_crash(plan, ledger, crashing, clock)
    clock.now = NOON + REPLAY
    with pytest.raises(KeyboardInterrupt):
        send(
            plan,
            ledger,
            FakeChannel(interrupted, batch_size=1, idempotency_seconds=3600),
            clock,
        )
    left = ledger.deliveries("winback")
    again = FakeChannel(idempotency_seconds=3600)
    summary = send(plan, ledger, again, clock)

    assert left["state"].to_list() == ["unknown", "claimed"]
    assert left["attempts"].to_list() == [2, 1]
    assert left["detail"].to_list() == ["the sender was interrupted", "not handed over"]
    assert again.sent == ["winback-C001-example.com"]
    assert (summary.counts["unknown"], summary.counts["accepted"]) == (1, 1)


def test_a_late_replay_cannot_open_what_is_unknown(ledger: Ledger) -> None:
    """A replay that comes back after its lease, flagged meanwhile, tells only by yes or no."""
    clock, plan = Clock(), make_plan(1, not_after=NOON + WEEK)

    def slow(message: Message) -> DeliveryReceipt:
        clock.now = NOON + timedelta(minutes=55)
        send(plan, ledger, FakeChannel(idempotency_seconds=3600), clock)
        return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, retry_after_seconds=1)

    send_and_crash(plan, ledger, FakeChannel(idempotency_seconds=3600), clock)
    clock.now = NOON + REPLAY
    summary = send(plan, ledger, FakeChannel(slow, idempotency_seconds=3600), clock)

    assert summary.counts["unknown"] == 1
    assert ledger.events("winback")["state"].to_list() == [
        *("planned", "claimed", "claimed", "unknown")
    ]
