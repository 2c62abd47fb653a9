"""Whose messages of a plan the ledger would hold back, as they refused advertising since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery._gate import Withdrawals
from crmlib.messages import Decision
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery._ledger import Ledger

_CHUNK: Final = 500


@attrs.frozen(kw_only=True)
class _Row:
    customer_id: str
    endpoint_hash: bytes
    medium: str


def find_refusals(ledger: Ledger, plan: Plan, *, at: datetime) -> set[str]:
    """Give the customers of *plan* who refuse its advertising, as the ledger knows.

    It is what each claim asks: the last word of the customer, and what was
    said by links at the address, whoever has it.

    Parameters
    ----------
    ledger : Ledger
    plan : Plan
    at : datetime
        The present instant, aware.

    Returns
    -------
    set of str
        Their ids.

    Raises
    ------
    InvalidParameterError
        If *at* does not say in which zone it is.
    """
    now, topic = check_aware("at", at), plan.header.get("topic") or ""
    table = plan.table[plan.table["decision"] == Decision.SEND]
    rows = [
        _Row(
            customer_id=str(row.Index),
            endpoint_hash=ledger.store.endpoint_hash(str(row.address)),
            medium=str(row.medium),
        )
        for row in table.itertuples()
    ]
    found: set[str] = set()
    with ledger.store.read() as connection:
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            words = Withdrawals(connection, chunk, now)
            found |= {row.customer_id for row in chunk if words.covers(row, "advertising", topic)}
    return found
