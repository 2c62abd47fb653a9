"""What is said of a message that an event calls for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

_MINUTES_OF_AN_HOUR, _HOURS_OF_A_DAY = 60, 24


def tell_event(trigger: str, after: timedelta, at: Any, item: Any) -> str:
    """Name the event, if there is one, and when its message is due."""
    if pd.isna(at):
        return f"no {trigger} to answer"
    about = "" if pd.isna(item) else f" ({item})"
    return f"{trigger}{about} at {at:%Y-%m-%d %H:%M} UTC, due {_say_span(after)} later"


def tell_state(told: str, state: str, row: Any) -> str:
    """Add to what was *told* of the event why its message is due, or not: its end or the goal."""
    if state == "goal":
        return f"{told}; reached the goal at {row.goal:%Y-%m-%d %H:%M} UTC"
    if state == "waiting":
        return f"{told}: not yet"
    ended = "expired" if state == "lapsed" else "expires"
    return f"{told}, {ended} at {row.ends:%Y-%m-%d %H:%M} UTC"


def _say_span(span: timedelta) -> str:
    """Give a delay in words: 90 min, 3 h, 2 days."""
    minutes = span / timedelta(minutes=1)
    if minutes < 2 * _MINUTES_OF_AN_HOUR and minutes != _MINUTES_OF_AN_HOUR:
        return f"{minutes:g} min"
    hours = minutes / _MINUTES_OF_AN_HOUR
    return f"{hours:g} h" if hours < 2 * _HOURS_OF_A_DAY else f"{hours / _HOURS_OF_A_DAY:g} days"
