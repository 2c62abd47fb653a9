"""Gamma-Gamma: what a purchase of each customer is worth, by maximum likelihood.

P. S. Fader, B. G. S. Hardie, K. L. Lee, "RFM and CLV: Using Iso-value Curves
for Customer Base Analysis", Journal of Marketing Research 42 (2005), 415-430;
Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), eq. 1a, 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import gammaln, psi

from crmlib.exceptions import InvalidTableError
from crmlib.statistics._likelihood_search import MOST_STEPS, climb, polish
from crmlib.statistics._one_thread import one_thread

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LIMITS = {"p": (1e-4, 1e4), "q": (1.001, 1e4), "v": (1e-6, 1e8)}
"""Where each is looked for; q above 1, as without that the mean is infinite."""

MOST_CUSTOMERS = 20_000
"""Above this the starts are told apart on customers evenly chosen by value."""

_STARTS = ((1.0, 3.0), (6.0, 4.0), (0.5, 1.5))


@attrs.frozen
class GammaGamma:
    """The three parameters of Gamma-Gamma; *v* in money."""

    p: float
    q: float
    v: float

    def expected_spend(self, n: Floats, mean: Floats) -> Floats:
        """Give the value of a purchase to come, after *n* purchases worth *mean* each.

        A customer without one gets the mean of all, ``p v / (q - 1)``.
        """
        return self.p * (self.v + n * mean) / (self.p * n + self.q - 1)


@attrs.frozen(kw_only=True)
class GammaGammaFit:
    """What the search for the maximum found."""

    model: GammaGamma
    log_likelihood: float
    at_limit: tuple[str, ...]


def fit_gamma_gamma(n: Floats, mean: Floats) -> GammaGammaFit:
    """Find the parameters under which the mean values of purchases are likeliest.

    Parameters
    ----------
    n : ndarray of float, shape (n_customers,)
        Purchases, one or more.
    mean : ndarray of float, shape (n_customers,)
        Money per purchase, above 0.

    Raises
    ------
    InvalidTableError
        If there are no customers, or no start converged.
    """
    if not len(n):
        raise InvalidTableError(
            "customers", "holds nobody whose purchases have a value", "look at the amounts"
        )
    unit = float(np.exp(np.log(mean).mean()))
    depth = _Depth(n, mean / unit)
    some = depth
    if len(n) > MOST_CUSTOMERS:
        chosen = np.lexsort((n, mean))[:: len(n) // MOST_CUSTOMERS + 1]
        some = _Depth(n[chosen], mean[chosen] / unit)
    with one_thread():
        ends = [climb(some, np.log([p, q, (q - 1) / p]), LIMITS) for p, q in _STARTS]
        end = max(ends, key=lambda end: (end.converged, end.height))
        if some is not depth:
            end = polish(depth, end, some, LIMITS)
    if not end.converged:
        raise InvalidTableError(
            "customers",
            f"has values of purchases whose likelihood found no maximum in {MOST_STEPS} steps",
            "look at the values for some that cannot be",
        )
    p, q, v = (float(value) for value in np.exp(end.logs))
    return GammaGammaFit(
        model=GammaGamma(p, q, v * unit),
        log_likelihood=len(n) * (end.height - float(np.log(unit))),
        at_limit=end.at_limit,
    )


def log_likelihood(n: Floats, mean: Floats, model: GammaGamma) -> tuple[float, Floats]:
    """Give the log-likelihood of the means, and its slope in p, q and v."""
    return _Likelihood(n, mean)(np.array(attrs.astuple(model)))


class _Depth:
    """Minus the mean log-likelihood per customer, and its slope, in logarithms."""

    def __init__(self, n: Floats, mean: Floats) -> None:
        self.likelihood, self.customers = _Likelihood(n, mean), len(n)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        value, slope = self.likelihood(np.exp(logs))
        return -value / self.customers, -slope * np.exp(logs) / self.customers


class _Likelihood:
    """The log-likelihood as a function of p, q and v; special functions once per count."""

    def __init__(self, n: Floats, mean: Floats) -> None:
        self.counts, which = np.unique(n, return_inverse=True)
        self.customers = np.bincount(which).astype(np.float64)
        self.n, self.total = n, n * mean
        self.log_total = np.bincount(which, weights=np.log(self.total))
        self.log_mean = float(np.log(mean).sum())

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        """Give the value and its slope in p, q and v."""
        p, q, v = parameters
        shape, heads = p * self.counts, self.customers
        whole = v + self.total
        logs = np.log(whole)
        n_logs, all_logs = float(self.n @ logs), float(logs.sum())
        value = (
            heads @ (gammaln(shape + q) - gammaln(shape) - gammaln(q))
            + heads.sum() * q * np.log(v)
            + p * (self.counts @ self.log_total - n_logs)
            - q * all_logs
            - self.log_mean
        )
        sums = psi(shape + q)
        slope_p = (heads * self.counts) @ (sums - psi(shape))
        slope_p += self.counts @ self.log_total - n_logs
        slope_q = heads @ (sums - psi(q) + np.log(v)) - all_logs
        slope_v = heads.sum() * q / v - float(((p * self.n + q) / whole).sum())
        return float(value), np.array([slope_p, slope_q, slope_v])
