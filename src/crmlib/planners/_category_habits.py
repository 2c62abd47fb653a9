"""How much of a habit each category is: how far what a customer bought foretells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_matrix

_STRENGTHS = np.geomspace(1, 5000, 32)
_UNKNOWN = 10.0
"""Where no customer bought twice."""

_MOST_CUSTOMERS = 5_000


def fit_habits(counts: csr_matrix, population: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give for each category how many purchases weigh as much as the share of everybody.

    Of the N purchases of a customer n are of category c by a beta-binomial
    distribution with the mean of the population m_c and the strength s_c: a
    small one where those who buy do so again and again, as with food for cats.
    The strength of a category with few buyers is drawn towards the one that
    suits all categories best.  At most 5,000 customers, drawn by a fixed lot,
    are looked at.

    Parameters
    ----------
    counts : csr_matrix of int, shape (n_customers, n_categories)
        Days with a purchase.
    population : ndarray of float, shape (n_categories,)
        Shares of all customers together, above 0.
    """
    repeaters = np.flatnonzero(np.asarray(counts.sum(axis=1)).ravel() > 1)
    if not len(repeaters):
        return np.full(len(population), _UNKNOWN)
    if len(repeaters) > _MOST_CUSTOMERS:
        lot = np.random.default_rng(0)
        repeaters = np.sort(lot.choice(repeaters, _MOST_CUSTOMERS, replace=False))
    evidence = np.stack([_weigh(counts[repeaters], population, s) for s in _STRENGTHS])
    logs = np.log(_STRENGTHS)
    common = logs[evidence.sum(axis=1).argmax()]
    # A Cauchy prior: few buyers do not lead away from the others, many do.
    evidence -= np.log1p((logs - common) ** 2)[:, None]
    return np.asarray(_STRENGTHS[evidence.argmax(axis=0)])


def draw_towards_all(
    counts: npt.NDArray[np.floating],
    population: npt.NDArray[np.float64],
    habits: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Give the shares of the categories for each customer; each row sums to 1."""
    shares = (counts + habits * population) / (counts.sum(axis=1, keepdims=True) + habits)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def _weigh(
    counts: csr_matrix, population: npt.NDArray[np.float64], strength: float
) -> npt.NDArray[np.float64]:
    """Give the log-likelihood of the counts of each category."""
    alpha = strength * population
    beta = np.maximum(strength - alpha, np.finfo(float).eps)  # there may be one category alone
    all_of = np.asarray(counts.sum(axis=1)).ravel()
    # As if nobody had bought any of it, then what those who did make of it.
    totals, times = np.unique(all_of, return_counts=True)
    nothing = betaln(alpha, totals[:, None] + beta) - betaln(alpha, beta)
    cells = counts.tocoo()
    category, total = cells.col, all_of[cells.row]
    some = betaln(cells.data + alpha[category], total - cells.data + beta[category])
    some -= betaln(alpha[category], total + beta[category])
    return np.asarray(times @ nothing + np.bincount(category, some, len(population)))
