"""Sending until a time: each message at its minute, waiting in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import (
    DeliverySummary,
    Ledger,
    deliver,
    keep_delivering,
    pause_campaign,
    resume_campaign,
)
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.campaigns import Plan
    from crmlib.messages import DeliveryReceipt, Message


class Patience:
    """A wait that moves a clock; told to stop when it has waited so often."""

    def __init__(self, clock: Clock, most: int = 1000) -> None:
        self.waits: list[float] = []
        self.on_wait: Callable[[], object] = lambda: None
        self._clock = clock
        self._most = most

    def __call__(self, seconds: float) -> bool:
        """Move the clock."""
        if seconds:
            self.waits.append(seconds)
            self._clock.advance(seconds=seconds)
            self.on_wait()
        return len(self.waits) >= self._most


def keep(  # noqa: PLR0917 -- the parts of one run
    ledger: Ledger,
    plan: Plan,
    channel: FakeChannel,
    clock: Clock,
    patience: Patience,
    until: datetime | None = None,
) -> DeliverySummary:
    """Deliver *plan* until it is settled."""
    return keep_delivering(
        lambda: deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=clock,
            stop=lambda: patience(0),
        ),
        wait=patience,
        until=until,
        clock=clock,
    )


def test_scheduled_messages_leave_at_their_minute(ledger: Ledger) -> None:
    """At no look is nothing due, but for one a minute at most."""
    clock, sent_at = Clock(), dict[str, datetime]()

    def note(message: Message) -> DeliveryReceipt:
        sent_at[message.recipient.customer_id] = clock()
        return accepted(message)

    moments = {f"C{at:03}": NOON + timedelta(seconds=45 * at) for at in range(4)}
    plan = make_plan(4, rows={who: {"send_at": at} for who, at in moments.items()})
    patience = Patience(clock)
    summary = keep(ledger, plan, FakeChannel(note), clock, patience)

    assert sent_at == moments
    assert (summary.sent_now, summary.finished) == (4, True)
    assert patience.waits == [45.0] * 3


def test_it_ends_at_its_time(ledger: Ledger) -> None:
    """What is due later waits for the next run, and it looks once a minute till then."""
    clock = Clock()
    patience = Patience(clock)
    plan = make_plan(1, send_at=NOON + timedelta(hours=1))
    until = NOON + timedelta(seconds=130)
    summary = keep(ledger, plan, FakeChannel(), clock, patience, until)

    assert patience.waits == [60.0, 60.0, 10.0]
    assert (summary.sent_now, summary.open) == (0, 1)
    with pytest.raises(InvalidParameterError, match="until must be an aware datetime"):
        keep(ledger, plan, FakeChannel(), clock, patience, until.replace(tzinfo=None))


def test_a_paused_campaign_is_waited_for(ledger: Ledger) -> None:
    """It goes on when it is resumed, without being started again."""
    clock, plan = Clock(), make_plan(1)
    patience = Patience(clock)
    patience.waits += [0.0] * 1000
    keep(ledger, plan, FakeChannel(), clock, patience)
    patience.waits.clear()
    pause_campaign(ledger, "winback", note="a moment", at=NOON)
    patience.on_wait = lambda: resume_campaign(ledger, "winback", note="go on", at=NOON)
    summary = keep(ledger, plan, FakeChannel(), clock, patience)

    assert summary.finished
    assert patience.waits == [20.0]


def test_told_to_stop_it_records_what_is_in_hand_and_claims_nothing_new(ledger: Ledger) -> None:
    """Of three, one left when it was told: its answer is recorded, the others wait as before."""
    clock = Clock()
    patience = Patience(clock)

    def stop(message: Message) -> DeliveryReceipt:
        patience.waits += [0.0] * 1000
        return accepted(message)

    plan, channel = make_plan(3), FakeChannel(stop, batch_size=1)
    summary = keep(ledger, plan, channel, clock, patience)

    assert len(channel.sent) == 1
    assert (summary.counts["accepted"], summary.counts["planned"]) == (1, 2)
    assert ledger.deliveries("winback")["attempts"].to_list() == [1, 0, 0]


def test_what_is_to_be_tried_again_is_waited_for(ledger: Ledger) -> None:
    """A server that is away is tried again after its minute; nothing turns in a circle."""
    clock = Clock()
    patience = Patience(clock, most=30)
    keep(ledger, make_plan(1), FakeChannel(answering(Outcome.RETRY)), clock, patience)

    assert ledger.deliveries("winback")["attempts"].to_list() == [4]
