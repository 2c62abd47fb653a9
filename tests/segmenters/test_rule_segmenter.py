"""RuleSegmenter: the first rule that fits names the segment."""

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import InvalidParameterError, MissingColumnsError, UnknownNameError
from crmlib.features import EventMeasure, add_event_columns
from crmlib.interfaces import Segmenter
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
        (("frequency", "not in", [1, 4]), ["bob"]),
        (("gender", "not in", ["male"]), ["ann", "dee"]),
        (("gender", ">", "f"), ["ann", "bob", "dee"]),
        ({"not": ("frequency", "==", 4)}, ["bob", "cho"]),
        ({"not": {"not": ("frequency", ">", 1)}}, ["ann", "bob"]),
        ({"not": ("gender", "in", ["female"])}, ["bob"]),
        ({"any": [("gender", "==", "male"), ("frequency", ">", 3)]}, ["ann", "bob"]),
        ({"all": [("gender", "==", "male"), ("frequency", ">", 3)]}, ["bob"]),
        # Cho's gender and dee's frequency are not known, and what is known decides alone.
        (
            {"not": {"all": [("gender", "==", "male"), ("frequency", "<", 2)]}},
            ["ann", "bob", "dee"],
        ),
        ({"not": {"any": [("gender", "==", "male"), ("frequency", "<", 2)]}}, ["ann"]),
        ({"any": [("gender", "!=", "x"), {"all": [("frequency", "==", 1)]}]}, [*"abcd"]),
    ],
)
def test_operators_mean_what_they_say(
    customers: pd.DataFrame, condition: tuple[str, str, object], expected: list[str]
) -> None:
    """Each operator picks its customers; a missing value meets no condition, not even !=."""
    names = RuleSegmenter([Rule("Yes", [condition])]).fit_predict(customers)

    assert [name if len(expected[0]) > 1 else name[0] for name in names.index[names == "Yes"]] == (
        expected
    )


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


QUIET = Rule(
    "상의 단골, 조용함",
    [
        [{"count": "orders", "where": {"category": "tops"}, "days": 90}, ">=", 2],
        {"not": {"any": [[EventMeasure("count", "orders", days=30), ">", 0]]}},
        ["region", "not in", ["Seoul", "Busan"]],
        ["last_purchase_at", "<", datetime(2026, 3, 1, tzinfo=UTC)],
    ],
)


@pytest.mark.parametrize("rule", [STUDENTS, QUIET], ids=["columns", "events"])
def test_a_rule_is_plain_data(rule: Rule) -> None:
    """What to_dict gives makes the same rule; rules can be pickled, hashed and printed."""
    read = Rule.from_dict(json.loads(json.dumps(rule.to_dict(), default=str)))

    assert Rule.from_dict(rule.to_dict()) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(Rule.from_dict(rule.to_dict())) == hash(rule)
    assert read.where[:3] == rule.where[:3]


def test_a_rule_reads_aloud() -> None:
    """As a text it is one line of conditions."""
    assert str(QUIET) == (
        "orders_in_90_days_where_category_is_tops >= 2 and not (orders_in_30_days > 0) and "
        "region not in ['Seoul', 'Busan'] and last_purchase_at < 2026-03-01T00:00:00+00:00"
    )
    both = Rule("A", [{"any": [["a", ">", 1], {"all": [["b", "==", True], ["c", "<", 2]]}]}])
    assert str(both) == "(a > 1 or (b == True and c < 2))"


@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        (" ", [("a", "==", 1)], "name must be a text that is not blank"),
        (7, [("a", "==", 1)], "name must be a text that is not blank"),
        ("A", [], "one condition or more"),
        ("A", [("a", "==")], r"rule 'A': where\[1\] must be a condition such as"),
        ("A", 7, "where must be a list of conditions"),
        ("A", "abc", "where must be a list of conditions"),
        ("A", [{"any": []}], r"where\[1\]\.any must be one condition or more"),
        ("A", [{"any": [["a", "<", 1]], "all": [["a", "<", 1]]}], "a condition such as"),
        ("A", [{"nor": [["a", "<", 1]]}], "a condition such as"),
        ("A", [{"not": [["a", "<", 1]]}], r"where\[1\]\.not must be a condition"),
        ("A", [{"all": [["a", "<", 1], ["a"]]}], r"where\[1\]\.all\[2\] must be a condition"),
        ("A", [({"count": "orders", "days": 0}, ">", 1)], r"where\[1\]: days must be a whole"),
        ("A", [({"days": 9}, ">", 1)], r"where\[1\]: a measure must be one of"),
        ("A", [(1, "==", 1)], "the name of a column"),
        ("A", [("", "==", 1)], "the name of a column"),
        ("A", [("a", "in", [])], "the value of in must be a list of texts"),
        ("A", [("a", "in", "female")], "a list of texts"),
        ("A", [("a", "not in", [1, "x"])], "a list of texts"),
        ("A", [("a", "in", [datetime(2026, 1, 1, tzinfo=UTC)])], "a list of texts"),
        ("A", [("a", "==", [1])], "the value of == must be a text, a number"),
        ("A", [("a", "==", None)], "a text, a number"),
        ("A", [("a", "==", float("nan"))], "a text, a number"),
        ("A", [("a", "==", pd.NaT)], "a text, a number"),
        ("A", [("a", "<", datetime(2026, 1, 1))], "an instant with its offset"),  # noqa: DTZ001
        ("A", [("a", "<", True)], "no truth value"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(name: str, where: object, text: str) -> None:
    """Bad names and conditions are found when the rule is written."""
    with pytest.raises(InvalidParameterError, match=text):
        Rule(name, where)


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ({"count": "order"}, "there is no count of 'order'; did you mean 'orders'"),
        ({"sum": "price"}, "there is no sum of 'price'"),
        (
            {"count": "orders", "dayz": 9},
            "there is no key of a measure 'dayz'; did you mean 'days'",
        ),
    ],
)
def test_an_unknown_measure_is_refused(measure: dict[str, object], text: str) -> None:
    """The error lists what can be measured."""
    with pytest.raises(UnknownNameError, match=text):
        Rule("A", [(measure, ">", 1)])


def test_an_unknown_operator_is_refused() -> None:
    """The error lists the operators."""
    with pytest.raises(UnknownNameError, match=r"no operator '='.*'=='"):
        Rule("A", [("a", "=", 1)])


def test_columns_are_checked_at_fit(customers: pd.DataFrame) -> None:
    """A rule on a column that is not there names the column."""
    with pytest.raises(MissingColumnsError, match="'city'") as caught:
        RuleSegmenter([Rule("A", [("city", "==", "Busan")])]).fit(customers)

    assert caught.value.missing == ["city"]
    assert "rule 'A' compares 'city';" in str(caught.value)


def test_a_column_written_wrongly_is_told_with_its_rule(customers: pd.DataFrame) -> None:
    """And with the columns that are written alike."""
    rules = [Rule("A", [("gender", "==", "female")]), Rule("B", [("ocupation", "==", "student")])]

    with pytest.raises(
        MissingColumnsError, match=r"rule 'B' compares 'ocupation' \(did you mean 'occupation'\?"
    ):
        RuleSegmenter(rules).fit(customers)


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


EMPTY = {"number": 5, "text": "x", "truth": True, "instant": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("value", EMPTY.values(), ids=EMPTY)
def test_a_column_that_holds_nothing_meets_nothing(value: Any) -> None:
    """Whatever it is compared with."""
    customers = pd.DataFrame({"a": pd.Series([None, None], dtype=object)}, index=["x", "y"])
    rules = [Rule("Yes", [("a", "==", value)]), Rule("No", [{"not": ("a", "==", value)}])]

    assert set(RuleSegmenter(rules).fit_predict(customers)) == {"Others"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (pd.Series([1, None, 3], dtype=object), 3),
        (pd.Series([1.5, np.nan, 3.0]), 3),
        (pd.Series(["a", None, "b"], dtype=object), "b"),
        (pd.Series(["a", None, "b"], dtype="category"), "b"),
        (pd.Series([1, None, 3], dtype="category"), 3),
        (pd.Series([False, None, True], dtype=object), True),
        (pd.Series([False, None, True], dtype="boolean"), True),
        (pd.Series([1.5, None, 3.0], dtype="Float64"), 3),
        (pd.Series(["2026-01-01", None, "2026-02-01"], dtype="datetime64[ns, Asia/Seoul]"),
         pd.Timestamp("2026-02-01", tz="Asia/Seoul")),
        (pd.Series([0, 0, np.int64(3)]), np.int64(3)),
    ],
    ids=str,
)  # fmt: skip
def test_columns_of_every_type_are_compared(column: pd.Series, value: Any) -> None:
    """With the same answer, whatever pandas keeps them in."""
    rule = Rule("Yes", [("a", "==", value)])
    names = RuleSegmenter([rule]).fit_predict(pd.DataFrame({"a": column}))

    assert names.tolist() == ["Others", "Others", "Yes"]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ([True, False], 1, "must be true or false, as the column is bool"),
        ([1, 2], True, "must be a number, as the column is int64"),
        ([1, "x"], 1, "must be a value to compare with object"),
        (pd.to_datetime(["2026-01-01", "2026-01-02"]), EMPTY["instant"], "a value to compare"),
        (pd.to_datetime(["2026-01-01"], utc=True), "2026-05-01",
         r"an instant .*2026-05-01T00:00:00\+09:00, unquoted in TOML\), as the column is"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(column: Any, value: Any, text: str) -> None:
    """Truth values are no numbers, and instants without a zone no instants."""
    with pytest.raises(InvalidParameterError, match=f"rule 'A': a == .*{text}"):
        RuleSegmenter([Rule("A", [("a", "==", value)])]).fit(pd.DataFrame({"a": column}))


NUMBERS = {"a": [1.0, float("nan"), float("inf"), None, -float("inf")]}


@pytest.mark.parametrize(
    ("operator", "expected"),
    [(">", [0, 2]), ("!=", [0, 2, 4]), ("<=", [4]), ("not in", [0, 2, 4])],
)
def test_what_is_no_number_meets_nothing(operator: str, expected: list[int]) -> None:
    """Engines take NaN for the largest number, or for none; here it is missing."""
    value = [0.5, 7] if operator == "not in" else 0.5
    segmenter = RuleSegmenter([Rule("Yes", [("a", operator, value)])])
    segmenter.fit(pd.DataFrame(NUMBERS))
    wanted = ["Yes" if place in expected else "Others" for place in range(5)]

    assert segmenter.predict(pd.DataFrame(NUMBERS)).tolist() == wanted
    frame = pl.DataFrame(NUMBERS, strict=False)
    assert segmenter.add_segments(frame)["segment"].to_list() == wanted
    assert segmenter.add_segments(pa.table(NUMBERS))["segment"].to_pylist() == wanted


def test_rules_measure_events() -> None:
    """What rules measure becomes columns, and fit says so where it is not there."""
    at = pd.to_datetime(["2024-01-05", "2024-01-06", "2024-03-01", "2024-03-20"], utc=True)
    lines = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "cho"],
            "order_id": ["1", "2", "3", "4"],
            "ordered_at": at,
            "amount": 9.0,
            "category": ["tops", "tops", "tops", "shoes"],
            "sales_channel": ["shop", "mall", "mall", "shop"],
        }
    )
    segmenter = RuleSegmenter(
        [
            Rule("Tops, and now quiet", [
                [{"count": "orders", "where": {"category": "tops"}, "days": 90}, ">=", 2],
                [{"count": "orders", "days": 30}, "==", 0],
            ]),
            Rule("Found us in the shop", [[{"first": "sales_channel"}, "==", "shop"]]),
        ]
    )  # fmt: skip
    customers = pd.DataFrame(index=pd.Index(["ann", "bob", "cho", "dee"], name="customer_id"))

    with pytest.raises(MissingColumnsError, match=r"orders_in_30_days.*crmlib.add_event_columns"):
        segmenter.fit(customers)
    more = add_event_columns(
        customers, segmenter.measures, transactions=lines, snapshot_date="2024-03-31"
    )

    assert segmenter.fit_predict(more).tolist() == [
        "Tops, and now quiet",
        "Others",
        "Found us in the shop",
        "Others",
    ]
    assert segmenter.explain(more, "dee") == (
        "dee: Others; no rule fits; not 'Tops, and now quiet': "
        "orders_in_90_days_where_category_is_tops is 0 (needs >= 2); not 'Found us in the shop': "
        "first_sales_channel is not known (needs == 'shop')"
    )


def test_an_explanation_names_the_rule_and_every_value(customers: pd.DataFrame) -> None:
    """Of the rule that fits all conditions are told, of those before it the first that fails."""
    customers = customers.assign(
        spent=[10.5, 20.0, 0.0, 1.0], seen_at=pd.to_datetime(["2026-01-01"] * 4, utc=True)
    )
    segmenter = RuleSegmenter(
        [
            Rule("Dear", [("spent", ">", 15), {"not": ("gender", "==", "male")}]),
            Rule("Rare", [{"all": [("frequency", "<", 2), ("spent", "<", 5)]}]),
            Rule("Known", [
                {"any": [("gender", "==", "male"), ("age_band", "in", ["20s", "30s"])]},
                ("seen_at", "<", datetime(2026, 2, 1, tzinfo=UTC)),
            ]),
            Rule("Rest", [("spent", ">=", 0)]),
        ]
    ).fit(customers)  # fmt: skip

    assert segmenter.explain(customers, "bob") == (
        "bob: Known; rule 3 of 4: gender is 'male' (== 'male'), "
        "seen_at is 2026-01-01T00:00:00+00:00 (< 2026-02-01T00:00:00+00:00); "
        "not 'Dear': gender is 'male' (needs != 'male'); not 'Rare': frequency is 9 (needs < 2)"
    )
    assert segmenter.explain(customers, "ann").startswith(
        "ann: Known; rule 3 of 4: age_band is '20s' (in ['20s', '30s']), seen_at is 2026-01-01"
    )
    assert "frequency is not known (needs < 2)" in segmenter.explain(customers, "dee")


def test_an_explanation_tells_of_any_condition_that_fails() -> None:
    """Where one of several would do, all of them are told."""
    segmenter = RuleSegmenter([Rule("A", [{"any": [("a", ">", 2), ("a", "<", 0)]}])])
    customers = pd.DataFrame({"a": [1]}, index=["x"])

    assert segmenter.fit(customers).explain(customers, "x") == (
        "x: Others; no rule fits; not 'A': a is 1 (needs > 2) and a is 1 (needs < 0)"
    )


def test_saved_rules_are_the_same_rules(tmp_path: Path) -> None:
    """Measures, instants and nested conditions come back from the file of a model."""
    columns = {measure.column: [2] for measure in QUIET.measures}
    customers = pd.DataFrame(
        {
            "region": ["Jeju"],
            "last_purchase_at": pd.to_datetime(["2026-01-01"], utc=True),
            **columns,
        }
    )
    segmenter = RuleSegmenter([QUIET], default="그 외").fit(customers)

    segmenter.save(tmp_path / "rules.json")
    loaded = Segmenter.load(tmp_path / "rules.json")

    assert loaded.get_params() == segmenter.get_params()
    assert loaded.rules_ == segmenter.rules_
    assert loaded.predict(customers).equals(segmenter.predict(customers))


def test_fit_forgets_the_default_of_before(customers: pd.DataFrame) -> None:
    """A parameter that is changed after fit changes nothing until the next fit."""
    segmenter = RuleSegmenter([STUDENTS]).fit(customers)
    segmenter.set_params(default="Rest")

    assert segmenter.predict(customers)["bob"] == "Others"
    assert segmenter.fit(customers).predict(customers)["bob"] == "Rest"
