"""Promise 5: what is unknown is settled by a person who has found out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, WEEK, Clock, FakeChannel, answering, make_plan

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from crmlib.delivery import DeliverySummary

PLAN = make_plan(2)
KEY = "winback-C000-example.com"
LATER = NOON + timedelta(hours=1)


def send(
    ledger: Ledger, outcome: Outcome = Outcome.ACCEPTED, at: datetime = NOON
) -> DeliverySummary:
    """Deliver PLAN to a channel that answers *outcome*."""
    channel = FakeChannel(answering(outcome, provider_id="id-7"))
    return deliver(PLAN, ledger, approved=PLAN.digest, channels={"fake": channel}, clock=Clock(at))


@pytest.mark.parametrize("outcome", ["accepted", Outcome.REJECTED], ids=str)
def test_what_became_known_is_final(ledger: Ledger, outcome: str) -> None:
    """Taken or not taken, said by a person: nothing is sent, and the log keeps who said why."""
    send(ledger, Outcome.UNKNOWN)
    ledger.resolve("winback", KEY, outcome, at=LATER, note="log of the provider, line 12")
    summary = send(ledger, at=LATER)
    row = ledger.deliveries("winback").iloc[0]
    said = ledger.events("winback").iloc[-1]

    assert (row["state"], row["finished_at"], row["provider_id"]) == (outcome, LATER, "id-7")
    assert (summary.sent_now, summary.counts["unknown"], summary.finished) == (0, 1, True)
    assert said[["message_key", "at", "state", "attempt", "detail"]].to_list() == [
        *(KEY, LATER, outcome, 1, "resolved by hand: log of the provider, line 12")
    ]


def test_what_was_not_taken_after_all_goes_once(ledger: Ledger) -> None:
    """A message that a person says was not taken waits again, and goes with its plan."""
    send(ledger, Outcome.UNKNOWN)
    ledger.resolve("winback", KEY, "retry", at=LATER, note="not in the provider's log")
    waiting = ledger.deliveries("winback").iloc[0]
    first, second = send(ledger, at=LATER), send(ledger, at=LATER)

    assert (waiting["state"], waiting["attempts"]) == ("planned", 1)
    assert (first.sent_now, second.sent_now, second.counts["accepted"]) == (1, 0, 1)
    assert ledger.events("winback").groupby("message_key")["state"].agg(list)[KEY] == [
        *("planned", "claimed", "unknown", "planned", "claimed", "accepted")
    ]


def test_what_is_too_late_is_not_sent_again(ledger: Ledger) -> None:
    """At its last moment a message can be settled, but not be sent."""
    send(ledger, Outcome.UNKNOWN)

    with pytest.raises(InvalidParameterError, match="as its last moment was 2011-12-19"):
        ledger.resolve("winback", KEY, "retry", at=NOON + WEEK, note="not there")
    ledger.resolve("winback", KEY, "rejected", at=NOON + WEEK, note="not there")


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.RETRY], ids=str)
def test_only_what_is_unknown_can_be_resolved(ledger: Ledger, outcome: Outcome) -> None:
    """A message that is known to be somewhere stays there; the error says where."""
    send(ledger, outcome)
    state = ledger.deliveries("winback")["state"][0]

    with pytest.raises(
        InvalidParameterError, match=f"message that is 'unknown' .this one is '{state}'."
    ):
        ledger.resolve("winback", KEY, "accepted", at=LATER, note="I saw it")
    assert ledger.deliveries("winback")["state"][0] == state


def test_a_resolution_is_checked(ledger: Ledger) -> None:
    """Campaign, message, outcome, moment and note must be such."""
    send(ledger, Outcome.UNKNOWN)

    with pytest.raises(UnknownNameError, match="no campaign 'spring'"):
        ledger.resolve("spring", KEY, "accepted", at=LATER, note="seen")
    with pytest.raises(InvalidParameterError, match="there is no such message"):
        ledger.resolve("winback", "5b1f", "accepted", at=LATER, note="seen")
    with pytest.raises(InvalidParameterError, match=r"'accepted', 'rejected', 'retry'.*'unknown'"):
        ledger.resolve("winback", KEY, "unknown", at=LATER, note="seen")
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        ledger.resolve("winback", KEY, "accepted", at=LATER.replace(tzinfo=None), note="seen")
    with pytest.raises(InvalidParameterError, match="note must be a word on how it is known"):
        ledger.resolve("winback", KEY, "accepted", at=LATER, note=" ")
    assert set(ledger.deliveries("winback")["state"]) == {"unknown"}
