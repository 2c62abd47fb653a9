"""Events that messages answer, and the first permitted moment after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.statistics import hashed_uniforms
from crmlib.tables import ORDERED, check_columns
from crmlib.timing._slots import HOUR, MINUTE, find_slots
from crmlib.timing._visits import find_instant, find_known

if TYPE_CHECKING:
    from collections.abc import Callable
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


def find_all_moments(
    customers: pd.DataFrame,
    due: npt.NDArray[np.bool_],
    window: tuple[int, Ints],
    permitted: Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]],
) -> Ints:
    """Give those of *customers* who are *due* their moment, zone by zone; NEVER to others.

    The *window* is from one instant until one for each customer.
    """
    now, last = window
    moments = np.full(len(customers), NEVER, dtype=np.int64)
    codes, zones = pd.factorize(customers["timezone"])
    for code, zone in enumerate(zones):
        mine = np.flatnonzero(due & (codes == code))
        if len(mine):
            own = np.full(len(mine), now), last[mine]
            moments[mine] = find_moments(zone, own, customers.index[mine], permitted)
    return moments


def find_moments(
    zone: str,
    window: tuple[Ints, Ints],
    customer_ids: pd.Index,
    permitted: Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]],
) -> Ints:
    """Give each of *customer_ids* the first permitted moment of its *window*, or NEVER.

    That is its beginning, if the hour around that is permitted, and else a
    minute of the next hour that is, chosen by a hash.
    """
    first, last = window
    slots = find_slots(zone, int(first.min()) - HOUR, int(last.max()))
    slots = slots.choose(np.asarray(permitted(slots.starts)))
    if not len(slots.starts):
        return np.full(len(customer_ids), NEVER)
    starts = np.asarray(slots.starts.as_unit("us").asi8, dtype=np.int64)
    before = np.searchsorted(starts, first, side="right") - 1
    here = np.maximum(before, 0)
    at_once = (before >= 0) & (first < starts[here] + slots.minutes[here] * MINUTE)
    after = np.minimum(before + 1, len(starts) - 1)
    minutes = np.minimum(slots.minutes[after], -((starts[after] - last) // MINUTE))
    luck = hashed_uniforms([str(name) for name in customer_ids], "minute of a trigger")
    later = starts[after] + (luck * minutes).astype(np.int64) * MINUTE
    fits = (before + 1 < len(starts)) & (starts[after] < last)
    return np.where(at_once, first, np.where(fits, later, NEVER))
