"""What a new plan is told of messages that ended is what enrolling then does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import deliver, list_ended
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from crmlib.delivery import Ledger
    from crmlib.messages import Message

OUTCOMES = {"C001": Outcome.REJECTED, "C002": Outcome.RETRY, "C003": Outcome.UNKNOWN}


def _answer(message: Message) -> DeliveryReceipt:
    outcome = OUTCOMES.get(message.recipient.customer_id, Outcome.ACCEPTED)
    return DeliveryReceipt(key=message.key, outcome=outcome, detail="450 busy")


def test_what_ended_is_listed_and_not_begun_anew(ledger: Ledger) -> None:
    """Rejected, dead, expired and blocked are listed; a new plan sends to none of them."""
    ledger.suppress("email", "c005@example.com", at=NOON, source="opt-out page")
    late = {"C004": {"send_at": NOON - timedelta(days=2), "not_after": NOON - timedelta(days=1)}}
    for text, send in (("Hello", FakeChannel(_answer)), ("Hello again", again := FakeChannel())):
        plan = make_plan(6, rows=late, text=text)
        summary = deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": send},
            clock=Clock(),
            max_attempts=1,
        )
    ended = list_ended(ledger)

    assert dict(zip(ended["message_key"].str[8:12], ended["state"], strict=True)) == {
        "C001": "rejected",
        "C002": "dead",
        "C004": "expired",
        "C005": "blocked",
    }
    assert ended["detail"].to_list() == [
        *("450 busy", "450 busy", "its last moment passed", "SUPPRESSED")
    ]
    assert set(ended["at"]) == {NOON}
    assert set(ended["campaign"]) == {"winback"}
    assert (again.sent, summary.enrolled_before) == ([], 6)
