"""Make a copied or restored ledger one in its own right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES
from crmlib.delivery._settlement import settled
from crmlib.delivery._transitions import Transition, apply

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.delivery._store import Store

_PAGE: Final = 10_000


def adopt(store: Store, now: datetime) -> None:
    """Mark as unknown what the original may have sent, then let the ledger live where it lies."""
    with store.write_alone() as connection:
        last, count = _mark_page(connection, 0, now)
        marked = count
        while count:
            last, count = _mark_page(connection, last, now)
            marked += count
        note = f"{marked:,} that the original may have sent are unknown"
        log_action(connection, store.operator, Action.ADOPT, at=now, note=note)
        lineage = store.move_in(connection)
    store.witness(lineage)


def _mark_page(connection: Connection, after: int, now: datetime) -> tuple[int, int]:
    """Mark the next rows after the id *after*; give the last id, and how many they are."""
    table = DELIVERIES.c
    is_planned_till_now = and_(table.state == str(DeliveryState.PLANNED), table.due_at <= now)
    rows = connection.execute(
        select(table.id, table.attempts, table.due_at)
        .where(
            table.id > after,
            or_(table.state == str(DeliveryState.CLAIMED), is_planned_till_now),
        )
        .order_by(table.id)
        .limit(_PAGE)
    ).all()
    changes = [
        Transition(
            delivery_id=row.id,
            state=DeliveryState.UNKNOWN,
            attempts=row.attempts,
            due_at=row.due_at,
            detail="adopted: the original may have sent it",
        )
        for row in rows
    ]
    apply(connection, settled(connection, changes), now)
    return (rows[-1].id if rows else after), len(rows)
