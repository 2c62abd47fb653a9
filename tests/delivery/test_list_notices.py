"""What a ledger knows of the notices that the law asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import pandas as pd
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import deliver, list_notices
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.delivery import Ledger
    from crmlib.messages import Message

UNTIL = NOON - timedelta(hours=3)


def make_notices(count: int, **plan: object) -> Plan:
    """Give a plan of notices."""
    made = make_plan(count, campaign="told", purpose="informational", **plan)  # type: ignore[arg-type]  # of any kind
    notice = {"duty": "result-notice", "until": UNTIL.isoformat(), "sources": ""}
    return attrs.evolve(made, header=made.header | {"notice": notice})


def test_a_notice_counts_by_what_became_of_it(ledger: Ledger) -> None:
    """Taken is sent, waiting is planned, perhaps taken is unknown, refused is none."""
    later = {"C003": {"send_at": NOON + timedelta(days=1)}}
    plan = make_notices(4, rows=later)
    outcomes = {"C001": Outcome.UNKNOWN, "C002": Outcome.REJECTED}

    def answer(message: Message) -> DeliveryReceipt:
        outcome = outcomes.get(message.recipient.customer_id)
        return answering(outcome)(message) if outcome else accepted(message)

    channels = {"fake": FakeChannel(answer)}
    deliver(plan, ledger, approved=plan.digest, channels=channels, clock=Clock())
    notices = list_notices(ledger).set_index("customer_id")

    assert notices["outcome"].to_dict() == {"C000": "sent", "C001": "unknown", "C003": "planned"}
    assert set(notices["duty"]) == {"result-notice"}
    assert notices["until"].eq(pd.Timestamp(UNTIL)).all()
    assert notices.loc["C000", "at"] == pd.Timestamp(NOON)
    assert notices.loc["C003", "at"] == pd.Timestamp(NOON + timedelta(days=1))


def test_other_messages_are_no_notices(ledger: Ledger) -> None:
    """A campaign, be it informational, discharges no duty."""
    plan = make_plan(2, purpose="informational")
    deliver(plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=Clock())

    assert list_notices(ledger).empty
