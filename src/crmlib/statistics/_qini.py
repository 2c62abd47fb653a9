"""How much of the effect of contacting everybody comes from those ranked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt


def qini_curve(
    scores: npt.ArrayLike,
    treated: npt.ArrayLike,
    rewards: npt.ArrayLike,
    *,
    propensities: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Give what contacting the best-ranked share would have brought, share by share.

    For each share of customers, from the highest score on, the mean reward of
    those treated among them less that of those who were not, times the share
    [1]_.  With several treatments against a control, *treated* says whether a
    customer got any; leave out those who got another than the one to be
    judged, and give the *propensities* if they differ.

    Parameters
    ----------
    scores : array-like of shape (n_customers,)
        By which they are ranked; equal scores are taken together.
    treated : array-like of bool, shape (n_customers,)
        Who got a message.
    rewards : array-like of shape (n_customers,)
        What came of it.
    propensities : array-like of shape (n_customers,), optional
        Probability with which each got what it got; by default the same for
        all who did.

    Returns
    -------
    DataFrame of shape (n_distinct_scores + 1, 3)
        ``share`` from 0 to 1, ``gain`` (reward per customer of all, on top of
        contacting nobody) and ``random`` (the same if contacted by lot).

    Raises
    ------
    InvalidParameterError
        If lengths differ, a number is not finite, or all or none are treated.

    References
    ----------
    .. [1] P. Gutierrez, J.-Y. Gérardy, *Causal inference and uplift modelling:
       a review of the literature*, PMLR 67 (2017), p. 8.

    Examples
    --------
    >>> curve = qini_curve([4, 3, 2, 1], [True, False, True, False], [1, 0, 1, 1])
    >>> curve["gain"].tolist()
    [0.0, 0.0, 0.5, 0.75, 0.5]
    >>> auuc(curve), qini_coefficient(curve)
    (0.375, 0.125)
    """
    columns = {"scores": scores, "rewards": rewards}
    if propensities is not None:
        columns["propensities"] = propensities
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    got = np.asarray(treated, dtype=bool)
    for name, array in arrays.items():
        if array.shape != (len(got),) or not np.isfinite(array).all():
            raise InvalidParameterError(
                name, f"shape {array.shape}", f"{len(got)} finite numbers, one for each treated"
            )
    if got.all() or not got.any():
        raise InvalidParameterError("treated", "only one kind", "some True and some False")
    weights = 1 / arrays.get("propensities", np.ones(len(got)))
    order = np.argsort(-arrays["scores"], kind="stable")
    ranked = arrays["scores"][order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    means = [
        _running_mean(arrays["rewards"][order], weights[order] * (got[order] == kind))[ends]
        for kind in (True, False)
    ]
    shares = (ends + 1) / len(got)
    gain = (means[0] - means[1]) * shares
    # where one of the two groups has nobody yet there is nothing to compare
    gain = np.append(0.0, np.where(np.isnan(gain), 0.0, gain))
    shares = np.append(0.0, shares)
    return pd.DataFrame({"share": shares, "gain": gain, "random": shares * gain[-1]})


def auuc(curve: pd.DataFrame) -> float:
    """Give the area under the uplift curve: the mean of ``gain`` over all shares.

    Parameters
    ----------
    curve : DataFrame
        As :func:`qini_curve` gives it.
    """
    return float(np.trapezoid(curve["gain"], curve["share"]))


def qini_coefficient(curve: pd.DataFrame) -> float:
    """Give the area between the uplift curve and the line of contacting by lot.

    Parameters
    ----------
    curve : DataFrame
        As :func:`qini_curve` gives it.
    """
    return auuc(curve) - float(np.trapezoid(curve["random"], curve["share"]))


def _running_mean(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    totals = np.cumsum(weights)
    sums = np.cumsum(weights * values)
    means = np.divide(sums, totals, out=np.full(len(sums), np.nan), where=totals > 0)
    return np.asarray(means, dtype=np.float64)
