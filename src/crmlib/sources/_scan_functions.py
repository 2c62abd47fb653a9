"""The readers of cells of :mod:`crmlib.tables`, given to DuckDB.

SQL reads what nearly all cells look like.  What it is not sure of it gives to
the very functions that :func:`crmlib.read_orders` uses, so that both agree.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from crmlib.tables._amounts import _read_number
from crmlib.tables._cells import to_text
from crmlib.tables._instants import _YEAR_LAST, _YEARS, _read_moment, why_unreadable
from crmlib.tables._rules import _shorten
from crmlib.tables._safe_csv import unescape_text
from crmlib.tables._zones import get_zone, to_microseconds

if TYPE_CHECKING:
    import duckdb

_REMEMBERED = 2**16
_FIRST_PART = 100
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- local to any zone


def register_readers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions below known to *connection*; none of them is ever given NULL.

    They count as having side effects, though they have none: else DuckDB
    computes them anew in every filter above the column that they make.
    """
    for name, function, takes, gives in (
        ("crm_number", read_number, ["VARCHAR", "VARCHAR"], "DOUBLE"),
        ("crm_instant", read_instant, ["VARCHAR", "VARCHAR", "BOOLEAN"], "BIGINT"),
        ("crm_shift", shift_local, ["BIGINT", "VARCHAR"], "BIGINT"),
        ("crm_year_last", read_year_last, ["VARCHAR"], "BIGINT"),
        ("crm_text", to_text, ["DOUBLE"], "VARCHAR"),
        ("crm_strip", to_text, ["VARCHAR"], "VARCHAR"),
        ("crm_unescape", unescape_text, ["VARCHAR"], "VARCHAR"),
        ("crm_quote", quote, ["VARCHAR"], "VARCHAR"),
        ("crm_no_date", say_no_date, ["VARCHAR"], "VARCHAR"),
    ):
        connection.create_function(  # type: ignore[call-overload]  # it takes names of settings
            name, function, takes, gives, null_handling="special", side_effects=True
        )


@lru_cache(_REMEMBERED)
def read_number(text: str, decimal: str) -> float | None:
    """Read an amount or a quantity; None if it is no number, infinite if it is NaN.

    DuckDB would take NaN for nothing.
    """
    number = _read_number(text, decimal)
    return math.inf if number is not None and math.isnan(number) else number


@lru_cache(_REMEMBERED)
def read_instant(text: str, timezone: str, month_first: bool | None) -> int | None:
    """Read an instant, in microseconds since 1970 in UTC; None if it is none."""
    try:
        moment = _read_moment(to_text(text), month_first)
    except (ValueError, OverflowError):
        return None
    if moment is None or moment.year not in _YEARS:
        return None
    return to_microseconds(moment, get_zone(timezone))


@lru_cache(_REMEMBERED)
def shift_local(micros: int, timezone: str) -> int:
    """Give the instant at which a clock in *timezone* shows *micros* since 1970."""
    return to_microseconds(_EPOCH + timedelta(microseconds=micros), get_zone(timezone))


@lru_cache(_REMEMBERED)
def read_year_last(text: str) -> int | None:
    """Give 912 for ``9/12/2011``: what may be day or month in front; None for other texts."""
    found = _YEAR_LAST.fullmatch(to_text(text))
    return int(found[1]) * _FIRST_PART + int(found[2]) if found else None


def quote(text: str) -> str:
    """Give a cell in quotes, cut to what a report can show."""
    return repr(_shorten(text))


def say_no_date(text: str) -> str:
    """Say what is wrong with a cell that holds no date."""
    return why_unreadable(_shorten(text))
