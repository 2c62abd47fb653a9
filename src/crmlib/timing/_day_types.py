"""How the days of a kind differ from all days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

WEEKDAY_TYPES = {
    "weekday": [0, 1, 2, 3, 4, 5, 6],
    "weekend": [0, 0, 0, 0, 0, 1, 1],
    "none": [0, 0, 0, 0, 0, 0, 0],
}


def compare_day_types(
    week: npt.NDArray[np.int64], types: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Give P(bin | type) / P(bin) for each weekday.

    It is the number of events over that expected if all days were alike, one
    added to both: a type or a bin of which nothing is known has no effect.

    Parameters
    ----------
    week : ndarray of int, shape (7, n_bins)
        Events of everybody by weekday.
    types : ndarray of int, shape (7,)
        Type of each weekday, from 0.

    Returns
    -------
    ndarray of float, shape (7, n_bins)
    """
    seen = np.zeros((types.max() + 1, week.shape[1]))
    np.add.at(seen, types, week)
    expected = seen.sum(axis=1, keepdims=True) * week.sum(axis=0) / week.sum()
    return np.asarray(((seen + 1) / (expected + 1))[types], dtype=np.float64)
