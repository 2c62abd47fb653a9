"""What a ledger knows of messages that other campaigns must count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
from sqlalchemy import func, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, RUNS
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.delivery._ledger import Ledger

_COUNTED: Final = (
    DeliveryState.PLANNED,
    DeliveryState.CLAIMED,
    DeliveryState.ACCEPTED,
    DeliveryState.UNKNOWN,
)
_COLUMNS: Final = (
    *("customer_id", "at", "channel", "campaign"),
    *("message_key", "purpose", "state"),
)


def list_sends(ledger: Ledger, since: datetime) -> pd.DataFrame:
    """Give the messages since an instant that were taken, may have been, or are still to go.

    It is what :meth:`crmlib.campaigns.Campaign.plan` takes as ``sends``.  A
    ledger knows no tags; informational messages are among them, and do not
    count for caps.

    Parameters
    ----------
    ledger : Ledger
    since : datetime
        Aware.

    Returns
    -------
    DataFrame of shape (n_messages, 7)
        ``customer_id``, ``at`` (when it was taken or claimed, or is due;
        datetime64[us, UTC]), ``channel`` (the medium), ``campaign``,
        ``message_key``, ``purpose`` and ``state``: ``planned`` is what is
        still to go, all others went, or may have.

    Raises
    ------
    InvalidParameterError
        If *since* is naive.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_sends
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_sends(ledger, datetime(2026, 11, 1, tzinfo=UTC)).shape
    (0, 7)
    """
    table = DELIVERIES.c
    at = func.coalesce(table.finished_at, table.claimed_at, table.due_at, type_=table.due_at.type)
    query = (
        select(
            table.customer_id,
            at.label("at"),
            table.medium.label("channel"),
            CAMPAIGNS.c.name.label("campaign"),
            table.message_key,
            RUNS.c.purpose,
            table.state,
        )
        .select_from(
            DELIVERIES.join(CAMPAIGNS, table.campaign_id == CAMPAIGNS.c.id).join(
                RUNS, table.run_id == RUNS.c.id
            )
        )
        .where(table.state.in_([str(state) for state in _COUNTED]))
        .where(at >= check_aware("since", since))
    )
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    kinds = dict.fromkeys(_COLUMNS, "str") | {"at": "datetime64[us, UTC]"}
    return frame.astype(kinds)
