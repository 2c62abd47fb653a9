"""The gate: a way of choosing and the best single message, judged on the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners._context import default_model, fit_by_arm, predict_rewards, read_context
from crmlib.planners._policy_evaluation import Alternative, PolicyEvaluation
from crmlib.statistics import (
    estimate_dr,
    estimate_dr_difference,
    estimate_ips,
    estimate_snips,
    hashed_uniforms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from crmlib.planners._message_policy import MessagePolicy

    Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class Trial:
    """What is judged, and against what.

    Parameters
    ----------
    arms : tuple of str
        The messages, and last the name of sending none.
    may_skip : bool
        Whether sending none to anybody is one of the single messages.
    contacted : float
        Share of customers that a single message is sent to, by lot.
    costs : tuple of float
        What each arm costs, in the unit of the rewards.
    context : tuple of str
        Columns that the reward model looks at.
    reward_model : estimator or None
        Tells what each message will bring.
    """

    arms: tuple[str, ...]
    may_skip: bool
    contacted: float
    costs: tuple[float, ...]
    context: tuple[str, ...]
    reward_model: Any

    @property
    def singles(self) -> range:
        """Numbers of the arms that can be the best single message."""
        return range(len(self.arms) if self.may_skip else len(self.arms) - 1)

    def single_policy(self, arm: int, n_customers: int) -> Floats:
        """Give the probabilities by which everybody gets *arm*, within the budget."""
        policy = np.zeros((n_customers, len(self.arms)))
        policy[:, -1] = 1 - self.contacted
        policy[:, arm] += self.contacted
        return policy


def evaluate_policy(
    responses: pd.DataFrame,
    learn: Callable[[pd.DataFrame], MessagePolicy],
    trial: Trial,
    *,
    n_folds: int,
    alpha: float,
) -> PolicyEvaluation:
    """Judge what *learn* makes of some customers on others.

    The customers come in parts, by lot.  Each part but the first is judged by
    what those before it taught, so that what is judged never teaches what was
    judged before.  In turns, with all other parts teaching, it would: then the
    estimates of the parts lean the same way by luck, and the interval is too
    narrow (S. Bates, T. Hastie, R. Tibshirani, *Cross-validation: what does it
    estimate and how well does it do it?*, JASA 119, 2024).

    Parameters
    ----------
    responses : DataFrame
        As :func:`crmlib.tables.check_responses` gives it.
    learn : callable
        Takes responses and gives a policy.
    trial : Trial
        What is judged, and against what.
    n_folds : int
        Parts.
    alpha : float
        The share of intervals that miss the truth.
    """
    folds = _folds(responses.index, n_folds)
    chosen = arm_numbers(responses, trial.arms)
    if not np.isin(chosen, trial.singles).any():
        raise InvalidTableError(
            "responses",
            f"tells of none of the messages {list(trial.arms[:-1])}",
            "until it does fit without responses",
        )
    costs = np.array(trial.costs)
    rewards = responses["reward"].to_numpy()
    net = rewards - costs[chosen]
    context = read_context("responses", responses, trial.context)
    model = default_model(rewards) if trial.reward_model is None else trial.reward_model
    shape = (len(responses), len(trial.arms))
    policy, best, expected = np.empty(shape), np.empty(shape), np.empty(shape)
    for fold in range(1, n_folds):
        here, there = folds == fold, folds < fold
        fitted = fit_by_arm(model, context[there], chosen[there], rewards[there], shape[1])
        predicted = [predict_rewards(one, context[here]) for one in fitted]
        expected[here] = np.column_stack(predicted) - costs
        policy[here] = _learn(learn, responses[there]).probabilities(responses[here])
        single = best_single(responses[there], net[there], trial)
        best[here] = trial.single_policy(single, int(here.sum()))
    judged = folds > 0
    policy, best, expected = policy[judged], best[judged], expected[judged]
    policy = _judge_as(best, policy, chosen[judged])
    log = (net[judged], chosen[judged], responses["propensity"].to_numpy()[judged])
    told: dict[str, Any] = {"clusters": responses.index.to_numpy()[judged], "alpha": alpha}
    alternatives = []
    for arm in trial.singles:
        sent = trial.single_policy(arm, len(best))
        alternatives.append(
            Alternative(
                message=trial.arms[arm],
                value=estimate_dr(*log, sent, expected, **told),
                difference=estimate_dr_difference(*log, sent, expected, baseline=best, **told),
            )
        )
    return PolicyEvaluation(
        policy=estimate_dr(*log, policy, expected, **told),
        policy_ips=estimate_ips(*log, policy, **told),
        policy_snips=estimate_snips(*log, policy, **told),
        best_message=trial.arms[best_single(responses, net, trial)],
        best=estimate_dr(*log, best, expected, **told),
        difference=estimate_dr_difference(*log, policy, expected, baseline=best, **told),
        alternatives=tuple(alternatives),
        customers=responses.index.nunique(),
        contacted=trial.contacted,
    )


def best_single(responses: pd.DataFrame, net: Floats, trial: Trial) -> int:
    """Give the number of the message with the best mean reward, each weighted by its chance."""
    chosen = arm_numbers(responses, trial.arms)
    weights = 1 / responses["propensity"].to_numpy()
    totals = np.bincount(chosen, weights, len(trial.arms))
    sums = np.bincount(chosen, weights * net, len(trial.arms))
    means = np.divide(sums, totals, out=np.full(len(totals), -np.inf), where=totals > 0)
    return int(np.argmax(means[: len(trial.singles)]))


def arm_numbers(responses: pd.DataFrame, arms: Sequence[str]) -> npt.NDArray[np.intp]:
    """Give the number of the arm of each row, from 0."""
    return np.asarray(pd.Index(arms).get_indexer(pd.Index(responses["message"])), dtype=np.intp)


def _learn(learn: Callable[[pd.DataFrame], MessagePolicy], part: pd.DataFrame) -> MessagePolicy:
    """Learn from the first *part* of the customers; say so if it does not suffice."""
    try:
        return learn(part)
    except InvalidTableError as error:
        raise InvalidTableError(
            "responses",
            f"of the first {part.index.nunique()} customers, by lot, {error.problem}",
            f"{error.way_out}; or fit without a gate until there are more",
        ) from error


def _judge_as(best: Floats, policy: Floats, chosen: npt.NDArray[np.intp]) -> Floats:
    """Give *policy*, with the best single message for each that nobody who is judged got.

    Of such a message only the model tells, and no response says how wrong it
    is: that must neither open the gate nor shut it.
    """
    is_told = np.bincount(chosen, minlength=policy.shape[1]) > 0
    untold = policy[:, ~is_told].sum(axis=1, keepdims=True)
    return np.asarray(policy * is_told + best * untold)


def _folds(ids: pd.Index, n_folds: int) -> npt.NDArray[np.intp]:
    """Give each row a fold by lot, the same to all rows of a customer."""
    # some to learn, some to judge
    if not isinstance(n_folds, int | np.integer) or n_folds < 2:  # noqa: PLR2004
        raise InvalidParameterError("n_folds", n_folds, "a whole number, 2 or more")
    customers = pd.Index(ids.unique())
    if len(customers) < 2 * n_folds:
        raise InvalidTableError(
            "responses",
            f"tells of {len(customers)} customers",
            f"{2 * n_folds} are needed to judge a choice; until then fit without a gate",
        )
    places = np.argsort(np.argsort(hashed_uniforms(customers, "folds"))) % n_folds
    return np.asarray(places[customers.get_indexer(ids)], dtype=np.intp)
