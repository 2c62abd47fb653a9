"""Pairs of the members of many groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def pair_up(
    group: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pair each row with those behind it in its group.

    Parameters
    ----------
    group : ndarray of int, shape (n_rows,)
        Sorted.

    Returns
    -------
    left, right : ndarray of int, shape (n_pairs,)
        Rows.

    Examples
    --------
    >>> left, right = pair_up(np.array([4, 4, 4, 9]))
    >>> list(zip(left.tolist(), right.tolist()))
    [(0, 1), (0, 2), (1, 2)]
    """
    rows = np.arange(len(group))
    rest = np.searchsorted(group, group, side="right") - rows - 1
    left = np.repeat(rows, rest)
    first = np.cumsum(rest) - rest
    return left, left + 1 + np.arange(len(left)) - np.repeat(first, rest)
