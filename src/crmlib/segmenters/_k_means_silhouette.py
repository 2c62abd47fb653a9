"""How well clusters are set apart: the mean silhouette of several answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_BLOCK = 32
"""Customers whose distances to 5,000 fit into the cache of a core."""


def mean_silhouettes(
    places: Floats, answers: Mapping[int, npt.NDArray[np.int32]]
) -> dict[int, float]:
    """Give the mean silhouette of each of *answers*, from one look at all distances.

    Parameters
    ----------
    places : ndarray of float, shape (n_customers, n_columns)
    answers : dict of int to ndarray of int, shape (n_customers,)
        For a number of clusters the cluster of each customer, 0 to that
        number less one.

    Returns
    -------
    dict of int to float
        From -1 to 1; who is alone in a cluster counts 0.  NaN for one cluster.
    """
    several = {number: labels for number, labels in answers.items() if number > 1}
    members = {
        number: (labels[:, None] == np.arange(number)).astype(np.float64)
        for number, labels in several.items()
    }
    totals = dict.fromkeys(several, 0.0)
    squares, others = (places**2).sum(axis=1), -2.0 * places.T
    for start in range(0, len(places), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = places[rows] @ others
        distances += squares
        distances += squares[rows, None]
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        inside = np.arange(len(distances))
        distances[inside, inside + start] = 0.0  # rounding leaves 1e-8
        for number, labels in several.items():
            sums = distances @ members[number]
            totals[number] += _add_up(sums, labels[rows], members[number].sum(axis=0))
    return {
        number: totals[number] / len(places) if number in totals else np.nan for number in answers
    }


def _add_up(sums: Floats, labels: npt.NDArray[np.int32], sizes: Floats) -> float:
    """Add up the silhouettes of some customers from their distances to each cluster, summed."""
    inside = np.arange(len(labels))
    own_size = sizes[labels]
    own = sums[inside, labels] / np.maximum(own_size - 1.0, 1.0)
    means = sums / np.maximum(sizes, 1.0)
    means[:, sizes == 0] = np.inf  # nobody is there
    means[inside, labels] = np.inf
    other = means.min(axis=1)
    known = (own_size > 1) & np.isfinite(other) & (np.maximum(own, other) > 0)
    own, other = own[known], other[known]
    return float(((other - own) / np.maximum(own, other)).sum())
