"""The search for centres: many starts on few customers, few steps on many."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_THE_SAME = 0.99
"""Adjusted Rand index from which two answers lead to one on more customers."""


@attrs.frozen(kw_only=True, eq=False)
class Searched:
    """What the starts of one number of clusters came to.

    Parameters
    ----------
    centres : tuple of ndarray of float, shape (n_clusters, n_columns)
        The best of each seed, the best of all first; without those that agree with it.
    labels : ndarray of int, shape (n_customers,)
        The clusters of the best.
    inertia : float
        Its mean squared distance.
    stability : float
        Mean adjusted Rand index between the best of each two seeds.
    """

    centres: tuple[Floats, ...]
    labels: npt.NDArray[np.int32]
    inertia: float
    stability: float


def search(places: Floats, n_clusters: int, n_init: int, seeds: Sequence[int]) -> Searched:
    """Look for *n_clusters* centres among *places*, *n_init* starts per seed."""
    found = [KMeans(n_clusters, n_init=n_init, random_state=seed).fit(places) for seed in seeds]
    agreements = [
        adjusted_rand_score(one.labels_, other.labels_) for one, other in combinations(found, 2)
    ]
    found.sort(key=lambda model: model.inertia_)
    best = found[0]
    others = [
        model
        for model in found[1:]
        if adjusted_rand_score(best.labels_, model.labels_) < _THE_SAME
    ]
    return Searched(
        centres=tuple(model.cluster_centers_ for model in [best, *others]),
        labels=best.labels_,
        inertia=float(best.inertia_) / len(places),
        stability=float(np.mean(agreements)),
    )


def refine(places: Floats, candidates: Sequence[Floats]) -> Floats:
    """Let Lloyd's algorithm go on from each of *candidates* and give the best centres."""
    found = [KMeans(len(centres), init=centres, n_init=1).fit(places) for centres in candidates]
    centres: Floats = min(found, key=lambda model: model.inertia_).cluster_centers_
    return centres
