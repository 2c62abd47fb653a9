"""CrossSegmenter: segments of several segmenters at once; and who moved between segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    UnreadableFileError,
    UnsupportedFeatureError,
)
from crmlib.interfaces import Segmenter
from crmlib.segmenters import (
    CrossSegmenter,
    DemographicSegmenter,
    KMeansSegmenter,
    RFMSegmenter,
    Rule,
    RuleSegmenter,
    migration,
)
from crmlib.testing import example_customers, segmenter_checks

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.testing import Check


class HalfSegmenter(Segmenter):
    """Tells two halves apart, in Python only."""

    def __init__(self, names: tuple[str, str] = ("a", "b")) -> None:
        self.names = names

    def fit(self, customers: pd.DataFrame, y: None = None) -> HalfSegmenter:
        """Learn nothing but the names."""
        self.segments_ = self.names
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """Name by the parity of orders."""
        names = customers["frequency"].map(lambda n: self.names[n % 2])
        return names.astype("str").rename("segment")


def make_cross() -> CrossSegmenter:
    """Cross RFM and demographics."""
    return CrossSegmenter([RFMSegmenter(), DemographicSegmenter(min_size=4)])


@pytest.mark.parametrize(
    "check",
    [
        *segmenter_checks(make_cross()),
        *segmenter_checks(CrossSegmenter((KMeansSegmenter(n_clusters=2), make_cross()))),
    ],
    ids=str,
)
def test_it_keeps_the_promises_of_a_segmenter(check: Check) -> None:
    """Every check of the conformance kit passes, also where a cross is crossed."""
    check()


def test_the_cross_is_what_each_part_says() -> None:
    """A customer's segment is the names of both, with a cross between."""
    customers = example_customers()
    rfm, demographic = RFMSegmenter(), DemographicSegmenter(min_size=4)
    expected = rfm.fit_predict(customers) + " × " + demographic.fit_predict(customers)  # noqa: RUF001 -- the sign

    cross = CrossSegmenter([rfm, demographic]).fit(customers)

    pd.testing.assert_series_equal(cross.predict(customers), expected)
    assert len(cross.segments_) == len(rfm.segments_) * len(demographic.segments_)
    assert cross.segments_[0] == f"Champions × {demographic.segments_[0]}"  # noqa: RUF001 -- as above


def test_the_parts_that_are_given_stay_unfitted() -> None:
    """Twins are fitted, so that a cross can be cloned and fitted anew."""
    cross = make_cross()
    cross.fit(example_customers())

    assert not any(hasattr(part, "segments_") for part in cross.segmenters)
    assert [type(part) for part in clone(cross).segmenters] == [RFMSegmenter, DemographicSegmenter]


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_saved_cross_is_the_same(kind: type, tmp_path: Path) -> None:
    """Each part comes back with what it learned, crosses within crosses, too."""
    customers = example_customers()
    cross = CrossSegmenter(kind([KMeansSegmenter(n_clusters=2), make_cross()])).fit(customers)
    cross.save(tmp_path / "cross.json")

    back = Segmenter.load(tmp_path / "cross.json")

    assert isinstance(back, CrossSegmenter)
    assert isinstance(back.segmenters, kind)
    assert isinstance(back.segmenters_, tuple)
    assert repr(back) == repr(cross)
    pd.testing.assert_series_equal(back.predict(customers), cross.predict(customers))


def test_a_part_that_is_not_imported_cannot_be_loaded(tmp_path: Path) -> None:
    """The file names its class; nothing is imported for it."""
    cross = make_cross().fit(example_customers())
    model = cross.to_dict()
    part = model["learned"]["segmenters_"]["values"][0]
    part["class"] = "elsewhere:LoyaltySegmenter"

    with pytest.raises(LookupError, match="it holds a elsewhere:LoyaltySegmenter"):
        CrossSegmenter.from_dict(model)
    (tmp_path / "cross.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        CrossSegmenter.load(tmp_path / "cross.json")


def test_a_customer_is_explained_by_the_parts() -> None:
    """What each part would say, one after the other."""
    customers = example_customers()
    cross = make_cross().fit(customers)
    rfm, demographic = cross.segmenters_

    text = cross.explain(customers, "C001")

    assert text == (
        f"C001: {cross.predict(customers)['C001']}; "
        f"{rfm.explain(customers, 'C001').removeprefix('C001: ')}; "
        f"{demographic.explain(customers, 'C001').removeprefix('C001: ')}"
    )


def test_a_cross_asks_for_what_its_parts_measure() -> None:
    """Each measure once, whichever parts compare it; parts without rules measure nothing."""
    lately = [{"count": "orders", "days": 30}, "==", 0]
    quiet = RuleSegmenter([Rule("Quiet", [lately])])
    tops = RuleSegmenter([Rule("Tops", [lately, [{"first": "category"}, "==", "tops"]])])

    measures = CrossSegmenter([quiet, RFMSegmenter(), CrossSegmenter([tops, quiet])]).measures

    assert [measure.column for measure in measures] == [
        measure.column for measure in tops.measures
    ]


def test_segments_without_customers_are_in_the_summary() -> None:
    """Sizes add up to all customers."""
    customers = example_customers()

    summary = make_cross().fit(customers).summary(customers)

    assert summary["customers"].sum() == len(customers)
    assert (summary["customers"] == 0).any()


@pytest.mark.parametrize(
    "segmenters", [[], [RFMSegmenter()], RFMSegmenter(), [RFMSegmenter(), "rfm"], None], ids=str
)
def test_what_cannot_be_crossed(segmenters: object) -> None:
    """Fewer than two, or something else than segmenters."""
    with pytest.raises(InvalidParameterError, match="a list of two segmenters or more"):
        CrossSegmenter(segmenters).fit(example_customers())


def test_combinations_of_one_name_are_refused() -> None:
    """Where a part writes the sign of the cross itself, nobody could tell them apart."""
    parts = [HalfSegmenter(("x", "x × y")), HalfSegmenter(("y × z", "z"))]  # noqa: RUF001 -- the sign

    with pytest.raises(InvalidParameterError, match="no two combinations have one name"):
        CrossSegmenter(parts).fit(example_customers())


def test_a_part_that_is_no_expression_says_so() -> None:
    """In memory it can be crossed all the same."""
    customers = example_customers()
    often = RuleSegmenter([Rule("often", [("frequency", ">", 3)])])
    cross = CrossSegmenter([often, HalfSegmenter()]).fit(customers)

    assert set(cross.predict(customers)) <= set(cross.segments_)
    with pytest.raises(UnsupportedFeatureError, match="HalfSegmenter cannot be written"):
        CrossSegmenter([HalfSegmenter(), RFMSegmenter()]).fit(customers).expression()


@pytest.mark.parametrize("method", ["predict", "add_segments"])
def test_before_fit(method: str) -> None:
    """What was not learned cannot be said."""
    with pytest.raises(NotFittedError):
        getattr(make_cross(), method)(example_customers())


names = st.dictionaries(st.integers(0, 30), st.sampled_from(["A", "B", "C"]), max_size=20)


@given(before=names, after=names)
def test_nobody_is_lost_in_a_migration(before: dict[int, str], after: dict[int, str]) -> None:
    """Rows add up to the segments before, columns to those after."""
    table = migration(
        pd.Series(before, dtype="str"), pd.Series(after, dtype="str"), segments=["C", "B"]
    )

    counted = {name: list(before.values()).count(name) for name in table.index[:-1]}
    assert table.iloc[:-1].sum(axis=1).to_dict() == counted
    counted = {name: list(after.values()).count(name) for name in table.columns[:-1]}
    assert table.iloc[:, :-1].sum().to_dict() == counted
    assert table.loc["(new)", "(gone)"] == 0
    assert list(table.index[:2]) == ["C", "B"]


def test_a_month_of_moves() -> None:
    """Who stayed is on the diagonal, who came or went in a row and a column of their own."""
    customers = example_customers()
    segmenter = RFMSegmenter().fit(customers)
    march = segmenter.predict(customers[:40])
    april = segmenter.predict(customers[8:].assign(recency_days=300))

    table = migration(march, april, segments=segmenter.segments_)

    assert list(table.index) == [*segmenter.segments_, "(new)"]
    assert list(table.columns) == [*segmenter.segments_, "(gone)"]
    assert table["(gone)"].sum() == 8
    assert table.loc["(new)"].sum() == 8
    assert table["Champions"].sum() == 0
    assert (table.dtypes == "int64").all()


@pytest.mark.parametrize(
    ("after", "text"),
    [
        (["A"], "is a list"),
        (pd.Series(["A", "A"], index=["a", "a"]), "has a customer twice"),
        (pd.Series(["A", None], index=["a", "b"]), "has customers without a segment"),
        (pd.Series(["(new)"], index=["a"]), "has a segment called"),
        (pd.Series(["A"], index=[1]), "has ids of dtype int64, those of before are str"),
    ],
    ids=["no series", "twice", "missing", "name taken", "other ids"],
)
def test_what_cannot_be_compared(after: object, text: str) -> None:
    """The error says which of the two is wrong, and how."""
    before = pd.Series(["A"], index=["a"])

    with pytest.raises(InvalidTableError, match=f"^after {text}"):
        migration(before, after)
