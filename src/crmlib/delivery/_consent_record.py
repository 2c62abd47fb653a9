"""Take consents and withdrawals into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from crmlib.delivery._schema import CONSENTS
from crmlib.tables import check_consents, find_topics

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.delivery._store import Store

_COLUMNS: Final = ("customer_id", "channel", "purpose", "topic", "granted", "at")
_CHUNK: Final = 10_000


def record_consents(store: Store, consents: pd.DataFrame) -> int:
    """Store the events of *consents* that are new, and count them."""
    checked = check_consents(consents)
    table = checked.assign(topic=find_topics(checked))[list(_COLUMNS)]
    table = table.rename(columns={"channel": "medium"})
    count = select(func.count()).select_from(CONSENTS)
    with store.write_alone() as connection:
        before = connection.execute(count).scalar_one()
        for start in range(0, len(table), _CHUNK):
            events: Any = table.iloc[start : start + _CHUNK].to_dict("records")
            connection.execute(store.insert_new(CONSENTS), events)
        return int(connection.execute(count).scalar_one() - before)
