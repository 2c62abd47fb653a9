"""What a ledger knows of what became of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import func, literal, or_, select

from crmlib.channels import ReportKind
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES, REPORTS
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from crmlib.delivery._ledger import Ledger

_EVENTS: Final = {
    ReportKind.DELIVERED: "delivered",
    ReportKind.HARD_BOUNCE: "bounced",
    ReportKind.SOFT_BOUNCE: "bounced",
    ReportKind.FAILED: "bounced",
    ReportKind.COMPLAINT: "complained",
    ReportKind.OPTED_OUT: "opted_out",
}
_COLUMNS: Final = ("customer_id", "message_key", "channel", "event", "at")


def list_engagements(ledger: Ledger, since: datetime) -> pd.DataFrame:
    """Give what became of messages since an instant, as the table of engagements.

    Each event of a message is one row, at the first time that it was told.
    What was sent are the messages that a provider took, or must have taken
    since a report came.  What recipients did, as clicks, is not in the
    ledger.

    Parameters
    ----------
    ledger : Ledger
    since : datetime
        Aware.

    Returns
    -------
    DataFrame of shape (n_events, 6)
        ``customer_id``, ``message_key``, ``channel`` (the medium), ``event``
        (``sent``, ``delivered``, ``bounced``, ``complained``, ``opted_out``),
        ``at`` (datetime64[us, UTC]) and ``is_machine`` (False); in the order
        of time.

    Raises
    ------
    InvalidParameterError
        If *since* is naive.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_engagements
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_engagements(ledger, datetime(2026, 11, 1, tzinfo=UTC)).shape
    (0, 6)
    """
    moment = check_aware("since", since)
    with ledger.store.read() as connection:
        rows = [
            tuple(row) for query in _queries(moment) for row in connection.execute(query).all()
        ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    frame = frame.astype(dict.fromkeys(_COLUMNS, "str") | {"at": "datetime64[us, UTC]"})
    frame["event"] = frame["event"].replace({str(kind): event for kind, event in _EVENTS.items()})
    frame = frame.sort_values(["at", "message_key", "event"], ignore_index=True)
    first = ~frame.duplicated(["customer_id", "message_key", "event"])
    return frame[first].assign(is_machine=False).reset_index(drop=True)


def _queries(since: datetime) -> list[Select[Any]]:
    """Give three questions: what was sent, what was told, what was told before it was known."""
    table, told = DELIVERIES.c, REPORTS.c
    sent_at = func.coalesce(table.claimed_at, table.finished_at, type_=table.claimed_at.type)
    is_sent = or_(table.state == str(DeliveryState.ACCEPTED), table.is_reported)
    who = (table.customer_id, table.message_key, table.medium)
    reports = select(*who, told.kind, told.at).where(
        told.kind.in_([str(kind) for kind in _EVENTS]), told.at >= since
    )
    return [
        select(*who, literal("sent"), sent_at).where(is_sent, sent_at >= since),
        reports.join_from(REPORTS, DELIVERIES, told.delivery_id == table.id),
        # told by the provider's name for it, before the sender had written that name down
        reports.join_from(REPORTS, DELIVERIES, told.provider_id == table.provider_id).where(
            told.delivery_id.is_(None)
        ),
    ]
