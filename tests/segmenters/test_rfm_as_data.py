"""A fitted RFM segmenter is small data: saved, explained, and run where the customers lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import UnknownNameError, UnsupportedFeatureError
from crmlib.interfaces import Segmenter
from crmlib.segmenters import RFMSegmenter, Rule, RuleSegmenter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def to_relation(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """Give a relation; a reference to DuckDB's own function would outlive the interpreter."""
    return duckdb.from_df(table)


KINDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "polars-lazy": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": to_relation,
}


def make_customers(seed: int = 0, n_customers: int = 200) -> pd.DataFrame:
    """Make up customers with many ties."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "recency_days": rng.integers(0, 40, n_customers),
            "frequency": rng.integers(1, 9, n_customers),
            "monetary_value": rng.integers(-5, 60, n_customers) / 4,
        },
        index=pd.Index([f"C{n}" for n in range(n_customers)], name="customer_id"),
    )


def to_pandas(frame: Any) -> pd.DataFrame:
    """Give any answer as a frame of pandas."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pd.DataFrame):
        return frame
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return frame.df()
    return frame.to_pandas()


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_expression_names_what_predict_names(kind: str, seed: int) -> None:
    """In any kind of frame, with values on the very edges, and of new customers."""
    segmenter = RFMSegmenter(n_bins=5).fit(make_customers(seed))
    customers = make_customers(seed + 1, 50)

    answer = segmenter.add_segments(KINDS[kind](customers.reset_index()))

    frame = to_pandas(answer).set_index("customer_id")
    assert frame.loc[customers.index, "segment"].to_list() == (
        segmenter.predict(customers).to_list()
    )


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    """A lazy frame stays lazy, a relation a relation."""
    segmenter = RFMSegmenter().fit(make_customers())
    table = make_customers().reset_index()

    assert isinstance(segmenter.add_segments(pl.from_pandas(table).lazy()), pl.LazyFrame)
    assert isinstance(segmenter.add_segments(duckdb.from_df(table)), duckdb.DuckDBPyRelation)


def test_a_saved_segmenter_is_the_same(tmp_path: Path) -> None:
    """Cut points, names and the description of the bins come back, without a pickle."""
    segmenter = RFMSegmenter(labels="ko").fit(make_customers())
    segmenter.save(tmp_path / "rfm.json")

    back = Segmenter.load(tmp_path / "rfm.json")

    assert isinstance(back, RFMSegmenter)
    assert back.get_params() == segmenter.get_params()
    pd.testing.assert_frame_equal(back.achieved_bins_, segmenter.achieved_bins_)
    later = make_customers(1)
    pd.testing.assert_series_equal(back.predict(later), segmenter.predict(later))


def test_a_customer_is_explained_by_values_and_digits() -> None:
    """The text names the segment, and for each column the value and its digit."""
    customers = make_customers()
    customers.loc["C0"] = [0, 8, 1000.0]

    text = RFMSegmenter().fit(customers).explain(customers, "C0")

    assert text == (
        "C0: Champions; code 555: recency_days 0 is digit 5 of 5, frequency 8 is digit 5 of 5, "
        "monetary_value 1,000 is digit 5 of 5"
    )


def test_who_is_not_there_is_not_explained() -> None:
    """The error says who is."""
    customers = make_customers()

    with pytest.raises(UnknownNameError, match="there is no customer 'X'"):
        RFMSegmenter().fit(customers).explain(customers, "X")


def test_a_summary_sets_segments_side_by_side() -> None:
    """Sizes and values add up to the whole, and what sets a segment apart is named."""
    customers = make_customers()
    segmenter = RFMSegmenter().fit(customers)

    summary = segmenter.summary(customers)

    assert tuple(summary.index) == segmenter.segments_
    assert summary["customers"].sum() == 200
    assert summary["share"].sum() == pytest.approx(1)
    assert summary["value"].sum() == pytest.approx(customers["monetary_value"].sum())
    assert summary["value_share"].sum() == pytest.approx(1)
    assert "low recency_days" in summary.loc["Champions", "sets_apart"]
    assert "high recency_days" in summary.loc["Lost", "sets_apart"]


def test_a_summary_needs_no_money() -> None:
    """Of a table without the columns of orders it gives sizes and shares."""
    customers = pd.DataFrame({"age": [20, 30]}, index=["a", "b"])
    rules = [Rule("Young", [("age", "<", 25)]), Rule("Nobody", [("age", ">", 99)])]
    segmenter = RuleSegmenter(rules).fit(customers)

    summary = segmenter.summary(customers)

    assert list(summary.columns) == ["customers", "share", "sets_apart"]
    assert summary["customers"].to_dict() == {"Young": 1, "Nobody": 0, "Others": 1}
    assert summary["sets_apart"].to_dict() == {
        "Young": "low age",
        "Nobody": "",
        "Others": "high age",
    }


def test_value_shares_of_nothing_are_not_known() -> None:
    """Where all customers together brought nothing, nobody has a share of it."""
    customers = make_customers().assign(monetary_value=0.0)

    assert RFMSegmenter().fit(customers).summary(customers)["value_share"].isna().all()


class OddSegmenter(Segmenter):
    """Answers in Python only."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> OddSegmenter:
        """Learn nothing."""
        self.segments_ = ("all",)
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """Name everybody alike."""
        return pd.Series("all", index=customers.index, name="segment", dtype="str")


def test_a_segmenter_that_is_no_expression_says_so() -> None:
    """It still explains a customer by the name of the segment."""
    customers = make_customers()
    segmenter = OddSegmenter().fit(customers)

    assert segmenter.explain(customers, "C1") == "C1: all"
    with pytest.raises(UnsupportedFeatureError, match="OddSegmenter cannot be written as"):
        segmenter.add_segments(customers)
