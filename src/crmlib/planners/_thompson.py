"""Beta posteriors of response rates, and which of them is the highest.

A draw from the posteriors (Thompson sampling) picks each message with the
probability that its rate is the highest.  Here that probability is computed,
so that it can be logged, and the draw is made with it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betainc, betaincinv, betaln

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_NODES = 256
_LOWEST, _HIGHEST = np.log(1.0), np.log(10_000.0)
_NEW = 2.0
"""Weight, in responses, of what is expected of a message that was never sent."""


def fit_posteriors(
    sent: Floats, answered: Floats, strength: float | None
) -> tuple[Floats, Floats, float]:
    """Give the Beta posteriors of rates by segment, drawn towards those of everybody.

    The prior of a message in a segment is what the other segments say of it,
    with the weight of *strength* responses, and no more than they have.  What
    was never sent is expected to be like the average message.

    Parameters
    ----------
    sent, answered : ndarray of shape (n_segments, n_messages)
        How often each was sent, and how often to an effect.
    strength : float or None
        None: as the evidence of the segments has it.

    Returns
    -------
    (alpha, beta, strength)
        Alpha and beta have a further row, for segments that were never seen.
    """
    total, hits = sent.sum(), answered.sum()
    overall = (hits + 1) / (total + 2)
    zeros = np.zeros((1, sent.shape[1]))
    tried, won = np.vstack([sent, zeros]), np.vstack([answered, zeros])
    others = sent.sum(axis=0) - tried
    rates = (answered.sum(axis=0) - won + _NEW * overall) / (others + _NEW)
    if strength is None:
        strength = _fit_strength(tried, won, rates)
    weight = np.minimum(strength, others + _NEW)
    return weight * rates + won, weight * (1 - rates) + tried - won, float(strength)


def chances_to_be_best(alpha: Floats, beta: Floats, shifts: Floats) -> Floats:
    """Give the probability that each rate, less its shift, is the highest.

    P(a) = E[Π F_b(x_a - shift_a + shift_b)] over x_a, the integral taken over
    the quantiles of x_a by Gauss-Legendre, then divided by the sum over a.

    Parameters
    ----------
    alpha, beta : ndarray of shape (n_messages,)
        Posteriors.
    shifts : ndarray of shape (n_rows, n_messages)
        What each loses, in the unit of the rates.

    Returns
    -------
    ndarray of shape (n_rows, n_messages)
        Each row sums to 1.
    """
    quantiles, weights = _nodes()
    points = betaincinv(alpha[:, None], beta[:, None], quantiles)
    best = np.empty(shifts.shape)
    for arm, own in enumerate(points):
        won = np.ones((len(shifts), len(quantiles)))
        for other in range(len(alpha)):
            if other != arm:
                moved = own + (shifts[:, other] - shifts[:, arm])[:, None]
                won *= betainc(alpha[other], beta[other], np.clip(moved, 0, 1))
        best[:, arm] = won @ weights
    return np.asarray(best / best.sum(axis=1, keepdims=True), dtype=np.float64)


def _fit_strength(sent: Floats, answered: Floats, rates: Floats) -> float:
    """Choose the strength by which the segments' answers are the most probable."""

    def loss(log_strength: float) -> float:
        a, b = np.exp(log_strength) * rates, np.exp(log_strength) * (1 - rates)
        return -float((betaln(a + answered, b + sent - answered) - betaln(a, b)).sum())

    best = minimize_scalar(
        loss, bounds=(_LOWEST, _HIGHEST), method="bounded", options={"xatol": 0.01}
    )
    return float(np.exp(best.x))


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Give nodes and weights of Gauss-Legendre between 0 and 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2
