"""Money in minor units, so that sums do not depend on the order of rows.

A float holds 0.1 only nearly, so a sum of floats changes with the order of
its terms.  Amounts are therefore added as whole ten-thousandths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

MINOR_UNITS = 10_000
"""Parts of one unit of currency in which money is added."""

LARGEST_AMOUNT = 2**53 / MINOR_UNITS
"""Line totals from here on (9.0e11) are no amounts: minor units would not be exact."""

_LOW_BITS = 2**26


def to_minor_units(amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round *amounts* to whole ten-thousandths, given as floats that hold integers.

    Examples
    --------
    >>> to_minor_units(np.array([0.1, 15.299999999999999]))
    array([  1000., 153000.])
    """
    minor = amounts * MINOR_UNITS
    return np.rint(minor, out=minor)


def sum_money(amounts: npt.NDArray[np.float64]) -> float:
    """Add *amounts* exactly, to the ten-thousandth; NaN counts as nothing.

    Examples
    --------
    >>> sum_money(np.array([0.1, 0.2, np.nan]))
    0.3
    """
    minor = to_minor_units(amounts[~np.isnan(amounts)])
    return float(sum_by_group(np.zeros(len(minor), dtype=np.intp), minor, 1)[0])


def sum_by_group(
    groups: npt.NDArray[np.intp], minor: npt.NDArray[np.float64], n_groups: int
) -> npt.NDArray[np.float64]:
    """Add money per group, the same whatever the order of the rows.

    Parameters
    ----------
    groups : ndarray of int, shape (n_rows,)
        From 0 to ``n_groups - 1``.
    minor : ndarray of float, shape (n_rows,)
        Minor units as :func:`to_minor_units` gives them.
    n_groups : int

    Returns
    -------
    ndarray of float, shape (n_groups,)
        In units of currency.
    """
    if np.abs(minor).sum() < 2**53:
        return np.bincount(groups, minor, n_groups) / MINOR_UNITS
    # Past 2**53 a float no longer holds every integer: add high and low bits apart.
    high = np.floor(minor / _LOW_BITS)
    low = minor - high * _LOW_BITS
    high_sums, low_sums = (np.bincount(groups, part, n_groups) for part in (high, low))
    return (high_sums * _LOW_BITS + low_sums) / MINOR_UNITS
