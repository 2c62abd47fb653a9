"""The checks of :class:`crmlib.interfaces.Segmenter`, and the promises that are its own."""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd

from crmlib.exceptions import ConformanceError, CRMLibError, UnsupportedFeatureError
from crmlib.testing._check import Check
from crmlib.testing._estimator_promises import (
    LEARNING_PROMISES,
    answers_each_customer_alone,
    says_when_it_is_not_fitted,
)
from crmlib.testing._estimator_trial import EstimatorTrial, require_same
from crmlib.testing._example_tables import example_customers

if TYPE_CHECKING:
    from crmlib.interfaces import Segmenter


def segmenter_checks(
    segmenter: Segmenter, *, customers: pd.DataFrame | None = None
) -> list[Check]:
    """Give the checks of a segmenter: one for each promise of the interface.

    Parameters
    ----------
    segmenter : Segmenter
        Only its parameters are used; it is never fitted itself.
    customers : DataFrame of shape (n_customers, n_columns), optional
        What to segment, if *segmenter* needs columns that
        :func:`example_customers` lacks; best forty rows or more.

    Returns
    -------
    list of Check
        Each can be called alone and in any order.

    Examples
    --------
    >>> from crmlib.segmenters import RFMSegmenter
    >>> for check in segmenter_checks(RFMSegmenter()):
    ...     check()
    """
    table = example_customers() if customers is None else customers.copy()
    trial = EstimatorTrial(
        estimator=segmenter, training=table, asked=table, question=_predict_as_table
    )
    return [Check(promise, trial) for promise in PROMISES]


def _predict_as_table(fitted: Segmenter, customers: pd.DataFrame) -> pd.DataFrame:
    return _as_texts(fitted.predict(customers))


def gives_a_series_named_segment(trial: EstimatorTrial) -> None:
    """The answer is a Series with the name "segment"."""
    answer = trial.fitted().predict(trial.asked.copy())
    if not isinstance(answer, pd.Series) or answer.name != "segment":
        raise ConformanceError(
            'a Series named "segment"',
            f"a {type(answer).__name__} named {getattr(answer, 'name', None)!r}",
            'end with: return pd.Series(names, index=customers.index, name="segment")',
        )


def keeps_the_customers_in_order(trial: EstimatorTrial) -> None:
    """The answer has the index of the customers, in the same order."""
    answer = trial.fitted().predict(trial.asked.copy())
    index = getattr(answer, "index", None)
    if not isinstance(index, pd.Index) or not index.equals(trial.asked.index):
        raise ConformanceError(
            f"the index of the customers: {list(trial.asked.index[:3])}, …",
            "none" if index is None else f"{list(index[:3])}, …",
            "build the answer with index=customers.index",
        )


def puts_each_customer_into_one_segment(trial: EstimatorTrial) -> None:
    """Every customer gets exactly one segment: as many names as customers, none missing."""
    names = trial.answer(trial.fitted())["segment"]
    if len(names) != len(trial.asked) or not all(isinstance(name, str) for name in names):
        others = [name for name in names if not isinstance(name, str)]
        raise ConformanceError(
            f"{len(trial.asked)} names",
            f"{len(names)} answers, of which {len(others)} are no text: {others[:3]}",
            "give a segment to whom nothing else fits",
        )


def tells_every_name_beforehand(trial: EstimatorTrial) -> None:
    """After fit, segments_ is a tuple of distinct names, and no other name is given."""
    fitted = trial.fitted()
    told = getattr(fitted, "segments_", None)
    if not isinstance(told, tuple) or len(set(told)) != len(told):
        raise ConformanceError(
            "segments_ to be a tuple of distinct names",
            repr(told),
            "set self.segments_ = (…) at the end of fit",
        )
    given = set(trial.answer(fitted)["segment"].dropna())
    if not given <= set(told):
        raise ConformanceError(
            f"names among segments_ = {told}",
            f"{sorted(given - set(told))} besides",
            "let segments_ hold every name that predict can give",
        )


def knows_customers_by_their_row(trial: EstimatorTrial) -> None:
    """A new customer gets the segment that an old one with the same row has."""
    fitted = trial.fitted()
    renamed = trial.asked.copy()
    renamed.index = pd.Index(
        [f"new customer {row}" for row in range(len(renamed))], name=renamed.index.name
    )
    require_same(
        trial.answer(fitted, renamed),
        trial.answer(fitted),
        "new customers to be named by what was learned",
        "let the answer depend on the columns, not on the index",
    )


def fits_and_predicts_in_one_step(trial: EstimatorTrial) -> None:
    """One step gives what two steps give: fit_predict is fit, then predict."""
    names = trial.twin().fit_predict(trial.training.copy())
    require_same(
        _as_texts(names),
        trial.answer(trial.fitted(), trial.training),
        "fit_predict(customers) to give what fit(customers).predict(customers) gives",
        "inherit fit_predict, and let fit take y=None",
    )


def answers_nobody_with_nothing(trial: EstimatorTrial) -> None:
    """A table without rows is answered without rows."""
    fitted = trial.fitted()
    try:
        answer = trial.answer(fitted, trial.asked.iloc[:0])
    except Exception as error:
        raise ConformanceError(
            "an answer without rows for a table without rows",
            f"{type(error).__name__}: {error}",
            "ask for rows in fit only",
        ) from error
    if len(answer):
        raise ConformanceError(
            "an answer without rows", f"{len(answer)} rows", "answer the rows that are asked about"
        )


def is_the_same_once_saved(trial: EstimatorTrial) -> None:
    """Saved as JSON and loaded again it answers the same, or it says that no file can hold it."""
    fitted = trial.fitted()
    try:
        model = fitted.to_dict()
    except UnsupportedFeatureError:  # a parameter that no file can hold, such as a function
        return
    way_out = "let what fit learns be plain values, arrays or tables in attributes that end in _"
    try:
        twin = type(fitted).from_dict(json.loads(json.dumps(model)))
        answer = trial.answer(twin)
    except Exception as error:
        raise ConformanceError(
            "the answers from before, once saved and loaded",
            f"{type(error).__name__}: {error}",
            way_out,
        ) from error
    wanted = "the answers from before, once saved and loaded"
    require_same(answer, trial.answer(fitted), wanted, way_out)
    told, told_again = (getattr(one, "segments_", None) for one in (fitted, twin))
    if told_again != told:
        raise ConformanceError(f"segments_ = {told} once loaded", repr(told_again), way_out)


def is_one_on_every_engine(trial: EstimatorTrial) -> None:
    """An expression, if there is one, names what predict names, in pandas and in DuckDB."""
    fitted = trial.fitted()
    try:
        fitted.expression()
    except UnsupportedFeatureError:
        return
    table = trial.asked.reset_index(drop=True)
    wanted = trial.answer(fitted)
    way_out = "write expression() by narwhals alone, and let predict evaluate it"
    for engine, add in (("pandas", _add_in_pandas), ("DuckDB", _add_in_duckdb)):
        try:
            answer = add(fitted, table)
        except Exception as error:
            raise ConformanceError(
                f"segments from {engine}", f"{type(error).__name__}: {error}", way_out
            ) from error
        require_same(
            answer, wanted, f"add_segments in {engine} to give what predict gives", way_out
        )


def explains_each_customer(trial: EstimatorTrial) -> None:
    """An explanation begins with id and segment; that of an unknown id is a CRMLibError."""
    fitted, table = trial.fitted(), trial.asked.copy()
    for label in table.index[:8]:
        name = trial.answer(fitted, table.loc[[label]])["segment"].iloc[0]
        text = fitted.explain(table, label)
        if not isinstance(text, str) or not text.startswith(f"{label}: {name}"):
            raise ConformanceError(
                f"a text that begins with {f'{label}: {name}'!r}",
                repr(text),
                "inherit explain, and override _reasons to say more",
            )
    nobody = object()
    try:
        text = fitted.explain(table, nobody)
    except CRMLibError:
        return
    except Exception as error:
        raise ConformanceError(
            "a CRMLibError for a customer who is not there",
            f"{type(error).__name__}: {error}",
            "inherit explain",
        ) from error
    raise ConformanceError(
        "a CRMLibError for a customer who is not there", repr(text), "inherit explain"
    )


def counts_everybody_once(trial: EstimatorTrial) -> None:
    """The summary has a row for each of segments_, in order, and everybody is in one of them."""
    fitted = trial.fitted()
    told = getattr(fitted, "segments_", None)
    if not isinstance(told, tuple) or not set(trial.answer(fitted)["segment"]) <= set(told):
        return  # another promise, broken, that is checked by itself
    summary = fitted.summary(trial.asked.copy())
    rows, counted = tuple(summary.index), int(summary["customers"].sum())
    if rows != told or counted != len(trial.asked):
        raise ConformanceError(
            f"rows for {told} that count {len(trial.asked)} customers",
            f"rows for {rows} that count {counted}",
            "inherit summary",
        )


def _add_in_pandas(fitted: Segmenter, table: pd.DataFrame) -> pd.DataFrame:
    return _as_texts(fitted.add_segments(table)["segment"])


def _add_in_duckdb(fitted: Segmenter, table: pd.DataFrame) -> pd.DataFrame:
    numbered = table.assign(crmlib_row=range(len(table)))
    with duckdb.connect() as connection:
        answer: Any = fitted.add_segments(connection.from_df(numbered))
        return _as_texts(answer.order("crmlib_row").df()["segment"])


def _as_texts(names: pd.Series[str]) -> pd.DataFrame:
    return pd.DataFrame({"segment": np.asarray(names, dtype=object)})


PROMISES = [
    *LEARNING_PROMISES,
    says_when_it_is_not_fitted,
    answers_each_customer_alone,
    gives_a_series_named_segment,
    keeps_the_customers_in_order,
    puts_each_customer_into_one_segment,
    tells_every_name_beforehand,
    knows_customers_by_their_row,
    fits_and_predicts_in_one_step,
    answers_nobody_with_nothing,
    is_the_same_once_saved,
    is_one_on_every_engine,
    explains_each_customer,
    counts_everybody_once,
]
