"""What each customer of a plan bought within a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlib.messages import Decision


def read_text_ids(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give ids as text, which those of a plan are; whole floats lose their ``.0``."""
    if isinstance(column.dtype, pd.StringDtype):
        return column
    return column.map(
        lambda value: (
            f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
        ),
        na_action="ignore",
    )


def outcomes_of(
    table: pd.DataFrame, orders: pd.DataFrame, window: pd.Timedelta, until: pd.Timestamp | None
) -> pd.DataFrame:
    """Give decision, message_key, decided, bought and spend of both arms."""
    in_arms = table["decision"].isin([Decision.SEND, Decision.HOLD_OUT])
    arms = table.loc[in_arms, ["decision", "message_key", "send_at"]]
    arms["decided"] = False if until is None else arms["send_at"] + window <= until
    at = arms.index.get_indexer(pd.Index(orders["customer_id"]))
    lines = orders.loc[at >= 0, ["ordered_at", "amount"]].assign(position=at[at >= 0])
    since = lines["ordered_at"] - arms["send_at"].array[lines["position"]]
    lines = lines[(since >= pd.Timedelta(0)) & (since < window)]
    spend, bought = np.zeros(len(arms)), np.zeros(len(arms), dtype=bool)
    np.add.at(spend, lines["position"], lines["amount"])
    bought[lines.loc[lines["amount"] > 0, "position"]] = True
    return arms.assign(bought=bought, spend=spend)
