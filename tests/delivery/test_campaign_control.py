"""What an operator says to a campaign: pause, resume, cancel; and what the breaker does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import (
    DeliverySummary,
    Ledger,
    cancel_campaign,
    deliver,
    pause_campaign,
    resume_campaign,
)
from crmlib.exceptions import ChannelBrokenError, InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from crmlib.messages import Message


def send(
    ledger: Ledger, channel: FakeChannel, *, hours: float = 0, **plan: int
) -> DeliverySummary:
    """Deliver a plan for six, or as many as it says, so many hours after noon."""
    made = make_plan(**({"count": 6} | plan))
    return deliver(
        made,
        ledger,
        approved=made.digest,
        channels={"fake": channel},
        clock=Clock(NOON + timedelta(hours=hours)),
        batch_size=1,
    )


def test_a_paused_campaign_waits_and_goes_on_when_it_is_resumed(ledger: Ledger) -> None:
    """Paused while a message leaves: that one is recorded, the others wait, and leave later."""

    def pause(message: Message) -> None:
        pause_campaign(ledger, "winback", note="wrong price")

    channel = FakeChannel(pause, batch_size=1)
    paused = send(ledger, channel)
    still = send(ledger, FakeChannel())
    resume_campaign(ledger, "winback", note="price is right after all")
    again = FakeChannel()
    resumed = send(ledger, again)

    assert (len(channel.sent), still.sent_now, len(again.sent)) == (1, 0, 5)
    assert (paused.counts["unknown"], paused.counts["planned"]) == (1, 5)
    assert still.control == "paused: wrong price"
    assert "paused: wrong price" in still.summary()
    assert (resumed.control, resumed.finished) == ("running", True)


def test_other_campaigns_are_not_paused(ledger: Ledger) -> None:
    """A pause is for one campaign."""
    send(ledger, FakeChannel(), hours=-1)
    pause_campaign(ledger, "winback", note="wrong price")
    plan = make_plan(2, campaign="spring")
    summary = deliver(
        plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=Clock()
    )

    assert summary.sent_now == 2


def test_claims_whose_sender_died_are_flagged_while_paused(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause hides nothing: a stale claim is unknown all the same."""

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("crmlib.delivery._lane.record", die)
        with pytest.raises(KeyboardInterrupt):
            send(ledger, FakeChannel())
    pause_campaign(ledger, "winback", note="wrong price")
    summary = send(ledger, FakeChannel(), hours=1)

    assert (summary.counts["unknown"], summary.counts["planned"]) == (1, 5)


def test_a_cancelled_campaign_never_sends_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is blocked at once, page after page; what a later plan brings in, too."""
    monkeypatch.setattr("crmlib.delivery._campaign_control._PAGE", 2)
    send(ledger, FakeChannel(), hours=-1)
    count = cancel_campaign(ledger, "winback", note="sold out", at=NOON)
    channel = FakeChannel()
    summary = send(ledger, channel)
    later = send(ledger, channel, count=8)

    assert count == 6
    assert (summary.counts["blocked"], summary.finished) == (6, True)
    assert later.control == "cancelled: sold out"
    assert later.finished
    assert channel.sent == []
    assert set(ledger.deliveries("winback")["detail"]) == {"cancelled: sold out"}
    assert set(ledger.deliveries("winback")["state"]) == {"blocked"}


def test_a_cancelled_campaign_stays_cancelled(ledger: Ledger) -> None:
    """There is no way back: another campaign needs another name."""
    send(ledger, FakeChannel())
    cancel_campaign(ledger, "winback", note="sold out", at=NOON)

    with pytest.raises(InvalidParameterError, match="plan one under another name"):
        resume_campaign(ledger, "winback", note="back in stock")
    with pytest.raises(InvalidParameterError, match="not cancelled"):
        cancel_campaign(ledger, "winback", note="twice", at=NOON)


def test_what_an_operator_says_is_checked(ledger: Ledger) -> None:
    """A word on why, and a campaign that is there."""
    send(ledger, FakeChannel())
    with pytest.raises(InvalidParameterError, match="note must be a word on why"):
        pause_campaign(ledger, "winback", note=" ")
    with pytest.raises(UnknownNameError, match="no campaign 'spring'"):
        pause_campaign(ledger, "spring", note="wrong price")
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        cancel_campaign(ledger, "winback", note="why", at=NOON.replace(tzinfo=None))


def test_the_breaker_pauses_the_campaign_with_rows_that_can_be_resumed(ledger: Ledger) -> None:
    """Three breakdowns in a row pause it: a cron job that comes back makes no more unknown."""

    def broken(message: Message) -> None:
        raise RuntimeError

    channel = FakeChannel(broken, batch_size=1)
    with pytest.raises(ChannelBrokenError):
        send(ledger, channel)
    waiting = send(ledger, channel)
    resume_campaign(ledger, "winback", note="the provider is back")
    summary = send(ledger, FakeChannel())

    assert len(channel.sent) == 3
    assert (waiting.counts["unknown"], waiting.counts["planned"]) == (3, 3)
    assert "paused: " in waiting.control
    assert (summary.counts["unknown"], summary.counts["accepted"]) == (3, 3)
