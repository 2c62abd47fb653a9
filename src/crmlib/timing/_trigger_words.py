"""What is said of a message that an event calls for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.tables import is_zone

if TYPE_CHECKING:
    import numpy.typing as npt

_MINUTES_OF_AN_HOUR, _HOURS_OF_A_DAY = 60, 24


def find_clocks(customers: pd.DataFrame, fallback: str) -> npt.NDArray[np.object_]:
    """Give the zone by whose clock each customer is told, *fallback* where none is known."""
    if "timezone" not in customers:
        return np.full(len(customers), fallback, dtype=object)
    named = customers["timezone"]
    there = [name for name in named.unique() if is_zone(name)]
    clocks = named.astype(object).where(named.isin(there), fallback)
    return np.asarray(clocks.to_numpy(dtype=object))


def tell_event(trigger: str, after: timedelta, at: Any, item: Any, zone: str) -> str:
    """Name the event, if there is one, and when its message is due, on the clock of *zone*."""
    if pd.isna(at):
        return f"no {trigger} to answer"
    about = "" if pd.isna(item) else f" ({item})"
    return f"{trigger}{about} at {_say_moment(at, zone)}, due {_say_span(after)} later"


def tell_state(told: str, state: str, row: Any, zone: str) -> str:
    """Add to what was *told* of the event why its message is due, or not: its end or the goal."""
    if state == "goal":
        return f"{told}; reached the goal at {_say_moment(row.goal, zone)}"
    if state == "waiting":
        return f"{told}: not yet"
    ended = "expired" if state == "lapsed" else "expires"
    return f"{told}, {ended} at {_say_moment(row.ends, zone)}"


def _say_moment(at: pd.Timestamp, zone: str) -> str:
    return f"{at.tz_convert(zone):%Y-%m-%d %H:%M} {zone}"


def _say_span(span: timedelta) -> str:
    """Give a delay in words: 90 min, 3 h, 2 days."""
    minutes = span / timedelta(minutes=1)
    if minutes < 2 * _MINUTES_OF_AN_HOUR and minutes != _MINUTES_OF_AN_HOUR:
        return f"{minutes:g} min"
    hours = minutes / _MINUTES_OF_AN_HOUR
    return f"{hours:g} h" if hours < 2 * _HOURS_OF_A_DAY else f"{hours / _HOURS_OF_A_DAY:g} days"
