"""A segmenter, planner or timing model under trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
from sklearn.base import clone

from crmlib.exceptions import ConformanceError

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(kw_only=True, eq=False)
class EstimatorTrial:
    """An estimator, what it learns from, and what it is asked.

    Parameters
    ----------
    estimator : BaseEstimator
        Never fitted by the kit: each check makes a twin.
    training : DataFrame
        What ``fit`` takes.
    asked : DataFrame, indexed by customer_id
        The customers that the estimator is asked about.
    question : callable
        Takes a fitted estimator and *asked*; gives the answer as a DataFrame
        with a row per customer.
    """

    estimator: Any
    training: pd.DataFrame = attrs.field(repr=False)
    asked: pd.DataFrame = attrs.field(repr=False)
    question: Callable[[Any, pd.DataFrame], pd.DataFrame] = attrs.field(repr=False)

    def twin(self) -> Any:
        """Give an unfitted twin, as ``sklearn.base.clone`` does.

        Unlike there, a constructor that alters its arguments is no error:
        one check looks at just that, and the others shall not trip over it.
        """
        parameters = self.estimator.get_params(deep=False)
        return type(self.estimator)(
            **{name: clone(value, safe=False) for name, value in parameters.items()}
        )

    def fitted(self, training: pd.DataFrame | None = None) -> Any:
        """Give a twin that has learned from a copy of *training*, or of the trial's own."""
        twin = self.twin()
        twin.fit((self.training if training is None else training).copy())
        return twin

    def answer(self, fitted: Any, asked: pd.DataFrame | None = None) -> pd.DataFrame:
        """Ask *fitted* about a copy of *asked*, or of the trial's own; rows are numbered."""
        table = (self.asked if asked is None else asked).copy()
        return self.question(fitted, table).reset_index(drop=True)


def require_same(answer: pd.DataFrame, wanted: pd.DataFrame, expected: str, way_out: str) -> None:
    """Raise a ConformanceError unless both answers agree row by row, floats up to rounding."""
    answer, wanted = answer.reset_index(drop=True), wanted.reset_index(drop=True)
    if answer.equals(wanted):  # ten times quicker than what follows
        return
    try:
        pd.testing.assert_frame_equal(
            _plain(answer),
            _plain(wanted),
            check_dtype=False,
            check_column_type=False,
            rtol=1e-9,
            atol=1e-12,
        )
    except AssertionError as error:
        raise ConformanceError(expected, " ".join(str(error).split()), way_out) from None


def _plain(answer: pd.DataFrame) -> pd.DataFrame:
    """Give *answer* with one way to say that a text is missing."""
    texts = answer.select_dtypes(exclude="number").astype(object)
    return answer.assign(**texts.where(texts.notna(), None))
