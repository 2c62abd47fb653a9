"""Cut a column into bins of about equal size without parting equal values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def learn_edges(
    values: npt.NDArray[np.float64], n_bins: int, *, lone_digit: int
) -> npt.NDArray[np.float64]:
    """Learn the lowest value of each bin but the first.

    Parameters
    ----------
    values : ndarray of float, shape (n_customers,)
        Not empty; higher is better.
    n_bins : int
    lone_digit : int
        The digit of all customers where *values* holds but one value.

    Returns
    -------
    ndarray of float, shape (n_bins - 1,), not falling
        An edge that is repeated skips a digit.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        beyond = np.nextafter(distinct[0], np.inf)
        below, above = lone_digit - 1, n_bins - lone_digit
        return np.repeat([distinct[0], beyond], [below, above])
    if len(distinct) <= n_bins:
        steps = np.arange(len(distinct)) * (n_bins - 1) / (len(distinct) - 1)
        digits = np.floor(steps + 0.5).astype(np.int64)
        return np.repeat(distinct[1:], np.diff(digits))
    return distinct[_share_out(counts, n_bins)]


def digitize(
    values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Count the edges that each value reaches, from 1 for none."""
    return np.searchsorted(edges, values, side="right") + 1


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
