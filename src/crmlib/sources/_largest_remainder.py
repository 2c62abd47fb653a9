"""Money of an order, shared out to its lines so that not a won is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_CENTS = 100
_NOISE = 9
"""Decimals to which remainders are compared."""


def share_out(
    totals: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    groups: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64]:
    """Share the total of each group out to its rows in proportion to their weights.

    A whole total is shared in whole units, another one in hundredths; what
    rounding down leaves goes to the rows with the largest remainders, the
    first among equals, so that the shares add up to the total [1]_.

    Parameters
    ----------
    totals : ndarray of float, shape (n_groups,)
        0 or more.
    weights : ndarray of float, shape (n_rows,)
        0 or more.
    groups : ndarray of int, shape (n_rows,)
        From 0 to ``n_groups - 1``.

    Returns
    -------
    ndarray of float, shape (n_rows,)
        0 in groups whose weights are all 0.

    References
    ----------
    .. [1] M. L. Balinski, H. P. Young, *Fair Representation*, 2nd ed., Brookings,
       2001, p. 17 (the method of Hamilton).

    Examples
    --------
    >>> share_out(np.array([1000.0]), np.array([1.0, 1.0, 1.0]), np.array([0, 0, 0]))
    array([334., 333., 333.])
    """
    n_groups = len(totals)
    parts = np.where(totals == np.rint(totals), 1, _CENTS)
    units = np.rint(totals * parts)
    sums = np.bincount(groups, weights, n_groups)
    exact = units[groups] * (weights / np.where(sums > 0, sums, 1)[groups])
    shares = np.floor(exact)
    left = np.where(sums > 0, units - np.bincount(groups, shares, n_groups), 0)
    by_remainder = np.lexsort((np.round(shares - exact, _NOISE), groups))
    sizes = np.bincount(groups, minlength=n_groups)
    places = np.arange(len(groups)) - (np.cumsum(sizes) - sizes)[groups[by_remainder]]
    shares[by_remainder] += places < left[groups[by_remainder]]
    return np.asarray(shares / parts[groups])
