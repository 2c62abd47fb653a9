"""What a ledger knows of notices that the law asks for, and of consents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import func, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CONSENTS, DELIVERIES, RUNS

if TYPE_CHECKING:
    from crmlib.delivery._ledger import Ledger

_OUTCOMES: Final = {
    DeliveryState.PLANNED: "planned",
    DeliveryState.CLAIMED: "planned",
    DeliveryState.ACCEPTED: "sent",
    DeliveryState.UNKNOWN: "unknown",
}
"""What became of a notice; those in other states were not sent and will not be."""


def list_notices(ledger: Ledger) -> pd.DataFrame:
    """Give the notices of :func:`crmlib.campaigns.plan_notices` that were sent, or may yet be.

    It is what :func:`crmlib.policies.list_duties` takes as ``notices``.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_notices, 6)
        ``customer_id``, ``duty``, ``at`` (when it was taken or claimed, or is
        due), ``until`` (up to when it tells of consents and withdrawals),
        ``outcome`` (``"sent"``, ``"planned"`` or ``"unknown"``) and
        ``message_key``; instants are datetime64[us, UTC].

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_notices
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_notices(ledger).shape
    (0, 6)
    """
    table = DELIVERIES.c
    at = func.coalesce(table.finished_at, table.claimed_at, table.due_at, type_=table.due_at.type)
    query = (
        select(
            table.customer_id, RUNS.c.duty, at, RUNS.c.told_until, table.state, table.message_key
        )
        .join_from(RUNS, DELIVERIES, table.run_id == RUNS.c.id)
        .where(RUNS.c.duty.is_not(None), table.state.in_([str(state) for state in _OUTCOMES]))
        .order_by(table.id)
    )
    columns = ["customer_id", "duty", "at", "until", "outcome", "message_key"]
    notices = _read(ledger, query, columns, ("at", "until"))
    return notices.assign(outcome=notices["outcome"].map(_OUTCOMES).astype("str"))


def list_consents(ledger: Ledger) -> pd.DataFrame:
    """Give the consents and withdrawals that the ledger asks for at each claim.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_events, 6)
        The canonical table: ``customer_id``, ``channel``, ``purpose``,
        ``topic``, ``granted`` and ``at``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_consents
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_consents(ledger).columns.to_list()
    ['customer_id', 'channel', 'purpose', 'topic', 'granted', 'at']
    """
    table = CONSENTS.c
    query = select(
        table.customer_id, table.medium, table.purpose, table.topic, table.granted, table.at
    ).order_by(table.id)
    columns = ["customer_id", "channel", "purpose", "topic", "granted", "at"]
    return _read(ledger, query, columns, ("at",)).astype({"granted": "bool"})


def _read(
    ledger: Ledger, query: Any, columns: list[str], instants: tuple[str, ...]
) -> pd.DataFrame:
    with ledger.store.read() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype=object)
    kinds = {
        name: "datetime64[us, UTC]" if name in instants else "str"
        for name in columns
        if name != "granted"
    }
    return frame.astype(kinds)
