"""Counts, smoothed where their bins lie around a circle, drawn towards those of everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.optimize import minimize_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Counts = npt.NDArray[np.integer] | npt.NDArray[np.floating]

# Evidence about two numbers is plentiful in this many customers.
_MOST_CUSTOMERS = 5_000
_LOWEST, _HIGHEST = np.log(0.1), np.log(10_000.0)


@attrs.frozen(kw_only=True)
class Shrinkage:
    """How counts of a customer become probabilities.

    With counts n, N of them in all, the kernel K and the population m, the
    probabilities are ``(n K + s m) / (N + s)``: a weight of ``N / (N + s)`` on
    what the customer did, and the rest on what everybody does.

    Parameters
    ----------
    kappa : float
        Concentration of the circular kernel, ``K[i, j] ∝ exp(κ (cos(2π (i -
        j) / H) - 1))``; infinite: no smoothing.
    concentration : float
        s, in events: with so many the customer and everybody weigh the same.
    log_loss : float
        Mean negative log-likelihood (nats) of each event given the others of
        its customer; NaN where no customer had two.

    Examples
    --------
    >>> import numpy as np
    >>> Shrinkage(kappa=20.0, concentration=10.0, log_loss=2.2).own_weight(np.array([0, 10, 90]))
    array([0. , 0.5, 0.9])
    """

    kappa: float
    concentration: float
    log_loss: float

    def own_weight(self, events: Counts) -> npt.NDArray[np.float64]:
        """Give the weight on the customer's own events, from 0 to 1."""
        return np.asarray(events / (events + self.concentration), dtype=np.float64)


def circular_kernel(n_bins: int, kappa: float) -> npt.NDArray[np.float64]:
    """Give the kernel of *n_bins* around a circle; each row sums to 1."""
    if np.isinf(kappa):
        return np.eye(n_bins)
    angle = 2 * np.pi * np.arange(n_bins) / n_bins
    weights = np.exp(kappa * (np.cos(angle[:, None] - angle) - 1))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def estimate_population(
    counts: npt.NDArray[np.int64], *, kappas: Sequence[float], default: Shrinkage
) -> npt.NDArray[np.float64]:
    """Give the shares of the bins over all customers.

    They are shrunk by the same formula towards equal shares, kernel and
    concentration fitted to all events as if of one customer.
    """
    totals = counts.sum(axis=0, keepdims=True)
    equal = np.full(counts.shape[1], 1 / counts.shape[1])
    how = fit_shrinkage(totals, equal, kappas=kappas, default=default)
    shares: npt.NDArray[np.float64] = shrink(totals, equal, how)[0]
    return shares


def shrink(
    counts: Counts,
    population: npt.NDArray[np.float64],
    how: Shrinkage,
) -> npt.NDArray[np.float64]:
    """Give the probabilities of each bin for each customer; each row sums to 1.

    Counts may be weighted, so that old events count for less than one.
    """
    own = _smooth(counts, how.kappa)
    events = counts.sum(axis=1, keepdims=True)
    shrunk = (own + how.concentration * population) / (events + how.concentration)
    return np.asarray(shrunk, dtype=np.float64)


def fit_shrinkage(
    counts: Counts,
    population: npt.NDArray[np.float64],
    *,
    kappas: Sequence[float],
    default: Shrinkage,
) -> Shrinkage:
    """Choose kernel and concentration by leaving out each event in turn, in closed form.

    Only customers with two events or more have anything to say; without any
    the *default* stays.
    """
    repeaters = np.flatnonzero(counts.sum(axis=1) > 1)
    if not len(repeaters):
        return default
    if len(repeaters) > _MOST_CUSTOMERS:
        # Drawn by lot, for ids may have a rhythm; always the same lot.
        repeaters = np.random.default_rng(0).choice(repeaters, _MOST_CUSTOMERS, replace=False)
    counts = counts[repeaters]
    fits = [_fit_concentration(counts, population, kappa) for kappa in kappas]
    return min(fits, key=lambda fit: fit.log_loss)


def _fit_concentration(
    counts: Counts, population: npt.NDArray[np.float64], kappa: float
) -> Shrinkage:
    alone = circular_kernel(len(population), kappa)[0, 0]
    customers, bins = np.nonzero(counts)
    times = counts[customers, bins]
    others = counts.sum(axis=1)[customers] - 1
    # Rounding may leave a trace below zero where an event is alone.
    own = np.maximum(_smooth(counts, kappa)[customers, bins] - alone, 0)
    prior = population[bins]

    def log_loss(log_concentration: float) -> float:
        s = np.exp(log_concentration)
        return float(-(times @ np.log((own + s * prior) / (others + s))) / times.sum())

    best = minimize_scalar(
        log_loss, bounds=(_LOWEST, _HIGHEST), method="bounded", options={"xatol": 0.01}
    )
    return Shrinkage(
        kappa=float(kappa), concentration=float(np.exp(best.x)), log_loss=float(best.fun)
    )


def _smooth(counts: Counts, kappa: float) -> npt.NDArray[np.float64]:
    """Spread *counts* by the kernel; without one there is nothing to multiply by."""
    if np.isinf(kappa):
        return counts.astype(np.float64)
    return np.asarray(counts @ circular_kernel(counts.shape[1], kappa), dtype=np.float64)
