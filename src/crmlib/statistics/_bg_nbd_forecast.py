"""What BG/NBD expects of a customer, given the history.

If a customer with history (x, t_x, T) is still there, the rate is
Gamma(r + x, alpha + T) and the chance to leave after a purchase is
p ~ Beta(a, b + x).  Then in t days to come

    E[purchases] = E_p[(1 - (1 + p t / (alpha + T)) ** -(r + x)) / p],

which Fader, Hardie and Lee (2005, eq. 10) write with the Gaussian
hypergeometric function.  Here the mean over p is a sum over fixed points, the
trapezoidal rule in log(p / (1 - p)), exact to six digits or more: it holds at
a = 1, where theirs divides by zero, for customers with thousands of purchases,
and as an expression of any engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.statistics._bg_nbd import BgNbd
    from crmlib.statistics._purchase_histories import Ints, PurchaseHistories

    Floats = npt.NDArray[np.float64]

_NEVER = -800.0
"""A logarithm of what is nothing, also to the power 1."""

_MOST_PURCHASES = 10_000
_BLOCK = 20_000


@attrs.frozen(eq=False)
class Points:
    """Points p between 0 and 1, with the weights of Beta(a, b).

    Parameters
    ----------
    p : ndarray of float, rising
        The first is 0 and stands for all that is below the second.
    log_stay : ndarray of float
        log(1 - p).
    weight : ndarray of float
        In proportion to the density; that of Beta(a, b + x) is ``weight *
        exp(x * log_stay)``.
    """

    p: Floats
    log_stay: Floats
    weight: Floats


def make_points(a: float, b: float, *, widest: float = 0.5, farthest: float = 18.0) -> Points:
    """Give the points over which means under Beta(a, b + x) are taken.

    Steps of log(p / (1 - p)) are *widest*, or less where Beta(a, b) is narrow.
    They reach from where customers with thousands of purchases are to where
    those without any are, and over the tails beyond to a weight of
    exp(-*farthest*); a tail that is longer is one point at either end.

    With the defaults means are right to six digits or more, from 50 to 90
    points; steps of 1 and a reach of 12 give three digits from half as many.
    """
    step = min(widest, (widest / a) ** 0.5)
    low = np.log(a / (b + _MOST_PURCHASES)) - farthest / a - 6 * a**-0.5
    high = np.log(a / b) + farthest / b + 6 * b**-0.5
    high = max(high, np.log((a + 6 * a**0.5 + farthest) / b))
    low, high = max(low, -farthest), min(high, farthest)
    grid = low + step * np.arange(int((high - low) / step) + 2)
    log_leave, log_stay = -np.logaddexp(0, -grid), -np.logaddexp(0, grid)
    logs = a * log_leave + b * log_stay
    # Beyond both ends the terms fall like geometric series: one point each.
    below = logs[0] - a * step - np.log(-np.expm1(-a * step))
    above = logs[-1] - b * step - np.log(-np.expm1(-b * step))
    logs = np.concatenate([[below], logs, [above]])
    return Points(
        np.concatenate([[0.0], np.exp(log_leave), [1.0]]),
        np.concatenate([[0.0], log_stay, [_NEVER]]),
        np.exp(logs - logs.max()),
    )


def probability_alive(model: BgNbd, histories: PurchaseHistories) -> Floats:
    """Give the chance that each customer has not left, from 0 to 1."""
    x = histories.x
    silence = np.log(model.alpha + histories.T) - np.log(model.alpha + histories.t_x)
    again = np.maximum(x, 1)
    gone = np.log(model.a) - np.log(model.b + again - 1) + (model.r + x) * silence
    return np.asarray(np.where(x > 0, expit(-gone), 1.0))


def purchase_probability(model: BgNbd, histories: PurchaseHistories, days: float) -> Floats:
    """Give the chance that each customer buys within *days*, from 0 to 1."""
    calm = np.log1p(days / (model.alpha + histories.T))
    buys = -np.expm1(-(model.r + histories.x) * calm)
    return np.asarray(probability_alive(model, histories) * buys)


def expected_purchases(
    model: BgNbd, histories: PurchaseHistories, days: Floats, points: Points | None = None
) -> Floats:
    """Give the purchases that are expected of each customer within each of *days*.

    Means are taken over *points*, by default those of ``make_points``.

    Returns
    -------
    ndarray of float, shape (n_customers, n_days)
    """
    spans = int(histories.T.max(initial=0)) + 1
    pairs, which = np.unique(histories.x * spans + histories.T, return_inverse=True)
    points = points or make_points(model.a, model.b)
    blocks = [
        _expect(model, points, block // spans, block % spans, days)
        for block in np.array_split(pairs, len(pairs) // _BLOCK + 1)
    ]
    alive = probability_alive(model, histories)
    return np.asarray(alive[:, None] * np.concatenate(blocks)[which])


def _expect(model: BgNbd, points: Points, x: Ints, T: Ints, days: Floats) -> Floats:
    """Give the expectations of customers who are there, a row per history."""
    shares = points.weight * np.exp(x[:, None] * points.log_stay)
    shares /= shares.sum(axis=1, keepdims=True)
    rate = model.r + x
    answer = np.empty((len(x), len(days)))
    for column, span in enumerate(days):
        ahead = span / (model.alpha + T)
        some = points.p[1:]
        bought = -np.expm1(-rate[:, None] * np.log1p(ahead[:, None] * some)) / some
        answer[:, column] = shares[:, 0] * rate * ahead + (shares[:, 1:] * bought).sum(axis=1)
    return answer
