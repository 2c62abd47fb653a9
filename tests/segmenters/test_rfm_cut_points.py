"""Bins and cut points of one's own for each column, and the maps that come with them."""

from __future__ import annotations

import numpy as np
import pytest
from rfm_methods import make_customers

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.segmenters import RFMSegmenter

RECENCY, FREQUENCY, MONEY = "recency_days", "frequency", "monetary_value"


def test_a_cut_point_belongs_to_the_better_bin() -> None:
    """Up to 30 days is best, more than 90 worst; 5, 3 and 2 orders begin a bin each."""
    cuts = {RECENCY: [30, 90], FREQUENCY: [2, 3, 5], MONEY: [0.0, 99.5]}
    days = [0, 30, 31, 90, 91]
    orders = [5, 4, 3, 2, 1]
    money = [99.5, 99.49, 0.0, -0.01, 1000.0]
    customers = make_customers(list(zip(days, orders, money, strict=True)))
    rfm = RFMSegmenter(cut_points=cuts, segment_map="codes").fit(customers)
    scores = rfm.scores(customers)

    assert scores["r"].tolist() == [3, 3, 2, 2, 1]
    assert scores["f"].tolist() == [4, 3, 3, 2, 1]
    assert scores["m"].tolist() == [3, 2, 2, 1, 3]
    assert rfm.predict(customers).tolist() == scores["code"].tolist()
    assert rfm.edges_[RECENCY].tolist() == [90, 30]
    assert rfm.edges_[FREQUENCY].tolist() == [2, 3, 5]


def test_own_cut_points_are_the_same_whoever_is_there() -> None:
    """They are not learned: only the description of the bins is."""
    parameters = {"cut_points": {RECENCY: [30], FREQUENCY: [2], MONEY: [50]}}
    few = make_customers([(3, 1, 20.0), (40, 9, 80.0), (31, 9, 70.0)])
    rfm = RFMSegmenter(**parameters, segment_map="codes").fit(few)
    bins = rfm.achieved_bins_

    assert rfm.edges_[MONEY].tolist() == [50]
    assert bins.loc[(RECENCY, 1)].to_dict() == {
        "worst": 40,
        "best": 31,
        "customers": 2,
        "share": pytest.approx(2 / 3),
    }
    assert rfm.predict(make_customers([(30, 1, 50.0)])).tolist() == ["212"]


def test_each_column_has_its_own_number_of_bins() -> None:
    """Four by R, three by F, M not looked at; the map is checked for these 12 codes."""
    n_bins = {RECENCY: 4, FREQUENCY: 3, MONEY: 1}
    customers = make_customers([(day, day + 1, 10.0 * day) for day in range(12)])
    rfm = RFMSegmenter(n_bins=n_bins, segment_map={"Here": "[34]..", "Gone": "[12].."})
    rfm.fit(customers)

    assert rfm.scores(customers)["code"].tolist() == [
        *["411", "411", "411", "311", "321", "321", "221", "221", "231", "131", "131", "131"]
    ]
    assert len(rfm.segment_map_) == 12
    assert rfm.edges_[MONEY].tolist() == []
    assert rfm.achieved_bins_.loc[(MONEY, 1), "customers"] == 12
    assert rfm.explain(customers, "c0") == (
        "c0: Here; code 411: recency_days 0 is digit 4 of 4, frequency 1 is digit 1 of 3"
    )


def test_one_number_of_bins_is_for_the_columns_without_cut_points() -> None:
    """Days and orders by cut points, money in quantiles."""
    customers = make_customers([(day, 2, 10.0 * day) for day in range(4)])
    cuts = {RECENCY: (1,), FREQUENCY: np.array([2, 3])}
    rfm = RFMSegmenter(n_bins=4, cut_points=cuts, segment_map="codes").fit(customers)

    assert rfm.predict(customers).tolist() == ["221", "222", "123", "124"]


@pytest.mark.parametrize(
    ("text", "segment_map"),
    [
        ("from 111 to 432 exactly.*|codes without a name.*'111'", {"A": "[2-4].."}),
        ("fit no code.*'B: 5..'", {"A": "...", "B": "5.."}),
        ("fit no code.*'B: ..3'", {"A": "...", "B": "..3"}),
        ("written for n_bins=5", "eleven"),
    ],
)
def test_a_map_is_checked_for_the_bins_that_there_are(text: str, segment_map: object) -> None:
    """A code without a name, and a pattern for a digit that the column does not have."""
    bins = {RECENCY: 4, FREQUENCY: 3, MONEY: 2}

    with pytest.raises(InvalidParameterError, match=text):
        RFMSegmenter(n_bins=bins, segment_map=segment_map).fit(make_customers([(1, 1, 1.0)]))


def test_the_small_shop_goes_by_days_and_orders() -> None:
    """5, 3, 2 and 1 orders of those here; 60, 90 and 180 days of those who are not."""
    rows = [(59, 5, 0.0), (0, 4, 0.0), (0, 3, 0.0), (1, 2, 0.0), (59, 1, 0.0)]
    rows += [(60, 9, 0.0), (89, 1, 0.0), (90, 9, 0.0), (179, 1, 0.0), (180, 9, 0.0)]
    customers = make_customers(rows)
    english = RFMSegmenter(segment_map="small-shop").fit(customers)
    korean = RFMSegmenter(segment_map="small-shop", labels="ko").fit(customers)

    assert english.predict(customers).tolist() == [
        "VIP",
        "Good Customers",
        "Good Customers",
        "Repeat Customers",
        "New Customers",
        *["Watch"] * 2,
        *["At Risk"] * 2,
        "Long Lost",
    ]
    assert korean.segments_ == (
        *("VIP", "우수", "재구매", "신규"),
        *("관심 필요", "이탈 위험", "장기 이탈"),
    )
    assert korean.explain(customers, "c9") == (
        "c9: 장기 이탈; code 141: recency_days 180 is digit 1 of 4, frequency 9 is digit 4 of 4"
    )


def test_cut_points_go_before_those_of_the_small_shop() -> None:
    """A café counts in weeks; orders stay as they were."""
    cuts = {RECENCY: [14, 21, 60], MONEY: [100]}
    customers = make_customers([(14, 5, 0.0), (15, 5, 0.0), (22, 5, 500.0), (61, 5, 500.0)])
    names = RFMSegmenter(cut_points=cuts, segment_map="small-shop").fit_predict(customers)

    assert names.tolist() == ["VIP", "Watch", "At Risk", "Long Lost"]


def test_the_small_shop_needs_as_many_cut_points_as_it_has_names() -> None:
    """With two instead of three the best names would be nobody's, so that is refused."""
    rfm = RFMSegmenter(cut_points={RECENCY: [30, 90]}, segment_map="small-shop")

    with pytest.raises(InvalidParameterError, match=r"as many cut points as it brings.*VIP: 44\."):
        rfm.fit(make_customers([(1, 1, 1.0)]))


def test_a_code_can_be_its_own_name() -> None:
    """125 codes from 555 down to 111, in any language."""
    customers = make_customers([(day, day + 1, 10.0 * day) for day in range(10)])
    rfm = RFMSegmenter(segment_map="codes", labels="ko").fit(customers)

    assert rfm.predict(customers).iloc[[0, -1]].tolist() == ["511", "155"]
    assert (rfm.segments_[0], rfm.segments_[-1], len(rfm.segments_)) == ("555", "111", 125)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"cut_points": [30, 90]}, "cut_points must be a dict with some of"),
        ({"cut_points": {"days": [30]}}, "with some of .*'recency_days'.*got 'days'"),
        ({"cut_points": {RECENCY: [90, 30]}}, "finite numbers, rising"),
        ({"cut_points": {RECENCY: [30, 30]}}, "finite numbers, rising"),
        ({"cut_points": {RECENCY: []}}, "from one to 8"),
        ({"cut_points": {RECENCY: 30}}, "from one to 8"),
        ({"cut_points": {RECENCY: "30"}}, "from one to 8"),
        ({"cut_points": {RECENCY: [True, 30]}}, "from one to 8"),
        ({"cut_points": {MONEY: range(9)}}, "from one to 8"),
        ({"cut_points": {MONEY: [np.nan]}}, "finite numbers"),
        ({"cut_points": {RECENCY: [-1, 30]}}, "0 or more, for nobody bought in fewer days"),
        ({"cut_points": {FREQUENCY: [0, 2]}}, "above 0, for nobody has fewer orders"),
        ({"n_bins": {"orders": 3}}, "with some of .*got 'orders'"),
        ({"n_bins": {RECENCY: 0}}, r"n_bins\['recency_days'\] must be a whole number from 1 to 9"),
        ({"n_bins": {RECENCY: True}}, "a whole number from 1 to 9"),
        ({"n_bins": {RECENCY: 3, FREQUENCY: 3}}, "'monetary_value' has neither"),
        (
            {"n_bins": {RECENCY: 3, FREQUENCY: 3, MONEY: 3}, "cut_points": {MONEY: [5]}},
            "'monetary_value' has both",
        ),
    ],
)
def test_bins_that_cannot_be_are_refused(parameters: dict[str, object], text: str) -> None:
    """The error tells what would do, and what came."""
    rfm = RFMSegmenter(**parameters, segment_map="codes")

    with pytest.raises(InvalidParameterError, match=text):
        rfm.fit(make_customers([(1, 1, 1.0)]))


def test_an_unknown_map_is_answered_with_those_there_are() -> None:
    """All three names are told."""
    with pytest.raises(UnknownNameError, match=r"\['codes', 'eleven', 'small-shop'\]"):
        RFMSegmenter(segment_map="shop").fit(make_customers([(1, 1, 1.0)]))
