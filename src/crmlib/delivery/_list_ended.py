"""Which messages came to an end without being taken: a new plan does not begin them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
from sqlalchemy import select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES

if TYPE_CHECKING:
    from crmlib.delivery._ledger import Ledger

_ENDED: Final = (
    DeliveryState.REJECTED,
    DeliveryState.DEAD,
    DeliveryState.EXPIRED,
    DeliveryState.BLOCKED,
)
_COLUMNS: Final = ("campaign", "message_key", "state", "at", "detail")


def list_ended(ledger: Ledger) -> pd.DataFrame:
    """Give the messages that were rejected, expired, were blocked or given up.

    It is what :meth:`crmlib.campaigns.Campaign.plan` takes as ``ended``: a
    campaign has one message for an address, so that a later plan of it finds
    that message where it ended.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_messages, 5)
        ``campaign``, ``message_key``, ``state``, ``at`` (when it ended;
        datetime64[us, UTC]) and ``detail`` (why; empty where nobody said).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_ended
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_ended(ledger).shape
    (0, 5)
    """
    table = DELIVERIES.c
    query = (
        select(CAMPAIGNS.c.name, table.message_key, table.state, table.finished_at, table.detail)
        .join_from(DELIVERIES, CAMPAIGNS, table.campaign_id == CAMPAIGNS.c.id)
        .where(table.state.in_([str(state) for state in _ENDED]))
        .order_by(table.id)
    )
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object)
    frame["detail"] = frame["detail"].fillna("")
    return frame.astype(dict.fromkeys(_COLUMNS, "str") | {"at": "datetime64[us, UTC]"})
