"""RFMSegmenter: cuts learned once, ties kept together, every code named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cdnow import read_days, summarize
from hypothesis import given, settings
from hypothesis import strategies as st
from rfm_methods import COLUMNS, make_customers, tables
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.segmenters import RFMSegmenter


@pytest.fixture(scope="module")
def cdnow(shared_data: Path) -> pd.DataFrame:
    """Make one row per customer of the CDNOW sample, as of the last day of the data."""
    return summarize(read_days(shared_data), "1998-06-30")


def test_ten_different_customers_fall_into_five_equal_bins() -> None:
    """Without ties the bins are the quintiles, recency inverted."""
    customers = make_customers([(day, day + 1, 10.0 * day) for day in range(10)])
    expected_r = [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    rfm = RFMSegmenter().fit(customers)

    assert rfm.scores(customers)["r"].tolist() == expected_r
    assert rfm.scores(customers)["f"].tolist() == expected_r[::-1]
    assert rfm.scores(customers)["m"].tolist() == expected_r[::-1]
    assert rfm.edges_["recency_days"].tolist() == [7, 5, 3, 1]
    assert rfm.edges_["frequency"].tolist() == [3, 5, 7, 9]


def test_one_time_buyers_are_the_lowest_bin_and_the_rest_share_those_above() -> None:
    """Where half bought once, 1 purchase is digit 1 and the highest frequency is digit 5."""
    frequency = [1] * 10 + [2] * 4 + [3] * 2 + [4] + [5] + [9] * 2
    digit = {1: 1, 2: 2, 3: 3, 4: 4, 5: 4, 9: 5}
    customers = make_customers([(0, f, 0.0) for f in frequency])
    rfm = RFMSegmenter().fit(customers)

    assert rfm.scores(customers)["f"].tolist() == [digit[f] for f in frequency]
    assert rfm.edges_["frequency"].tolist() == [2, 3, 4, 9]


def test_fewer_values_than_bins_are_spread_from_the_lowest_digit_to_the_highest() -> None:
    """Two frequencies become 1 and 5; three become 1, 3 and 5."""
    two = make_customers([(0, 1, 0.0), (0, 7, 0.0)])
    three = make_customers([(0, 1, 0.0), (0, 2, 0.0), (0, 7, 0.0)])

    assert RFMSegmenter().fit(two).scores(two)["f"].tolist() == [1, 5]
    assert RFMSegmenter().fit(three).scores(three)["f"].tolist() == [1, 3, 5]


def test_a_column_that_tells_nobody_apart_gives_the_middle_digit() -> None:
    """All equal is neither good nor bad, and later customers still differ."""
    customers = make_customers([(30, 4, 50.0)] * 3)
    later = make_customers([(10, 5, 60.0), (30, 4, 50.0), (50, 3, 40.0)])
    rfm = RFMSegmenter().fit(customers)

    assert rfm.scores(customers)["code"].tolist() == ["333"] * 3
    assert rfm.scores(later)["code"].tolist() == ["555", "333", "111"]


def test_one_customer_works() -> None:
    """One customer with one purchase gets middle digits but the lowest frequency."""
    customers = make_customers([(3, 1, 20.0)])
    rfm = RFMSegmenter().fit(customers)

    assert rfm.scores(customers)["code"].tolist() == ["313"]
    assert rfm.predict(customers).tolist() == ["About To Sleep"]


def test_fifty_customers_with_one_purchase_each_work() -> None:
    """One-time buyers are told apart by recency and money; none counts as loyal."""
    customers = make_customers([(7 * i, 1, 5.0 + (37 * i) % 50) for i in range(50)])
    names = RFMSegmenter().fit_predict(customers)

    assert names.iloc[:10].unique().tolist() == ["New Customers"]
    assert names.iloc[10:20].unique().tolist() == ["Promising"]
    assert set(names.iloc[20:30]) == {"Need Attention", "About To Sleep"}
    assert names.iloc[30:40].unique().tolist() == ["Hibernating"]
    assert set(names.iloc[40:]) == {"Hibernating", "Lost"}


def test_achieved_bins_count_every_customer() -> None:
    """The bins at fit, with worst and best value, customers and share; empty digits are absent."""
    customers = make_customers([(5, 1, 1.0), (9, 1, 1.0), (20, 8, 1.0), (20, 8, 1.0)])
    bins = RFMSegmenter().fit(customers).achieved_bins_

    assert bins.loc["recency_days"].index.tolist() == [1, 3, 5]
    assert bins.loc["recency_days", "worst"].tolist() == [20, 9, 5]
    assert bins.loc["frequency", "customers"].to_dict() == {1: 2, 5: 2}
    assert bins.loc[("monetary_value", 3), "share"] == 1


def test_next_month_is_scored_with_last_months_cuts() -> None:
    """A customer alone is scored as it was among the others."""
    customers = make_customers([(day, 10 - day, 5.0 * day) for day in range(10)])
    rfm = RFMSegmenter().fit(customers)
    alone = rfm.predict(customers.iloc[[4]])

    assert alone.iloc[0] == rfm.predict(customers).iloc[4]
    assert rfm.predict(customers.iloc[:0]).empty


def test_cdnow_falls_into_the_bins_that_its_ties_allow(cdnow: pd.DataFrame) -> None:
    """On CDNOW every digit is used, one-time buyers are F 1, and equals stay together."""
    rfm = RFMSegmenter().fit(cdnow)
    scores = rfm.scores(cdnow)
    names = rfm.predict(cdnow)
    per_history = names.groupby([cdnow[column] for column in COLUMNS]).nunique()

    assert len(cdnow) == 2357
    assert rfm.achieved_bins_.groupby("column").size().to_dict() == dict.fromkeys(COLUMNS, 5)
    assert set(scores.loc[cdnow["frequency"] == 1, "f"]) == {1}
    assert per_history.max() == 1
    assert names.notna().all()


def test_on_cdnow_only_the_segments_of_new_customers_are_empty(cdnow: pd.DataFrame) -> None:
    """CDNOW is one cohort of early 1997: nobody's first and only order is recent."""
    rfm = RFMSegmenter().fit(cdnow)
    names = rfm.predict(cdnow)
    once = cdnow[cdnow["frequency"] == 1]

    assert set(rfm.segments_) - set(names) == {"New Customers", "Promising"}
    assert once["recency_days"].min() > rfm.edges_["recency_days"][2]


@settings(max_examples=60, deadline=None)
@given(tables)
def test_segments_partition_the_customers(customers: pd.DataFrame) -> None:
    """Each customer gets exactly one of the names; the counts at fit add up."""
    before = customers.copy()
    rfm = RFMSegmenter().fit(customers)
    names = rfm.predict(customers)

    assert names.index.equals(customers.index)
    assert names.name == "segment"
    assert set(names) <= set(rfm.segments_)
    assert (rfm.achieved_bins_.groupby("column")["customers"].sum() == len(customers)).all()
    pd.testing.assert_frame_equal(customers, before)


@settings(max_examples=60, deadline=None)
@given(tables, st.integers(2, 9))
def test_digits_are_monotone_and_equal_for_equals(customers: pd.DataFrame, n_bins: int) -> None:
    """More is never a lower digit, fewer days never a lower one, equal values equal digits."""
    segment_map = {"All": "..."}
    rfm = RFMSegmenter(n_bins=n_bins, segment_map=segment_map).fit(customers)
    scores = rfm.scores(customers)

    for column, digit, sign in zip(COLUMNS, "rfm", (-1, 1, 1), strict=True):
        goodness = (sign * customers[column]).to_numpy()
        order = np.argsort(goodness, kind="stable")
        steps = np.diff(scores[digit].to_numpy()[order])
        assert (steps >= 0).all()
        assert (steps[np.diff(goodness[order]) == 0] == 0).all()
        assert scores[digit].between(1, n_bins).all()
        if len(np.unique(goodness)) >= n_bins:
            assert scores[digit].nunique() == n_bins


def test_follows_the_habits_of_scikit_learn() -> None:
    """Parameters come back as given, clones are unfitted, and it ends a Pipeline."""
    customers = make_customers([(day, day + 1, 10.0 * day) for day in range(10)])
    rfm = RFMSegmenter(n_bins=5, labels="ko")
    pipeline = Pipeline([("rfm", rfm)]).fit(customers)

    assert rfm.get_params() == {
        "n_bins": 5,
        "cut_points": None,
        "segment_map": "eleven",
        "labels": "ko",
    }
    assert clone(rfm).get_params() == rfm.get_params()
    assert pipeline.predict(customers).index.equals(customers.index)
    with pytest.raises(NotFittedError):
        clone(rfm).predict(customers)


def test_the_eleven_names_come_best_first_and_in_korean() -> None:
    """Each of the 125 codes has one of eleven names, in English or Korean."""
    customers = make_customers([(3, 1, 20.0)])
    english = RFMSegmenter().fit(customers)
    korean = RFMSegmenter(labels="ko").fit(customers)

    assert len(english.segment_map_) == 125
    assert len(english.segments_) == 11
    assert english.segments_[0] == "Champions"
    assert english.segments_[-1] == "Lost"
    assert english.segment_map_["555"] == "Champions"
    assert english.segment_map_["511"] == "New Customers"
    assert english.segment_map_["155"] == "Can't Lose Them"
    assert english.segment_map_["111"] == "Lost"
    assert korean.segment_map_["555"] == "최우수"
    assert len(korean.segments_) == 11
    assert korean.predict(customers).tolist() == ["휴면 예정"]


def test_an_own_map_names_the_codes() -> None:
    """A dict from names to patterns replaces the built-in map, for any number of bins."""
    customers = make_customers([(1, 2, 3.0), (4, 1, 1.0)])
    own = {"Top": "22.", "Rest": ["1..", "21."]}
    rfm = RFMSegmenter(n_bins=2, segment_map=own).fit(customers)

    assert rfm.predict(customers).tolist() == ["Top", "Rest"]
    assert rfm.segments_ == ("Top", "Rest")


@pytest.mark.parametrize(
    ("segment_map", "text"),
    [
        pytest.param(
            {"A": "[1-4].."}, "codes without a name.*'511'.*and 15 more", id="unassigned"
        ),
        pytest.param({"A": "...", "B": "111"}, "several names.*'111: A, B'", id="doubly"),
        pytest.param({"A": "...", "B": "6.."}, "fit no code.*'B: 6..'", id="unreachable"),
        pytest.param({"A": "[1"}, "segment_map\\['A'\\] must be patterns", id="no-pattern"),
        pytest.param({"A": [1]}, "segment_map\\['A'\\] must be patterns", id="a-number"),
        pytest.param({"A": []}, "one pattern or more", id="no-patterns"),
        pytest.param({" ": "..."}, "keys are names", id="blank-name"),
        pytest.param(["..."], "a name or a dict", id="a-list"),
    ],
)
def test_a_map_with_a_hole_is_refused(segment_map: object, text: str) -> None:
    """A code without a name or with two, or a name without a code, is an error naming it."""
    with pytest.raises(InvalidParameterError, match=text):
        RFMSegmenter(segment_map=segment_map).fit(make_customers([(1, 1, 1.0)]))


def test_the_eleven_names_are_for_five_bins() -> None:
    """With other bins the built-in map does not fit, and the error says what for it is."""
    with pytest.raises(InvalidParameterError, match="written for n_bins=5"):
        RFMSegmenter(n_bins=4).fit(make_customers([(1, 1, 1.0)]))


@pytest.mark.parametrize("n_bins", [1, 10, 5.0, True, "5"])
def test_bins_are_a_whole_number_from_2_to_9(n_bins: object) -> None:
    """Anything else is refused with the value."""
    with pytest.raises(InvalidParameterError, match="a whole number from 2 to 9") as caught:
        RFMSegmenter(n_bins=n_bins).fit(make_customers([(1, 1, 1.0)]))

    assert caught.value.name == "n_bins"
    assert caught.value.value is n_bins


@pytest.mark.parametrize(
    "parameters", [{"segment_map": "twelve"}, {"labels": "fr"}, {"labels": ["en"]}]
)
def test_unknown_maps_and_languages_are_refused(parameters: dict[str, object]) -> None:
    """The error lists what there is."""
    with pytest.raises(UnknownNameError, match="there are"):
        RFMSegmenter(**parameters).fit(make_customers([(1, 1, 1.0)]))


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("recency_days", np.nan, "missing or infinite, the first for 'c1'"),
        ("monetary_value", np.inf, "missing or infinite, the first for 'c1'"),
        ("recency_days", -1.0, "1 negative values in 'recency_days', the first for 'c1'"),
        ("frequency", -2.0, "1 negative values in 'frequency'"),
    ],
)
def test_values_that_cannot_be_are_refused(column: str, value: float, text: str) -> None:
    """Missing, infinite and negative values are errors that name the customer."""
    customers = make_customers([(1, 1, 1.0), (2, 2, 2.0)]).astype(float)
    customers.loc["c1", column] = value

    with pytest.raises(InvalidTableError, match=text):
        RFMSegmenter().fit(customers)


def test_tables_that_cannot_be_are_refused() -> None:
    """No rows, a customer twice, a missing column, words for numbers, no table at all."""
    customers = make_customers([(1, 1, 1.0), (2, 2, 2.0)])
    words = customers.assign(frequency=["many", "few"])

    with pytest.raises(InvalidTableError, match="holds no rows"):
        RFMSegmenter().fit(customers.iloc[:0])
    with pytest.raises(InvalidTableError, match=r"1 customers in more than one row, e\.g\. 'c0'"):
        RFMSegmenter().fit(customers.iloc[[0, 0]])
    with pytest.raises(MissingColumnsError, match=r"frequency.*summarize_customers"):
        RFMSegmenter().fit(customers.drop(columns="frequency"))
    with pytest.raises(InvalidTableError, match="no numbers in 'frequency'"):
        RFMSegmenter().fit(words)
    with pytest.raises(InvalidTableError, match="is a list"):
        RFMSegmenter().fit([1, 2])


def test_nullable_columns_are_read() -> None:
    """Int64 and Float64 columns are as good as plain ones, but for their nulls."""
    customers = make_customers([(1, 1, 1.0), (2, 2, 2.0)])
    nullable = customers.convert_dtypes()
    expected = RFMSegmenter().fit_predict(customers)

    pd.testing.assert_series_equal(RFMSegmenter().fit_predict(nullable), expected)
    with pytest.raises(InvalidTableError, match="missing or infinite"):
        RFMSegmenter().fit(nullable.assign(frequency=pd.array([1, None], dtype="Int64")))
