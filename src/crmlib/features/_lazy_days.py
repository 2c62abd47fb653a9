"""Local calendar days from microseconds, by arithmetic that every engine has."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw

from crmlib.tables import start_of_day

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 86_400_000_000
"""Microseconds."""

DAY_ZERO = date(1970, 1, 1)

_EARLIER = 100_000
"""Days to move by before cutting, as engines round differently what is negative."""


def day_offset(instants: str, until: date, timezone: str) -> nw.Expr:
    """Give what to add to *instants* so that whole days of the sum are local days.

    Parameters
    ----------
    instants : str
        Column of microseconds since 1970 in UTC.
    until : date
        Last local day that there can be.
    timezone : str
        IANA zone.  What is earlier than 1970 has the offset with which 1970 began.
    """
    offset, steps = _find_steps(until, timezone)
    return _choose(nw.col(instants), offset, steps)


def to_days(moved: str) -> nw.Expr:
    """Give days since 1970-01-01 of the column *moved*, microseconds and offset added."""
    micros = nw.col(moved).cast(nw.Int64()) + _EARLIER * DAY
    # Whole days only: some engines divide in floating point, others towards zero.
    return ((micros - micros % DAY) // DAY).cast(nw.Int64()) - _EARLIER


def _choose(instants: nw.Expr, offset: int, steps: Sequence[tuple[int, int]]) -> nw.Expr:
    """Search *steps* by halves; before the first of them there is *offset*."""
    if not steps:
        return nw.lit(offset)
    middle = len(steps) // 2
    since, later = steps[middle]
    return (
        nw.when(instants >= since)
        .then(_choose(instants, later, steps[middle + 1 :]))
        .otherwise(_choose(instants, offset, steps[:middle]))
    )


@lru_cache(maxsize=64)
def _find_steps(until: date, timezone: str) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Give the first offset, then from which instant on which other one holds.

    Days begin as in :func:`crmlib.tables.local_days`.  Within the day before
    the first with a new offset, the step stands where both give that day.
    """
    n_days = (until - DAY_ZERO).days + 2  # the clocks may go back on the last one
    days = [DAY_ZERO + timedelta(n) for n in range(n_days)]
    offsets = [n * DAY - start_of_day(day, timezone) for n, day in enumerate(days)]
    changes = enumerate(pairwise(offsets), start=1)
    return offsets[0], tuple(
        (n * DAY - max(old, new), new) for n, (old, new) in changes if new != old
    )
