"""The log of all that happened, in which no event can be changed unnoticed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import insert, select, update

from crmlib.warranty._schema import EVENTS, REGISTRY
from crmlib.warranty._store import NO_HASH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection


@attrs.frozen(kw_only=True)
class LogCheck:
    """What :meth:`WarrantyRegistry.verify_log` found.

    Parameters
    ----------
    events : int
        How many events the log has.
    head : str
        The hash of the last one: keep it elsewhere, to compare it later.
    broken_at : int or None
        The number of the first event that does not fit; None if all do.
    """

    events: int
    head: str
    broken_at: int | None


def append(
    connection: Connection,
    at: datetime,
    kind: str,
    *,
    warranty_id: str | None = None,
    owner_id: str | None = None,
    detail: Mapping[str, str] | None = None,
) -> int:
    """Add an event, within its transaction, beside which nobody writes; give its number."""
    last = connection.execute(select(REGISTRY.c.events, REGISTRY.c.head)).one()
    number: int = last.events + 1
    row = {
        "number": number,
        "at": at,
        "kind": kind,
        "warranty_id": warranty_id,
        "owner_id": owner_id,
        "detail": json.dumps(detail or {}, sort_keys=True, separators=(",", ":")),
    }
    row["hash"] = digest(last.head, row)
    connection.execute(insert(EVENTS).values(row))
    connection.execute(update(REGISTRY).values(events=number, head=row["hash"]))
    return number


def digest(previous: str, row: Mapping[str, object]) -> str:
    """Hash an event and what came before it, as docs/warranty.md writes it down."""
    at: datetime = row["at"]  # type: ignore[assignment]  # of an event
    fields = [
        previous,
        row["number"],
        at.isoformat(timespec="microseconds"),
        *(row[name] for name in ("kind", "warranty_id", "owner_id", "detail")),
    ]
    content = json.dumps(fields, separators=(",", ":"), ensure_ascii=True)
    return sha256(content.encode("ascii")).hexdigest()


def check_log(connection: Connection, known_head: str | None = None) -> LogCheck:
    """Hash all events again; *known_head* must be the hash of one of them."""
    previous, number, broken = NO_HASH, 0, None
    is_known = known_head is None or known_head == NO_HASH
    for row in connection.execute(select(EVENTS).order_by(EVENTS.c.number)).mappings():
        number += 1
        if broken is None and (
            row["number"] != number or digest(previous, {**row}) != row["hash"]
        ):
            broken = number
        previous = row["hash"]
        is_known = is_known or previous == known_head
    last = connection.execute(select(REGISTRY.c.events, REGISTRY.c.head)).one()
    if broken is None and ((last.events, last.head) != (number, previous) or not is_known):
        broken = number + 1
    return LogCheck(events=number, head=previous, broken_at=broken)
