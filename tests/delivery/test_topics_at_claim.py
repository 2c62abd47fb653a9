"""Promise 3, of topics: who withdrew from a topic since planning gets nothing about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest
from another_program import execute
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import Ledger, deliver, list_consents
from crmlib.delivery._schema_steps import STEPS

if TYPE_CHECKING:
    from crmlib.campaigns import Plan

BEFORE = NOON - timedelta(days=1)


def about(topic: str | None, count: int = 1, **plan: Any) -> Plan:
    """Give a plan whose messages are about *topic*."""
    made = make_plan(count, **plan)
    return attrs.evolve(made, header=made.header | {"topic": topic})


def say(granted: bool, topic: str, *, days: int = 0, **other: Any) -> dict[str, Any]:
    """Give an event of the customer C000."""
    row = {"customer_id": "C000", "channel": "email", "purpose": "advertising"}
    return row | {"granted": granted, "at": BEFORE + timedelta(hours=days), "topic": topic} | other


def send(ledger: Ledger, plan: Plan) -> int:
    """Deliver *plan* at noon, and count what left."""
    channels = {"fake": FakeChannel()}
    summary = deliver(plan, ledger, approved=plan.digest, channels=channels, clock=Clock())
    return summary.sent_now


@pytest.mark.parametrize(
    ("events", "restock", "sale", "nothing"),
    [
        ([say(granted=False, topic="restock")], 0, 1, 1),
        ([say(granted=False, topic="")], 0, 0, 0),
        ([say(granted=False, topic=""), say(granted=True, topic="restock", days=1)], 0, 0, 0),
        ([say(granted=False, topic="restock"), say(granted=True, topic="", days=1)], 0, 1, 1),
        (
            [say(granted=False, topic="restock"), say(granted=True, topic="restock", days=1)],
            1,
            1,
            1,
        ),
        ([say(granted=False, topic="restock", channel="sms")], 1, 1, 1),
        ([say(granted=False, topic="restock", channel="*")], 0, 1, 1),
        ([say(granted=False, topic="restock"), say(granted=False, topic="sale")], 0, 0, 1),
    ],
    ids=[
        *("topic", "everything", "everything-then-topic-again", "topic-then-everything-again"),
        *("topic-taken-back", "another-medium", "every-medium", "two-at-one-instant"),
    ],
)
def test_topics_are_asked_again_at_the_claim(
    ledger: Ledger, events: list[dict[str, Any]], restock: int, sale: int, nothing: int
) -> None:
    """A withdrawal from a topic stops that topic alone, one from everything stops all."""
    ledger.record_consents(pd.DataFrame(events))

    left = [
        send(ledger, about(topic, campaign=f"about {topic}"))
        for topic in ("restock", "sale", None)
    ]

    assert left == [restock, sale, nothing]


def test_the_reason_is_in_the_books(ledger: Ledger) -> None:
    """Who is stopped by a topic is blocked for lack of consent."""
    ledger.record_consents(pd.DataFrame([say(granted=False, topic="restock")]))
    send(ledger, about("restock", campaign="back in"))

    (row,) = ledger.deliveries("back in").to_dict("records")
    assert (row["state"], row["detail"]) == ("blocked", "NO_CONSENT")


def test_consents_come_back_as_they_went_in(ledger: Ledger) -> None:
    """Two topics at one instant are two events; a table without topics is of all advertising."""
    events = pd.DataFrame([say(granted=False, topic="Restock "), say(granted=False, topic="sale")])
    new = ledger.record_consents(events)
    again = ledger.record_consents(events)
    older = ledger.record_consents(events.drop(columns="topic"))
    known = list_consents(ledger)

    assert (new, again, older) == (2, 0, 1)
    assert known["topic"].to_list() == ["restock", "sale", ""]
    assert known["granted"].to_list() == [False] * 3
    assert known["at"].eq(pd.Timestamp(BEFORE)).all()
    assert ledger.record_consents(known) == 0


def test_a_ledger_without_topics_climbs(postgres_url: str) -> None:
    """On a server, too, consents of schema 3 are kept, and topics can be told apart after."""
    step: Any = STEPS[3]
    with Ledger(postgres_url) as ledger:
        ledger.record_consents(pd.DataFrame([say(granted=False, topic="")]))
        for statement in (*TO_SCHEMA_3, *step["postgresql"]):
            execute(ledger, statement)
        kept = list_consents(ledger)
        new = ledger.record_consents(
            pd.DataFrame([say(granted=False, topic="restock"), say(granted=False, topic="sale")])
        )

        assert kept["topic"].to_list() == [""]
        assert new == 2
        assert send(ledger, about("restock")) == 0


TO_SCHEMA_3 = (
    "ALTER TABLE crmlib_consents DROP COLUMN topic",  # its key goes with it
    "ALTER TABLE crmlib_consents ADD UNIQUE (customer_id, medium, purpose, at, granted)",
    "ALTER TABLE crmlib_runs DROP COLUMN purpose, DROP COLUMN duty, DROP COLUMN told_until",
)
