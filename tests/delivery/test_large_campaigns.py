"""What a batch costs depends neither on the size of the campaign nor on that of the batch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan
from sqlalchemy import event

import crmlib.delivery._enrolment as enrolment
from crmlib.delivery import Ledger, deliver
from crmlib.delivery._queries import DUE, REPLAYABLE, SENT_BEFORE, STALE

if TYPE_CHECKING:
    from sqlalchemy import Select

VALUES = {
    "run_id": 1,
    "campaign_id": 1,
    "channel": "fake",
    "now": NOON,
    "new_lease_until": NOON,
    "max_attempts": 5,
    "room": 100,
    "endpoints": [b"0" * 16, b"1" * 16],
    "since": NOON,
}


def send(ledger: Ledger, count: int, **other: Any) -> Any:
    """Deliver a plan to *count* customers."""
    plan = make_plan(count, campaign=f"to {count}")
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": FakeChannel(batch_size=50)},
        clock=Clock(),
        **other,
    )


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (DUE, "crmlib_deliveries_due (run_id=? AND state=? AND channel=? AND due_at<?)"),
        (STALE, "crmlib_deliveries_due (run_id=? AND state=?)"),
        (REPLAYABLE, "crmlib_deliveries_due (run_id=? AND state=? AND channel=?)"),
        (SENT_BEFORE, "crmlib_deliveries_to (endpoint_hash=? AND claimed_at>?)"),
    ],
    ids=["due", "stale", "replayable", "sent before"],
)
def test_what_a_batch_looks_for_is_in_an_index(
    sqlite_ledger: Ledger, query: Select[Any], index: str
) -> None:
    """A batch reads what it takes: no scan, no offset; what was sent is behind it in the index."""
    plan = _explain(sqlite_ledger, query)

    assert f"SEARCH crmlib_deliveries USING INDEX {index}" in plan
    assert not [step for step in plan if step.startswith("SCAN")]


def test_what_is_due_is_not_sorted_first(sqlite_ledger: Ledger) -> None:
    """The index has it in the order in which it goes."""
    assert not [step for step in _explain(sqlite_ledger, DUE) if "TEMP B-TREE" in step]


def _explain(ledger: Ledger, query: Select[Any]) -> list[str]:
    """Run *query*, and ask how what was really run is done."""
    seen: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:
        seen.append((args[2], args[3]))

    with ledger.store.read() as connection:
        event.listen(ledger.store.engine, "before_cursor_execute", note)
        connection.execute(query, VALUES)
        event.remove(ledger.store.engine, "before_cursor_execute", note)
        statement, values = seen[-1]
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return [row.detail for row in rows]


def test_a_batch_of_many_takes_as_many_statements_as_one_of_few(ledger: Ledger) -> None:
    """Rows are written in one go, so the round trips to a server do not grow with the batch."""
    counts = []
    for size in (2, 50):
        seen: list[str] = []

        def note(*args: Any, seen: list[str] = seen) -> None:
            seen.append(args[2])

        send(ledger, size, batch_size=size)
        event.listen(ledger.store.engine, "before_cursor_execute", note)
        send(ledger, 2 * size + 1, batch_size=size)
        event.remove(ledger.store.engine, "before_cursor_execute", note)
        counts.append(len(seen))

    assert counts[0] == counts[1] > 40


def test_what_another_sender_entered_meanwhile_is_not_entered_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two senders may prepare the same rows; the ledger takes them from one."""
    real, calls = enrolment._entries, [0]
    monkeypatch.setattr(enrolment, "_CHUNK", 2)

    def let_another_go_first(*args: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            with Ledger(url) as another:
                send(another, 5)
        return real(*args)

    monkeypatch.setattr(enrolment, "_entries", let_another_go_first)
    with Ledger(url) as ledger:
        summary = send(ledger, 5)
        states = ledger.events("to 5")["state"].value_counts()

    assert (summary.planned, summary.counts["accepted"], summary.sent_now) == (5, 5, 0)
    assert states.to_dict() == {"planned": 5, "claimed": 5, "accepted": 5}


def test_a_later_plan_takes_over_piece_by_piece(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits moves with text and time, what went stays, what is new comes in, in any piece."""
    monkeypatch.setattr(enrolment, "_CHUNK", 3)
    tomorrow = {"send_at": NOON + timedelta(days=1)}
    first = make_plan(5, rows=dict.fromkeys(("C001", "C003", "C004"), tomorrow))
    second = make_plan(7, text="Corrected", rows=dict.fromkeys(("C003",), tomorrow))
    channel = FakeChannel(batch_size=7)
    for plan in (first, second):
        summary = deliver(
            plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock()
        )

    assert (summary.planned, summary.enrolled_before, summary.sent_now) == (7, 2, 4)
    assert summary.counts["planned"] == 1
    assert [key[8:12] for call in channel.calls for key in call] == [
        *("C000", "C002"),
        *("C001", "C004", "C005", "C006"),
    ]
