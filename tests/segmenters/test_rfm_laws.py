"""What holds for every way to cut and name recency, frequency and money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cdnow import read_days, summarize
from hypothesis import given, settings
from hypothesis import strategies as st
from rfm_methods import COLUMNS, METHODS, QUANTILES, make_customers, tables

from crmlib.interfaces import Segmenter
from crmlib.segmenters import RFMSegmenter, migration
from crmlib.testing import segmenter_checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

methods = pytest.mark.parametrize("method", METHODS)
FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "polars-lazy": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": lambda table: duckdb.from_df(table),  # noqa: PLW0108 -- DuckDB's own function would outlive the interpreter
}


@pytest.fixture(scope="module")
def days(shared_data: Path) -> pd.DataFrame:
    """Give a line per customer and day of the CDNOW sample."""
    return read_days(shared_data)


@pytest.fixture(scope="module")
def cdnow(days: pd.DataFrame) -> pd.DataFrame:
    """Give the customers of CDNOW on the last day of the data."""
    return summarize(days, "1998-06-30")


@methods
def test_the_kit_finds_nothing(method: str) -> None:
    """Every promise of the interface is kept."""
    for check in segmenter_checks(METHODS[method]()):
        check()


@methods
def test_on_cdnow_equals_are_together_and_everybody_is_somewhere(
    cdnow: pd.DataFrame, method: str
) -> None:
    """Each of 2,357 customers has one name of those known, and twins have the same."""
    segmenter = METHODS[method]().fit(cdnow)
    names = segmenter.predict(cdnow)

    assert len(names) == 2357
    assert set(names) <= set(segmenter.segments_)
    assert names.groupby([cdnow[column] for column in COLUMNS]).nunique().max() == 1
    assert segmenter.achieved_bins_.groupby("column")["customers"].sum().unique() == [2357]


@pytest.mark.parametrize("method", ["eleven", "weighted", "weighted-cut-points"])
def test_while_the_cohort_of_cdnow_is_new_no_segment_is_empty(
    days: pd.DataFrame, method: str
) -> None:
    """On 31 March 1997 all first bought within three months, and every name is somebody's."""
    customers = summarize(days, "1997-03-31")
    segmenter = METHODS[method]().fit(customers)

    assert set(segmenter.predict(customers)) == set(segmenter.segments_)


def test_the_small_shop_names_cdnow_by_what_its_days_are(days: pd.DataFrame) -> None:
    """After a quarter nobody has been away for 90 days; the sizes are counted by hand of days."""
    customers = summarize(days, "1997-03-31")
    orders, away = customers["frequency"], customers["recency_days"]
    sizes = RFMSegmenter(segment_map="small-shop").fit(customers).summary(customers)["customers"]

    assert sizes.to_dict() == {
        "VIP": ((orders >= 5) & (away < 60)).sum(),
        "Good Customers": (orders.between(3, 4) & (away < 60)).sum(),
        "Repeat Customers": ((orders == 2) & (away < 60)).sum(),
        "New Customers": ((orders == 1) & (away < 60)).sum(),
        "Watch": ((away >= 60) & (away < 90)).sum(),
        "At Risk": 0,
        "Long Lost": 0,
    }
    assert sizes.loc[:"Watch"].min() > 0


@methods
def test_customers_of_one_purchase_each_work(method: str) -> None:
    """Fifty of them are named, and none is called loyal or a champion."""
    customers = make_customers([(7 * i, 1, 5.0 + (37 * i) % 50) for i in range(50)])
    segmenter = METHODS[method]().fit(customers)
    names = segmenter.predict(customers)

    assert names.index.equals(customers.index)
    assert not set(names) & {"Champions", "Loyal Customers", "Can't Lose Them", "우수"}
    assert set(segmenter.scores(customers)["f"]) == {1}


@methods
def test_migration_is_by_one_set_of_cuts(days: pd.DataFrame, method: str) -> None:
    """A quarter later the same cuts are used, and whoever bought nothing did not rise."""
    before, after = summarize(days, "1997-03-31"), summarize(days, "1997-06-30")
    segmenter = METHODS[method]().fit(before)
    edges = {column: edge.copy() for column, edge in segmenter.edges_.items()}
    moved = migration(segmenter.predict(before), segmenter.predict(after))
    idle = before.index[before["frequency"] == after["frequency"]]
    rise = segmenter.scores(after)["r"].loc[idle] - segmenter.scores(before)["r"].loc[idle]

    assert moved.to_numpy().sum() == len(before)
    assert rise.max() <= 0
    for column in COLUMNS:
        np.testing.assert_array_equal(segmenter.edges_[column], edges[column])


@methods
@settings(max_examples=15, deadline=None)
@given(customers=tables, seed=st.integers(0, 2**32 - 1))
def test_shuffling_customers_shuffles_the_answer(
    method: str, customers: pd.DataFrame, seed: int
) -> None:
    """Shuffling customers shuffles the answer, nothing else, and the table stays as it is."""
    before = customers.copy()
    shuffled = customers.sample(frac=1, random_state=seed)
    expected = METHODS[method]().fit_predict(customers).loc[shuffled.index]

    pd.testing.assert_series_equal(METHODS[method]().fit_predict(shuffled), expected)
    pd.testing.assert_frame_equal(customers, before)


@pytest.mark.parametrize("method", QUANTILES)
@settings(max_examples=15, deadline=None)
@given(customers=tables, factor=st.sampled_from([0.25, 100.0, 1350.0]))
def test_another_unit_of_money_changes_no_segment(
    method: str, customers: pd.DataFrame, factor: float
) -> None:
    """Where money is cut into quantiles its unit does not matter."""
    scaled = customers.assign(monetary_value=customers["monetary_value"] * factor)
    expected = METHODS[method]().fit_predict(customers)

    pd.testing.assert_series_equal(METHODS[method]().fit_predict(scaled), expected)


@methods
@settings(max_examples=15, deadline=None)
@given(customers=tables, column=st.sampled_from(COLUMNS), step=st.integers(1, 300))
def test_who_gets_better_never_gets_a_worse_digit(
    method: str, customers: pd.DataFrame, column: str, step: int
) -> None:
    """Fewer days, more orders or more money: no digit falls, and no index."""
    better = customers.copy()
    better[column] += -step if column == "recency_days" else step
    better[column] = better[column].clip(lower=None if column == "monetary_value" else 0)
    segmenter = METHODS[method]().fit(customers)
    steps = segmenter.scores(better)[[*"rfm"]] - segmenter.scores(customers)[[*"rfm"]]

    assert (steps >= 0).all(axis=None)
    if "weighted" in method:
        place = pd.Index(segmenter.segments_).get_indexer
        rise = segmenter.weighted_index(better) - segmenter.weighted_index(customers)
        assert (rise >= 0).all()
        assert (place(segmenter.predict(better)) <= place(segmenter.predict(customers))).all()


@methods
@settings(max_examples=10, deadline=None)
@given(first=tables, second=tables)
def test_refit_forgets(method: str, first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Fitting again learns what a new segmenter learns."""
    expected = METHODS[method]().fit(second)
    refitted = METHODS[method]().fit(first).fit(second)

    assert refitted.to_dict() == expected.to_dict()


@methods
def test_the_expression_names_what_predict_names(method: str) -> None:
    """In any kind of frame, on the very edges, and of customers who were not there at fit."""
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 200, 80), rng.integers(1, 9, 80), rng.integers(-9, 60, 80) / 4
    everybody = make_customers(list(zip(*columns, strict=True)))
    later = everybody[20:]
    segmenter = METHODS[method]().fit(everybody[:40])
    expected = segmenter.predict(later).sort_index().to_list()

    for make in FRAMES.values():
        frame = nw.from_native(segmenter.add_segments(make(later.reset_index()))).lazy().collect()
        assert frame.sort("customer_id")["segment"].to_list() == expected


@methods
def test_a_saved_segmenter_is_the_same(cdnow: pd.DataFrame, tmp_path: Path, method: str) -> None:
    """Parameters, cut points, bins and names come back from JSON."""
    segmenter = METHODS[method]().fit(cdnow)
    segmenter.save(tmp_path / "rfm.json")
    back = Segmenter.load(tmp_path / "rfm.json")

    assert type(back) is type(segmenter)
    assert back.get_params() == segmenter.get_params()
    assert back.to_dict() == segmenter.to_dict()
    pd.testing.assert_series_equal(back.predict(cdnow), segmenter.predict(cdnow))
    pd.testing.assert_frame_equal(back.achieved_bins_, segmenter.achieved_bins_)
