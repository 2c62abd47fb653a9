"""BG/NBD: how often customers buy and whether they are still there, by maximum likelihood.

P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers the Easy
Way", Marketing Science 24 (2005), 275-284.  A customer buys at a rate that is
Gamma(r, alpha) among customers, and after each repeat purchase leaves for good
with a probability that is Beta(a, b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln, psi

from crmlib.exceptions import InvalidTableError
from crmlib.statistics._likelihood_search import MOST_STEPS, End, climb, polish
from crmlib.statistics._one_thread import one_thread
from crmlib.statistics._purchase_histories import PurchaseHistories, group, thin_out

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LIMITS = {"r": (1e-4, 1e4), "alpha": (1e-4, 1e6), "a": (1e-6, 1e2), "b": (1e-4, 1e6)}
"""Where each parameter is looked for; alpha in units of the mean tenure."""

MOST_GROUPS = 20_000
"""Above this the starts are told apart on so many customers, evenly chosen."""

_STARTS = [(r, a, b) for r in (0.3, 1.5) for a, b in ((0.8, 2.5), (0.05, 1.0))]


@attrs.frozen
class BgNbd:
    """The four parameters of BG/NBD.

    Parameters
    ----------
    r, alpha : float
        Shape of the purchase rates, and their scale in days.
    a, b : float
        Shape of the chances to leave.
    """

    r: float
    alpha: float
    a: float
    b: float


@attrs.frozen(kw_only=True, eq=False)
class BgNbdFit:
    """What the search for the maximum found.

    Parameters
    ----------
    model : BgNbd
    log_likelihood : float
        Of all customers together; it depends on the unit of time, here days.
    starts : DataFrame of shape (n_starts, 6)
        ``r``, ``alpha`` (days), ``a``, ``b`` and ``log_likelihood`` where each
        start led, and whether it ``converged``; of customers evenly chosen if
        histories are many.
    at_limit : tuple of str
        Parameters that stopped at the end of where they were looked for.
    """

    model: BgNbd
    log_likelihood: float
    starts: pd.DataFrame
    at_limit: tuple[str, ...]


def fit_bg_nbd(histories: PurchaseHistories) -> BgNbdFit:
    """Find the parameters under which *histories* are likeliest.

    Raises
    ------
    InvalidTableError
        If nobody bought again, all bought alike, or no start converged.
    """
    alike = group(histories)
    if not alike.x.any() or not alike.T.any():
        raise InvalidTableError(
            "customers",
            "holds nobody who bought again on a later day",
            "use RFMSegmenter or RuleSegmenter until some have",
        )
    if len(alike.x) == 1:
        raise InvalidTableError(
            "customers",
            "holds one history only: all bought equally often at equal times",
            "fit on customers who differ",
        )
    n_customers = int(alike.weight.sum())
    unit = float(np.average(alike.T, weights=alike.weight))
    few = alike
    if len(alike.x) > MOST_GROUPS:
        few = thin_out(alike, MOST_GROUPS)
    rate = np.average(few.x, weights=few.weight) / np.average(few.T, weights=few.weight) * unit
    depth = _Depth(few, unit)
    with one_thread():
        ends = [climb(depth, np.log([r, r / rate, a, b]), LIMITS) for r, a, b in _STARTS]
        best = max(ends, key=lambda end: (end.converged, end.height))
        end = best if few is alike else polish(_Depth(alike, unit), best, depth, LIMITS)
    if not end.converged:
        raise InvalidTableError(
            "customers",
            f"has repeat purchases whose likelihood found no maximum in {MOST_STEPS} steps",
            "look at frequency and tenure_days for values that cannot be",
        )
    return BgNbdFit(
        model=_to_model(end.logs, unit),
        log_likelihood=end.height * n_customers,
        starts=_describe(ends, unit, int(few.weight.sum())),
        at_limit=end.at_limit,
    )


def log_likelihood(histories: PurchaseHistories, model: BgNbd) -> tuple[float, Floats]:
    """Give the log-likelihood of *histories*, and its slope in r, alpha, a and b.

    Days enter as they are, so that *model* is in days.
    """
    return _Likelihood(group(histories), 1.0)(np.array(attrs.astuple(model)))


class _Likelihood:
    """The log-likelihood of histories as a function of the parameters.

    Functions of x and logarithms of days are computed once per value that
    occurs; a group of customers who bought again costs a few look-ups, one exp
    and one log1p, and the others nothing.

    Parameters
    ----------
    histories : PurchaseHistories
        Sorted by x.
    unit : float
        Days of the unit of alpha.
    """

    def __init__(self, histories: PurchaseHistories, unit: float) -> None:
        counts, begins = np.unique(histories.x, return_index=True)
        days = np.unique(np.concatenate([histories.t_x, histories.T]))
        last, end = (np.searchsorted(days, d) for d in (histories.t_x, histories.T))
        weight = histories.weight.astype(np.float64)
        self.total = float(weight.sum())
        self.x, self.days = counts.astype(np.float64), days / unit
        self.heads = np.add.reduceat(weight, begins)
        self.heads_by_end = np.bincount(end, weights=weight, minlength=len(days))
        self.events_by_end = np.bincount(end, weights=weight * histories.x, minlength=len(days))
        # Who bought once cannot have left, and is done with the sums above.
        n_once = int(np.searchsorted(histories.x, 1))
        self.again = counts > 0
        self.begins = begins[self.again] - n_once
        self.last, self.end, self.weight = last[n_once:], end[n_once:], weight[n_once:]
        self.events = histories.x[n_once:].astype(np.float64)
        self.place = np.repeat(
            np.arange(len(self.begins)), np.diff(np.append(self.begins, len(self.weight)))
        )

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        """Give the value and its slope in r, alpha, a and b."""
        r, alpha, a, b = parameters
        x, heads, again = self.x, self.heads, self.again
        logs, inverse = np.log(alpha + self.days), 1 / (alpha + self.days)
        stay = b + x[again] - 1
        silence = logs[self.end] - logs[self.last]
        # The log of the odds that a customer left with the last purchase.
        gone = (np.log(a) - np.log(stay))[self.place] + (r + self.events) * silence
        small = np.exp(-np.abs(gone))
        left = self.weight * np.where(gone > 0, 1.0, small) / (1 + small)
        ended = r * self.heads_by_end + self.events_by_end
        value = (
            heads @ (gammaln(r + x) - gammaln(r) + r * np.log(alpha))
            + heads @ (betaln(a, b + x) - betaln(a, b))
            - ended @ logs
            + self.weight @ (np.maximum(gone, 0.0) + np.log1p(small))
        )
        slope_r = (
            heads @ (psi(r + x) - psi(r))
            + self.total * np.log(alpha)
            - self.heads_by_end @ logs
            + left @ silence
        )
        slope_alpha = self.total * r / alpha - ended @ inverse
        slope_alpha += (left * (r + self.events)) @ (inverse[self.end] - inverse[self.last])
        n_left = np.add.reduceat(left, self.begins)
        both = psi(a + b) - psi(a + b + x)
        slope_a = heads @ both + n_left.sum() / a
        slope_b = heads @ (both + psi(b + x) - psi(b)) - n_left @ (1 / stay)
        return float(value), np.array([slope_r, slope_alpha, slope_a, slope_b])


class _Depth:
    """Minus the mean log-likelihood per customer, and its slope, in logarithms."""

    def __init__(self, histories: PurchaseHistories, unit: float) -> None:
        self.likelihood = _Likelihood(histories, unit)
        # The likelihood holds events over time: its unit was days and is now *unit*.
        events = np.average(histories.x, weights=histories.weight)
        self.shift = float(events * np.log(unit))

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        value, slope = self.likelihood(np.exp(logs))
        total = self.likelihood.total
        return self.shift - value / total, -slope * np.exp(logs) / total


def _to_model(logs: Floats, unit: float) -> BgNbd:
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return BgNbd(r, alpha * unit, a, b)


def _describe(ends: list[End], unit: float, n_customers: int) -> pd.DataFrame:
    rows = [
        {
            **attrs.asdict(_to_model(end.logs, unit)),
            "log_likelihood": end.height * n_customers,
            "converged": end.converged,
        }
        for end in ends
    ]
    return pd.DataFrame(rows).rename_axis("start")
