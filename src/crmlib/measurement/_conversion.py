"""Two conversion rates: how far apart, and how many times as high."""

from __future__ import annotations

from math import exp, log, sqrt

from scipy.special import ndtr, ndtri

from crmlib.measurement._arguments import check_count, check_share
from crmlib.measurement._estimate import Estimate


def estimate_conversion_difference(
    treated_buyers: int, treated: int, control_buyers: int, control: int, *, alpha: float = 0.05
) -> Estimate:
    """Estimate the difference of two conversion rates, with Wald's interval.

    The variance is not pooled: the two rates are not assumed to be equal [1]_.

    Parameters
    ----------
    treated_buyers, control_buyers : int
        Customers who bought, per arm.
    treated, control : int
        Customers in each arm.
    alpha : float, default=0.05
        The share of such intervals that miss the truth.

    Returns
    -------
    Estimate
        The treated rate minus the control rate (-1 to 1).  Without interval
        where nobody or everybody bought in both arms: the formula would give
        a width of 0, which is not what is known.

    Raises
    ------
    InvalidParameterError
        If a count is negative or buyers are more than customers, or *alpha*
        is not between 0 and 1.

    References
    ----------
    .. [1] A. Agresti, *Categorical Data Analysis*, 2nd ed., Wiley, 2002,
       section 3.1.

    Examples
    --------
    >>> lift = estimate_conversion_difference(121, 1000, 80, 1000)
    >>> round(lift.value, 3), [round(end, 4) for end in lift.interval]
    (0.041, [0.0147, 0.0673])
    """
    _check(treated_buyers, treated, control_buyers, control, alpha)
    if treated == 0 or control == 0:
        return Estimate(value=None, alpha=alpha, reason="one of the arms has no customers")
    rate, base = treated_buyers / treated, control_buyers / control
    error = sqrt(rate * (1 - rate) / treated + base * (1 - base) / control)
    if error == 0:
        return Estimate(
            value=rate - base, alpha=alpha, reason="within each arm all customers did the same"
        )
    half = float(-ndtri(alpha / 2)) * error
    z = (rate - base) / error
    return Estimate(
        value=rate - base,
        standard_error=error,
        interval=(rate - base - half, rate - base + half),
        alpha=alpha,
        statistic=z,
        p_value=float(2 * ndtr(-abs(z))),
    )


def estimate_relative_lift(
    treated_buyers: int, treated: int, control_buyers: int, control: int, *, alpha: float = 0.05
) -> Estimate:
    """Estimate how much higher one conversion rate is, relative to the other.

    The interval is that of the logarithm of the ratio of the two rates [1]_,
    brought back and less 1.

    Parameters
    ----------
    treated_buyers, treated, control_buyers, control, alpha
        As in :func:`estimate_conversion_difference`.

    Returns
    -------
    Estimate
        The ratio less 1: 0.5 means that half as many again bought.  Not known
        where nobody bought in an arm.

    Raises
    ------
    InvalidParameterError
        As :func:`estimate_conversion_difference` does.

    References
    ----------
    .. [1] D. Katz, J. Baptista, S. P. Azen, M. C. Pike, "Obtaining confidence
       intervals for the risk ratio in cohort studies", *Biometrics* 34,
       1978, pp. 469-474, method C.

    Examples
    --------
    >>> lift = estimate_relative_lift(10, 75, 12, 225)
    >>> round(lift.value, 9), [round(end, 4) for end in lift.interval]
    (1.5, [0.1262, 4.5499])
    """
    _check(treated_buyers, treated, control_buyers, control, alpha)
    if treated == 0 or control == 0:
        return Estimate(value=None, alpha=alpha, reason="one of the arms has no customers")
    if treated_buyers == 0 or control_buyers == 0:
        return Estimate(value=None, alpha=alpha, reason="nobody bought in one of the arms")
    rate, base = treated_buyers / treated, control_buyers / control
    error = sqrt((1 - rate) / treated_buyers + (1 - base) / control_buyers)
    if error == 0:
        return Estimate(
            value=0.0, alpha=alpha, reason="within each arm all customers did the same"
        )
    ratio = rate / base
    factor = exp(float(-ndtri(alpha / 2)) * error)
    z = log(ratio) / error
    return Estimate(
        value=ratio - 1,
        standard_error=error,
        interval=(ratio / factor - 1, ratio * factor - 1),
        alpha=alpha,
        statistic=z,
        p_value=float(2 * ndtr(-abs(z))),
    )


def _check(
    treated_buyers: int, treated: int, control_buyers: int, control: int, alpha: float
) -> None:
    check_count("treated", treated)
    check_count("control", control)
    check_count("treated_buyers", treated_buyers, treated)
    check_count("control_buyers", control_buyers, control)
    check_share("alpha", alpha)
