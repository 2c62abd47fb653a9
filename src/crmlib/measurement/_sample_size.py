"""How many customers an arm needs to show a difference in conversion."""

from __future__ import annotations

from math import asin, sqrt

from scipy.special import ndtri

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._arguments import check_share


def sample_size_by_arcsine(
    base_rate: float, new_rate: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Give the customers per arm by Cohen's arcsine transformation [1]_.

    Parameters
    ----------
    base_rate, new_rate : float
        Conversion without and with the message, both between 0 and 1.
    power : float, default=0.8
        How often the difference shall be found.
    alpha : float, default=0.05
        How often, two-sided, one may be found where there is none.

    Returns
    -------
    float
        Customers in each of two equal arms; round it up.

    Raises
    ------
    InvalidParameterError
        If a number is not between 0 and 1, or both rates are the same.

    References
    ----------
    .. [1] J. Cohen, *Statistical Power Analysis for the Behavioral Sciences*,
       2nd ed., Erlbaum, 1988, chapter 6.

    Examples
    --------
    >>> round(sample_size_by_arcsine(0.10, 0.11), 1)
    14744.1
    """
    _check(base_rate, new_rate, power, alpha)
    effect = 2 * asin(sqrt(new_rate)) - 2 * asin(sqrt(base_rate))
    return 2 * (_quantiles(power, alpha) / effect) ** 2


def sample_size_by_normal(
    base_rate: float, new_rate: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Give the customers per arm by the closed form of the normal approximation.

    The variance of each arm is that of its own rate [1]_, as in
    :func:`estimate_conversion_difference`.

    Parameters
    ----------
    base_rate, new_rate, power, alpha
        As in :func:`sample_size_by_arcsine`.

    Returns
    -------
    float
        Customers in each of two equal arms; round it up.

    Raises
    ------
    InvalidParameterError
        As :func:`sample_size_by_arcsine` does.

    References
    ----------
    .. [1] S.-C. Chow, J. Shao, H. Wang, *Sample Size Calculations in Clinical
       Research*, 2nd ed., Chapman & Hall, 2008, section 4.2.

    Examples
    --------
    >>> round(sample_size_by_normal(0.10, 0.11), 1)
    14748.0
    """
    _check(base_rate, new_rate, power, alpha)
    variance = base_rate * (1 - base_rate) + new_rate * (1 - new_rate)
    return variance * (_quantiles(power, alpha) / (new_rate - base_rate)) ** 2


def _quantiles(power: float, alpha: float) -> float:
    return float(ndtri(power) - ndtri(alpha / 2))


def _check(base_rate: float, new_rate: float, power: float, alpha: float) -> None:
    for name, value in (
        ("base_rate", base_rate),
        ("new_rate", new_rate),
        ("power", power),
        ("alpha", alpha),
    ):
        check_share(name, value)
    if base_rate == new_rate:
        raise InvalidParameterError("new_rate", new_rate, "another rate than base_rate")
