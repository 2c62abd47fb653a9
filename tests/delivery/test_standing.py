"""The counts of a campaign come from indexes, and are what its rows say one by one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan
from sqlalchemy import event, insert, select, update

from crmlib.delivery import Ledger, deliver, pause_campaign, read_progress
from crmlib.delivery._schema import CANARIES, DELIVERIES, LIMITS, RUNS

if TYPE_CHECKING:
    from crmlib.delivery import CampaignProgress

WORDS = {
    "FREQUENCY_CAP: 1 in 24 h": "frequency cap",
    "SUPPRESSED for now": "suppressed",
    "QUIET_HOURS": "quiet hours",
    "not handed over": "later",
    "taken over by a later plan": "later",
    None: "later",
}
STATES = ["planned"] * 6 + ["claimed", "accepted", "rejected", "dead", "blocked"]


def enter(ledger: Ledger, random: Random, *, canary: str | None) -> list[dict[str, Any]]:
    """Enter two plans of one campaign by two channels, and put their rows anywhere."""
    for text in ("Hello", "Corrected"):
        plan = make_plan(60, text=text)
        before = Clock(NOON - timedelta(days=1))
        deliver(plan, ledger, approved=plan.digest, channels={"fake": FakeChannel()}, clock=before)
    with ledger.store.write_alone() as connection:
        runs = connection.scalars(select(RUNS.c.id).order_by(RUNS.c.id)).all()
        rows = [
            {
                "id": delivery_id,
                "run_id": random.choice(runs),
                "channel": random.choice(["fake", "sms"]),
                "state": random.choice(STATES),
                "attempts": random.choice([0, 0, 1]),
                "detail": random.choice([*WORDS, "450 busy", "550 gone"]),
                "due_at": NOON + timedelta(hours=random.randint(-2, 2)),
                "goes_first": canary is not None and random.random() < 0.3,
            }
            for delivery_id in connection.scalars(select(DELIVERIES.c.id)).all()
        ]
        for row in rows:
            if row["state"] in {"rejected", "dead"}:
                row["attempts"] = 1
            values = {name: row[name] for name in row if name not in {"id", "goes_first"}}
            connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == row["id"]), values)
            if row["goes_first"]:
                first = {"run_id": row["run_id"], "delivery_id": row["id"]}
                connection.execute(insert(CANARIES), first)
        connection.execute(update(RUNS).where(RUNS.c.id == runs[1]).values(canary=canary))
        for run in runs:
            count = sum(row["run_id"] == run for row in rows)
            values = {"planned": count, "position": count, "enrolled": count, "taken_over": 0}
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(**values))
    return [row | {"is_held": canary is not None and row["run_id"] == runs[1]} for row in rows]


def tell_why(row: dict[str, Any], rests: set[str]) -> str:
    """Say of one row why it waits."""
    if row["attempts"]:
        return "retry"
    if row["due_at"] > NOON:
        return WORDS.get(row["detail"], "later")
    if row["is_held"] and not row["goes_first"]:
        return "canary"
    return "rate" if row["detail"] == "not handed over" or row["channel"] in rests else "due"


def read(ledger: Ledger) -> CampaignProgress:
    """Read how the campaign stands at noon."""
    (found,) = read_progress(ledger, now=NOON)
    return found


@pytest.mark.parametrize("canary", [None, "out", "held"])
@pytest.mark.parametrize("seed", range(3))
def test_the_counts_are_those_of_the_rows(ledger: Ledger, seed: int, canary: str | None) -> None:
    """Whatever the rows are, each is counted once and where it belongs."""
    rows = enter(ledger, Random(seed), canary=canary)
    planned = [row for row in rows if row["state"] == "planned"]
    found = read(ledger)
    with ledger.store.write() as connection:
        rest = {"channel": "sms", "sender": "", "free_at": NOON + timedelta(minutes=5)}
        connection.execute(insert(LIMITS), rest)
    resting = read(ledger)
    later = [row["due_at"] for row in planned if row["due_at"] > NOON]

    assert {state: n for state, n in found.counts.items() if n} == Counter(
        row["state"] for row in rows
    )
    assert found.waiting == Counter(tell_why(row, set()) for row in planned)
    assert resting.waiting == Counter(tell_why(row, {"sms"}) for row in planned)
    assert resting.rests == {"sms": NOON + timedelta(minutes=5)}
    assert found.next_due_at == min(later)
    assert sum(found.failing.values()) == found.waiting["retry"]
    assert {state: sum(words.values()) for state, words in found.refused.items()} == {
        state: found.counts[state] for state in ("rejected", "dead") if found.counts[state]
    }
    pause_campaign(ledger, "winback", note="wrong price", at=NOON)
    can_go = found.waiting.get("due", 0) + found.waiting.get("rate", 0)
    assert read(ledger).waiting.get("paused", 0) == can_go


def test_no_row_is_read_to_count(sqlite_ledger: Ledger) -> None:
    """All is in the indexes, in the order in which it is counted."""
    enter(sqlite_ledger, Random(0), canary=None)
    seen: list[tuple[str, Any]] = []
    event.listen(
        sqlite_ledger.store.engine, "before_cursor_execute", lambda *args: seen.append(args[2:4])
    )
    read(sqlite_ledger)
    counts = [each for each in seen if "GROUP BY" in each[0] and "deliveries.state" in each[0]]
    with sqlite_ledger.store.read() as connection:
        steps = [
            row.detail
            for statement, values in counts
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    assert [step.partition(" USING ")[2] for step in steps] == [
        "COVERING INDEX crmlib_deliveries_due (run_id=?)",
        "COVERING INDEX crmlib_deliveries_words (run_id=? AND state=?)",
    ]
