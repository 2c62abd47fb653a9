"""Enter the rows of an approved plan into the ledger: all of them, each once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import insert, literal, or_, select, update

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._payload import payload_hash
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, EVENTS, RUNS
from crmlib.delivery._transitions import Transition, apply
from crmlib.messages import Decision

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from crmlib.campaigns import Plan
    from crmlib.delivery._store import Store

_CHUNK: Final = 1000


@attrs.frozen(kw_only=True)
class Run:
    """One approved plan in the ledger."""

    id: int
    campaign_id: int
    campaign: str
    digest: str


def enrol(store: Store, plan: Plan, digest: str, now: datetime) -> Run:
    """Enter every row of *plan* that is to be sent; a second call finds them and adds nothing.

    An endpoint that the campaign has had before is not entered again.  If
    that earlier delivery still waits, known not to have been taken, the new
    plan takes it over with its own text and time.
    """
    rows = plan.table[plan.table["decision"] == Decision.SEND]
    run = _begin(store, plan, digest, len(rows), now)
    while _enrol_chunk(store, run, plan, rows, now):
        pass
    return run


def _begin(store: Store, plan: Plan, digest: str, planned: int, now: datetime) -> Run:
    campaign = plan.campaign
    notice = plan.header.get("notice") or {}
    until = notice.get("until")
    with store.write_alone() as connection:
        find_campaign = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.name == campaign)
        campaign_id = connection.scalar(find_campaign)
        if campaign_id is None:
            connection.execute(insert(CAMPAIGNS).values(name=campaign))
            campaign_id = connection.execute(find_campaign).scalar_one()
        find_run = select(RUNS.c.id).where(
            RUNS.c.campaign_id == campaign_id, RUNS.c.digest == digest
        )
        run_id = connection.scalar(find_run)
        if run_id is None:
            connection.execute(
                insert(RUNS).values(
                    campaign_id=campaign_id,
                    digest=digest,
                    planned=planned,
                    approved_at=now,
                    purpose=plan.header["purpose"],
                    duty=notice.get("duty"),
                    told_until=None if until is None else datetime.fromisoformat(until),
                )
            )
            run_id = connection.execute(find_run).scalar_one()
    return Run(id=run_id, campaign_id=campaign_id, campaign=campaign, digest=digest)


def _enrol_chunk(store: Store, run: Run, plan: Plan, rows: pd.DataFrame, now: datetime) -> bool:
    """Enter the next rows, from where the ledger says that it is; False when all are in."""
    with store.write_alone() as connection:
        position = connection.execute(
            select(RUNS.c.position).where(RUNS.c.id == run.id)
        ).scalar_one()
        chunk = rows.iloc[position : position + _CHUNK]
        if chunk.empty:
            return False
        entries = _entries(store, run, plan, chunk)
        new, taken = _sort_out(connection, run, entries)
        _insert(connection, run, new, now)
        _take_over(connection, taken, now)
        connection.execute(
            update(RUNS)
            .where(RUNS.c.id == run.id)
            .values(
                position=RUNS.c.position + len(entries),
                enrolled=RUNS.c.enrolled + len(new),
                taken_over=RUNS.c.taken_over + len(taken),
                enrolled_before=RUNS.c.enrolled_before + len(entries) - len(new) - len(taken),
            )
        )
    return True


def _entries(store: Store, run: Run, plan: Plan, chunk: pd.DataFrame) -> list[dict[str, Any]]:
    entries = []
    for row in chunk.itertuples():
        message = plan.message(str(row.message_key))
        entries.append(
            {
                "campaign_id": run.campaign_id,
                "run_id": run.id,
                "message_key": row.message_key,
                "endpoint_hash": store.endpoint_hash(message.recipient.address),
                "payload_hash": payload_hash(message),
                "customer_id": row.Index,
                "channel": row.channel,
                "medium": row.medium,
                "state": str(DeliveryState.PLANNED),
                "due_at": row.send_at,
                "not_after": row.not_after,
            }
        )
    return entries


def _sort_out(
    connection: Connection, run: Run, entries: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[tuple[Any, dict[str, Any]]]]:
    """Give the entries that are new, and those to take over from an earlier plan."""
    table = DELIVERIES.c
    hashes = [entry["endpoint_hash"] for entry in entries]
    keys = [entry["message_key"] for entry in entries]
    earlier = connection.execute(
        select(table.id, table.run_id, table.state, table.endpoint_hash, table.message_key).where(
            table.campaign_id == run.campaign_id,
            or_(table.endpoint_hash.in_(hashes), table.message_key.in_(keys)),
        )
    ).all()
    by_hash = {row.endpoint_hash: row for row in earlier}
    by_key = {row.message_key: row for row in earlier}
    new: dict[bytes, dict[str, Any]] = {}
    taken = []
    for entry in entries:
        endpoint, key = entry["endpoint_hash"], entry["message_key"]
        row = by_hash.get(endpoint, by_key.get(key))
        if row is None:
            new.setdefault(endpoint, entry)
        elif row.run_id != run.id and _waits(row, endpoint, key):
            taken.append((row, entry))
    return list(new.values()), taken


def _waits(row: Any, endpoint: bytes, key: str) -> bool:
    """Say whether an earlier delivery is the same one and known not to have been taken."""
    is_same = row.endpoint_hash == endpoint and row.message_key == key
    return is_same and bool(row.state == DeliveryState.PLANNED)


def _insert(connection: Connection, run: Run, new: list[dict[str, Any]], now: datetime) -> None:
    if not new:
        return
    connection.execute(insert(DELIVERIES), new)
    table = DELIVERIES.c
    connection.execute(
        insert(EVENTS).from_select(
            ["delivery_id", "at", "state", "attempt"],
            select(table.id, literal(now, EVENTS.c.at.type), table.state, table.attempts).where(
                table.campaign_id == run.campaign_id,
                table.message_key.in_([entry["message_key"] for entry in new]),
            ),
        )
    )


def _take_over(
    connection: Connection,
    taken: list[tuple[Any, dict[str, Any]]],
    now: datetime,
) -> None:
    for row, entry in taken:
        connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(entry))
    changes = [
        Transition(
            delivery_id=row.id,
            state=DeliveryState.PLANNED,
            attempts=0,
            due_at=entry["due_at"],
            detail="taken over by a later plan",
        )
        for row, entry in taken
    ]
    apply(connection, changes, now)
    for run_id, count in Counter(row.run_id for row, _ in taken).items():
        connection.execute(
            update(RUNS).where(RUNS.c.id == run_id).values(handed_over=RUNS.c.handed_over + count)
        )
