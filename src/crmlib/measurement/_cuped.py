"""A difference of means, less what was there before the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._arguments import check_values
from crmlib.measurement._means import estimate_mean_difference

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.measurement._estimate import Estimate


@attrs.frozen(kw_only=True)
class CupedEstimate:
    """A difference of means with and without the adjustment.

    Parameters
    ----------
    adjusted, unadjusted : Estimate
        The difference of means after and before.
    theta : float
        Units of the outcome per unit of the covariate.
    variance_ratio : float or None
        Squared standard error after over before; 1 means that the covariate
        told nothing.  None where a standard error is not known.
    """

    adjusted: Estimate
    unadjusted: Estimate
    theta: float
    variance_ratio: float | None


def estimate_cuped_difference(
    treated: npt.ArrayLike,
    control: npt.ArrayLike,
    treated_before: npt.ArrayLike,
    control_before: npt.ArrayLike,
    *,
    alpha: float = 0.05,
) -> CupedEstimate:
    """Estimate a difference of means, adjusted for what was known before (CUPED).

    Each outcome loses ``theta * (before - mean of before)``, with theta the
    covariance of outcome and covariate over the variance of the covariate,
    both arms pooled [1]_.  How much that narrows the interval depends on the
    data: read :attr:`CupedEstimate.variance_ratio`.

    Parameters
    ----------
    treated, control : array-like of float, shape (n_customers,)
        The outcome of each customer.
    treated_before, control_before : array-like of float, shape (n_customers,)
        A covariate that the campaign cannot have touched, such as earlier
        spend, in the same order.
    alpha : float, default=0.05
        The share of such intervals that miss the truth.

    Returns
    -------
    CupedEstimate

    Raises
    ------
    InvalidParameterError
        If a number is not finite, the lengths differ, or *alpha* is not
        between 0 and 1.

    References
    ----------
    .. [1] A. Deng, Y. Xu, R. Kohavi, T. Walker, "Improving the sensitivity of
       online controlled experiments by utilizing pre-experiment data",
       *WSDM* 2013, pp. 123-132, section 3.

    Examples
    --------
    >>> result = estimate_cuped_difference([5, 7, 9], [3, 5, 7], [1, 2, 3], [1, 2, 3])
    >>> result.adjusted.value, round(result.theta, 6)
    (2.0, 2.0)
    """
    t, c = check_values("treated", treated), check_values("control", control)
    t_x = check_values("treated_before", treated_before)
    c_x = check_values("control_before", control_before)
    for name, before, outcome in (("treated_before", t_x, t), ("control_before", c_x, c)):
        if len(before) != len(outcome):
            expected = f"as long as its arm ({len(outcome)})"
            raise InvalidParameterError(name, f"{len(before)} numbers", expected)
    y, x = np.concatenate([t, c]), np.concatenate([t_x, c_x])
    centred = x - x.mean() if len(x) else x
    spread = float(centred @ centred)
    theta = float(centred @ (y - y.mean())) / spread if spread > 0 else 0.0
    unadjusted = estimate_mean_difference(t, c, alpha=alpha)
    adjusted = estimate_mean_difference(
        t - theta * centred[: len(t)], c - theta * centred[len(t) :], alpha=alpha
    )
    ratio = None
    if adjusted.standard_error is not None and unadjusted.standard_error is not None:
        ratio = (adjusted.standard_error / unadjusted.standard_error) ** 2
    return CupedEstimate(
        adjusted=adjusted, unadjusted=unadjusted, theta=theta, variance_ratio=ratio
    )
