"""Take delivery reports into the ledger."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from crmlib.channels import UNSIGNED_MAIL, ReportKind
from crmlib.delivery._recorded_reports import RecordedReports
from crmlib.delivery._report_matching import ReportMatching
from crmlib.delivery._reported_suppressions import suppress_reported
from crmlib.delivery._schema import REPORTS
from crmlib.delivery._settlement import settle
from crmlib.delivery._soft_bounce_rule import SoftBounceRule
from crmlib.delivery._transitions import apply
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.channels import DeliveryReport
    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._store import Store

_CHUNK: Final = 500
_LONGEST: Final = 500
_USUAL: Final = SoftBounceRule()


def record_reports(
    ledger: Ledger,
    reports: Iterable[DeliveryReport],
    *,
    at: datetime,
    soft_bounces: SoftBounceRule = _USUAL,
) -> RecordedReports:
    """Write down what came back, and what follows from it.

    Each report counts once, however often it comes, and the order in which
    reports come makes no difference.

    - A message that is ``unknown`` becomes ``accepted`` if it arrived or is on
      its way, ``rejected`` if it did not.  What a sender or a person knows
      stays; a bounce of a message that the provider had accepted is kept
      beside it.  No report makes a message leave.
    - A hard bounce, a complaint and an opt-out suppress the address for good,
      from the next claim on; soft bounces suppress it for a time, see
      *soft_bounces*.  So does a hard bounce by mail that nothing signs:
      anyone can have written it, and nothing takes an entry for good back.

    Parameters
    ----------
    ledger : Ledger
    reports : iterable of DeliveryReport
        As :func:`crmlib.channels.read_mail_report` and its neighbours read
        them, or made by you.
    at : datetime
        The present instant, aware: they are all recorded then, and a failure
        says nothing of an attempt that began later.  What takes long to read
        is recorded piece by piece, each at its own instant.
    soft_bounces : SoftBounceRule, optional
        When soft bounces pause an address, and for how long.

    Returns
    -------
    RecordedReports
        Counts of what was new and what it changed.

    Raises
    ------
    InvalidParameterError
        If *at* is naive.
    LedgerUnavailableError
        If the ledger cannot be written; record the same reports again then.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.channels import DeliveryReport
    >>> from crmlib.delivery import Ledger, record_reports
    >>> now = datetime(2026, 11, 2, tzinfo=UTC)
    >>> report = DeliveryReport(
    ...     source="mail", report_id="5b1f/1", kind="hard_bounce", at=now,
    ...     address_field="email", address="mina@example.com",
    ... )
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     found = record_reports(ledger, [report, report], at=now)
    ...     print(found.repeated, ledger.suppressed("email", ["mina@example.com"]))
    1 {'mina@example.com'}
    """
    moment = check_aware("at", at)
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    waiting = iter(reports)
    while chunk := list(islice(waiting, _CHUNK)):
        with ledger.store.write_alone() as connection:  # no claim is made meanwhile
            new = _new_ones(connection, chunk)
            kinds.update(str(report.kind) for report in new)
            counts["repeated"] += len(chunk) - len(new)
            counts["unproven"] += sum(report.source == UNSIGNED_MAIL for report in new)
            counts.update(_take_in(ledger.store, connection, new, moment, soft_bounces))
    effects = ("repeated", "of_no_message", "settled", "suppressed", "paused", "unproven")
    return RecordedReports(
        new=dict(sorted(kinds.items())), **{name: counts[name] for name in effects}
    )


def _new_ones(connection: Connection, reports: Sequence[DeliveryReport]) -> list[DeliveryReport]:
    """Give those of *reports* that are not in the ledger, each once."""
    table = REPORTS.c
    known = {
        (row.source, row.report_id)
        for row in connection.execute(
            select(table.source, table.report_id).where(
                table.source.in_({report.source for report in reports}),
                table.report_id.in_({report.report_id for report in reports}),
            )
        )
    }
    named = {(report.source, report.report_id): report for report in reversed(reports)}
    return [report for name, report in reversed(named.items()) if name not in known]


def _take_in(
    store: Store,
    connection: Connection,
    reports: Sequence[DeliveryReport],
    now: datetime,
    rule: SoftBounceRule,
) -> Counter[str]:
    """Write *reports*, which are new, and do what follows; count it."""
    if not reports:
        return Counter()
    rows: list[dict[str, Any]] = [
        {
            "source": report.source,
            "report_id": report.report_id,
            "kind": str(report.kind),
            "at": report.at,
            "recorded_at": now,
            "delivery_id": None if message is None else message.id,
            "endpoint_hash": endpoint,
            "message_key": report.message_key,
            "provider_id": report.provider_id,
            "words": report.words and report.words[:_LONGEST],
        }
        for report, message, endpoint in ReportMatching(store, connection, reports).pairs()
    ]
    connection.execute(insert(REPORTS), rows)
    told = {row["delivery_id"] for row in rows} - {None}
    changes = settle(connection, told)
    apply(connection, changes, now)
    blamed = [
        (row["endpoint_hash"], ReportKind(row["kind"])) for row in rows if row["endpoint_hash"]
    ]
    entries = suppress_reported(connection, blamed, rule)
    return Counter(
        of_no_message=sum(row["delivery_id"] is None for row in rows),
        settled=len(changes),
        suppressed=sum(entry["until"] is None for entry in entries),
        paused=sum(entry["until"] is not None for entry in entries),
    )
