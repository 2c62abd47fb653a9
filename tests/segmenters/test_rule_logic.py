"""Rules that nobody can meet, or reach, are found before any customer is looked at."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError
from crmlib.segmenters import Rule, RuleSegmenter

ORDERS = {"count": "orders", "days": 30}
SPENT = {"sum": "amount"}
SILENT = {"days_since_last": "orders"}


@pytest.mark.parametrize(
    ("where", "dead"),
    [
        ([["x", ">", 5], ["y", "==", 1], ["x", "<", 3]], "x > 5 and x < 3"),
        ([["x", ">", 5], ["x", "<=", 5]], "x > 5 and x <= 5"),
        ([["x", "==", 5], ["x", "!=", 5]], "x == 5 and x != 5"),
        ([["x", ">=", 5], ["x", "<=", 5], ["x", "!=", 5]], "x >= 5 and x <= 5 and x != 5"),
        ([["x", "in", [1, 2]], ["x", ">", 2]], "x in [1, 2] and x > 2"),
        ([["g", "==", "female"], ["g", "==", "male"]], "g == 'female' and g == 'male'"),
        ([["g", "not in", ["a"]], ["g", "in", ["a"]]], "g not in ['a'] and g in ['a']"),
        ([["m", "!=", True], ["m", "!=", False]], "m != True and m != False"),
        ([["x", "<", 3], {"not": ["x", "<", 3]}], "x < 3 and x >= 3"),
        ([{"any": [["y", ">", 0], {"all": [["x", ">", 5], ["x", "<", 3]]}]}], "x > 5 and x < 3"),
        ([{"any": [["x", ">", 5], ["y", ">", 5]]}, ["x", "<", 3], ["y", "<", 3]],
         "(x > 5 or y > 5) and x < 3 and y < 3"),
        # Orders and days are whole numbers from 0 on; money may be negative.
        ([[ORDERS, "<", 0]], "orders_in_30_days < 0"),
        ([[ORDERS, "==", 1.5]], "orders_in_30_days == 1.5"),
        ([[ORDERS, ">", 2], [ORDERS, "<", 3]], "orders_in_30_days > 2 and orders_in_30_days < 3"),
        ([{"not": [ORDERS, ">=", 0]}], "orders_in_30_days < 0"),
        ([[SILENT, "<=", -1]], "days_since_last_order <= -1"),
    ],
)  # fmt: skip
def test_conditions_that_no_customer_can_meet_are_refused(where: Any, dead: str) -> None:
    """The error tells those that contradict each other, and no others."""
    with pytest.raises(InvalidParameterError) as caught:
        Rule("A", where)

    assert caught.value.value == dead
    assert caught.value.name == "rule 'A'"


@pytest.mark.parametrize(
    "where",
    [
        [["x", ">", 2], ["x", "<", 3]],
        [["x", ">=", 5], ["x", "<=", 5]],
        [["g", ">", "a"], ["g", "<", "b"]],
        [["m", "!=", True]],
        [[ORDERS, "<", 1]],
        [[ORDERS, ">", -5], [ORDERS, "<", 0.5]],
        [[SPENT, "<", 0], [SPENT, ">", -1]],
    ],
)
def test_conditions_that_a_customer_can_meet_are_let_through(where: Any) -> None:
    """Between 2 and 3 there are numbers, though no orders."""
    assert Rule("A", where).name == "A"


def rules(*conditions: Any) -> RuleSegmenter:
    """Give a segmenter of rules A, B, C …, each of one condition."""
    return RuleSegmenter(
        [Rule(name, [where]) for name, where in zip("ABCDE", conditions, strict=False)]
    )


@pytest.mark.parametrize(
    ("segmenter", "who"),
    [
        (rules(["x", ">", 5], ["x", ">", 7]), "'B' must be left out or moved up, as 'A'"),
        (rules(["x", ">", 5], ["x", ">", 5]), "'B' must"),
        (rules(["x", ">", 5], ["y", ">", 0], {"all": [["x", "==", 9], ["z", "==", 1]]}),
         "'C' must be left out or moved up, as 'A' before it takes everybody"),
        (rules(["x", ">", 5], ["y", ">", 0], ["x", "<=", 5], ["x", "!=", 3]),
         "'D' must be left out or moved up, as 'A' and 'C' before it together take everybody"),
        (rules(["m", "==", True], {"not": ["m", "==", True]}, ["m", "in", [False, True]]),
         "'C' must be left out or moved up, as 'A' and 'B'"),
        (rules([ORDERS, ">=", 1], [ORDERS, "==", 0], [ORDERS, "<=", 5]), "'C' must"),
        (rules({"any": [["x", "==", 1], ["y", "==", 1]]}, ["y", "==", 1]), "'B' must"),
    ],
)  # fmt: skip
def test_a_rule_that_nobody_can_reach_is_refused(segmenter: RuleSegmenter, who: str) -> None:
    """The error tells which rules before it take all whom it fits."""
    with pytest.raises(InvalidParameterError, match=who):
        segmenter.check_rules()


@pytest.mark.parametrize(
    "segmenter",
    [
        rules(["x", ">", 7], ["x", ">", 5]),
        rules(["x", ">", 5], ["y", ">", 5]),
        # Whose x is missing meets neither of the first two.
        rules(["x", ">", 5], ["x", "<=", 5], ["y", ">", 0]),
        rules({"all": [["x", ">", 5], ["y", ">", 5]]}, ["x", ">", 7]),
        rules([SPENT, ">=", 1], [SPENT, "<=", 0], [SPENT, "<", 5]),
    ],
)
def test_rules_that_can_be_reached_are_let_through(segmenter: RuleSegmenter) -> None:
    """Also where they overlap."""
    assert len(segmenter.check_rules()) == len(segmenter.rules)


def test_one_column_is_compared_with_one_kind_of_value() -> None:
    """In a rule and among rules."""
    with pytest.raises(
        InvalidParameterError, match="rule 'A': x == must be a number, as in other"
    ):
        Rule("A", [["x", ">", 5], ["x", "==", "5"]])
    with pytest.raises(
        InvalidParameterError, match="rule 'B': x == must be a number, as in other"
    ):
        rules(["x", ">", 5], ["x", "==", "5"]).check_rules()


def test_many_rules_are_looked_through_quickly() -> None:
    """Thirty rules of columns of their own, of which the last is shut out by the first."""
    several = [
        Rule(f"R{n}", [[f"a{n}", ">", n], [f"b{n}", "in", list(range(200))]]) for n in range(30)
    ]
    last = Rule("Last", [["a0", ">", 5], ["b0", "==", 3], [f"a{7}", "<", 0]])

    assert len(RuleSegmenter(several).check_rules()) == 30
    with pytest.raises(InvalidParameterError, match="as 'R0' before it"):
        RuleSegmenter([*several, last]).check_rules()


COLUMNS = {"x": [0, 0.5, 1, 1.5, 2, 2.5, None], "g": ["a", "aa", "b", "bb", "", None]}
LEAVES = st.one_of(
    st.tuples(
        st.just("x"), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from([1, 2])
    ),
    st.tuples(st.just("g"), st.sampled_from(["==", "!=", "<", ">="]), st.sampled_from(["a", "b"])),
    st.tuples(st.just("g"), st.sampled_from(["in", "not in"]), st.just(["a", "b"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=5,
)
EVERYBODY = [dict(zip(COLUMNS, cells, strict=True)) for cells in product(*COLUMNS.values())]
OPERATORS = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


def judge(condition: Any, customer: dict[str, Any]) -> bool | None:
    """Say in plain Python whether a condition holds; None: nobody knows."""
    if isinstance(condition, tuple):
        column, operator, value = condition
        cell = customer[column]
        return None if cell is None else OPERATORS[operator](cell, value)
    ((word, inner),) = condition.items()
    if word == "not":
        known = judge(inner, customer)
        return None if known is None else not known
    answers = [judge(part, customer) for part in inner]
    decisive = word == "any"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def test_a_rule_is_refused_if_nobody_among_all_can_have_it(conditions: list[Any]) -> None:
    """Those who stand for everybody are tried: a value of each, between each two, and missing."""
    fits = [[judge(where, customer) is True for customer in EVERYBODY] for where in conditions]
    try:
        made = [Rule(str(n), [where]) for n, where in enumerate(conditions)]
    except InvalidParameterError:
        return  # a part of a rule that nobody meets is refused, whatever stands beside it
    assert all(map(any, fits))
    reached = [
        any(mine and not any(before) for mine, *before in zip(fits[n], *fits[:n], strict=True))
        for n in range(len(fits))
    ]

    if all(reached):
        assert RuleSegmenter(made).check_rules() == tuple(made)
    else:
        first = reached.index(False)
        with pytest.raises(InvalidParameterError, match=f"rule '{first}' must be left out"):
            RuleSegmenter(made).check_rules()


@settings(max_examples=60, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.randoms())
def test_the_first_rule_that_fits_wins(conditions: list[Any], lot: Any) -> None:
    """As plain Python has it: everybody is in one segment, and the order of rows is no matter."""
    try:
        segmenter = RuleSegmenter(
            [Rule(str(n), [where]) for n, where in enumerate(conditions)], default="none"
        )
        segmenter.check_rules()
    except InvalidParameterError:
        return
    expected = [
        next(
            (str(n) for n, where in enumerate(conditions) if judge(where, customer) is True),
            "none",
        )
        for customer in EVERYBODY
    ]
    customers = pd.DataFrame(EVERYBODY).astype({"x": "float64", "g": "str"})
    places = lot.sample(range(len(EVERYBODY)), len(EVERYBODY))
    names = segmenter.fit(customers).predict(customers)

    assert names.tolist() == expected
    assert segmenter.predict(customers.iloc[places]).equals(names.iloc[places])
    read = [Rule.from_dict(rule.to_dict()) for rule in segmenter.rules]
    assert tuple(read) == segmenter.rules_
