"""WeightedRFMSegmenter: digits weighed into one index, and the index cut into tiers."""

from __future__ import annotations

import pytest
from rfm_methods import make_customers
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.segmenters import WeightedRFMSegmenter

RECENCY, FREQUENCY, MONEY = "recency_days", "frequency", "monetary_value"
TEN = make_customers([(day, 10 - day, 10.0 * (10 - day)) for day in range(10)])
"""From best to worst, two for each digit."""


def test_the_index_is_the_weighted_mean_of_digits_from_0_to_100() -> None:
    """By hand: digit 3 of 5 is 50, digit 1 of 2 is 0, so 50 · 3/6 + 0 · 2/6 + 100 · 1/6."""
    weights = {RECENCY: 3, FREQUENCY: 2, MONEY: 1}
    bins = {RECENCY: 5, FREQUENCY: 2, MONEY: 5}
    rfm = WeightedRFMSegmenter(weights, n_bins=bins).fit(TEN)
    asked = make_customers([(4, 1, 100.0), (0, 10, 100.0), (9, 1, 10.0)])

    assert rfm.scores(asked)["code"].tolist() == ["315", "525", "111"]
    assert rfm.weighted_index(asked).tolist() == pytest.approx([41 + 2 / 3, 100, 0], abs=1e-6)
    assert rfm.weighted_index(asked).name == "weighted_index"
    assert rfm.weights_ == pytest.approx({RECENCY: 1 / 2, FREQUENCY: 1 / 3, MONEY: 1 / 6})


def test_only_ratios_of_weights_matter() -> None:
    """30, 20, 10 are 3, 2, 1; without weights all count alike."""
    few, many = ({RECENCY: 3 * k, FREQUENCY: 2 * k, MONEY: k} for k in (1, 10))
    alike = {RECENCY: 7, FREQUENCY: 7, MONEY: 7}

    assert (
        WeightedRFMSegmenter(few).fit(TEN).to_dict()["learned"]
        == WeightedRFMSegmenter(many).fit(TEN).to_dict()["learned"]
    )
    assert (
        WeightedRFMSegmenter(alike).fit(TEN).segment_map_
        == WeightedRFMSegmenter().fit(TEN).segment_map_
    )


def test_tiers_are_as_large_as_equal_indexes_allow() -> None:
    """Two customers share each index, so 2.5 of ten become two; edges lie midway."""
    tiers = {"VIP": 0.25, "Good": 0.35, "Rest": 0.4}
    rfm = WeightedRFMSegmenter(tiers=tiers).fit(TEN)

    assert rfm.predict(TEN).tolist() == ["VIP"] * 2 + ["Good"] * 4 + ["Rest"] * 4
    assert rfm.tier_edges_ == {"VIP": 87.5, "Good": 37.5, "Rest": 0}
    assert rfm.segments_ == ("VIP", "Good", "Rest")


def test_no_tier_is_empty_where_there_are_as_many_indexes() -> None:
    """Half a customer of ten is two, and the worst index is left for the last tier."""
    small_first = WeightedRFMSegmenter().fit(TEN)
    tiers = {"A": 0.96, "B": 0.01, "C": 0.01, "D": 0.01, "E": 0.01}
    small_last = WeightedRFMSegmenter(tiers=tiers).fit(TEN)

    assert small_first.summary(TEN)["customers"].tolist() == [2, 2, 2, 4]
    assert small_last.summary(TEN)["customers"].tolist() == [2, 2, 2, 2, 2]


def test_next_month_is_scored_with_last_months_tiers() -> None:
    """All can rise into the best tier: shares are of the customers at fit."""
    rfm = WeightedRFMSegmenter(tiers={"VIP": 0.2, "Rest": 0.8}).fit(TEN)
    later = TEN.assign(recency_days=0, frequency=10, monetary_value=100.0)

    assert set(rfm.predict(later)) == {"VIP"}


def test_equals_are_in_one_tier() -> None:
    """Three alike cannot be parted; who is better later rises above them."""
    alike = make_customers([(30, 4, 50.0)] * 3)
    rfm = WeightedRFMSegmenter().fit(alike)
    later = make_customers([(10, 5, 60.0), (30, 4, 50.0), (50, 3, 40.0)])

    assert rfm.predict(alike).tolist() == ["Bronze"] * 3
    assert rfm.predict(later).tolist() == ["Platinum", "Bronze", "Bronze"]


def test_equal_sums_of_different_weights_are_equal() -> None:
    """.1 and .2 together weigh what .3 weighs, though floats differ in the last digit."""
    weights = {RECENCY: 0.1, FREQUENCY: 0.2, MONEY: 0.3}
    customers = make_customers([(0, 9, 0.0), (9, 1, 9.0)])
    rfm = WeightedRFMSegmenter(weights, {"Best": 0.5, "Rest": 0.5}).fit(customers)
    low, high = rfm.weighted_index(customers)

    assert rfm.scores(customers)["code"].tolist() == ["551", "115"]
    assert low == high == 50
    assert rfm.predict(customers).nunique() == 1


def test_a_customer_is_explained_by_the_index() -> None:
    """Tier, index and what it is made of."""
    assert WeightedRFMSegmenter().fit(TEN).explain(TEN, "c0") == (
        "c0: Platinum; index 100 of 100, code 555: recency_days 0 is digit 5 of 5, "
        "frequency 10 is digit 5 of 5, monetary_value 100 is digit 5 of 5"
    )


def test_the_tiers_are_called_in_korean() -> None:
    """Only those that come with the segmenter; own names stay as they are."""
    own = {"Gold": 0.5, "Others": 0.5}

    assert WeightedRFMSegmenter(labels="ko").fit(TEN).segments_ == (
        *("플래티넘", "골드", "실버", "브론즈"),
    )
    assert WeightedRFMSegmenter(tiers=own, labels="ko").fit(TEN).segments_ == ("Gold", "Others")


def test_clones_are_unfitted() -> None:
    """They have the parameters and nothing else."""
    rfm = WeightedRFMSegmenter({RECENCY: 1, FREQUENCY: 1, MONEY: 0}).fit(TEN)

    assert clone(rfm).get_params() == rfm.get_params()
    with pytest.raises(NotFittedError):
        clone(rfm).weighted_index(TEN)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"weights": [3, 2, 1]}, "a dict of finite weights"),
        ({"weights": {RECENCY: 1, FREQUENCY: 1}}, "of .*'monetary_value'"),
        ({"weights": {RECENCY: 0, FREQUENCY: 0, MONEY: 0}}, "not all 0"),
        ({"weights": {RECENCY: 1, FREQUENCY: -1, MONEY: 1}}, "0 or more"),
        ({"weights": {RECENCY: 1, FREQUENCY: float("nan"), MONEY: 1}}, "finite"),
        ({"weights": {RECENCY: 1, FREQUENCY: float("inf"), MONEY: 1}}, "finite"),
        ({"weights": {RECENCY: 1, FREQUENCY: "2", MONEY: 1}}, "finite"),
        ({"tiers": {"A": 0.4}}, "add up to 1"),
        ({"n_bins": {RECENCY: 5, FREQUENCY: 5, MONEY: 1}}, "a whole number from 2 to 9"),
        ({"cut_points": {"days": [1]}}, "got 'days'"),
    ],
)
def test_parameters_that_cannot_be_are_refused(parameters: dict[str, object], text: str) -> None:
    """The error tells what would do; a weight of 0 leaves a column out."""
    with pytest.raises(InvalidParameterError, match=text):
        WeightedRFMSegmenter(**parameters).fit(TEN)


def test_an_unknown_language_is_refused() -> None:
    """The error lists what there is."""
    with pytest.raises(UnknownNameError, match="'en', 'ko'"):
        WeightedRFMSegmenter(labels="fr").fit(TEN)
