"""Promise 9: one rate for each provider and sender holds over all workers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, WEEK, Clock, FakeChannel, accepted, answering, make_plan
from sqlalchemy import select

from crmlib.delivery import DeliverySummary, Ledger, deliver, keep_delivering
from crmlib.delivery._limiter import Limiter
from crmlib.delivery._schema import CALLS
from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.messages import Message


class Timetable:
    """Note when each message leaves, on a clock that the limiter's waits move on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        self.left: list[datetime] = []
        monkeypatch.setattr(
            "crmlib.delivery._limiter.sleep", lambda seconds: self.clock.advance(seconds=seconds)
        )

    def note(self, message: Message) -> DeliveryReceipt:
        """Take the message."""
        self.left.append(self.clock())
        return accepted(message)


def send(
    url: str,
    channel: FakeChannel,
    clock: Clock,
    *,
    count: int = 4,
    campaign: str = "winback",
    rates: dict[str, float] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> DeliverySummary:
    """Deliver a plan at a rate, with a ledger of its own as each worker has one."""
    plan = make_plan(count, campaign=campaign)
    with Ledger(url) as ledger:
        return deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            rates=rates,
            clock=clock,
            stop=stop,
        )


def test_no_window_holds_more_than_the_rate(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 20 a second they leave two by two, and no second holds more than 20."""
    times = Timetable(monkeypatch)
    channel = FakeChannel(times.note, batch_size=50)
    send(url, channel, times.clock, count=50, rates={"fake": 20})
    starts = sorted(set(times.left))
    second = timedelta(seconds=1)
    densest = max(sum(start <= at < start + second for at in times.left) for start in starts)

    assert {len(call) for call in channel.calls} == {2}
    assert densest == 20
    assert starts[-1] - starts[0] == timedelta(seconds=2.4)


def test_the_rate_of_a_plan_is_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the plan was made with, per minute, holds where the call names no other."""
    times = Timetable(monkeypatch)
    plan = make_plan(3, limits={"caps": [], "per_minute": {"fake": 30}})
    deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": FakeChannel(times.note)},
        clock=times.clock,
    )

    assert [(at - NOON).total_seconds() for at in times.left] == [0, 2, 4]


def test_the_rate_of_a_channel_is_kept_where_nobody_names_another(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a channel declares holds, unless the plan or the call say otherwise."""
    times = Timetable(monkeypatch)
    channel = FakeChannel(times.note, messages_per_second=0.25)
    send(url, channel, times.clock, count=2)
    send(url, channel, times.clock, count=2, campaign="spring", rates={"fake": 0.5})
    planned = make_plan(2, campaign="summer", limits={"caps": [], "per_minute": {"fake": 60}})
    with Ledger(url) as ledger:
        deliver(
            planned,
            ledger,
            approved=planned.digest,
            channels={"fake": channel},
            clock=times.clock,
        )

    assert [(at - NOON).total_seconds() for at in times.left] == [0, 4, 6, 8, 9, 10]


def test_workers_share_one_rate(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that begins while another sends takes its turn behind it."""
    times = Timetable(monkeypatch)
    others = [FakeChannel(times.note)]

    def begin_another() -> bool:
        if len(times.left) == 1 and others:
            send(url, others.pop(), times.clock, campaign="spring", rates={"fake": 1})
        return False

    send(url, FakeChannel(times.note), times.clock, rates={"fake": 1}, stop=begin_another)
    gaps = Counter(
        after - before for before, after in zip(times.left, times.left[1:], strict=False)
    )

    assert len(times.left) == 8
    assert gaps == {timedelta(seconds=1): 7}


def test_a_call_counts_until_a_second_after_its_end(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a call takes, its messages may have left at its end: the next ones wait."""
    times = Timetable(monkeypatch)
    took = [0.9, 0.0, 0.0, 0.0, 0.0]

    def take_long(message: Message) -> DeliveryReceipt:
        times.clock.advance(seconds=took.pop(0))
        return times.note(message)

    send(url, FakeChannel(take_long), times.clock, count=5, rates={"fake": 2})

    assert [(at - NOON).total_seconds() for at in times.left] == [0.9, 0.9, 1.9, 2.4, 2.9]


def test_a_call_that_is_under_way_counts(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker is in a call of which all of the rate is, no other gets in between."""
    times = Timetable(monkeypatch)
    late = FakeChannel(times.note)
    others: list[DeliverySummary] = []

    def begin_another(message: Message) -> DeliveryReceipt:
        if not others:
            others.append(send(url, late, times.clock, campaign="spring", rates={"fake": 1}))
        return times.note(message)

    send(url, FakeChannel(begin_another), times.clock, rates={"fake": 1})

    assert others[0].sent_now == 0
    assert late.sent == []
    assert len(times.left) == 4


def test_a_sender_that_died_in_a_call_does_not_hold_the_others_up_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute after the last sign of it, and the second of the rate, its call is forgotten."""
    times = Timetable(monkeypatch)

    class Killed(BaseException):
        pass

    def die(message: Message) -> DeliveryReceipt:
        raise Killed

    monkeypatch.setattr(Limiter, "_end", lambda limiter, call: None)
    with pytest.raises(Killed):
        send(url, FakeChannel(die), times.clock, rates={"fake": 1})
    monkeypatch.undo()
    times = Timetable(monkeypatch)
    early, late = (
        send(
            url,
            FakeChannel(),
            Clock(NOON + timedelta(seconds=after)),
            campaign=name,
            rates={"fake": 1},
            count=1,
        )
        for name, after in (("spring", 50.9), ("summer", 61))
    )

    assert (early.sent_now, late.sent_now) == (0, 1)
    send(url, FakeChannel(), Clock(NOON + WEEK / 2), campaign="autumn", rates={"fake": 1}, count=1)
    with Ledger(url) as ledger, ledger.store.read() as connection:
        assert len(connection.execute(select(CALLS)).all()) == 1


@pytest.mark.parametrize("rates", [{"fake": 1}, {}], ids=["a rate", "no rate"])
def test_a_clock_that_was_put_back_holds_nobody_up(url: str, rates: dict[str, float]) -> None:
    """What a clock that was two days ahead has written is not waited for."""
    ahead = Clock(NOON + timedelta(days=2))
    slow_down = answering(Outcome.RETRY, retry_after_seconds=120)
    first = send(url, FakeChannel(batch_size=1), ahead, count=1, rates={"fake": 1})
    send(url, FakeChannel(slow_down), ahead, count=1, campaign="spring")
    second = send(url, FakeChannel(), Clock(), count=1, campaign="summer", rates=rates)

    assert (first.sent_now, second.sent_now) == (1, 1)


def test_a_wait_that_is_too_long_is_left_to_the_next_run(url: str, waits: list[float]) -> None:
    """At one in a minute the first leaves, the others wait in the ledger and not in a process."""
    channel = FakeChannel()
    first = send(url, channel, Clock(), rates={"fake": 1 / 60})
    too_early = send(url, channel, Clock(NOON + timedelta(seconds=35)), rates={"fake": 1 / 60})
    second = send(url, channel, Clock(NOON + timedelta(seconds=60)), rates={"fake": 1 / 60})

    assert (first.sent_now, too_early.sent_now, second.sent_now) == (1, 0, 1)
    assert first.counts["planned"] == 3
    assert waits == []


def test_a_wait_that_a_provider_asks_for_holds_for_all(url: str) -> None:
    """Too many requests, it says: no worker and no campaign sends before the wait is over."""
    slow_down = answering(Outcome.RETRY, retry_after_seconds=120, detail="429")
    asked = FakeChannel(slow_down, batch_size=1)
    send(url, asked, Clock())
    others = FakeChannel()
    early = send(url, others, Clock(NOON + timedelta(seconds=60)), campaign="spring")
    later = send(url, others, Clock(NOON + timedelta(seconds=120)), campaign="spring")

    assert len(asked.sent) == 1
    assert (early.sent_now, later.sent_now) == (0, 4)


def test_what_a_long_wait_holds_back_is_not_taken_in_hand(ledger: Ledger) -> None:
    """A look during the wait writes nothing: a day of them would fill the ledger."""
    slow_down = answering(Outcome.RETRY, retry_after_seconds=86_000)
    plan = make_plan(9)

    def look(channel: FakeChannel, **span: float) -> DeliverySummary:
        clock = Clock(NOON + timedelta(**span))
        return deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=clock)

    look(FakeChannel(slow_down, batch_size=1))
    before = len(ledger.events("winback"))
    look(FakeChannel(), hours=1)

    assert len(ledger.events("winback")) == before
    assert look(FakeChannel(), hours=30).sent_now == 9


def test_who_is_told_to_stop_waits_no_longer(ledger: Ledger, waits: list[float]) -> None:
    """Ctrl-C is heard within a second, also while a rate is waited for."""
    plan = make_plan(2)
    summary = deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": FakeChannel()},
        rates={"fake": 0.1},
        clock=Clock(),
        stop=lambda: len(waits) == 3,
    )

    assert summary.sent_now == 1
    assert waits == [1, 1, 1]


@pytest.mark.parametrize("per_minute", [2, 4.5, 7, 60])
def test_no_rate_is_too_slow_to_be_kept(
    url: str, monkeypatch: pytest.MonkeyPatch, per_minute: float
) -> None:
    """With a look at the ledger every twenty seconds the messages leave as fast as they may."""
    times = Timetable(monkeypatch)

    def wait(seconds: float) -> bool:
        times.clock.advance(seconds=seconds)
        return False

    keep_delivering(
        lambda: send(url, FakeChannel(times.note), times.clock, rates={"fake": per_minute / 60}),
        wait=wait,
        clock=times.clock,
    )

    assert len(times.left) == 4
    assert times.left[-1] - times.left[0] == 3 * timedelta(seconds=60 / per_minute)


def test_a_short_wait_is_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that asks for three seconds gets them, within the run."""
    times = Timetable(monkeypatch)
    answers = [answering(Outcome.RETRY, retry_after_seconds=3)]

    def slow_down_once(message: Message) -> DeliveryReceipt:
        return (answers.pop() if answers else times.note)(message)

    summary = send(url, FakeChannel(slow_down_once, batch_size=1), times.clock)

    assert summary.sent_now == 3
    assert times.left[0] == NOON + timedelta(seconds=3)


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_rate_is_above_nothing(url: str, rate: float) -> None:
    """A rate that cannot be is refused before anything leaves."""
    channel = FakeChannel()
    with pytest.raises(InvalidParameterError, match=r"rates\['fake'\] must be above 0"):
        send(url, channel, Clock(), rates={"fake": rate})

    assert channel.sent == []


def test_a_rate_of_a_channel_that_nobody_knows_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slip in its name a channel would send above its rate; one may be for other plans."""
    times = Timetable(monkeypatch)
    channel = FakeChannel(times.note)
    with pytest.raises(UnknownNameError, match=r"no channel 'fakr'; did you mean 'fake'\?"):
        send(url, channel, times.clock, rates={"fakr": 1})
    send(url, channel, times.clock, rates={"fake": 1, "smtp": 1})

    assert len(channel.sent) == 4
