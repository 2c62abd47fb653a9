"""Unknown messages are settled by what the provider has on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, answering, make_plan

from crmlib.delivery import Ledger, deliver, list_actions, look_up_unknown
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crmlib.messages import Message

RECORD = {"C000": Outcome.ACCEPTED, "C001": Outcome.REJECTED, "C002": Outcome.UNKNOWN}
LATER = NOON + timedelta(hours=1)


class LookUpChannel(FakeChannel):
    """A provider that remembers what it took."""

    def __init__(self, **how: Any) -> None:
        super().__init__(answering(Outcome.UNKNOWN), **how)
        self.capabilities = attrs.evolve(self.capabilities, look_up=True)
        self.asked: list[tuple[list[str], datetime]] = []
        self.problem: Exception | None = None

    def look_up(self, messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        """Say what is on record."""
        self.asked.append(([message.recipient.customer_id for message in messages], since))
        if self.problem is not None:
            raise self.problem
        return [
            DeliveryReceipt(
                key=message.key, outcome=RECORD[message.recipient.customer_id], provider_id="p-1"
            )
            for message in messages
        ]


def send(ledger: Ledger, channel: FakeChannel, **plan: Any) -> Any:
    """Deliver a plan for three; give it."""
    made = make_plan(**plan)
    deliver(made, ledger, approved=made.digest, channels={"fake": channel}, clock=Clock())
    return made


def test_a_clear_yes_or_no_settles_a_message(ledger: Ledger) -> None:
    """Of three one was taken, one was not, and of one there is no word; nothing is sent."""
    channel = LookUpChannel()
    plan = send(ledger, channel)
    calls = list(channel.calls)
    found = look_up_unknown(plan, ledger, channels={"fake": channel}, clock=Clock(LATER))
    again = look_up_unknown(plan, ledger, channels={"fake": channel}, clock=Clock(LATER))

    assert channel.calls == calls
    assert (found.accepted, found.rejected, found.unknown, found.not_asked) == (1, 1, 1, {})
    assert (again.accepted, again.rejected, again.unknown) == (0, 0, 1)
    assert channel.asked == [
        (["C000", "C001"], NOON),
        (["C002"], NOON),
        (["C002"], NOON),
    ]
    deliveries = ledger.deliveries("winback")
    assert deliveries["state"].to_list() == ["accepted", "rejected", "unknown"]
    assert deliveries["provider_id"].to_list()[:2] == ["p-1", "p-1"]
    assert deliveries["detail"].to_list()[0] == "looked up: accepted"
    assert list_actions(ledger)["note"].to_list()[1:] == [
        "looked up at the provider: 1 accepted, 1 rejected"
    ]


def test_a_provider_that_cannot_be_asked_settles_nothing(ledger: Ledger) -> None:
    """Whatever a look-up raises, what was unknown still is."""
    channel = LookUpChannel()
    plan = send(ledger, channel)
    channel.problem = RuntimeError("no connection")
    found = look_up_unknown(plan, ledger, channels={"fake": channel}, clock=Clock(LATER))

    assert (found.accepted, found.rejected, found.unknown) == (0, 0, 3)


def test_what_a_channel_or_a_plan_does_not_know_is_not_asked(ledger: Ledger) -> None:
    """A channel without look-up, and a message that another plan sent, are told of."""
    plain, channel = FakeChannel(answering(Outcome.UNKNOWN)), LookUpChannel()
    plan = send(ledger, plain)
    other = make_plan(2, text="Something else")
    mute = look_up_unknown(plan, ledger, channels={"fake": plain}, clock=Clock(LATER))
    strange = look_up_unknown(other, ledger, channels={"fake": channel}, clock=Clock(LATER))

    assert mute.not_asked == strange.not_asked == {"fake": 3}
    assert channel.asked == []


def test_what_a_person_settled_meanwhile_stays_so(ledger: Ledger) -> None:
    """Who looked at the provider's site while it was asked has the last word."""
    channel = LookUpChannel(batch_size=5)
    plan = send(ledger, channel)

    def settle_first(messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        for message in messages:
            ledger.resolve("winback", message.key, "rejected", at=since, note="seen")
        return [DeliveryReceipt(key=m.key, outcome=Outcome.ACCEPTED) for m in messages]

    channel.look_up = settle_first  # type: ignore[method-assign]
    found = look_up_unknown(plan, ledger, channels={"fake": channel}, clock=Clock(LATER))

    assert (found.accepted, found.rejected) == (0, 0)
    assert set(ledger.deliveries("winback")["state"]) == {"rejected"}
    with pytest.raises(LookupError):
        look_up_unknown(make_plan(1, campaign="spring"), ledger)


def test_a_record_of_another_message_settles_nothing(ledger: Ledger) -> None:
    """Who is asked by number and text may name what went there for another campaign."""
    channel = LookUpChannel()
    first = send(ledger, channel)
    look_up_unknown(first, ledger, channels={"fake": channel}, clock=Clock(LATER))
    again = send(ledger, channel, campaign="spring")
    same = look_up_unknown(again, ledger, channels={"fake": channel}, clock=Clock(LATER))
    elsewhere = send(ledger, channel, campaign="summer", domain="example.org")
    other = look_up_unknown(elsewhere, ledger, channels={"fake": channel}, clock=Clock(LATER))

    assert (same.accepted, same.rejected, same.unknown) == (0, 0, 3)
    assert set(ledger.deliveries("spring")["state"]) == {"unknown"}
    assert (other.accepted, other.rejected, other.unknown) == (1, 1, 1)
