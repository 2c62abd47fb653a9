"""Cut a column into bins of about equal size without parting equal values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


_MOST_PLACES = 4
"""How many whole numbers there may be per customer to count them in a table."""

_EXACT = 2.0**53
"""Below this every whole number is a float of its own."""

_UNITS = (1.0, 100.0)
"""Numbers are counted by these: days, orders and won; cents."""

_FEW = 1_000
"""Customers who are looked at before all are."""


def count_values(
    values: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Give the distinct values, rising, and how many customers have each.

    Parameters
    ----------
    values : ndarray of float, shape (n_customers,)
        Not empty, finite.
    """
    lowest, highest = values.min(), values.max()
    for unit in _UNITS:
        is_exact = max(-lowest, highest) * (unit / _EXACT) < 1
        if is_exact and all(_are_whole(part, unit) for part in (values[:_FEW], values)):
            low = np.rint(lowest * unit)
            places = (np.rint(values * unit) - low).astype(np.int64)
            is_near = places < _MOST_PLACES * len(values)
            table = np.bincount(places.compress(is_near))
            near = np.flatnonzero(table)
            # the few who spend far more than others would need a long table
            far, far_counts = np.unique(values.compress(~is_near), return_counts=True)
            distinct = np.concatenate([(near + low) / unit, far])
            return distinct, np.concatenate([table.take(near), far_counts])
    return np.unique(values, return_counts=True)


def _are_whole(values: npt.NDArray[np.float64], unit: float) -> bool:
    """Tell whether *values* are whole numbers of 1 / *unit*."""
    return np.array_equal(np.rint(values * unit) / unit, values)


def learn_edges(
    distinct: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
    n_bins: int,
    *,
    lone_digit: int,
) -> npt.NDArray[np.float64]:
    """Learn the lowest value of each bin but the first.

    Parameters
    ----------
    distinct : ndarray of float, shape (n_distinct,), rising
        Not empty; higher is better.
    counts : ndarray of int, shape (n_distinct,)
        How many customers have each value.
    n_bins : int
    lone_digit : int
        The digit of all customers where there is but one value.

    Returns
    -------
    ndarray of float, shape (n_bins - 1,), not falling
        An edge that is repeated skips a digit.
    """
    if len(distinct) == 1:
        beyond = np.nextafter(distinct[0], np.inf)
        below, above = lone_digit - 1, n_bins - lone_digit
        return np.repeat([distinct[0], beyond], [below, above])
    if len(distinct) <= n_bins:
        steps = np.arange(len(distinct)) * (n_bins - 1) / (len(distinct) - 1)
        digits = np.floor(steps + 0.5).astype(np.int64)
        return np.repeat(distinct[1:], np.diff(digits))
    return distinct[_share_out(counts, n_bins)]


def _share_out(counts: npt.NDArray[np.int64], n_bins: int) -> list[int]:
    """Say with which distinct value each bin but the first begins.

    From the lowest bin up, each takes the whole values that bring it nearest
    to an equal share of the customers that are left, and leaves at least one
    value for each bin above it.
    """
    placed = np.concatenate([[0], np.cumsum(counts)])
    begins: list[int] = []
    begin = 0
    for bins_left in range(n_bins, 1, -1):
        share = (placed[-1] - placed[begin]) / bins_left
        last = len(counts) - bins_left + 1
        sizes = placed[begin + 1 : last + 1] - placed[begin]
        after = min(int(np.searchsorted(sizes, share)), len(sizes) - 1)
        nearer_below = after > 0 and share - sizes[after - 1] <= sizes[after] - share
        begin += after + 1 - nearer_below
        begins.append(begin)
    return begins
