"""What the ledger tells: counts, deliveries, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import func, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, EVENTS, RUNS
from crmlib.exceptions import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Column, Select

    from crmlib.delivery._store import Store

_PAGE: Final = 10_000
_INSTANTS: Final = ("at", "due_at", "not_after", "claimed_at", "finished_at")
_TEXTS: Final = ("provider_id", "detail")


def find_campaign(store: Store, name: str) -> int:
    """Give the id of the campaign called *name*.

    Raises
    ------
    UnknownNameError
        If the ledger has none of that name.
    """
    with store.read() as connection:
        known = {row.name: row.id for row in connection.execute(select(CAMPAIGNS))}
    if name not in known:
        raise UnknownNameError("campaign", name, list(known), "this ledger has")
    return int(known[name])


def read_status(store: Store, campaign: str | None) -> pd.DataFrame:
    """Count by campaign and state, from the index alone."""
    table = DELIVERIES.c
    runs = select(RUNS.c.id, CAMPAIGNS.c.name).join_from(RUNS, CAMPAIGNS)
    if campaign is not None:
        runs = runs.where(CAMPAIGNS.c.name == campaign)
    counting = select(table.run_id, table.state, func.count().label("messages")).group_by(
        table.run_id, table.state
    )
    with store.read() as connection:
        names = {row.id: row.name for row in connection.execute(runs)}
        counts = connection.execute(counting.where(table.run_id.in_(names))).all()
    columns = ["campaign", "messages", *(str(state) for state in DeliveryState)]
    rows: dict[str, dict[str, Any]] = {}
    for run_id, state, messages in counts:
        name = names[run_id]
        row = rows.setdefault(name, dict.fromkeys(columns, 0) | {"campaign": name})
        row["messages"] += messages
        row[state] += messages
    frame = pd.DataFrame([rows[name] for name in sorted(rows)], columns=columns)
    return frame.astype({"campaign": str} | dict.fromkeys(columns[1:], "int64"))


def read_deliveries(
    store: Store, campaign_id: int, states: Collection[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Give the deliveries of a campaign, or those of them in certain states, page by page."""
    table = DELIVERIES.c
    names = (
        "message_key",
        "customer_id",
        "channel",
        "medium",
        "state",
        "attempts",
        "due_at",
        "not_after",
        "claimed_at",
        "finished_at",
        "provider_id",
        "detail",
    )
    query = select(table.id, *(table[name] for name in names))
    query = query.where(table.campaign_id == campaign_id)
    if states is not None:
        query = query.where(table.state.in_(states))
    return _read_pages(store, query, table.id, names)


def read_events(store: Store, campaign_id: int) -> Iterator[pd.DataFrame]:
    """Give the changes of state of a campaign, page by page."""
    table = EVENTS.c
    names = ("message_key", "at", "state", "attempt", "detail")
    query = (
        select(table.id, DELIVERIES.c.message_key, *(table[name] for name in names[1:]))
        .select_from(EVENTS.join(DELIVERIES))
        .where(DELIVERIES.c.campaign_id == campaign_id)
    )
    return _read_pages(store, query, table.id, names)


def _read_pages(
    store: Store, query: Select[Any], key: Column[int], names: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Read page after page from behind the last id, so that each page costs the same.

    There is at least one, and all show one state of the ledger.
    """
    last = 0
    with store.read() as connection:
        while True:
            rows = connection.execute(query.where(key > last).order_by(key).limit(_PAGE)).all()
            yield _frame(rows, names)
            if len(rows) < _PAGE:
                return
            last = rows[-1].id


def _frame(rows: Any, names: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row)[1:] for row in rows], columns=list(names), dtype=object)
    kinds: dict[str, Any] = dict.fromkeys(names, "str")
    kinds |= {name: "datetime64[us, UTC]" for name in names if name in _INSTANTS}
    kinds |= {name: "int64" for name in names if name in {"attempt", "attempts"}}
    kinds |= {name: object for name in names if name in _TEXTS}
    return frame.astype(kinds)
