"""From visits to how often, and how lately, each customer was there at which hour and weekday."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmlib.timing._visits import HOURS, WEEKDAYS

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._visits import VisitList

_CUSTOMERS_AT_ONCE = 100_000


@attrs.frozen(kw_only=True, eq=False)
class HourCounts:
    """Counts of visits, a row per customer.

    Parameters
    ----------
    visits : ndarray of int, shape (n_customers,)
    by_hour, by_weekday : ndarray, shape (n_customers, 24) and (n_customers, 7)
        Whole numbers, unless some visits tell less than others.
    recent_hours : ndarray of float, shape (n_customers, n_kinds, 24)
        By kind of day; a visit counts for less the older it is.
    recent_weekdays : ndarray of float, shape (n_customers, 7)
    week : ndarray of int, shape (7, 24)
        Visits of everybody.
    """

    visits: npt.NDArray[np.int32]
    by_hour: npt.NDArray[Any]
    by_weekday: npt.NDArray[Any]
    recent_hours: npt.NDArray[np.float32]
    recent_weekdays: npt.NDArray[np.float32]
    week: npt.NDArray[np.int64]


def count_visits(
    visits: VisitList, day_kinds: npt.NDArray[np.intp], half_life_days: float | None
) -> HourCounts:
    """Count by customer, for some customers at a time, so that memory stays bounded."""
    n_customers = len(visits.customer_ids)
    n_kinds = int(day_kinds.max()) + 1
    dtype = np.int32 if whole(visits) else np.float32
    counts = HourCounts(
        visits=np.empty(n_customers, dtype=np.int32),
        by_hour=np.empty((n_customers, HOURS), dtype=dtype),
        by_weekday=np.empty((n_customers, WEEKDAYS), dtype=dtype),
        recent_hours=np.empty((n_customers, n_kinds, HOURS), dtype=np.float32),
        recent_weekdays=np.empty((n_customers, WEEKDAYS), dtype=np.float32),
        week=np.zeros((WEEKDAYS, HOURS), dtype=np.int64),
    )
    last = visits.local_hours.max()
    begins = np.arange(0, n_customers + _CUSTOMERS_AT_ONCE, _CUSTOMERS_AT_ONCE)
    cuts = np.searchsorted(visits.customers, begins)
    for begin, start, stop in zip(begins[:-1], cuts[:-1], cuts[1:], strict=True):
        block = slice(begin, min(begin + _CUSTOMERS_AT_ONCE, n_customers))
        rows, size = visits.customers[start:stop] - begin, block.stop - begin
        part = visits.take(slice(start, stop))
        hours, weekdays, tells = part.hours, part.weekdays, part.tells.astype(np.float64)
        recent = tells
        if half_life_days is not None:
            age_days = (last - part.local_hours) / HOURS
            recent = tells * np.exp2(-age_days / half_life_days)
        of_kind = day_kinds[weekdays] * HOURS + hours
        counts.visits[block] = np.bincount(rows, minlength=size)
        counts.by_hour[block] = _count(rows, hours, (size, HOURS), tells)
        counts.by_weekday[block] = _count(rows, weekdays, (size, WEEKDAYS), tells)
        counts.recent_hours[block] = _count(
            rows, of_kind, (size, n_kinds * HOURS), recent
        ).reshape(size, n_kinds, HOURS)
        counts.recent_weekdays[block] = _count(rows, weekdays, (size, WEEKDAYS), recent)
        counts.week[:] += np.bincount(
            weekdays * HOURS + hours, minlength=WEEKDAYS * HOURS
        ).reshape(WEEKDAYS, HOURS)
    return counts


def whole(visits: VisitList) -> bool:
    """Say whether every visit counts for one."""
    return bool(visits.tells.min() == 1)


def draw_whole(visits: VisitList) -> VisitList:
    """Keep each visit with the probability that it tells, by a fixed lot, to count for one.

    Shapes are learned from whole numbers of visits.  Those that tell most are all kept.
    """
    lots = np.random.default_rng(0).random(len(visits.tells), dtype=np.float32)
    kept = visits.take(np.flatnonzero(lots < visits.tells / visits.tells.max()))
    return attrs.evolve(kept, tells=np.ones_like(kept.tells))


def _count(
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    shape: tuple[int, int],
    weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    counts = np.bincount(rows * shape[1] + columns, weights, shape[0] * shape[1])
    return np.asarray(counts.reshape(shape), dtype=np.float64)
