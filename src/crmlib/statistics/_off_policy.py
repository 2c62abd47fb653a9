"""What a policy would have earned, told from what another one did.

A log holds for each decision what was chosen, the probability (propensity)
with which it was, and the reward.  A policy gives for each decision the
probability of each choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import ndtri

from crmlib.exceptions import InvalidParameterError
from crmlib.statistics._decision_log import DecisionLog, check_matrix, check_policy

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class OffPolicyEstimate:
    """The mean reward of a policy, or a difference of two, with its interval.

    Parameters
    ----------
    value : float
        Reward per decision.
    standard_error : float
        By the influence function, clustered where clusters were given.
    interval : tuple of (float, float)
        Value plus and minus the normal quantile times the standard error.
    alpha : float
        The share of such intervals that miss the truth.
    decisions : int
        Rows of the log.
    effective_sample_size : float
        ``(Σw)² / Σw²``: as many decisions of the policy itself would tell as
        much.
    max_weight : float
        The largest w = policy over propensity; where one decision weighs as
        much as hundreds, normal intervals are too short.
    """

    value: float
    standard_error: float
    interval: tuple[float, float]
    alpha: float
    decisions: int
    effective_sample_size: float
    max_weight: float


def estimate_ips(
    rewards: npt.ArrayLike,
    chosen: npt.ArrayLike,
    propensities: npt.ArrayLike,
    policy: npt.ArrayLike,
    *,
    clusters: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> OffPolicyEstimate:
    """Estimate the value of *policy* by inverse propensity scoring: mean(w r) [1]_.

    Parameters
    ----------
    rewards : array-like of shape (n_decisions,)
        What came of each decision.
    chosen : array-like of int, shape (n_decisions,)
        Number of the column of *policy* that was chosen, from 0.
    propensities : array-like of shape (n_decisions,)
        Probability with which it was, above 0 and at most 1.
    policy : array-like of shape (n_decisions, n_choices)
        Probabilities by the policy to be judged; each row sums to 1.
    clusters : array-like of shape (n_decisions,), optional
        Ids of those who are not independent of themselves: customers.
    alpha : float, default=0.05
        The share of intervals that miss the truth.

    Raises
    ------
    InvalidParameterError
        If shapes do not agree, or a number is not as described.

    References
    ----------
    .. [1] D. G. Horvitz, D. J. Thompson, *A generalization of sampling without
       replacement from a finite universe*, JASA 47 (1952), p. 670.

    Examples
    --------
    >>> policy = [[1, 0], [1, 0], [0, 1], [0, 1]]
    >>> estimate_ips([1, 0, 1, 1], [0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5], policy).value
    1.0
    """
    log = DecisionLog.of(rewards, chosen, propensities, clusters=clusters, alpha=alpha)
    weights = log.weights(check_policy("policy", policy, log))
    values = weights * log.rewards
    return _estimate(log, float(values.mean()), values - values.mean(), weights)


def estimate_snips(
    rewards: npt.ArrayLike,
    chosen: npt.ArrayLike,
    propensities: npt.ArrayLike,
    policy: npt.ArrayLike,
    *,
    clusters: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> OffPolicyEstimate:
    """Estimate the value of *policy* by self-normalised scoring: Σ w r / Σ w [1]_.

    Takes what :func:`estimate_ips` takes.  A little biased, far less noisy
    where weights vary, and unmoved by adding a constant to all rewards.

    Raises
    ------
    InvalidParameterError
        As :func:`estimate_ips`; and if the policy never does what was done.

    References
    ----------
    .. [1] A. Swaminathan, T. Joachims, *The self-normalized estimator for
       counterfactual learning*, NeurIPS 2015, eq. 8.

    Examples
    --------
    >>> policy = [[1, 0], [1, 0], [0, 1], [0, 1]]
    >>> estimate_snips([1, 0, 1, 1], [0, 1, 1, 0], [0.5, 0.5, 0.25, 0.5], policy).value
    1.0
    """
    log = DecisionLog.of(rewards, chosen, propensities, clusters=clusters, alpha=alpha)
    weights = log.weights(check_policy("policy", policy, log))
    if not weights.any():
        raise InvalidParameterError(
            "policy", "one that never chooses what was chosen", "one that sometimes does"
        )
    value = float(weights @ log.rewards / weights.sum())
    return _estimate(log, value, weights * (log.rewards - value) / weights.mean(), weights)


def estimate_dr(
    rewards: npt.ArrayLike,
    chosen: npt.ArrayLike,
    propensities: npt.ArrayLike,
    policy: npt.ArrayLike,
    predictions: npt.ArrayLike,
    *,
    clusters: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> OffPolicyEstimate:
    """Estimate the value of *policy*, doubly robust: mean(Σ π q + w (r - q)) [1]_.

    Right if the propensities are, however bad the *predictions*; good ones
    make it less noisy.

    Parameters
    ----------
    rewards, chosen, propensities, policy, clusters, alpha
        As :func:`estimate_ips` takes them.
    predictions : array-like of shape (n_decisions, n_choices)
        q: the reward expected of each choice, learned from other decisions
        than the one that it is for.

    Raises
    ------
    InvalidParameterError
        If shapes do not agree, or a number is not as described.

    References
    ----------
    .. [1] M. Dudík, J. Langford, L. Li, *Doubly robust policy evaluation and
       learning*, ICML 2011, eq. 3.

    Examples
    --------
    >>> policy, predictions = [[1, 0], [1, 0]], [[0.5, 0.25], [0.75, 0.5]]
    >>> estimate_dr([1, 0], [0, 1], [0.5, 0.5], policy, predictions).value
    1.125
    """
    log = DecisionLog.of(rewards, chosen, propensities, clusters=clusters, alpha=alpha)
    mine = check_policy("policy", policy, log)
    values = _doubly_robust(log, mine, check_matrix("predictions", predictions, log, mine.shape))
    return _estimate(log, float(values.mean()), values - values.mean(), log.weights(mine))


def estimate_dr_difference(
    rewards: npt.ArrayLike,
    chosen: npt.ArrayLike,
    propensities: npt.ArrayLike,
    policy: npt.ArrayLike,
    predictions: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> OffPolicyEstimate:
    """Estimate how much more *policy* earns than *baseline*, doubly robust and paired.

    Both are judged by the same decisions, so what is common to both cancels;
    where they agree on everybody the difference is 0 without any doubt.

    Parameters
    ----------
    rewards, chosen, propensities, policy, predictions, clusters, alpha
        As :func:`estimate_dr` takes them.
    baseline : array-like of shape (n_decisions, n_choices)
        The policy to be compared with.

    Returns
    -------
    OffPolicyEstimate
        Effective sample size and largest weight are those of *policy*.

    Raises
    ------
    InvalidParameterError
        If shapes do not agree, or a number is not as described.

    Examples
    --------
    >>> policy, baseline = [[1, 0], [0, 1]], [[1, 0], [1, 0]]
    >>> predictions = [[0.5, 0.25], [0.75, 0.5]]
    >>> log = [1, 1], [0, 1], [0.5, 0.5]
    >>> estimate_dr_difference(*log, policy, predictions, baseline=baseline).value
    0.375
    """
    log = DecisionLog.of(rewards, chosen, propensities, clusters=clusters, alpha=alpha)
    mine = check_policy("policy", policy, log)
    other = check_policy("baseline", baseline, log)
    expected = check_matrix("predictions", predictions, log, mine.shape)
    check_matrix("baseline", other, log, mine.shape)
    values = _doubly_robust(log, mine, expected) - _doubly_robust(log, other, expected)
    return _estimate(log, float(values.mean()), values - values.mean(), log.weights(mine))


def _doubly_robust(log: DecisionLog, policy: Floats, predictions: Floats) -> Floats:
    surprise = log.rewards - predictions[log.rows, log.chosen]
    return np.asarray((policy * predictions).sum(axis=1) + log.weights(policy) * surprise)


def _estimate(
    log: DecisionLog, value: float, influence: Floats, weights: Floats
) -> OffPolicyEstimate:
    error = log.standard_error(influence)
    half = float(-ndtri(log.alpha / 2)) * error
    squares = float(weights @ weights)
    return OffPolicyEstimate(
        value=value,
        standard_error=error,
        interval=(value - half, value + half),
        alpha=log.alpha,
        decisions=len(weights),
        effective_sample_size=float(weights.sum()) ** 2 / squares if squares else 0.0,
        max_weight=float(weights.max()),
    )
