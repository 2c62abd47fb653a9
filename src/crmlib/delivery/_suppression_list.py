"""Addresses that nobody writes to, for good or for a time, kept as hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, or_, select

from crmlib.addresses import normalize_address
from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._schema import SUPPRESSIONS
from crmlib.exceptions import InvalidAddressError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement

    from crmlib.delivery._store import Store


def holds(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Say of an entry whether it holds at an instant."""
    return or_(SUPPRESSIONS.c.until.is_(None), SUPPRESSIONS.c.until > at)


LISTED: Final = select(SUPPRESSIONS.c.endpoint_hash, SUPPRESSIONS.c.until).where(
    SUPPRESSIONS.c.endpoint_hash.in_(bindparam("endpoints", expanding=True)),
    holds(bindparam("now")),
)
"""Those of some endpoints that are not written to now, for good or until a moment."""


def suppress(store: Store, field: str, address: str, at: datetime, source: str) -> None:
    """Put *address* on the list for good, and log it; the first such entry stays as it is."""
    hashed = store.endpoint_hash(normalize_address(field, address))
    row = {"endpoint_hash": hashed, "at": at, "source": source}
    table = SUPPRESSIONS.c
    with store.write_alone() as connection:
        connection.execute(
            delete(SUPPRESSIONS).where(table.endpoint_hash == hashed, table.until.is_not(None))
        )
        if connection.execute(store.insert_new(SUPPRESSIONS).values(row)).rowcount:
            log_action(connection, store.operator, Action.SUPPRESS, at=at, note=source)


def find_suppressed(
    store: Store, field: str, addresses: Iterable[object], at: datetime
) -> set[str]:
    """Give those of *addresses*, normalised, that are on the list at an instant."""
    with store.read() as connection:
        hashes = set(connection.scalars(select(SUPPRESSIONS.c.endpoint_hash).where(holds(at))))
    found = set()
    for address in addresses:
        normal = _normalized(field, address)
        if normal is not None and store.endpoint_hash(normal) in hashes:
            found.add(normal)
    return found


def is_suppressed(store: Store, address: str, at: datetime) -> bool:
    """Say whether a normalised *address* is on the list at an instant."""
    column = SUPPRESSIONS.c.endpoint_hash
    with store.read() as connection:
        query = select(column).where(column == store.endpoint_hash(address), holds(at))
        return connection.scalar(query) is not None


def _normalized(field: str, address: object) -> str | None:
    try:
        return normalize_address(field, address) if isinstance(address, str) else None
    except InvalidAddressError:
        return None
