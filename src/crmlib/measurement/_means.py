"""Two means: how far apart."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from scipy.special import stdtr, stdtrit

from crmlib.measurement._arguments import check_share, check_values
from crmlib.measurement._estimate import Estimate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FEWEST = 2
"""Customers that an arm needs to show a spread."""


def estimate_mean_difference(
    treated: npt.ArrayLike, control: npt.ArrayLike, *, alpha: float = 0.05
) -> Estimate:
    """Estimate the difference of two means, with the interval of Welch's t.

    The arms may differ in size and spread [1]_.

    Parameters
    ----------
    treated, control : array-like of float, shape (n_customers,)
        One number per customer of each arm, zeros included.
    alpha : float, default=0.05
        The share of such intervals that miss the truth.

    Returns
    -------
    Estimate
        The treated mean minus the control mean.

    Raises
    ------
    InvalidParameterError
        If a number is not finite or *alpha* is not between 0 and 1.

    References
    ----------
    .. [1] B. L. Welch, "The generalization of 'Student's' problem when several
       different population variances are involved", *Biometrika* 34, 1947,
       pp. 28-35.

    Examples
    --------
    >>> spend = estimate_mean_difference([30, 0, 10, 20], [0, 10, 0, 10])
    >>> spend.value, [round(end, 4) for end in spend.interval]
    (10.0, [-9.349, 29.349])
    """
    check_share("alpha", alpha)
    t, c = check_values("treated", treated), check_values("control", control)
    if len(t) == 0 or len(c) == 0:
        return Estimate(value=None, alpha=alpha, reason="one of the arms has no customers")
    value = float(t.mean() - c.mean())
    if len(t) < FEWEST or len(c) < FEWEST:
        return Estimate(value=value, alpha=alpha, reason="one of the arms has a single customer")
    from_t, from_c = _variance(t) / len(t), _variance(c) / len(c)
    if from_t + from_c == 0:
        return Estimate(
            value=value, alpha=alpha, reason="within each arm all customers did the same"
        )
    freedom = (from_t + from_c) ** 2 / (from_t**2 / (len(t) - 1) + from_c**2 / (len(c) - 1))
    error = sqrt(from_t + from_c)
    half = -float(stdtrit(freedom, alpha / 2)) * error
    return Estimate(
        value=value,
        standard_error=error,
        interval=(value - half, value + half),
        alpha=alpha,
        statistic=value / error,
        p_value=float(2 * stdtr(freedom, -abs(value / error))),
    )


def _variance(values: npt.NDArray[np.float64]) -> float:
    """Give the sample variance; exactly 0 for equal values, however their mean rounds."""
    return float(values.var(ddof=1)) if (values != values[0]).any() else 0.0
