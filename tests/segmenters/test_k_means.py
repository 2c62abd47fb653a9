"""KMeansSegmenter: groups that are there are found, named and ordered; odd data has its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score, silhouette_score

from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.interfaces import Segmenter
from crmlib.segmenters import KMeansSegmenter
from crmlib.segmenters._k_means_silhouette import mean_silhouettes
from crmlib.testing import segmenter_checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmlib.testing import Check

CENTRES = {  # recency_days, frequency, average_order_value
    "regulars": (5, 30, 12.0),
    "splurgers": (20, 3, 300.0),
    "sleepers": (400, 2, 30.0),
}


def make_customers(n_each: int = 60, seed: int = 0) -> pd.DataFrame:
    """Make up three kinds of customers, far apart, the kind in a column of its own."""
    rng = np.random.default_rng(seed)
    parts = []
    for kind, (recency, frequency, basket) in CENTRES.items():
        spread = rng.lognormal(0, 0.15, (3, n_each))
        part = pd.DataFrame(
            {
                "recency_days": np.round(recency * spread[0]),
                "frequency": np.round(frequency * spread[1]),
                "average_order_value": np.round(basket * spread[2], 2),
                "kind": kind,
            }
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table["monetary_value"] = table["frequency"] * table["average_order_value"]
    table.index = pd.Index([f"C{n}" for n in range(len(table))], name="customer_id")
    return table.sample(frac=1, random_state=seed)


@pytest.mark.parametrize(
    "check",
    segmenter_checks(KMeansSegmenter()) + segmenter_checks(KMeansSegmenter(n_clusters=4)),
    ids=str,
)
def test_it_keeps_the_promises_of_a_segmenter(check: Check) -> None:
    """Every check of the conformance kit passes."""
    check()


def test_groups_that_are_there_are_found() -> None:
    """Of three kinds of customers, far apart, each becomes one segment; the seeds agree."""
    customers = make_customers()
    segmenter = KMeansSegmenter().fit(customers)

    segments = segmenter.predict(customers)

    assert adjusted_rand_score(customers["kind"], segments) == 1
    assert segmenter.stability_ == pytest.approx(1)
    assert segmenter.silhouette_curve_["silhouette"].idxmax() == 3


def test_segments_are_ordered_by_value_and_named_by_what_sets_them_apart() -> None:
    """Who brings most comes first; names tell what is farthest from the mean."""
    customers = make_customers()
    segmenter = KMeansSegmenter().fit(customers)

    value = customers.groupby(segmenter.predict(customers))["monetary_value"].mean()

    assert list(value.sort_values(ascending=False).index) == list(segmenter.segments_)
    assert segmenter.segments_ == (
        "large baskets, buys rarely",
        "buys often, bought lately",
        "bought long ago, buys rarely",
    )
    assert KMeansSegmenter(labels="ko").fit(customers).segments_ == (
        "큰 장바구니, 가끔 구매",
        "자주 구매, 최근 구매",
        "오래전 구매, 가끔 구매",
    )


def test_centres_are_in_the_units_of_the_columns() -> None:
    """The centre of the regulars buys about every fifth day for about twelve a time."""
    segmenter = KMeansSegmenter().fit(make_customers())

    centre = segmenter.centers_.loc["buys often, bought lately"]

    assert centre.to_dict() == pytest.approx(
        {"recency_days": 5, "frequency": 30, "average_order_value": 12}, rel=0.05
    )
    assert list(segmenter.profile_.index) == list(segmenter.segments_)


def test_clusters_of_one_name_tell_more_or_are_numbered() -> None:
    """No two segments bear the same name, however many there are."""
    rng = np.random.default_rng(3)
    customers = pd.DataFrame(rng.normal(0, 1, (500, 3)), columns=["a", "b", "c"])

    segments = (
        KMeansSegmenter(["a", "b", "c"], n_clusters=30, log_columns=[], value_column="a")
        .fit(customers)
        .segments_
    )

    assert len(set(segments)) == 30
    assert any(name.endswith(" (2)") for name in segments)
    assert any(name.count(",") == 2 for name in segments)


def test_a_column_without_words_is_called_high_or_low() -> None:
    """Columns of one's own appear in names as they are written; the middle is average."""
    customers = pd.DataFrame({"visits": [0.0, 0, 50, 51, 100, 100], "clicks": 1.0})
    options = {"log_columns": (), "value_column": "visits", "n_clusters": 3}

    english = KMeansSegmenter(["visits", "clicks"], **options).fit(customers)
    korean = KMeansSegmenter(["visits", "clicks"], labels="ko", **options).fit(customers)

    assert english.segments_ == ("high visits", "like the average", "low visits")
    assert korean.segments_ == ("visits 높음", "평균적인 고객", "visits 낮음")


def test_the_curve_is_that_of_scikit_learn() -> None:
    """The mean silhouette of the number taken is scikit-learn's, on the same places."""
    customers = make_customers()
    segmenter = KMeansSegmenter(max_clusters=4).fit(customers)
    scaling = segmenter.scaling_
    raw = customers[list(scaling.index)].to_numpy()
    places = (np.log(raw / scaling["unit"].to_numpy() + 1) - scaling["mean"].to_numpy()) / scaling[
        "scale"
    ].to_numpy()

    expected = silhouette_score(places, segmenter.predict(customers))

    assert list(segmenter.silhouette_curve_.index) == [2, 3, 4]
    assert segmenter.silhouette_curve_.loc[3, "silhouette"] == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1), n_customers=st.integers(3, 40), n_clusters=st.integers(2, 8)
)
def test_silhouettes_are_those_of_scikit_learn(
    seed: int, n_customers: int, n_clusters: int
) -> None:
    """With ties, with customers alone in a cluster, and with clusters without anybody."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 4, (n_customers, 2)).astype(float)
    labels = rng.integers(0, n_clusters, n_customers)
    labels[:2] = 0, 1
    labels[-1] = labels[-1] if len(np.unique(labels)) < n_customers else 0

    expected = silhouette_score(places, labels)

    assert mean_silhouettes(places, {n_clusters: labels})[n_clusters] == pytest.approx(expected)


def test_what_is_missing_counts_as_the_median() -> None:
    """A customer of whom nothing is known is where the median customer is."""
    customers = make_customers()
    columns = ["recency_days", "frequency", "average_order_value"]
    median = customers[columns].median()
    segmenter = KMeansSegmenter(n_clusters=3).fit(customers)
    strange = pd.DataFrame([dict.fromkeys(columns, np.nan), median.to_dict()], index=["a", "b"])

    names = segmenter.predict(strange)

    assert segmenter.scaling_["missing_as"].to_dict() == median.to_dict()
    assert names["a"] == names["b"]
    assert "recency_days not known" in segmenter.explain(strange, "a")


def test_money_below_zero_counts_as_zero() -> None:
    """Who returned more than was bought is as far as who brought nothing; nobody else is moved."""
    customers = make_customers()
    zero = customers.assign(average_order_value=customers["average_order_value"].clip(15) - 15)
    below = zero.assign(
        average_order_value=zero["average_order_value"].where(zero["average_order_value"] > 0, -9)
    )

    names = KMeansSegmenter(n_clusters=3).fit_predict(zero)

    pd.testing.assert_series_equal(KMeansSegmenter(n_clusters=3).fit_predict(below), names)


def test_money_that_was_never_above_zero() -> None:
    """A column without any value above 0 has no scale, and says nothing."""
    customers = make_customers().assign(average_order_value=0.0)
    segmenter = KMeansSegmenter(n_clusters=2).fit(customers)

    assert segmenter.scaling_.loc["average_order_value", ["unit", "mean", "scale"]].to_list() == [
        1.0,
        0.0,
        1.0,
    ]


def test_columns_may_be_taken_as_they_are() -> None:
    """Without a logarithm values below 0 count as what they are."""
    customers = pd.DataFrame({"change": [-5.0, -6.0, 5.0, 6.0], "monetary_value": 1.0})

    segmenter = KMeansSegmenter(["change"], log_columns=[], n_clusters=2).fit(customers)

    assert segmenter.predict(customers).to_list() == [
        "low change",
        "low change",
        "high change",
        "high change",
    ]
    assert segmenter.centers_["change"].to_list() == pytest.approx([-5.5, 5.5])


def test_one_customer_is_one_segment() -> None:
    """Alone, a customer is like the average."""
    customers = make_customers()[:1]
    segmenter = KMeansSegmenter().fit(customers)

    assert segmenter.predict(customers).to_list() == ["like the average"]
    assert segmenter.silhouette_curve_["silhouette"].isna().all()
    assert segmenter.explain(customers, customers.index[0]).startswith(
        f"{customers.index[0]}: like the average; the nearest centre, at 0.00: "
    )


def test_equal_customers_are_one_segment() -> None:
    """Where all are equal there is one segment, without a warning."""
    customers = pd.DataFrame(
        {"recency_days": [3] * 9, "frequency": 1, "average_order_value": 9.9, "monetary_value": 9}
    )

    assert KMeansSegmenter().fit_predict(customers).to_list() == ["like the average"] * 9


def test_two_different_customers_are_two_segments() -> None:
    """The fewest clusters that can be told apart are two, however often each is there."""
    customers = make_customers()[:2]

    assert KMeansSegmenter().fit_predict(customers).nunique() == 2
    repeated = customers.loc[customers.index.repeat(5)].reset_index(drop=True)
    assert KMeansSegmenter().fit_predict(repeated).value_counts().to_list() == [5, 5]


def test_more_clusters_than_different_customers() -> None:
    """The error says how many different customers there are."""
    customers = make_customers()[:3]

    with pytest.raises(
        InvalidParameterError, match="at most the number of different customers, 3"
    ):
        KMeansSegmenter(n_clusters=4).fit(customers)


def test_a_value_that_nobody_has_is_no_reason_to_stop() -> None:
    """Where no value is known the order of segments is that of their centres."""
    customers = make_customers().assign(monetary_value=np.nan)

    assert len(KMeansSegmenter(n_clusters=3).fit(customers).segments_) == 3


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"frequency": np.inf}, "180 infinite values in 'frequency'"),
        ({"frequency": -1}, "180 negative values in 'frequency'"),
        ({"frequency": np.nan}, "no value at all in 'frequency'"),
        ({"frequency": "many"}, "no numbers in 'frequency' but str"),
        ({"monetary_value": -np.inf}, "180 infinite values in 'monetary_value'"),
    ],
    ids=["infinite", "negative", "missing", "text", "infinite value"],
)
def test_columns_that_cannot_be_learned_from(change: dict[str, object], text: str) -> None:
    """The error names the column and what is wrong with it."""
    with pytest.raises(InvalidTableError, match=text):
        KMeansSegmenter().fit(make_customers().assign(**change))


def test_nobody_to_learn_from() -> None:
    """An empty table cannot be learned from, but be answered."""
    customers = make_customers()

    with pytest.raises(InvalidTableError, match="holds no rows"):
        KMeansSegmenter().fit(customers[:0])
    assert KMeansSegmenter().fit(customers).predict(customers[:0]).to_list() == []


def test_the_value_column_is_needed_by_fit_only() -> None:
    """Without it there is no order; afterwards nobody asks for it."""
    customers = make_customers()
    segmenter = KMeansSegmenter().fit(customers)

    assert len(segmenter.predict(customers.drop(columns="monetary_value"))) == 180
    with pytest.raises(MissingColumnsError, match="monetary_value"):
        KMeansSegmenter().fit(customers.drop(columns="monetary_value"))


@pytest.mark.parametrize(
    "parameters",
    [
        {"columns": "frequency"},
        {"columns": []},
        {"columns": ["frequency", "frequency"]},
        {"columns": [1]},
        {"log_columns": ["recency"]},
        {"n_clusters": 0},
        {"n_clusters": 101},
        {"n_clusters": "three"},
        {"n_clusters": 2.5},
        {"n_clusters": True},
        {"max_clusters": 1},
        {"n_init": 0},
        {"sample_size": 4_999},
    ],
    ids=str,
)
def test_parameters_that_cannot_be(parameters: dict[str, object]) -> None:
    """The error names the parameter and what it can be."""
    (name,) = parameters

    with pytest.raises(InvalidParameterError, match=f"^{name} must be"):
        KMeansSegmenter(**parameters).fit(make_customers())


def test_a_language_without_names() -> None:
    """The error says which languages there are."""
    with pytest.raises(UnknownNameError, match=r"there are \['en', 'ko'\]"):
        KMeansSegmenter(labels="fr").fit(make_customers())


@pytest.mark.parametrize(
    "action", [lambda s: s.expression(), lambda s: s.predict(make_customers())]
)
def test_before_fit(action: Callable[[KMeansSegmenter], object]) -> None:
    """What was not learned cannot be said."""
    with pytest.raises(NotFittedError):
        action(KMeansSegmenter())


def test_a_saved_segmenter_is_the_same(tmp_path: Path) -> None:
    """Scale, centres, curve and names come back from a file that a person can read."""
    segmenter = KMeansSegmenter(labels="ko").fit(make_customers())
    segmenter.save(tmp_path / "clusters.json")

    back = Segmenter.load(tmp_path / "clusters.json")

    assert isinstance(back, KMeansSegmenter)
    pd.testing.assert_frame_equal(back.silhouette_curve_, segmenter.silhouette_curve_)
    later = make_customers(seed=1)
    pd.testing.assert_series_equal(back.predict(later), segmenter.predict(later))


def test_a_customer_is_explained_by_the_nearest_centre() -> None:
    """The text has the values, those of the centre, and the next nearest segment."""
    customers = make_customers()
    customers.loc["C0", ["recency_days", "frequency", "average_order_value"]] = [5, 30, 12.0]

    text = KMeansSegmenter().fit(customers).explain(customers, "C0")

    assert text.startswith("C0: buys often, bought lately; the nearest centre, at 0.")
    assert "recency_days 5 (centre 5." in text
    assert "frequency 30 (centre " in text
    assert "; next is 'large baskets, buys rarely', at " in text


tables = st.builds(make_customers, st.integers(2, 12), st.integers(0, 2**32 - 1))


@settings(deadline=None, max_examples=5)
@given(customers=tables, seed=st.integers(0, 99))
def test_the_order_of_rows_says_nothing(customers: pd.DataFrame, seed: int) -> None:
    """To the last digit: what is learned from shuffled customers is the same."""
    shuffled = customers.sample(frac=1, random_state=seed)
    one, other = KMeansSegmenter(), KMeansSegmenter()

    names = other.fit_predict(shuffled)

    pd.testing.assert_series_equal(one.fit_predict(customers), names.reindex(customers.index))
    pd.testing.assert_frame_equal(one.profile_, other.profile_, check_exact=True)


@settings(deadline=None, max_examples=5)
@given(customers=tables, rate=st.sampled_from([0.001, 1350.0, 1e9]))
def test_the_currency_says_nothing(customers: pd.DataFrame, rate: float) -> None:
    """In won or in dollars, the segments are the same."""
    money = ["average_order_value", "monetary_value"]
    other = customers.assign(**{column: customers[column] * rate for column in money})

    assert KMeansSegmenter().fit_predict(other).equals(KMeansSegmenter().fit_predict(customers))


@settings(deadline=None, max_examples=5)
@given(customers=tables)
def test_equal_customers_are_together(customers: pd.DataFrame) -> None:
    """Twins are in one segment, and every customer in one that was told."""
    twins = customers.set_axis([f"{name}'" for name in customers.index])
    segmenter = KMeansSegmenter().fit(pd.concat([customers, twins]))

    assert segmenter.predict(customers).to_list() == segmenter.predict(twins).to_list()
    assert set(segmenter.predict(customers)) <= set(segmenter.segments_)


def test_a_random_state_may_be_any_of_scikit_learn() -> None:
    """A seed, a state, or none at all."""
    customers = make_customers()
    state = np.random.RandomState(4)

    for given_state in (4, state, None):
        names = KMeansSegmenter(random_state=given_state).fit_predict(customers)

        assert adjusted_rand_score(names, customers["kind"]) == 1
    assert clone(KMeansSegmenter(random_state=4)).random_state == 4
