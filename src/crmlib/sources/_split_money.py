"""Money of an order, split among its lines in the smallest units of its currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.sources._largest_remainder import share_out
from crmlib.tables import MINOR_UNITS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_WITHOUT_CENTS = frozenset(
    [
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"),
        *("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    ]
)
"""Currencies of ISO 4217 whose smallest unit is a whole one."""

_CENT = 0.01


def smallest_units(currencies: pd.Series[str]) -> npt.NDArray[np.float64]:
    """Give the smallest unit of each row's currency: 1 or a hundredth.

    Examples
    --------
    >>> import pandas as pd
    >>> smallest_units(pd.Series(["KRW", "USD", None])).tolist()
    [1.0, 0.01, 0.01]
    """
    whole = currencies.str.upper().isin(_WITHOUT_CENTS).to_numpy(dtype=bool)
    return np.where(whole, 1.0, _CENT)


def split_money(
    totals: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    groups: npt.NDArray[np.intp],
    units: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Split the total of each group among its rows, in proportion to *weights*.

    Parameters
    ----------
    totals : ndarray of float, shape (n_rows,)
        The total of the row's group, again on each of its rows; 0 or more.
        Of more than the weights add up to, the excess is left out.
    weights : ndarray of float, shape (n_rows,)
        Money, 0 or more; no row gets more than it has.
    groups : ndarray of int, shape (n_rows,)
        From 0, without gaps.
    units : ndarray of float, shape (n_rows,)
        The smallest unit; a ten-thousandth where some money of the group is
        no multiple of it.

    Returns
    -------
    ndarray of float, shape (n_rows,)
        Whole units, which add up to the total of the group.

    Examples
    --------
    >>> lines = np.array([5.0, 5.0, 5.0]), np.zeros(3, dtype=np.intp)
    >>> split_money(np.full(3, 1.0), *lines, np.full(3, 0.01)).tolist()
    [0.34, 0.33, 0.33]
    """
    totals = np.minimum(totals, np.round(np.bincount(groups, weights)[groups], 4))
    broken = ~(_is_whole(totals / units) & _is_whole(weights / units))
    units = np.where(np.bincount(groups, broken)[groups] > 0, 1 / MINOR_UNITS, units)
    _, first = np.unique(groups, return_index=True)
    shares = share_out(np.rint(totals / units)[first], weights, groups)
    return np.asarray(np.round(shares * units, 4))


def _is_whole(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which numbers are whole, but for the rounding of floats."""
    return np.asarray(np.abs(counts - np.rint(counts)) < _CENT)
