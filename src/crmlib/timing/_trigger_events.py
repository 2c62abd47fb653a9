"""Events that messages answer, and the first permitted moment after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.tables import ORDERED, check_columns
from crmlib.timing._visits import find_instant, find_known

if TYPE_CHECKING:
    from datetime import timedelta

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).min
"""How numpy writes NaT."""


def list_events(events: pd.DataFrame) -> pd.DataFrame:
    """Give the events of known customers: ``customer_id``, ``event``, ``at`` and ``item``.

    Lines of a transactions table with an amount above 0 are events ``ordered``;
    what machines did is left out.
    """
    instant = find_instant(events)
    kept = find_known(events, instant).to_numpy(dtype=bool)
    if "amount" in events:  # a return is no order
        kept = kept & (events["amount"] > 0).fillna(value=False).to_numpy(dtype=bool)
    if "is_machine" in events:
        kept = kept & ~events["is_machine"].eq(other=True).fillna(value=False).to_numpy(dtype=bool)
    known = events[kept]
    if instant == "at":
        check_columns("events", known, ["event"], "'ordered_at' does for both")
    columns = {
        "customer_id": known["customer_id"],
        "event": known.get("event", ORDERED),
        "at": known[instant].dt.tz_convert("UTC").dt.as_unit("us"),
        "item": known.get("item"),
    }
    return pd.DataFrame(columns)


def begin_rounds(triggers: pd.DataFrame, again_after: timedelta) -> pd.DataFrame:
    """Keep of the events of each customer those far enough from the one kept before.

    Two that are kept lie *again_after* or more apart, so never in one stretch
    of that length: the day on which the stretch begins names the *round*.
    """
    ordered = triggers.sort_values(["customer_id", "at"], kind="stable", ignore_index=True)
    ids = ordered["customer_id"].to_numpy(dtype=object)
    instants = to_micros(ordered["at"])
    apart = int(again_after.total_seconds() * 1_000_000)
    kept = np.zeros(len(ordered), dtype=bool)
    owner, last = None, NEVER
    for row, (customer, at) in enumerate(zip(ids, instants, strict=True)):
        if customer != owner or at - last >= apart:
            kept[row], owner, last = True, customer, at
    starts = ordered.loc[kept, ["customer_id", "at", "item"]].reset_index(drop=True)
    begun = to_micros(starts["at"]) // apart * apart
    return starts.assign(round=begun.astype("datetime64[us]"))


def to_micros(instants: pd.Series) -> Ints:
    """Give microseconds since 1970, NEVER for NaT."""
    return np.asarray(pd.DatetimeIndex(instants).as_unit("us").asi8, dtype=np.int64)
