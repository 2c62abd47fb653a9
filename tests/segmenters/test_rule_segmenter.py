"""RuleSegmenter: the first rule that fits names the segment."""

import json
import pickle

import attrs
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import InvalidParameterError, MissingColumnsError, UnknownNameError
from crmlib.segmenters import Rule, RuleSegmenter


@pytest.fixture
def customers() -> pd.DataFrame:
    """Four customers, of whom one is a female student in her twenties who likes tops."""
    return pd.DataFrame(
        {
            "gender": ["female", "male", None, "female"],
            "age_band": ["20s", "20s", "20s", "30s"],
            "occupation": ["student", "student", "student", "nurse"],
            "favourite_category": ["tops", "tops", "tops", "shoes"],
            "frequency": pd.array([4, 9, 1, None], dtype="Int64"),
        },
        index=pd.Index(["ann", "bob", "cho", "dee"], name="customer_id"),
    )


STUDENTS = Rule(
    "Female students who buy tops",
    (
        ("gender", "==", "female"),
        ("age_band", "==", "20s"),
        ("occupation", "==", "student"),
        ("favourite_category", "==", "tops"),
    ),
)


def test_the_seed_example_is_a_rule(customers: pd.DataFrame) -> None:
    """Female students in their twenties who often buy tops are one segment."""
    segmenter = RuleSegmenter([STUDENTS]).fit(customers)
    names = segmenter.predict(customers)

    assert names.tolist() == ["Female students who buy tops", "Others", "Others", "Others"]
    assert names.index.equals(customers.index)
    assert names.name == "segment"
    assert segmenter.segments_ == ("Female students who buy tops", "Others")


def test_the_first_rule_that_fits_wins(customers: pd.DataFrame) -> None:
    """Order decides between rules that both fit; a name may stand in several rules."""
    young = Rule("Young", [("age_band", "==", "20s")])
    often = Rule("Often", [("frequency", ">", 3)])
    nurse = Rule("Young", [("occupation", "==", "nurse")])

    assert RuleSegmenter([young, often]).fit_predict(customers)["bob"] == "Young"
    assert RuleSegmenter([often, young, nurse]).fit_predict(customers).tolist() == [
        "Often",
        "Often",
        "Young",
        "Young",
    ]
    assert RuleSegmenter([young, often, nurse]).fit(customers).segments_ == (
        "Young",
        "Often",
        "Others",
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("frequency", "==", 4), ["ann"]),
        (("frequency", "!=", 4), ["bob", "cho"]),
        (("frequency", "<", 4), ["cho"]),
        (("frequency", "<=", 4), ["ann", "cho"]),
        (("frequency", ">", 4), ["bob"]),
        (("frequency", ">=", 4), ["ann", "bob"]),
        (("frequency", "in", [1, 9]), ["bob", "cho"]),
        (("gender", "!=", "female"), ["bob"]),
        (("gender", "in", {"female", "male"}), ["ann", "bob", "dee"]),
    ],
)
def test_operators_mean_what_they_say(
    customers: pd.DataFrame, condition: tuple[str, str, object], expected: list[str]
) -> None:
    """Each operator picks its customers; a missing value meets no condition, not even !=."""
    names = RuleSegmenter([Rule("Yes", [condition])]).fit_predict(customers)

    assert names.index[names == "Yes"].tolist() == expected


def test_instants_compare_with_instants(customers: pd.DataFrame) -> None:
    """A column of instants takes a Timestamp, and refuses a number."""
    last = pd.to_datetime(["2026-01-01", "2026-03-01", None, "2026-02-01"], utc=True)
    customers = customers.assign(last_purchase_at=last)
    late = Rule("Late", [("last_purchase_at", ">=", pd.Timestamp("2026-02-01", tz="UTC"))])
    number = Rule("Late", [("last_purchase_at", ">=", 7)])

    assert RuleSegmenter([late]).fit_predict(customers).eq("Late").tolist() == [0, 1, 0, 1]
    with pytest.raises(InvalidParameterError, match="rule 'Late': last_purchase_at >= must be"):
        RuleSegmenter([number]).fit(customers)


def test_words_and_numbers_are_not_compared(customers: pd.DataFrame) -> None:
    """A text for a column of numbers, or the reverse, is an error and not an empty segment."""
    with pytest.raises(InvalidParameterError, match="a number, as the column is Int64"):
        RuleSegmenter([Rule("A", [("frequency", "==", "4")])]).fit(customers)
    with pytest.raises(InvalidParameterError, match="a text, as the column is str"):
        RuleSegmenter([Rule("A", [("gender", "in", [1, 2])])]).fit(customers)


def test_a_rule_round_trips_through_json() -> None:
    """A rule is small data: lists from JSON become the tuples they were."""
    read = json.loads(json.dumps(attrs.asdict(STUDENTS)))

    assert Rule(**read) == STUDENTS
    assert pickle.loads(pickle.dumps(STUDENTS)) == STUDENTS
    assert hash(Rule(**read)) == hash(STUDENTS)


@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        (" ", [("a", "==", 1)], "name must be a text that is not blank"),
        (7, [("a", "==", 1)], "name must be a text that is not blank"),
        ("A", [], "one condition or more"),
        ("A", [("a", "==")], "conditions such as"),
        ("A", 7, "conditions such as"),
        ("A", [(1, "==", 1)], "the name of a column"),
        ("A", [("a", "in", [])], "a list that is not empty"),
        ("A", [("a", "in", "female")], "a list that is not empty"),
        ("A", [("a", "==", [1])], "one value"),
        ("A", [("a", "==", None)], "one value"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(name: str, where: object, text: str) -> None:
    """Bad names and conditions are found when the rule is written."""
    with pytest.raises(InvalidParameterError, match=text):
        Rule(name, where)


def test_an_unknown_operator_is_refused() -> None:
    """The error lists the operators."""
    with pytest.raises(UnknownNameError, match=r"no operator '='.*'=='"):
        Rule("A", [("a", "=", 1)])


def test_columns_are_checked_at_fit(customers: pd.DataFrame) -> None:
    """A rule on a column that is not there names the column."""
    with pytest.raises(MissingColumnsError, match="'city'") as caught:
        RuleSegmenter([Rule("A", [("city", "==", "Busan")])]).fit(customers)

    assert caught.value.missing == ["city"]


@pytest.mark.parametrize("rules", [[], ["A"]])
def test_rules_are_rules(customers: pd.DataFrame, rules: list[object]) -> None:
    """No rules, or things that are no rules, are refused."""
    with pytest.raises(InvalidParameterError, match="one Rule or more"):
        RuleSegmenter(rules).fit(customers)


def test_the_default_is_a_name(customers: pd.DataFrame) -> None:
    """A blank default is refused; another name is used."""
    assert RuleSegmenter([STUDENTS], default="기타").fit_predict(customers)["bob"] == "기타"
    with pytest.raises(InvalidParameterError, match="default"):
        RuleSegmenter([STUDENTS], default="").fit(customers)


def test_follows_scikit_learn_and_leaves_its_input_alone(customers: pd.DataFrame) -> None:
    """Clones keep the very rules, are unfitted, and no table is written into."""
    before = customers.copy()
    segmenter = RuleSegmenter([STUDENTS])
    segmenter.fit_predict(customers)

    pd.testing.assert_frame_equal(customers, before)
    assert clone(segmenter).get_params() == segmenter.get_params()
    with pytest.raises(NotFittedError):
        clone(segmenter).predict(customers)
