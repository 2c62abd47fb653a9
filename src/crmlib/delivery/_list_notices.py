"""What a ledger knows of notices that the law asks for, and of consents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import func, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import ANSWERS, CONSENTS, DELIVERIES, RUNS

if TYPE_CHECKING:
    from crmlib.delivery._ledger import Ledger

_OUTCOMES: Final = {
    DeliveryState.PLANNED: "planned",
    DeliveryState.CLAIMED: "planned",
    DeliveryState.ACCEPTED: "sent",
    DeliveryState.UNKNOWN: "unknown",
}
"""What became of a notice; those in other states were not sent and will not be."""
_RESULT: Final = "result-notice"
"""What policies call the notice of what was recorded of a consent or a withdrawal."""


def list_notices(ledger: Ledger) -> pd.DataFrame:
    """Give the notices of :func:`crmlib.campaigns.plan_notices` that were sent, or may yet be.

    So are the answers whose page showed at once what was recorded: each is a
    ``"result-notice"`` of itself, and of nothing that was said before.

    It is what :func:`crmlib.policies.list_duties` takes as ``notices``.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame of shape (n_notices, 7)
        ``customer_id``, ``duty``, ``at`` (when it was taken or claimed, or is
        due), ``since`` and ``until`` (from when, if there is a bound, up to
        when it tells of consents and withdrawals), ``outcome`` (``"sent"``,
        ``"planned"`` or ``"unknown"``) and ``message_key``, ``""`` of a page;
        instants are datetime64[us, UTC].

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.delivery import Ledger, list_notices
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     list_notices(ledger).shape
    (0, 7)
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
    notices.insert(3, "since", pd.Series(pd.NaT, index=notices.index, dtype=notices["at"].dtype))
    notices["outcome"] = notices["outcome"].map(_OUTCOMES).astype("str")
    shown = _read_shown(ledger)[list(notices)]
    return pd.concat([notices, shown], ignore_index=True) if len(shown) else notices


def _read_shown(ledger: Ledger) -> pd.DataFrame:
    """Give the answers whose page showed what was recorded."""
    table = ANSWERS.c
    query = select(table.customer_id, table.at).where(table.is_told).order_by(table.id)
    told = _read(ledger, query, ["customer_id", "at"], ("at",)).drop_duplicates()
    return told.assign(
        duty=_RESULT, since=told["at"], until=told["at"], outcome="sent", message_key=""
    )


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
