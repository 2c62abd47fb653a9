"""The search for centres: many starts on few customers, few steps on many."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_MORE = 25_000
"""Customers among whom all answers go on, as few do not tell which of them are best."""

_STEPS = 10
"""Steps for which they do."""

_CANDIDATES = 3
"""How many of them are followed to the end, among all of the sample."""

_UNTIL_IT_STOPS = 300
"""Steps of scikit-learn at most."""

_THE_SAME = 1e-4
"""How much the inertia of two answers differs if they are two; relative."""


@attrs.frozen(kw_only=True, eq=False)
class Searched:
    """What the starts of one number of clusters came to.

    Parameters
    ----------
    answers : tuple of KMeans
        One for each start, the best first.
    stability : float
        Mean adjusted Rand index between the best of each two seeds.
    """

    answers: tuple[KMeans, ...]
    stability: float

    @property
    def centres(self) -> Floats:
        """The centres of the best answer, shape (n_clusters, n_columns)."""
        centres: Floats = self.answers[0].cluster_centers_
        return centres

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """The clusters of the best answer, shape (n_customers,)."""
        labels: Any = self.answers[0].labels_
        return np.asarray(labels, dtype=np.int32)

    @property
    def inertia(self) -> float:
        """The mean squared distance of the best answer."""
        return _inertia(self.answers[0]) / len(self.labels)


def search(places: Floats, n_clusters: int, n_init: int, seeds: Sequence[int]) -> Searched:
    """Look for *n_clusters* centres among *places*, *n_init* starts per seed."""
    found, best_of_seeds = [], []
    for seed in seeds:
        random = np.random.RandomState(seed)
        starts = [
            KMeans(n_clusters, n_init=1, random_state=random).fit(places) for _ in range(n_init)
        ]
        best_of_seeds.append(min(starts, key=_inertia))
        found += starts
    agreements = [
        adjusted_rand_score(one.labels_, other.labels_)
        for one, other in combinations(best_of_seeds, 2)
    ]
    return Searched(
        answers=tuple(sorted(found, key=_inertia)), stability=float(np.mean(agreements))
    )


def refine(places: Floats, searched: Searched) -> Floats:
    """Let Lloyd's algorithm go on from the answers among more customers; give the best centres."""
    better = _go_on(places[:_MORE], searched.answers, _STEPS)
    centres: Floats = _go_on(places, better[:_CANDIDATES], _UNTIL_IT_STOPS)[0].cluster_centers_
    return centres


def _go_on(places: Floats, answers: Sequence[KMeans], max_iter: int) -> list[KMeans]:
    """Go on from each of *answers*; give those that differ, best first."""
    found = [
        KMeans(answer.n_clusters, init=answer.cluster_centers_, n_init=1, max_iter=max_iter).fit(
            places
        )
        for answer in _distinct(answers)
    ]
    return _distinct(sorted(found, key=_inertia))


def _distinct(answers: Sequence[KMeans]) -> list[KMeans]:
    """Leave out answers that are as good as the one before; *answers* stand by inertia."""
    kept = [answers[0]]
    for answer in answers[1:]:
        if _inertia(answer) > (1 + _THE_SAME) * _inertia(kept[-1]):
            kept.append(answer)
    return kept


def _inertia(answer: KMeans) -> float:
    inertia: Any = answer.inertia_
    return float(inertia)
