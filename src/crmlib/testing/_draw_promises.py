"""The promises of planners that draw: what they log is what they do, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import ConformanceError
from crmlib.testing._estimator_trial import require_same

if TYPE_CHECKING:
    from crmlib.testing._estimator_trial import EstimatorTrial

_N_ALIKE = 400
_LUCK = 6
"""Standard deviations off that nobody's luck is: one in a billion."""
_ROUNDING = 1e-6


def gives_each_message_its_propensity(trial: EstimatorTrial) -> None:
    """Each message has a propensity above 0 and at most 1; 1.0 says that nothing was drawn."""
    answer = trial.answer(trial.fitted())
    for propensity, problem in zip(answer["propensity"], answer["problem"], strict=True):
        is_chance = isinstance(propensity, int | float) and 0 < propensity <= 1
        if pd.isna(problem) and not is_chance:
            raise ConformanceError(
                "a propensity above 0 and at most 1",
                repr(propensity),
                "give the probability with which the message was drawn, 1.0 if nothing is drawn",
            )


def draws_as_often_as_it_says(trial: EstimatorTrial) -> None:
    """Among customers alike each message comes as often as its propensity says."""
    fitted = trial.fitted()
    for row in range(0, len(trial.asked), max(1, len(trial.asked) // 3)):
        answer = trial.answer(fitted, _alike(trial.asked.iloc[[row]]))
        answer["propensity"] = pd.to_numeric(answer["propensity"], errors="coerce")
        answer = answer[answer["problem"].isna() & (answer["propensity"] > 0)]
        drawn = answer.groupby("template", dropna=False)["propensity"]
        promised, n_drawn = drawn.mean(), drawn.size()
        if promised.sum() > 1 + _ROUNDING:
            raise ConformanceError(
                "propensities of the messages of one customer to sum to 1",
                f"{promised.sum():.3f} for {sorted(map(str, promised.index))}",
                "divide the weights of the messages by their sum before you draw",
            )
        off = (n_drawn - promised * len(answer)).abs()
        limit = _LUCK * (promised * (1 - promised) * len(answer)) ** 0.5
        if (off > limit + _ROUNDING).any():
            place = int((off - limit).argmax())
            raise ConformanceError(
                f"the message {promised.index[place]!r} for about {promised.iloc[place]:.1%} of "
                "customers alike",
                f"{n_drawn.iloc[place] / len(answer):.1%} of {len(answer)}",
                "log the very probability that the draw is made with",
            )


def draws_for_the_customer_not_the_row(trial: EstimatorTrial) -> None:
    """A customer draws the same message in whatever company: alone, first or last."""
    fitted = trial.fitted()
    alike = _alike(trial.asked.iloc[[0]])
    columns = ["template", "propensity"]
    together = trial.answer(fitted, alike)[columns]
    for rows in (slice(0, 1), slice(7, None, 3), slice(None, None, -1)):
        require_same(
            trial.answer(fitted, alike.iloc[rows])[columns],
            together.iloc[rows],
            "the message that this customer drew among others",
            "draw with a hash of customer_id and random_state, as "
            "crmlib.statistics.hashed_uniforms gives it",
        )


def _alike(customer: pd.DataFrame) -> pd.DataFrame:
    """Give one customer many times, under ids of their own."""
    crowd = customer.iloc[[0] * _N_ALIKE]
    ids = [f"alike {number}" for number in range(_N_ALIKE)]
    return crowd.set_axis(pd.Index(ids, name=customer.index.name))


DRAWING_PROMISES = [
    gives_each_message_its_propensity,
    draws_as_often_as_it_says,
    draws_for_the_customer_not_the_row,
]
