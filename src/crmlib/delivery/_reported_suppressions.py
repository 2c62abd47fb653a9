"""Addresses that reports put on the list of those that nobody writes to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import delete, insert, select

from crmlib.channels import UNSIGNED_MAIL, ReportKind
from crmlib.delivery._schema import REPORTS, SUPPRESSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from crmlib.delivery._soft_bounce_rule import SoftBounceRule

FOR_GOOD: Final = {
    ReportKind.HARD_BOUNCE: "hard bounce",
    ReportKind.COMPLAINT: "complaint",
    ReportKind.OPTED_OUT: "opted out",
}
_SOFT: Final = "soft bounces"
_UNPROVEN: Final = "hard bounce by unsigned mail"
_BLAMING: Final = {*FOR_GOOD, ReportKind.SOFT_BOUNCE}
_KINDS: Final = [*FOR_GOOD, ReportKind.SOFT_BOUNCE, ReportKind.DELIVERED]


def suppress_reported(
    connection: Connection,
    reports: Iterable[tuple[bytes, ReportKind]],
    rule: SoftBounceRule,
) -> list[dict[str, Any]]:
    """Bring the list in line with all reports on the endpoints of *reports*, which are new.

    An entry for good stays, whoever made it, unless one is found that is
    older; one for a time is what *rule* makes of all soft bounces so far, or of
    the last hard bounce that nothing proves.  A complaint and an opt-out need
    no proof: who does not want to be written to is not.

    Returns
    -------
    list of dict
        The entries that are new or changed.
    """
    touched = _touched(connection, reports)
    if not touched:
        return []
    listed = _rows_by_endpoint(
        connection, select(SUPPRESSIONS).where(SUPPRESSIONS.c.endpoint_hash.in_(touched))
    )
    table = REPORTS.c
    told = _rows_by_endpoint(
        connection,
        select(table.endpoint_hash, table.kind, table.at, table.source).where(
            table.endpoint_hash.in_(touched), table.kind.in_([str(kind) for kind in _KINDS])
        ),
    )
    changed, outdated = [], []
    for endpoint in touched:
        old = next(iter(listed[endpoint]), None)
        new = _entry(endpoint, told[endpoint], rule)
        if _stays(old, new):
            continue
        outdated.append(endpoint)
        if new is not None:
            changed.append(new)
    if outdated:
        connection.execute(delete(SUPPRESSIONS).where(SUPPRESSIONS.c.endpoint_hash.in_(outdated)))
    if changed:
        connection.execute(insert(SUPPRESSIONS), changed)
    return changed


def _touched(
    connection: Connection, reports: Iterable[tuple[bytes, ReportKind]]
) -> Sequence[bytes]:
    """Give the endpoints whose entry may change: a receipt only ever ends a pause."""
    kinds = defaultdict(set)
    for endpoint, kind in reports:
        kinds[endpoint].add(kind)
    blamed = {endpoint for endpoint, found in kinds.items() if found & _BLAMING}
    reached = [endpoint for endpoint in kinds if endpoint not in blamed]
    paused = connection.scalars(
        select(SUPPRESSIONS.c.endpoint_hash).where(
            SUPPRESSIONS.c.endpoint_hash.in_(reached), SUPPRESSIONS.c.until.is_not(None)
        )
    )
    return sorted(blamed.union(paused))


def _entry(
    endpoint: bytes, reports: Sequence[Row[Any]], rule: SoftBounceRule
) -> dict[str, Any] | None:
    moments: dict[str, list[datetime]] = defaultdict(list)
    for row in reports:
        is_unproven = row.source == UNSIGNED_MAIL and row.kind == ReportKind.HARD_BOUNCE
        moments[_UNPROVEN if is_unproven else row.kind].append(row.at)
    for_good = [(min(moments[kind]), why) for kind, why in FOR_GOOD.items() if moments[kind]]
    if for_good:
        at, source = min(for_good)
        return {"endpoint_hash": endpoint, "at": at, "source": source, "until": None}
    receipts = moments[ReportKind.DELIVERED]
    pauses = {
        _SOFT: rule.pause(moments[ReportKind.SOFT_BOUNCE], receipts),
        _UNPROVEN: attrs.evolve(rule, days=1).pause(moments[_UNPROVEN], receipts),
    }
    found = [(*pause, source) for source, pause in pauses.items() if pause is not None]
    if not found:
        return None
    at, until, source = max(found)
    return {"endpoint_hash": endpoint, "at": at, "source": source, "until": until}


def _stays(old: Row[Any] | None, new: dict[str, Any] | None) -> bool:
    """Say whether the entry on the list is as it should be."""
    if old is None:
        return new is None
    if old.until is not None:
        return new == old._asdict()
    is_older = new is not None and new["until"] is None
    return not (is_older and new and (new["at"], new["source"]) < (old.at, old.source))


def _rows_by_endpoint(connection: Connection, query: Any) -> dict[bytes, list[Row[Any]]]:
    rows: dict[bytes, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        rows[bytes(row.endpoint_hash)].append(row)
    return rows
