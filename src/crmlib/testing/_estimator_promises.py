"""The promises that segmenters, planners and timing models share, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import ConformanceError, CRMLibError
from crmlib.testing._estimator_trial import require_same

if TYPE_CHECKING:
    from crmlib.testing._estimator_trial import EstimatorTrial


def stores_its_parameters_untouched(trial: EstimatorTrial) -> None:
    """The constructor stores its arguments as they are: no check, no cast, no copy."""
    current = trial.twin().get_params(deep=False)
    for name, default in _constructor(trial).items():
        values = [object(), current.get(name)]
        if default is not inspect.Parameter.empty:
            values.append(default)
        for value in values:
            try:
                made = type(trial.estimator)(**{**current, name: value})
            except Exception as error:
                raise ConformanceError(
                    f"a constructor that takes any {name}",
                    f"{type(error).__name__}: {error}",
                    "check parameters at the top of fit, not in __init__",
                ) from error
            if getattr(made, name, None) is not value:
                raise ConformanceError(
                    f"self.{name} to be the very object that was passed",
                    repr(getattr(made, name, None)),
                    f"write self.{name} = {name} and nothing else; cast and copy in fit",
                )


def gives_and_takes_its_parameters(trial: EstimatorTrial) -> None:
    """get_params names every parameter of the constructor, and set_params puts each back."""
    names = list(_constructor(trial))
    twin = trial.twin()
    given = twin.get_params(deep=False)
    if sorted(given) != sorted(names):
        raise ConformanceError(
            f"get_params() to name {sorted(names)}",
            f"{sorted(given)}",
            "inherit get_params() and name each parameter in __init__, without *args and **kwargs",
        )
    for name in names:
        value = object()
        twin.set_params(**{name: value})
        if twin.get_params(deep=False)[name] is not value:
            raise ConformanceError(
                f"set_params({name}=…) to set it", "the old value", "inherit set_params()"
            )


def fit_returns_the_estimator(trial: EstimatorTrial) -> None:
    """Calls can be chained: fit returns the estimator itself."""
    twin = trial.twin()
    returned = twin.fit(trial.training.copy())
    if returned is not twin:
        raise ConformanceError(
            "the estimator itself from fit", repr(returned), "end with: return self"
        )


def fit_leaves_the_parameters_alone(trial: EstimatorTrial) -> None:
    """Learning does not alter the parameters."""
    twin = trial.twin()
    before = {name: repr(value) for name, value in twin.get_params(deep=False).items()}
    twin.fit(trial.training.copy())
    for name, value in twin.get_params(deep=False).items():
        if repr(value) != before[name]:
            raise ConformanceError(
                f"{name}={before[name]} after fit as before",
                repr(value),
                f"keep what fit makes of it in an attribute of its own: self.{name}_",
            )


def fit_forgets_the_past(trial: EstimatorTrial) -> None:
    """A second fit gives the same answers as a first one: nothing of the past is left."""
    twin = trial.fitted(trial.training.iloc[: len(trial.training) // 2])
    twin.fit(trial.training.copy())
    require_same(
        trial.answer(twin),
        trial.answer(trial.fitted()),
        "a second fit to give what a first one gives",
        "make every learned attribute anew in fit",
    )


def writes_into_no_table(trial: EstimatorTrial) -> None:
    """Neither learning nor answering writes into the table that is given."""
    training, asked = trial.training.copy(), trial.asked.copy()
    twin = trial.twin()
    twin.fit(training)
    trial.question(twin, asked)
    for given, before, what in (
        (training, trial.training, "the table given to fit"),
        (asked, trial.asked, "the table that was asked about"),
    ):
        try:
            pd.testing.assert_frame_equal(given, before)
        except AssertionError as error:
            raise ConformanceError(
                f"{what} to stay as it was",
                " ".join(str(error).split()),
                "work on a copy, or on single columns",
            ) from None


def row_order_says_nothing(trial: EstimatorTrial) -> None:
    """Shuffling rows shuffles the answer, nothing else."""
    order = _shuffled(len(trial.asked))
    wanted = trial.answer(trial.fitted()).iloc[order]
    way_out = "let nothing depend on the position of a row; break ties by value"
    require_same(
        trial.answer(trial.fitted(), trial.asked.iloc[order]),
        wanted,
        "shuffled customers to get the answers they had",
        way_out,
    )
    learned_shuffled = trial.fitted(trial.training.iloc[_shuffled(len(trial.training))])
    require_same(
        trial.answer(learned_shuffled, trial.asked.iloc[order]),
        wanted,
        "the same answers when the rows given to fit are shuffled",
        way_out,
    )


def answers_the_same_again(trial: EstimatorTrial) -> None:
    """The same question to what learned from the same rows has the same answer, every time."""
    fitted = trial.fitted()
    first = trial.answer(fitted)
    for again in (fitted, fitted, trial.fitted()):
        require_same(
            trial.answer(again),
            first,
            "the same answer again",
            "take randomness from a parameter random_state, and keep answering free of it",
        )


def answers_each_customer_alone(trial: EstimatorTrial) -> None:
    """A customer asked about alone gets the same answer as among all the others."""
    fitted = trial.fitted()
    together = trial.answer(fitted)
    for row in range(0, len(trial.asked), max(1, len(trial.asked) // 8)):
        require_same(
            trial.answer(fitted, trial.asked.iloc[[row]]),
            together.iloc[[row]],
            f"the same answer for row {row} alone as among all",
            "learn in fit; let the answer depend on the customer's own row only",
        )


def says_when_it_is_not_fitted(trial: EstimatorTrial) -> None:
    """Asked before fit, it raises NotFittedError."""
    try:
        answer = trial.answer(trial.twin())
    except NotFittedError:
        return
    raise ConformanceError(
        "NotFittedError before fit",
        f"an answer with {len(answer)} rows",
        "begin with sklearn.utils.validation.check_is_fitted(self)",
    )


def answers_unfitted_or_says_so(trial: EstimatorTrial) -> None:
    """Asked before fit, it answers if it needs no fit, or raises NotFittedError."""
    try:
        trial.answer(trial.twin())
    except NotFittedError:
        return


def names_the_column_that_it_misses(trial: EstimatorTrial) -> None:
    """A table without a column that is needed is a CRMLibError which names the column."""
    fitted = trial.fitted()
    for column in trial.training.columns:
        twin = trial.twin()
        _require_named(column, lambda t=twin, c=column: t.fit(trial.training.drop(columns=c)))
    for column in trial.asked.columns:
        _require_named(column, lambda c=column: trial.answer(fitted, trial.asked.drop(columns=c)))


def _require_named(column: str, action: Any) -> None:
    try:
        action()
    except CRMLibError as error:
        if column in str(error):
            return
        came = f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 -- any other error is what we look for
        came = f"{type(error).__name__}: {error}"
    else:
        return
    raise ConformanceError(
        f"an answer without the column {column!r}, or a CRMLibError that names it",
        came,
        "raise crmlib.exceptions.MissingColumnsError at the top of the method",
    )


def _constructor(trial: EstimatorTrial) -> dict[str, Any]:
    """Give the parameters of the constructor and their defaults."""
    signature = inspect.signature(type(trial.estimator))
    return {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    }


def _shuffled(n_rows: int) -> list[int]:
    """Give the row numbers in a fixed order that is neither forward nor backward."""
    return sorted(range(n_rows), key=lambda row: (row + 1) * 2_654_435_761 % 2**32)


LEARNING_PROMISES = [
    stores_its_parameters_untouched,
    gives_and_takes_its_parameters,
    fit_returns_the_estimator,
    fit_leaves_the_parameters_alone,
    fit_forgets_the_past,
    writes_into_no_table,
    row_order_says_nothing,
    answers_the_same_again,
    names_the_column_that_it_misses,
]
