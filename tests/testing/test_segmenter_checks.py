"""The checks of segmenters catch what they promise to catch."""
# ruff: noqa: D101, D102 -- the name of a villain and its promise say what it does

from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from verdict import broken_promises

from crmlib.exceptions import (
    MissingColumnsError,
    UnsupportedFeatureError,
)
from crmlib.interfaces import Segmenter
from crmlib.testing import Check, example_customers, segmenter_checks


class HonestSegmenter(Segmenter):
    """The best customers by monetary value, and the rest."""

    def __init__(self, share: float = 0.25, rest: str = "Rest") -> None:
        self.share = share
        self.rest = rest

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        self.edge_ = float(np.quantile(self._values(customers), 1 - self.share))
        self.segments_ = ("Best", self.rest)
        return self

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        check_is_fitted(self)
        names = np.where(self._values(customers) >= self.edge_, "Best", self.rest)
        return pd.Series(names, index=customers.index, name="segment", dtype="str")

    def _values(self, customers: pd.DataFrame) -> "pd.Series[float]":
        if "monetary_value" not in customers:
            raise MissingColumnsError("customers", ["monetary_value"], list(customers))
        return customers["monetary_value"]


class CastingSegmenter(HonestSegmenter):
    def __init__(self, share: float = 0.25, rest: str = "Rest") -> None:
        self.share = share
        self.rest = str(rest)


class CheckingSegmenter(HonestSegmenter):
    def __init__(self, share: float = 0.25, rest: str = "Rest") -> None:
        if not isinstance(rest, str):
            raise TypeError("rest must be text")
        self.share = share
        self.rest = rest


class ForgetfulParametersSegmenter(HonestSegmenter):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"share": self.share}


class DeafParametersSegmenter(HonestSegmenter):
    def set_params(self, **params: Any) -> Self:
        return self


class SilentFitSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        super().fit(customers)
        return HonestSegmenter(self.share, self.rest).fit(customers)


class MeddlingSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        self.share = min(self.share, 0.2)
        return super().fit(customers)


class ClingingSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        return self if hasattr(self, "edge_") else super().fit(customers)


class ScribblingSegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        customers["segment"] = super().predict(customers)
        return customers["segment"]


class ScribblingFitSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        customers["monetary_value"] = self._values(customers).round()
        return super().fit(customers)


class FirstComeSegmenter(HonestSegmenter):
    """Whoever stands first in the table of ``fit`` sets the cut."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        super().fit(customers)
        self.edge_ = float(self._values(customers).iloc[0])
        return self


class MoodySegmenter(HonestSegmenter):
    """Changes its mind at the third question about a whole table."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        self.n_questions_ = 0
        return super().fit(customers)

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        names = super().predict(customers)
        self.n_questions_ += len(customers) > 1
        return names if self.n_questions_ < 3 else names.replace("Best", self.rest)


class KeyErrorSegmenter(HonestSegmenter):
    def _values(self, customers: pd.DataFrame) -> "pd.Series[float]":
        return customers["monetary_value"]


class VagueErrorSegmenter(HonestSegmenter):
    def _values(self, customers: pd.DataFrame) -> "pd.Series[float]":
        if "monetary_value" not in customers:
            raise MissingColumnsError("customers", ["something"], [])
        return customers["monetary_value"]


class EagerSegmenter(HonestSegmenter):
    """Answers before it has learned anything."""

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        if not hasattr(self, "edge_"):
            self.edge_ = 0.0
        return super().predict(customers)


class AttributeErrorSegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        self.edge_  # noqa: B018 -- what happens without check_is_fitted
        return super().predict(customers)


class RelativeSegmenter(HonestSegmenter):
    """Ranks whoever is asked about among themselves."""

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        check_is_fitted(self)
        values = self._values(customers)
        names = np.where(values > values.median(), "Best", self.rest)
        return pd.Series(names, index=customers.index, name="segment", dtype="str")


class NamelessSegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        return super().predict(customers).rename("rfm")


class ReindexingSegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        return super().predict(customers).reset_index(drop=True)


class HoleySegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        names = super().predict(customers).astype(object)
        return names.mask(customers["monetary_value"] == 20, None)


class SurprisingSegmenter(HonestSegmenter):
    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        return super().predict(customers).replace("Best", "Champions")


class UntoldSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        super().fit(customers)
        del self.segments_
        return self


class NotebookSegmenter(HonestSegmenter):
    """Looks customers up by their id."""

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        names = super().predict(customers)
        return names.mask(customers.index.str.startswith("new"), self.rest)


class TwoStepSegmenter(HonestSegmenter):
    def fit(self, customers: pd.DataFrame) -> Self:
        return super().fit(customers)


class CountingSegmenter(HonestSegmenter):
    """Needs somebody to compare with."""

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        check_is_fitted(self)
        self._values(customers).iloc[0]
        return super().predict(customers)


class GhostSegmenter(HonestSegmenter):
    """Finds somebody where nobody is."""

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        names = super().predict(customers)
        return names if len(names) else pd.Series(["Best"], index=["ghost"], name="segment")


class SecretiveSegmenter(HonestSegmenter):
    """Keeps what it learned where no file looks."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        super().fit(customers)
        self._secret = self.edge_
        return self

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        check_is_fitted(self)
        names = np.where(self._values(customers) >= self._secret, "Best", self.rest)
        return pd.Series(names, index=customers.index, name="segment", dtype="str")


class ForgetfulFileSegmenter(HonestSegmenter):
    """Saves a cut that is rounded."""

    def to_dict(self) -> dict[str, Any]:
        model = super().to_dict()
        model["learned"]["edge_"] = 0.0
        return model


class ReversingFileSegmenter(HonestSegmenter):
    """Loses the order of the segments in its file."""

    def to_dict(self) -> dict[str, Any]:
        reversed_ = HonestSegmenter(self.share, self.rest)
        reversed_.edge_, reversed_.segments_ = self.edge_, self.segments_[::-1]
        return {**super().to_dict(), "learned": HonestSegmenter.to_dict(reversed_)["learned"]}


class ExpressiveSegmenter(HonestSegmenter):
    """Says what it learned as an expression, too."""

    def expression(self) -> nw.Expr:
        return self._name(nw.col("monetary_value") >= self.edge_)

    def _name(self, best: nw.Expr) -> nw.Expr:
        return nw.when(best).then(nw.lit("Best")).otherwise(nw.lit(self.rest))


class PythonExpressionSegmenter(ExpressiveSegmenter):
    """Its expression calls Python, which pandas can and DuckDB cannot."""

    def expression(self) -> nw.Expr:
        values = nw.col("monetary_value").map_batches(lambda values: values)
        return self._name(values >= self.edge_)


class HastyExpressionSegmenter(ExpressiveSegmenter):
    """Its expression leaves out who stands on the edge."""

    def expression(self) -> nw.Expr:
        return self._name(nw.col("monetary_value") > self.edge_)

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        super().fit(customers)
        self.edge_ = float(self._values(customers).max())
        return self


class BrokenExpressionSegmenter(HonestSegmenter):
    """Its expression reads a column that only predict knows."""

    def expression(self) -> nw.Expr:
        return nw.col("crmlib_score")


class TaciturnSegmenter(HonestSegmenter):
    def explain(self, customers: pd.DataFrame, customer_id: object) -> str:
        return "because"


class PlainKeyErrorSegmenter(HonestSegmenter):
    def explain(self, customers: pd.DataFrame, customer_id: object) -> str:
        return f"{customer_id}: {self.predict(customers.loc[[customer_id]]).iloc[0]}"


class KnowAllSegmenter(HonestSegmenter):
    def explain(self, customers: pd.DataFrame, customer_id: object) -> str:
        known = customer_id in customers.index
        return super().explain(customers, customer_id) if known else f"{customer_id}: nobody"


class ShortSummarySegmenter(HonestSegmenter):
    def summary(self, customers: pd.DataFrame) -> pd.DataFrame:
        return super().summary(customers).loc[["Best"]]


VILLAINS = [
    ("stores_its_parameters_untouched", CastingSegmenter),
    ("stores_its_parameters_untouched", CheckingSegmenter),
    ("gives_and_takes_its_parameters", ForgetfulParametersSegmenter),
    ("gives_and_takes_its_parameters", DeafParametersSegmenter),
    ("fit_returns_the_estimator", SilentFitSegmenter),
    ("fit_leaves_the_parameters_alone", MeddlingSegmenter),
    ("fit_forgets_the_past", ClingingSegmenter),
    ("writes_into_no_table", ScribblingSegmenter),
    ("writes_into_no_table", ScribblingFitSegmenter),
    ("row_order_says_nothing", FirstComeSegmenter),
    ("answers_the_same_again", MoodySegmenter),
    ("names_the_column_that_it_misses", KeyErrorSegmenter),
    ("names_the_column_that_it_misses", VagueErrorSegmenter),
    ("says_when_it_is_not_fitted", EagerSegmenter),
    ("says_when_it_is_not_fitted", AttributeErrorSegmenter),
    ("answers_each_customer_alone", RelativeSegmenter),
    ("gives_a_series_named_segment", NamelessSegmenter),
    ("keeps_the_customers_in_order", ReindexingSegmenter),
    ("puts_each_customer_into_one_segment", HoleySegmenter),
    ("tells_every_name_beforehand", SurprisingSegmenter),
    ("tells_every_name_beforehand", UntoldSegmenter),
    ("knows_customers_by_their_row", NotebookSegmenter),
    ("fits_and_predicts_in_one_step", TwoStepSegmenter),
    ("answers_nobody_with_nothing", CountingSegmenter),
    ("answers_nobody_with_nothing", GhostSegmenter),
    ("is_the_same_once_saved", SecretiveSegmenter),
    ("is_the_same_once_saved", ForgetfulFileSegmenter),
    ("is_the_same_once_saved", ReversingFileSegmenter),
    ("is_one_on_every_engine", HastyExpressionSegmenter),
    ("is_one_on_every_engine", BrokenExpressionSegmenter),
    ("is_one_on_every_engine", PythonExpressionSegmenter),
    ("explains_each_customer", TaciturnSegmenter),
    ("explains_each_customer", PlainKeyErrorSegmenter),
    ("explains_each_customer", KnowAllSegmenter),
    ("counts_everybody_once", ShortSummarySegmenter),
]


@pytest.mark.parametrize("check", segmenter_checks(ExpressiveSegmenter()), ids=str)
def test_an_honest_segmenter_keeps_every_promise(check: Check) -> None:
    """No check finds fault with a segmenter that does as the interface says."""
    check()


@pytest.mark.parametrize(
    ("promise", "villain"), VILLAINS, ids=[villain.__name__ for _, villain in VILLAINS]
)
def test_a_villain_is_caught_by_exactly_its_check(promise: str, villain: type[Segmenter]) -> None:
    """A segmenter that breaks one promise fails that check and no other."""
    assert broken_promises(segmenter_checks(villain())) == [promise]


def test_every_check_has_a_villain() -> None:
    """No promise of segmenters goes untested."""
    assert {str(check) for check in segmenter_checks(HonestSegmenter())} == {
        promise for promise, _ in VILLAINS
    }


def test_checks_take_a_table_of_the_authors_own() -> None:
    """A segmenter that needs other columns is tried on the table that its author brings."""
    points = example_customers()[["monetary_value"]].rename(columns={"monetary_value": "points"})

    class PointsSegmenter(HonestSegmenter):
        def _values(self, customers: pd.DataFrame) -> "pd.Series[float]":
            if "points" not in customers:
                raise MissingColumnsError("customers", ["points"], list(customers))
            return customers["points"]

    assert broken_promises(segmenter_checks(PointsSegmenter(), customers=points)) == []
    assert len(broken_promises(segmenter_checks(PointsSegmenter()))) > 10


def test_checks_never_fit_what_they_are_given() -> None:
    """The segmenter that is handed over stays unfitted, whatever the checks do."""
    segmenter = HonestSegmenter()

    assert broken_promises(segmenter_checks(segmenter)) == []
    with pytest.raises(NotFittedError):
        segmenter.predict(example_customers())


def test_what_no_file_can_hold_need_not_be_saved() -> None:
    """A segmenter with a function as parameter says that it cannot be saved, and conforms."""

    class CallingSegmenter(HonestSegmenter):
        def __init__(self, share: float = 0.25, rest: str = "Rest", worth: Any = abs) -> None:
            super().__init__(share, rest)
            self.worth = worth

    with pytest.raises(UnsupportedFeatureError):
        CallingSegmenter().to_dict()
    assert broken_promises(segmenter_checks(CallingSegmenter())) == []
