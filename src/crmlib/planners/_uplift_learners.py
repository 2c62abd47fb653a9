"""How much more each message brings than none, by customer: T-, X- and DR-learner.

References
----------
.. [1] S. R. Künzel et al., *Metalearners for estimating heterogeneous
   treatment effects*, PNAS 116 (2019), p. 4157 (T and X).
.. [2] E. H. Kennedy, *Towards optimal doubly robust estimation of
   heterogeneous causal effects*, EJS 17 (2023), p. 3008 (DR).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmlib.planners._context import fit_by_arm, fit_model, predict_rewards

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

N_FOLDS = 5


@attrs.frozen(kw_only=True, eq=False)
class UpliftTask:
    """What there is to learn from; the last arm is the control.

    Parameters
    ----------
    context : DataFrame of shape (n_decisions, n_columns)
        As ``read_context`` gives it.
    chosen : ndarray of int, shape (n_decisions,)
        Number of the arm.
    propensities, rewards : ndarray of float, shape (n_decisions,)
        The chance with which it was chosen, and what came of it.
    folds : ndarray of int, shape (n_decisions,)
        Part of each row, for models that must not see it.
    n_arms : int
        Messages, and one for the control.
    outcome_model, effect_model : estimator
        Of rewards, and of differences between them.
    """

    context: pd.DataFrame
    chosen: npt.NDArray[np.intp]
    propensities: Floats
    rewards: Floats
    folds: npt.NDArray[np.intp]
    n_arms: int
    outcome_model: Any
    effect_model: Any

    def rows(self, arm: int) -> npt.NDArray[np.bool_]:
        """Say which rows got *arm*."""
        return np.asarray(self.chosen == arm)

    @property
    def tried(self) -> list[int]:
        """The messages that somebody got."""
        return [arm for arm in range(self.n_arms - 1) if self.rows(arm).any()]


@attrs.frozen(kw_only=True, eq=False)
class UpliftModels:
    """Models whose weighted sum is the uplift of each message; unknown ones have none.

    Parameters
    ----------
    terms : dict of int to list of (float, model)
        By the number of the message.
    n_messages : int
        How many there are.
    """

    terms: dict[int, list[tuple[float, Any]]]
    n_messages: int

    def predict(self, context: pd.DataFrame) -> Floats:
        """Give the uplift, a column per message; -inf where the message was never tried."""
        uplift = np.full((len(context), self.n_messages), -np.inf)
        for arm, terms in self.terms.items():
            uplift[:, arm] = sum(weight * predict_rewards(one, context) for weight, one in terms)
        return uplift


def fit_t_learner(task: UpliftTask) -> UpliftModels:
    """Give the difference of two models: of those who got the message, and of the control."""
    models = _fit_outcomes(task, np.ones(len(task.chosen), dtype=bool))
    terms = {arm: [(1.0, models[arm]), (-1.0, models[-1])] for arm in task.tried}
    return UpliftModels(terms=terms, n_messages=task.n_arms - 1)


def fit_x_learner(task: UpliftTask) -> UpliftModels:
    """Give a weighted mean of two models of imputed effects, one from each group."""
    models = _fit_outcomes(task, np.ones(len(task.chosen), dtype=bool))
    control = task.rows(task.n_arms - 1)
    terms = {}
    for arm in task.tried:
        treated = task.rows(arm)
        gained = task.rewards[treated] - predict_rewards(models[-1], task.context[treated])
        missed = predict_rewards(models[arm], task.context[control]) - task.rewards[control]
        share = float(treated.sum() / (treated.sum() + control.sum()))
        terms[arm] = [
            (1 - share, fit_model(task.effect_model, task.context[treated], gained)),
            (share, fit_model(task.effect_model, task.context[control], missed)),
        ]
    return UpliftModels(terms=terms, n_messages=task.n_arms - 1)


def fit_dr_learner(task: UpliftTask) -> UpliftModels:
    """Give a model of doubly robust effects, each told by models that never saw its row."""
    expected = np.empty((len(task.chosen), task.n_arms))
    for fold in np.unique(task.folds):
        here = task.folds == fold
        models = _fit_outcomes(task, ~here)
        expected[here] = np.column_stack(
            [predict_rewards(one, task.context[here]) for one in models]
        )
    rows = np.arange(len(task.chosen))
    surprise = (task.rewards - expected[rows, task.chosen]) / task.propensities
    control = task.rows(task.n_arms - 1)
    terms = {}
    for arm in task.tried:
        effects = expected[:, arm] - expected[:, -1]
        effects = effects + surprise * (task.rows(arm).astype(float) - control)
        terms[arm] = [(1.0, fit_model(task.effect_model, task.context, effects))]
    return UpliftModels(terms=terms, n_messages=task.n_arms - 1)


LEARNERS = {"T": fit_t_learner, "X": fit_x_learner, "DR": fit_dr_learner}


def _fit_outcomes(task: UpliftTask, rows: npt.NDArray[np.bool_]) -> list[Any]:
    return fit_by_arm(
        task.outcome_model, task.context[rows], task.chosen[rows], task.rewards[rows], task.n_arms
    )
