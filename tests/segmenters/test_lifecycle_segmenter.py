"""Lifecycle: own clocks, drawn towards that of all, and where customers stand on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cdnow import read_days, summarize
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.interfaces import Segmenter
from crmlib.segmenters import LifecycleSegmenter
from crmlib.testing import segmenter_checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("New", "Active", "Due", "At Risk", "Dormant", "Lost")


def to_relation(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """Give a relation; a reference to DuckDB's own function would outlive the interpreter."""
    return duckdb.from_df(table)


KINDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "polars-nan": lambda table: pl.from_pandas(table, nan_to_null=False),
    "polars-lazy": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": to_relation,
}


def to_pandas(frame: Any) -> pd.DataFrame:
    """Give any answer as a frame of pandas."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return frame.df()
    return frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()


def make_customers(seed: int = 0, n_customers: int = 200) -> pd.DataFrame:
    """Make up customers with clocks of their own, a third of whom bought once."""
    rng = np.random.default_rng(seed)
    clock = np.exp(rng.normal(3.4, 0.8, n_customers))
    n = np.where(rng.random(n_customers) < 1 / 3, 0, rng.geometric(0.3, n_customers))
    gaps = [c * rng.lognormal(0, 0.5, k) for c, k in zip(clock, n, strict=True)]
    return pd.DataFrame(
        {
            "recency_days": (clock * rng.exponential(1.5, n_customers)).round(),
            "frequency": n + 1,
            "mean_gap_days": [g.mean() if len(g) else np.nan for g in gaps],
            "max_gap_days": [g.max() if len(g) else np.nan for g in gaps],
        },
        index=pd.Index([f"C{n}" for n in range(n_customers)], name="customer_id"),
    )


def one(recency: float, frequency: int = 1, mean: float = np.nan, longest: float = np.nan) -> Any:
    """Give a table of one customer."""
    values = [[recency, frequency, mean, longest]]
    columns = ["recency_days", "frequency", "mean_gap_days", "max_gap_days"]
    return pd.DataFrame(values, columns=columns, index=["ann"])


@pytest.fixture(scope="module")
def fitted() -> LifecycleSegmenter:
    """Give a segmenter with a clock of 40 days for the young, worth two own gaps."""
    segmenter = LifecycleSegmenter().fit(make_customers())
    segmenter.typical_gap_days_, segmenter.shrinkage_ = 40.0, 2.0
    return segmenter


def test_conforms() -> None:
    """Every promise of the interface is kept, in both languages."""
    korean = LifecycleSegmenter(labels="ko", tolerance=4)

    for check in [*segmenter_checks(LifecycleSegmenter()), *segmenter_checks(korean)]:
        check()


def test_a_clock_by_hand(fitted: LifecycleSegmenter) -> None:
    """Six gaps of 10 days beside two of 40: exp((6 ln 10 + 2 ln 40) / 8) = 14.142."""
    clock = fitted.clock(one(21, 7, 10.0, 12.0)).iloc[0]

    assert clock["clock_days"] == pytest.approx(14.142, abs=5e-4)
    assert clock["elapsed_clocks"] == pytest.approx(21 / 14.142, abs=5e-4)
    assert clock["tolerated_days"] == pytest.approx(3 * 14.142, abs=2e-3)


def test_who_came_back_after_long_is_tolerated_for_long(fitted: LifecycleSegmenter) -> None:
    """The longest gap counts where it is longer than three clocks, of one who has gaps."""
    patient = fitted.clock(one(21, 7, 10.0, 50.0)).iloc[0]
    once = fitted.clock(one(21, 1, 10.0, 500.0)).iloc[0]

    assert patient["tolerated_days"] == 50.0
    assert once["tolerated_days"] == pytest.approx(120)


@pytest.mark.parametrize(
    ("customer", "name"),
    [
        (one(19), "New"),
        (one(21), "Due"),
        (one(61), "At Risk"),
        (one(121), "Dormant"),
        (one(241), "Lost"),
        (one(7, 7, 10.0, 12.0), "Active"),
        (one(8, 7, 10.0, 12.0), "Due"),
        (one(22, 7, 10.0, 12.0), "At Risk"),
        (one(43, 7, 10.0, 12.0), "Dormant"),
        (one(43, 7, 10.0, 60.0), "At Risk"),
        (one(60, 7, 10.0, 60.0), "At Risk"),
        (one(61, 7, 10.0, 60.0), "Dormant"),
        (one(121, 7, 10.0, 60.0), "Lost"),
        (one(0, 9, 0.0, 0.0), "Active"),
    ],
)
def test_where_customers_stand(
    fitted: LifecycleSegmenter, customer: pd.DataFrame, name: str
) -> None:
    """Clocks of 40 and of 14.1 days: due from half, at risk from one and a half of these."""
    assert fitted.predict(customer).to_list() == [name]


@settings(deadline=None, max_examples=60)
@given(
    silences=st.lists(st.integers(0, 3000), min_size=2, max_size=2),
    gaps=st.lists(st.floats(0, 400), max_size=6),
    due_from=st.floats(0.1, 1),
    steps=st.lists(st.floats(0, 3), min_size=3, max_size=3),
)
def test_a_longer_silence_makes_nobody_livelier(
    silences: list[int], gaps: list[float], due_from: float, steps: list[float]
) -> None:
    """Whatever the gaps and the parameters, who is silent for longer stands no better."""
    segmenter = LifecycleSegmenter(
        due_from=due_from,
        due_until=due_from + steps[0],
        tolerance=due_from + steps[0] + steps[1],
        lost_after=1 + steps[2],
    ).fit(make_customers(n_customers=30))
    mean, longest = (np.mean(gaps), max(gaps)) if gaps else (np.nan, np.nan)

    ranks = [
        NAMES.index(segmenter.predict(one(silence, len(gaps) + 1, mean, longest)).iloc[0])
        for silence in sorted(silences)
    ]

    assert ranks == sorted(ranks)


@settings(deadline=None, max_examples=30)
@given(mean=st.floats(1, 400), n=st.integers(1, 50))
def test_a_clock_lies_between_the_own_and_the_typical(mean: float, n: int) -> None:
    """The more gaps, the nearer to the own mean."""
    segmenter = LifecycleSegmenter().fit(make_customers(n_customers=50))

    fewer, more = (
        segmenter.clock(one(1, k + 1, mean, mean)).iloc[0]["clock_days"] for k in (n, n + 1)
    )

    low, high = sorted([mean, segmenter.typical_gap_days_])
    assert low * (1 - 1e-9) <= fewer <= high * (1 + 1e-9)
    assert abs(np.log(more / mean)) <= abs(np.log(fewer / mean)) + 1e-9


def test_the_truth_is_found_again() -> None:
    """Clocks about exp(3.4) = 30 days; spread .5 within and .8 between: .39 gaps of weight."""
    segmenter = LifecycleSegmenter().fit(make_customers(n_customers=20_000))

    assert segmenter.typical_gap_days_ == pytest.approx(np.exp(3.4), rel=0.15)
    assert segmenter.shrinkage_ == pytest.approx(0.25 / 0.64, rel=0.15)


def test_customers_of_one_clock_get_it() -> None:
    """Where customers differ no more than their gaps do, the own ones weigh least."""
    rng = np.random.default_rng(5)
    gaps = 30 * rng.lognormal(0, 0.8, (400, 2))
    customers = pd.DataFrame(
        {
            "recency_days": 10,
            "frequency": 3,
            "mean_gap_days": np.repeat(30.0, 400),
            "max_gap_days": np.maximum(gaps.max(axis=1) / gaps.mean(axis=1) * 30, 30),
        }
    )

    assert LifecycleSegmenter().fit(customers).shrinkage_ == 100


def test_fifty_customers_with_one_purchase_each_work() -> None:
    """Nobody has a gap, so the clock is the default one: due from 30, at risk from 90 days."""
    customers = pd.concat([one(silence) for silence in range(0, 500, 10)], ignore_index=True)

    names = LifecycleSegmenter().fit_predict(customers)

    firsts = customers["recency_days"].groupby(names).min().to_dict()
    assert firsts == {"New": 0, "Due": 30, "At Risk": 90, "Dormant": 190, "Lost": 370}


@pytest.mark.parametrize("customers", [one(5), one(5, 4, 7.0, 9.0)], ids=["once", "often"])
def test_one_customer_works(customers: pd.DataFrame) -> None:
    """There is one segment for the one."""
    assert LifecycleSegmenter().fit_predict(customers).iloc[0] in NAMES


def test_cdnow_has_customers_in_every_segment(shared_data: Path) -> None:
    """All 2,357 are in one of the segments; equal customers are in equal ones."""
    customers = summarize(read_days(shared_data))

    names = LifecycleSegmenter().fit_predict(customers)

    assert len(names) == 2357
    assert set(names) == set(NAMES) - {"New"}  # all came before April 1997
    columns = ["recency_days", "frequency", "mean_gap_days", "max_gap_days"]
    keys = [customers[c].fillna(-1) for c in columns]
    assert names.groupby(keys).nunique().max() == 1


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_expression_names_what_predict_names(kind: str, seed: int) -> None:
    """In any kind of frame, also where gaps are null or NaN."""
    segmenter = LifecycleSegmenter().fit(make_customers(seed))
    customers = make_customers(seed + 1, 60)

    answer = segmenter.add_segments(KINDS[kind](customers.reset_index()))

    frame = to_pandas(answer).set_index("customer_id")
    assert frame.loc[customers.index, "segment"].to_list() == (
        segmenter.predict(customers).to_list()
    )


def test_a_saved_segmenter_is_the_same(tmp_path: Path) -> None:
    """The clock and the bounds come back, without a pickle."""
    segmenter = LifecycleSegmenter(labels="ko", due_from=0.7).fit(make_customers())
    segmenter.save(tmp_path / "lifecycle.json")

    back = Segmenter.load(tmp_path / "lifecycle.json")

    assert isinstance(back, LifecycleSegmenter)
    assert back.get_params() == segmenter.get_params()
    later = make_customers(1)
    pd.testing.assert_series_equal(back.predict(later), segmenter.predict(later))


def test_korean_names_stand_for_the_english_ones() -> None:
    """The same customers, name by name."""
    customers = make_customers()
    english = LifecycleSegmenter().fit(customers)
    korean = LifecycleSegmenter(labels="ko").fit(customers)

    names = dict(zip(english.segments_, korean.segments_, strict=True))

    assert korean.segments_ == ("신규", "활동", "구매 시기", "이탈 위험", "휴면", "이탈")
    assert english.predict(customers).map(names).to_list() == korean.predict(customers).to_list()


@pytest.mark.parametrize(
    ("customer", "text"),
    [
        (
            one(22, 7, 10.0, 12.0),
            (
                "ann: At Risk; silent for 22 days, 1.56 of its clock of 14.1 days (mean of 6 own "
                "gaps 10.0, longest 12.0, typical 40.0); due from 7.1, at risk from 21.2, "
                "tolerated to 42.4"
            ),
        ),
        (
            one(3),
            (
                "ann: New; silent for 3 days, 0.07 of its clock of 40.0 days (no own gap yet, "
                "typical 40.0); due from 20.0, at risk from 60.0, tolerated to 120.0"
            ),
        ),
    ],
    ids=["own clock", "typical clock"],
)
def test_a_customer_is_explained_by_the_clock(
    fitted: LifecycleSegmenter, customer: pd.DataFrame, text: str
) -> None:
    """The text names the clock, what it is made of, and what follows from it."""
    assert fitted.explain(customer, "ann") == text


def test_a_summary_has_all_segments_in_order() -> None:
    """Liveliest first, everybody once."""
    customers = make_customers()

    summary = LifecycleSegmenter().fit(customers).summary(customers)

    assert tuple(summary.index) == NAMES
    assert summary["customers"].sum() == 200


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"due_from": 0}, "due_from must be a number from"),
        ({"due_until": 0.4}, "due_until must be a number from 0.5 on, got 0.4"),
        ({"tolerance": 1}, "tolerance must be a number from 1.5 on, got 1"),
        ({"lost_after": 0.5}, "lost_after must be a number from 1 on, got 0.5"),
        ({"default_gap_days": "month"}, "default_gap_days must be a number from 1 on"),
        ({"tolerance": np.inf}, "tolerance must be a number from 1.5 on, got inf"),
    ],
)
def test_parameters_that_cannot_be(parameters: dict[str, Any], message: str) -> None:
    """Bounds rise, and are numbers."""
    with pytest.raises(InvalidParameterError, match=message):
        LifecycleSegmenter(**parameters).fit(make_customers())


@pytest.mark.parametrize("labels", ["fr", None])
def test_a_language_that_is_not_there(labels: Any) -> None:
    """The error says which are."""
    with pytest.raises(UnknownNameError, match="language of labels"):
        LifecycleSegmenter(labels=labels).fit(make_customers())


@pytest.mark.parametrize(
    ("customers", "message"),
    [
        (one(-1), "has 1 values in 'recency_days' below 0, the first for 'ann'"),
        (one(1, 0), "has 1 values in 'frequency' below 1, the first for 'ann'"),
        (one(1, 3, -2.0, 5.0), "has 1 values in 'mean_gap_days' below 0"),
        (one(1, 3, 2.0, np.nan), "has 1 values in 'max_gap_days' that are missing"),
        (one(np.nan), "has 1 values in 'recency_days' that are missing"),
        (one(1)[:0], "holds no rows; fit on at least one customer"),
    ],
)
def test_customers_that_cannot_be(customers: pd.DataFrame, message: str) -> None:
    """The error names the column and the customer."""
    with pytest.raises(InvalidTableError, match=message):
        LifecycleSegmenter().fit(customers)


def test_a_column_that_is_missing_is_named() -> None:
    """Also when the segmenter is fitted."""
    segmenter = LifecycleSegmenter().fit(make_customers())

    with pytest.raises(MissingColumnsError, match="mean_gap_days"):
        segmenter.predict(make_customers().drop(columns="mean_gap_days"))


def test_before_fit_there_is_no_clock() -> None:
    """Clocks, names and expressions wait for fit."""
    for ask in ("clock", "predict"):
        with pytest.raises(NotFittedError):
            getattr(LifecycleSegmenter(), ask)(make_customers())
    with pytest.raises(NotFittedError):
        LifecycleSegmenter().expression()
