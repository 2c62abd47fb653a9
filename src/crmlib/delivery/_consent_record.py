"""Take consents and withdrawals into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert

from crmlib.delivery._schema import CONSENTS
from crmlib.exceptions import InvalidTableError, MissingColumnsError

if TYPE_CHECKING:
    from crmlib.delivery._store import Store

_COLUMNS: Final = ("customer_id", "channel", "purpose", "granted", "at")
_CHUNK: Final = 10_000


def record_consents(store: Store, consents: pd.DataFrame) -> int:
    """Store the events of *consents* that are new, and count them."""
    _check(consents)
    table = consents[list(_COLUMNS)].rename(columns={"channel": "medium"})
    count = select(func.count()).select_from(CONSENTS)
    with store.write() as connection:
        before = connection.execute(count).scalar_one()
        for start in range(0, len(table), _CHUNK):
            events: Any = table.iloc[start : start + _CHUNK].to_dict("records")
            connection.execute(insert(CONSENTS).on_conflict_do_nothing(), events)
        return int(connection.execute(count).scalar_one() - before)


def _check(consents: pd.DataFrame) -> None:
    missing = [column for column in _COLUMNS if column not in consents]
    if missing:
        raise MissingColumnsError("consents", missing, list(consents.columns))
    way_out = "bring it into shape with crmlib.tables.check_consents"
    if not isinstance(consents["at"].dtype, pd.DatetimeTZDtype):
        raise InvalidTableError("consents", "has no aware instants in the column at", way_out)
    if consents[list(_COLUMNS)].isna().to_numpy().any():
        raise InvalidTableError("consents", "has empty cells", way_out)
