"""Columns of the audience as the texts that stand in a message."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pandas as pd

from crmlib.safe_text import is_plain_line

MAX_VALUE_LENGTH: Final = 500
"""Characters: longer values are no names, and could drown the message."""


def field_values(audience: pd.DataFrame, name: str) -> list[str | None] | None:
    """Give the values of column *name* as texts, None where missing.

    Days are written 2011-12-10 (instants by the customer's own calendar, if
    there is a ``timezone``), numbers without a superfluous ".0" and else with
    two decimals.

    Returns
    -------
    list of (str or None), or None
        None if the audience has no such column.
    """
    if name in audience.columns:
        column = audience[name]
    elif name == audience.index.name:
        column = audience.index.to_series()
    else:
        return None
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _days(column, audience)
    return [_text(value) for value in column.tolist()]


def is_unsafe(value: str) -> bool:
    """Say whether *value* could forge a header, hide a text or drown the message."""
    return len(value) > MAX_VALUE_LENGTH or not is_plain_line(value)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return f"{value:.0f}" if value.is_integer() else f"{value:.2f}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)


def _days(instants: pd.Series[Any], audience: pd.DataFrame) -> list[str | None]:
    if "timezone" not in audience.columns:
        return [_text(value) for value in instants.tolist()]
    days = np.empty(len(instants), dtype=object)
    column = audience["timezone"].astype(object)
    zones = column.where(column.notna(), "UTC").to_numpy()
    for zone in pd.unique(zones):
        mine = zones == zone
        local = instants[mine].dt.tz_convert(zone)
        days[mine] = [_text(value) for value in local.tolist()]
    return days.tolist()
