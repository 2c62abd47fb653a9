"""What a period that is over teaches about the chances that a model gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from crmlib.statistics._purchase_histories import PurchaseHistories

    Floats = npt.NDArray[np.float64]

INTERCEPT = "intercept"

_SURE = 1e-6
"""Chances nearer to 0 or 1 than this are taken for it: their log-odds must be finite."""


def history_features(
    chance: Floats, spend: Floats, histories: PurchaseHistories
) -> dict[str, Floats]:
    """Give what is known of each customer, on the scales on which it adds up.

    Parameters
    ----------
    chance : ndarray of float
        Of a purchase, as BG/NBD gives it.
    spend : ndarray of float
        Money of a purchase, above 0.
    histories : PurchaseHistories
        Repeats, silence and tenure, of which BG/NBD may make too much or too
        little.

    Returns
    -------
    dict of str to ndarray of float
        ``log_odds``, ``log_spend``, ``log_repeats``, ``log_recency_days`` and
        ``log_tenure_days``.
    """
    return {
        "log_odds": logit(np.clip(chance, _SURE, 1 - _SURE)),
        "log_spend": np.log(spend),
        "log_repeats": np.log1p(histories.x),
        "log_recency_days": np.log1p(histories.T - histories.t_x),
        "log_tenure_days": np.log1p(histories.T),
    }


def learn_correction(
    features: Mapping[str, Floats], happened: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """Learn by logistic regression what *features* say of who did.

    Weights are drawn towards 0 as scikit-learn does by default, with features
    of unit variance, and given for the features as they are.

    Parameters
    ----------
    features : mapping of str to ndarray of float
        Such as :func:`history_features` gives.
    happened : ndarray of bool
        True for some, not for all.

    Returns
    -------
    dict of str to float
        ``intercept``, and the weight of each feature.
    """
    columns = np.column_stack(list(features.values()))
    scaler = StandardScaler().fit(columns)
    regression = LogisticRegression(tol=1e-8).fit(scaler.transform(columns), happened)
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - weights @ scaler.mean_)
    return {INTERCEPT: intercept, **dict(zip(features, weights.tolist(), strict=True))}


def correct(features: Mapping[str, Floats], correction: Mapping[str, float]) -> Floats:
    """Give the chances as :func:`learn_correction` learned to tell them."""
    weights = np.array([correction[name] for name in features])
    columns = np.column_stack(list(features.values()))
    return np.asarray(expit(correction[INTERCEPT] + columns @ weights))
