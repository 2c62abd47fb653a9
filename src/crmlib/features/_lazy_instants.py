"""Instants as whole microseconds, on every engine.

narwhals has no one way for it: ``dt.timestamp`` is missing where SQL is made,
and what reads the calendar (``dt.year`` and the like) depends there on the
time zone of the session.  The ways below do not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import narwhals.stable.v2 as nw

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


def add_microseconds(frame: Frame, instants: str, name: str) -> Frame:
    """Put the column *instants* as microseconds since 1970 in UTC beside it, under *name*."""
    kind, column = frame.implementation, nw.col(instants)
    if kind.is_ibis():
        return cast("Frame", _add_by_ibis(frame.to_native(), instants, name))
    if kind.is_duckdb():
        # epoch_us, which DuckDB has for spans as well as for instants.
        micros = column.dt.total_microseconds()
    elif kind.is_spark_like():
        # Spark casts to whole seconds, rounded down, but keeps the sign in what is left.
        micros = column.cast(nw.Int64()) * _SECOND
        micros += (column.dt.microsecond() + _SECOND) % _SECOND
    else:
        micros = column.dt.timestamp("us")
    return frame.with_columns(micros.alias(name))


def to_utc(frame: Frame, instants: str) -> Frame:
    """Bring a column to UTC and microseconds if it has a zone; with SQL only the session has."""
    kind = frame.implementation
    if not (kind.is_polars() or kind.is_pandas()):
        return frame
    utc = nw.col(instants).dt.convert_time_zone("UTC")
    return frame.with_columns(utc.cast(nw.Datetime("us", "UTC")))


def _add_by_ibis(table: Any, instants: str, name: str) -> Any:
    """Count from 1970 by ibis itself: narwhals has no word for it that all warehouses know."""
    import ibis  # noqa: PLC0415 -- whoever brings an ibis table has it

    micros = table[instants].delta(ibis.literal(_EPOCH), unit="microsecond")
    return nw.from_native(table.mutate(micros.name(name)))
