"""Enter the rows of an approved plan into the ledger: all of them, each once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from sqlalchemy import func, insert, literal, select, update

from crmlib.databases import EPOCH, MICROSECOND
from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._campaign_control import block_if_cancelled
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._many_rows import insert_new_rows
from crmlib.delivery._payload import payload_hash
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, EVENTS, RUNS
from crmlib.delivery._transitions import Transition, apply
from crmlib.messages import Decision

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from crmlib.campaigns import Plan
    from crmlib.delivery._store import Store

_CHUNK: Final = 10_000
_RENEWED: Final = ("run_id", "payload_hash", "customer_id", "channel", "medium", "not_after")
"""What a later plan brings along for a delivery that it takes over, besides its moment."""


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
    plan takes it over with its own text and time; a later call does so with
    what a sender of an earlier plan had in hand until then.  In a campaign
    that is cancelled all of them are blocked.
    """
    to_send = plan.table["decision"] == Decision.SEND
    places = np.flatnonzero(to_send.to_numpy())
    run = _begin(store, plan, digest, len(places), now)
    while _enrol_chunk(store, run, plan, places, now):
        pass
    _take_up(store, run, plan, places, now)
    block_if_cancelled(store, run.campaign_id, now)
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
                    topic=plan.header.get("topic") or "",
                    duty=notice.get("duty"),
                    told_until=None if until is None else datetime.fromisoformat(until),
                )
            )
            run_id = connection.execute(find_run).scalar_one()
            log_action(
                connection,
                store.operator,
                Action.APPROVE,
                at=now,
                note=f"{planned:,} to be sent, digest {digest}",
                campaign_id=campaign_id,
            )
    return Run(id=run_id, campaign_id=campaign_id, campaign=campaign, digest=digest)


def _enrol_chunk(
    store: Store, run: Run, plan: Plan, places: NDArray[np.intp], now: datetime
) -> bool:
    """Enter the next rows, from where the ledger says that it is; False when all are in."""
    find_position = select(RUNS.c.position).where(RUNS.c.id == run.id)
    with store.read() as connection:
        position = connection.execute(find_position).scalar_one()
    chunk = places[position : position + _CHUNK]
    if not len(chunk):
        return False
    entries = _entries(store, run, plan, chunk)  # takes its time, while others may write
    with store.write_alone() as connection:
        if connection.execute(find_position).scalar_one() != position:
            return True  # another sender has entered them
        new = _insert(connection, entries, now)
        taken = _take_over(connection, run, entries, now) if new < len(chunk) else 0
        connection.execute(
            update(RUNS)
            .where(RUNS.c.id == run.id)
            .values(
                position=position + len(chunk),
                enrolled=RUNS.c.enrolled + new,
                taken_over=RUNS.c.taken_over + taken,
                enrolled_before=RUNS.c.enrolled_before + len(chunk) - new - taken,
            )
        )
    return True


def _take_up(store: Store, run: Run, plan: Plan, places: NDArray[np.intp], now: datetime) -> None:
    """Take over what waits in earlier plans again since this one was entered."""
    table = DELIVERIES.c
    earlier = select(RUNS.c.id).where(RUNS.c.campaign_id == run.campaign_id, RUNS.c.id < run.id)
    waiting = select(table.message_key).where(
        table.run_id.in_(earlier), table.state == str(DeliveryState.PLANNED)
    )
    with store.read() as connection:
        keys = set(connection.scalars(waiting))
    if not keys:
        return
    mine = places[plan.table["message_key"].iloc[places].isin(keys).to_numpy()]
    for start in range(0, len(mine), _CHUNK):
        entries = _entries(store, run, plan, mine[start : start + _CHUNK])
        with store.write_alone() as connection:
            taken = _take_over(connection, run, entries, now)
            connection.execute(
                update(RUNS)
                .where(RUNS.c.id == run.id)
                .values(
                    taken_over=RUNS.c.taken_over + taken,
                    enrolled_before=RUNS.c.enrolled_before - taken,
                )
            )


def _entries(store: Store, run: Run, plan: Plan, chunk: NDArray[np.intp]) -> dict[str, list[Any]]:
    """Give the columns of new deliveries."""
    rows = plan.table.iloc[chunk]
    keys = rows["message_key"].to_list()
    messages = [plan.message(key) for key in keys]
    return {
        "campaign_id": [run.campaign_id] * len(chunk),
        "run_id": [run.id] * len(chunk),
        "message_key": keys,
        "endpoint_hash": [store.endpoint_hash(m.recipient.address) for m in messages],
        "payload_hash": [payload_hash(message) for message in messages],
        "customer_id": rows.index.to_list(),
        "channel": rows["channel"].to_list(),
        "medium": rows["medium"].to_list(),
        "state": [str(DeliveryState.PLANNED)] * len(chunk),
        "attempts": [0] * len(chunk),
        "due_at": rows["send_at"].astype("int64").to_list(),
        "not_after": rows["not_after"].astype("int64").to_list(),
    }


def _insert(connection: Connection, entries: dict[str, list[Any]], now: datetime) -> int:
    """Enter those *entries* that the campaign has not had, and count them.

    Nobody else enters any meanwhile: new are those with ids after the last.
    """
    table = DELIVERIES.c
    last = connection.scalar(select(func.max(table.id))) or 0
    insert_new_rows(connection, DELIVERIES, entries)
    log = insert(EVENTS).from_select(
        ["delivery_id", "at", "state", "attempt"],
        select(table.id, literal(now, EVENTS.c.at.type), table.state, table.attempts)
        .where(table.id > last)
        .order_by(table.id),
    )
    connection.execute(log)
    return connection.execute(select(func.count()).where(table.id > last)).scalar_one()


def _take_over(
    connection: Connection, run: Run, entries: dict[str, list[Any]], now: datetime
) -> int:
    """Give the run what waits in earlier plans of the campaign, with its own text and time."""
    table = DELIVERIES.c
    earlier = connection.execute(
        select(table.id, table.run_id, table.endpoint_hash, table.message_key).where(
            table.campaign_id == run.campaign_id,
            table.message_key.in_(entries["message_key"]),
            table.run_id < run.id,
            table.state == str(DeliveryState.PLANNED),
        )
    ).all()
    by_key = {row.message_key: row for row in earlier}
    pairs = zip(entries["message_key"], entries["endpoint_hash"], strict=True)
    places = [
        place
        for place, (key, endpoint) in enumerate(pairs)
        if key in by_key and by_key[key].endpoint_hash == endpoint
    ]
    taken = [by_key[entries["message_key"][place]] for place in places]
    changes = [
        Transition(
            delivery_id=row.id,
            state=DeliveryState.PLANNED,
            attempts=0,
            due_at=EPOCH + entries["due_at"][place] * MICROSECOND,
            detail="taken over by a later plan",
        )
        for place, row in zip(places, taken, strict=True)
    ]
    also = {name: [entries[name][place] for place in places] for name in _RENEWED}
    apply(connection, changes, now, also)
    for run_id, count in Counter(row.run_id for row in taken).items():
        connection.execute(
            update(RUNS).where(RUNS.c.id == run_id).values(handed_over=RUNS.c.handed_over + count)
        )
    return len(taken)
