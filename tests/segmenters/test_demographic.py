"""DemographicSegmenter: who customers are, in words; small groups put together by a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.features import add_demographics
from crmlib.interfaces import Segmenter
from crmlib.segmenters import DemographicSegmenter
from crmlib.testing import example_customers, segmenter_checks

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.testing import Check


def make_customers(**columns: Any) -> pd.DataFrame:
    """Give a table of these columns."""
    table = pd.DataFrame(columns)
    return table.set_axis(pd.Index([f"C{n}" for n in range(len(table))], name="customer_id"))


@pytest.mark.parametrize(
    "check",
    [
        *segmenter_checks(DemographicSegmenter()),
        *segmenter_checks(
            DemographicSegmenter(["gender", "age_band", "region"], min_size=3, labels="ko")
        ),
    ],
    ids=str,
)
def test_it_keeps_the_promises_of_a_segmenter(check: Check) -> None:
    """Every check of the conformance kit passes."""
    check()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("en", ["women, under 10", "women, 10s", "men, 20s", "men, 60s", "other, 70 and over"]),
        ("ko", ["여성, 10세 미만", "여성, 10대", "남성, 20대", "남성, 60대", "other, 70세 이상"]),
    ],
)
def test_genders_and_ages_are_put_into_words(labels: str, expected: list[str]) -> None:
    """A band begins with its first birthday and ends before the next; the last has no end."""
    customers = make_customers(
        gender=["female", "female", "male", "male", "other"], age=[9, 10, 29, 60, 119]
    )

    assert DemographicSegmenter(labels=labels).fit_predict(customers).to_list() == expected


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ([0, 20, 35, 65], ["aged 0 to 19", "aged 20 to 34", "aged 35 to 64", "65 and over"]),
        ([15, 25, 35], ["under 15", "aged 15 to 24", "35 and over", "35 and over"]),
        ([30], ["under 30", "under 30", "30 and over", "30 and over"]),
    ],
    ids=str,
)
def test_bands_can_be_set(bands: list[int], expected: list[str]) -> None:
    """Bands that are no decades are called by their first and last age."""
    customers = make_customers(age=[0, 20, 64, 65])
    expected = expected if bands != [15, 25, 35] else [*expected[:2], *expected[2:]]

    names = DemographicSegmenter(["age"], age_bands=bands).fit_predict(customers)

    assert names.to_list() == expected


def test_what_is_not_known_is_a_group_of_its_own() -> None:
    """Who lacks one column is called so; who lacks all is in the last group."""
    customers = make_customers(
        gender=["female", None, " ", "male"],
        age=pd.array([None, 30, None, 200], dtype="Int64"),
    )
    segmenter = DemographicSegmenter().fit(customers)

    assert segmenter.predict(customers).to_list() == [
        "women, age unknown",
        "gender unknown, 30s",
        "not known",
        "men, age unknown",
    ]
    assert segmenter.segments_[-2:] == ("others", "not known")
    assert DemographicSegmenter(labels="ko").fit_predict(customers).to_list() == [
        "여성, 나이 미상",
        "성별 미상, 30대",
        "미상",
        "남성, 나이 미상",
    ]


def test_small_cells_are_put_together_by_the_rule() -> None:
    """First across the last column, then across the last two; unknowns apart from all others."""
    rows = (
        [("female", "Seoul", 25)] * 5
        + [("female", "Seoul", 35)] * 2
        + [("female", "Seoul", 45)] * 2
        + [("female", "Busan", 25)] * 2
        + [("female", "Jeju", 25)] * 2
        + [("male", "Jeju", 65)] * 1
        + [(None, "Seoul", 25)] * 1
        + [("female", None, 25)] * 4
    )
    gender, region, age = zip(*rows, strict=True)
    customers = make_customers(gender=gender, region=region, age=age)
    segmenter = DemographicSegmenter(["gender", "region", "age"], min_size=4).fit(customers)

    assert segmenter.sizes_.to_dict() == {
        "women, Seoul, 20s": 5,
        "women, region unknown, 20s": 4,
        "women, Seoul, others": 4,
        "women, others": 4,
        "others": 1,
        "not known": 1,
    }


def test_who_is_new_goes_where_a_small_group_would() -> None:
    """A combination that was not there at fit has its place, told beforehand."""
    learned = make_customers(
        gender=["female"] * 6 + ["male"] * 3, age=[25, 25, 25, 35, 45, 55, 25, 25, 25]
    )
    segmenter = DemographicSegmenter(min_size=3).fit(learned)
    asked = make_customers(gender=["female", "male", "diverse", None], age=[65, 65, 25, 25])

    assert segmenter.predict(asked).to_list() == ["women, others", "others", "others", "not known"]
    assert set(segmenter.predict(asked)) <= set(segmenter.segments_)


def test_any_column_of_groups_will_do() -> None:
    """Numbers and what holds no word say of which column they are; truth is its name."""
    customers = make_customers(
        plan=pd.Categorical(["gold", "free"]),
        children=[0.0, 2.0],
        member=[True, False],
        income_band=["35-49K", "Under 15K"],
    )
    segmenter = DemographicSegmenter(["plan", "children", "member", "income_band"])

    names = segmenter.fit_predict(customers)

    assert names.to_list() == [
        "gold, children 0, member, income band 35-49K",
        "free, children 2, no member, income band Under 15K",
    ]


def test_what_is_missing_in_any_column_is_unknown() -> None:
    """Of numbers and truth values as of texts."""
    customers = make_customers(
        children=[np.nan, 2.0], member=pd.array([None, True], dtype="boolean")
    )
    segmenter = DemographicSegmenter(["member", "children"]).fit(customers)
    half = customers.assign(member=pd.array([None, None], dtype="boolean"))

    assert segmenter.predict(customers).to_list() == ["not known", "member, children 2"]
    assert DemographicSegmenter(["member", "children"]).fit_predict(half).to_list() == [
        "not known",
        "member unknown, children 2",
    ]


def test_segments_are_in_order_of_the_values() -> None:
    """Ages and numbers rise, texts follow the alphabet, what is unknown comes last."""
    customers = make_customers(
        children=[10, 2, 2, 2],
        age=pd.array([25, 65, None, 5], dtype="Int64"),
    )

    segments = DemographicSegmenter(["children", "age"]).fit(customers).segments_

    assert segments == (
        "children 2, under 10",
        "children 2, 60s",
        "children 2, age unknown",
        "children 10, 20s",
        "others",
        "not known",
    )


def test_leap_days_and_impossible_dates_end_to_end() -> None:
    """Born on 29 February, one is 30 from 1 March on; who is not born yet has no known age."""
    customers = make_customers(frequency=[1, 1, 1, 1])
    profiles = pd.DataFrame(
        {
            "customer_id": ["C0", "C1", "C2", "C3"],
            "gender": ["F", "여", "m", "남성"],
            "birth_date": ["1996-02-29", "1996-03-01", "2031-01-01", "1902-06-01"],
        }
    )
    days = {}
    for day in ("2026-02-28", "2026-03-01"):
        with pytest.warns(DataQualityWarning, match="2 birth dates of profiles"):
            known = add_demographics(customers, profiles, snapshot_date=day)
        days[day] = DemographicSegmenter().fit_predict(known).to_list()

    unknown = ["men, age unknown", "men, age unknown"]
    assert days["2026-02-28"] == ["women, 20s", "women, 20s", *unknown]
    assert days["2026-03-01"] == ["women, 30s", "women, 30s", *unknown]


def test_a_birth_date_that_no_calendar_has_is_unknown() -> None:
    """29 February of a year without one is no birth date."""
    customers = make_customers(frequency=[1])
    profiles = pd.DataFrame({"customer_id": ["C0"], "gender": ["F"], "birth_date": ["1997-02-29"]})
    with pytest.warns(DataQualityWarning):
        known = add_demographics(customers, profiles, snapshot_date="2026-03-01")

    assert DemographicSegmenter().fit_predict(known).to_list() == ["women, age unknown"]


def test_the_bands_of_add_demographics_will_do() -> None:
    """``age_band`` is taken as it is written."""
    customers = example_customers()

    names = DemographicSegmenter(["age_band"]).fit_predict(customers)

    assert set(names) == {*customers["age_band"].dropna(), "not known"}


def test_a_customer_is_explained_by_the_words() -> None:
    """The text says what is known, also where the group is larger."""
    customers = make_customers(gender=["female", "male"], age=[24, 31])
    segmenter = DemographicSegmenter(min_size=2).fit(customers)

    assert segmenter.explain(customers, "C0") == "C0: others; gender is 'women', age is '20s'"


def test_a_saved_segmenter_is_the_same(tmp_path: Path) -> None:
    """Words, combinations and sizes come back from JSON."""
    customers = example_customers()
    segmenter = DemographicSegmenter(min_size=4, labels="ko").fit(customers)
    segmenter.save(tmp_path / "demographic.json")

    back = Segmenter.load(tmp_path / "demographic.json")

    assert isinstance(back, DemographicSegmenter)
    pd.testing.assert_series_equal(back.predict(customers), segmenter.predict(customers))
    pd.testing.assert_series_equal(back.sizes_, segmenter.sizes_)


@pytest.mark.parametrize(
    "parameters",
    [
        {"by": "gender"},
        {"by": []},
        {"by": ["gender", "gender"]},
        {"by": [3]},
        {"age_bands": []},
        {"age_bands": [20, 20]},
        {"age_bands": [-1, 20]},
        {"age_bands": [20.5]},
        {"age_bands": [20, 120]},
        {"min_size": 0},
        {"min_size": True},
    ],
    ids=str,
)
def test_parameters_that_cannot_be(parameters: dict[str, Any]) -> None:
    """The error names the parameter and what it can be."""
    (name,) = parameters

    with pytest.raises(InvalidParameterError, match=f"^{name} must be"):
        DemographicSegmenter(**parameters).fit(example_customers())


def test_a_language_without_words() -> None:
    """The error says which there are."""
    with pytest.raises(UnknownNameError, match=r"there are \['en', 'ko'\]"):
        DemographicSegmenter(labels="fr").fit(example_customers())


@pytest.mark.parametrize(
    "column",
    [[1.5, 2.0], pd.to_datetime(["2020-01-01", "2020-01-02"]), ["a", 1], [("a",), "b"]],
    ids=["fractions", "days", "mixed", "tuples"],
)
def test_columns_that_are_no_groups(column: Any) -> None:
    """What has too many values, or none that can be read, is refused with a way out."""
    customers = make_customers(strange=pd.Series(column))

    with pytest.raises(InvalidTableError, match="neither texts nor whole numbers in 'strange'"):
        DemographicSegmenter(["strange"]).fit(customers)


@pytest.mark.parametrize(
    ("learned", "asked"),
    [
        (["gold", "free"], [1, 2]),
        ([1, 2], ["gold", "free"]),
        ([True, False], ["gold", "free"]),
    ],
    ids=["numbers", "texts", "no truth"],
)
def test_a_column_of_another_kind_than_at_fit(learned: list[Any], asked: list[Any]) -> None:
    """Numbers are not texts next month."""
    segmenter = DemographicSegmenter(["plan"]).fit(make_customers(plan=learned))

    with pytest.raises(InvalidTableError, match="in 'plan', which was of another kind at fit"):
        segmenter.predict(make_customers(plan=asked))


@pytest.mark.parametrize("learned", [["gold"], [1], [True], pd.Categorical(["gold"])], ids=str)
def test_a_column_without_any_value_is_unknown(learned: Any) -> None:
    """Of whatever type an empty column came."""
    segmenter = DemographicSegmenter(["plan"]).fit(make_customers(plan=learned))

    for empty in ([None], [np.nan], pd.Categorical([None], categories=["gold"])):
        assert segmenter.predict(make_customers(plan=empty)).to_list() == ["not known"]


def test_groups_of_one_name_are_refused() -> None:
    """Nobody could tell them apart."""
    customers = make_customers(a=["xx, yy", "xx"], b=["zz", "yy, zz"])

    with pytest.raises(InvalidTableError, match="several segments the name 'xx, yy, zz'"):
        DemographicSegmenter(["a", "b"]).fit(customers)


def test_tables_that_cannot_be_learned_from() -> None:
    """Nobody, or a column that is not there."""
    customers = example_customers()

    with pytest.raises(InvalidTableError, match="holds no rows"):
        DemographicSegmenter().fit(customers[:0])
    with pytest.raises(MissingColumnsError, match="job"):
        DemographicSegmenter(["job"]).fit(customers)
    with pytest.raises(NotFittedError):
        DemographicSegmenter().expression()
    assert DemographicSegmenter().fit(customers).predict(customers[:0]).to_list() == []


known = st.none() | st.sampled_from(["female", "male", "x"])
tables = st.lists(
    st.tuples(known, st.none() | st.integers(-3, 125), known), min_size=1, max_size=30
).map(
    lambda rows: make_customers(
        gender=pd.Series([row[0] for row in rows], dtype="str"),
        age=pd.array([row[1] for row in rows], dtype="Int64"),
        region=pd.Series([row[2] for row in rows], dtype="str"),
    )
)


@settings(deadline=None, max_examples=25)
@given(customers=tables, min_size=st.integers(1, 6))
def test_every_customer_is_in_one_group_that_is_large_enough(
    customers: pd.DataFrame, min_size: int
) -> None:
    """All but the last two groups have the size that was asked for; together they are all."""
    segmenter = DemographicSegmenter(["gender", "age", "region"], min_size=min_size)

    names = segmenter.fit_predict(customers)
    sizes = names.value_counts().reindex(list(segmenter.segments_), fill_value=0)

    assert sizes.sum() == len(customers)
    assert sizes.to_dict() == segmenter.sizes_.to_dict()
    assert (sizes.iloc[:-2] >= min_size).all()
