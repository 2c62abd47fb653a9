"""Rules in a TOML file: what a marketer writes, and what is said of what cannot be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlib.exceptions import ConfigError, InvalidParameterError, UnreadableFileError
from crmlib.features import EventMeasure
from crmlib.segmenters import Rule, RuleSegmenter

if TYPE_CHECKING:
    from pathlib import Path

KOREAN = """
default = "그 외"

[[rules]]
name = "상의 단골, 요즘 조용"
where = [
  [{ count = "orders", where = { category = "상의" }, days = 90 }, ">=", 2],
  [{ count = "orders", days = 30 }, "==", 0],
]

[[rules]]
name = "열어 보고 사지 않음"
where = [
  [{ count = "opened", days = 14 }, ">=", 1],
  { not = [{ count = "orders", days = 14 }, ">", 0] },
]

[[rules]]
name = "매장에서 처음"
where = [
  [{ first = "sales_channel" }, "==", "매장"],
  { any = [["gender", "in", ["female"]], ["last_purchase_at", ">=", 2026-01-01T00:00:00+09:00]] },
]
"""


def write(folder: Path, text: str) -> Path:
    """Write *text* as a file of rules."""
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_rules_are_read_as_they_stand(tmp_path: Path) -> None:
    """Names, measures and instants; the byte order mark of editors does no harm."""
    path = tmp_path / "rules.toml"
    path.write_text(KOREAN, encoding="utf-8-sig")

    segmenter = RuleSegmenter.from_toml(path)

    assert segmenter.default == "그 외"
    assert segmenter.rules == [
        Rule("상의 단골, 요즘 조용", [
            [EventMeasure("count", "orders", where={"category": "상의"}, days=90), ">=", 2],
            [EventMeasure("count", "orders", days=30), "==", 0],
        ]),
        Rule("열어 보고 사지 않음", [
            [EventMeasure("count", "opened", days=14), ">=", 1],
            {"not": [EventMeasure("count", "orders", days=14), ">", 0]},
        ]),
        Rule("매장에서 처음", [
            [EventMeasure("first", "sales_channel"), "==", "매장"],
            {"any": [
                ["gender", "in", ["female"]],
                ["last_purchase_at", ">=", datetime(2025, 12, 31, 15, tzinfo=UTC)],
            ]},
        ]),
    ]  # fmt: skip
    assert [measure.column for measure in segmenter.measures] == [
        "orders_in_90_days_where_category_is_상의",
        "orders_in_30_days",
        "opened_in_14_days",
        "orders_in_14_days",
        "first_sales_channel",
    ]


def test_the_default_has_a_default(tmp_path: Path) -> None:
    """Without a word on it, those whom no rule fits are called Others."""
    path = write(tmp_path, '[[rules]]\nname = "A"\nwhere = [["x", ">", 1]]')

    assert RuleSegmenter.from_toml(path).default == "Others"


RULE = '[[rules]]\nname = "A"\nwhere = [["x", ">", 1]]\n'


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("a = ", "the file", "is no TOML"),
        ("", "rules", "write rules, each headed"),
        ("rules = 7", "rules", "write rules"),
        ("rules = []", "rules", "write rules"),
        ("rules = [7]", "rules", "write rules"),
        (f'defalt = "B"\n{RULE}', "defalt", "did you mean 'default'"),
        (f'{RULE}were = [["x", "==", 1]]', "rules[1].were", "did you mean 'where'"),
        (f'{RULE}[[rules]]\nwhere = [["x", "<", 1]]', "rules[2].name", "is missing"),
        (f'{RULE}[[rules]]\nname = "B"', "rules[2].where", "is missing"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [["x", "="]]', "rules[2]",
         "holds ['x', '=']; rule 'B': where[1] must be a condition such as"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [["x", "=", 1]]', "rules[2]",
         "('B') cannot be; there is no operator '='"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [[{{ count = "orders", days = "9" }}, ">", 1]]',
         "rules[2]", "holds '9'; rule 'B': where[1]: days must be a whole number"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [[{{ count = "order" }}, ">", 1]]',
         "rules[2]", "there is no count of 'order'; did you mean 'orders'"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [["x", ">", 5], ["x", "<", 3]]',
         "rules[2]", "holds 'x > 5 and x < 3'; rule 'B' must be of conditions that a customer"),
        (f'{RULE}[[rules]]\nname = "B"\nwhere = [["on", ">", 2026-01-01]]',
         "rules[2]", "an instant with its offset (as in 2026-05-01T00:00:00+09:00, unquoted"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_by_file_rule_and_key(
    tmp_path: Path, text: str, key: str, told: str
) -> None:
    """So that whoever wrote the file finds the place."""
    path = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        RuleSegmenter.from_toml(path)

    assert caught.value.key == key
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_rule_that_nobody_reaches_is_found_on_reading(tmp_path: Path) -> None:
    """Before any order is read."""
    path = write(tmp_path, f'{RULE}[[rules]]\nname = "B"\nwhere = [["x", ">", 7]]')

    with pytest.raises(InvalidParameterError, match="rule 'B' must be left out or moved up"):
        RuleSegmenter.from_toml(path)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    """Each says what would do."""
    other = tmp_path / "rules.toml"
    other.write_bytes('[[rules]]\nname = "단골"'.encode("cp949"))

    with pytest.raises(UnreadableFileError, match="give the path of a rules file"):
        RuleSegmenter.from_toml(tmp_path / "none.toml")
    with pytest.raises(UnreadableFileError, match="save it as UTF-8"):
        RuleSegmenter.from_toml(other)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(TEXTS, NUMBERS, st.booleans())
COUNTS = st.sampled_from(["orders", "lines", "opened"])
WHERE = st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, min_size=1, max_size=3), max_size=2)
MEASURES = st.builds(
    lambda of, where, days: {"count": of, "where": where, "days": days},
    COUNTS,
    WHERE,
    st.integers(1, 400),
)
# Each comparison on a column of its own, so that none contradicts another.
COMPARISONS = st.one_of(
    st.tuples(TEXTS, st.sampled_from(["==", "!="]), VALUES),
    st.tuples(TEXTS, st.just("in"), st.lists(TEXTS, min_size=1, max_size=3)),
    st.tuples(TEXTS, st.sampled_from(["<", ">="]), st.datetimes(timezones=st.just(UTC))),
    st.tuples(MEASURES, st.sampled_from([">", ">="]), st.integers(0, 9)),
)
CONDITIONS = st.one_of(
    COMPARISONS,
    st.fixed_dictionaries({"any": st.lists(COMPARISONS, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"not": st.fixed_dictionaries({"not": COMPARISONS})}),
)


def to_toml(value: Any) -> str:
    """Write a value as TOML does."""
    if isinstance(value, dict):
        pairs = [f"{to_toml(key)} = {to_toml(item)}" for key, item in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(to_toml, value))}]"
    if isinstance(value, datetime):
        return value.isoformat()
    return quote(value) if isinstance(value, str) else json.dumps(value)


def quote(text: str) -> str:
    """Write a text as TOML does."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, st.lists(CONDITIONS, min_size=1, max_size=2), TEXTS)
def test_rules_come_back_from_toml_and_json(
    tmp_path: Path, name: str, where: list[Any], default: str
) -> None:
    """Whatever names, words and numbers are in them."""
    try:
        rule = Rule(name, where)
    except InvalidParameterError:  # two comparisons of one column that contradict each other
        return
    told = rule.to_dict()
    text = f"default = {quote(default)}\n[[rules]]\n"
    text += "".join(f"{key} = {to_toml(value)}\n" for key, value in told.items())

    read = RuleSegmenter.from_toml(write(tmp_path, text))
    again = RuleSegmenter.from_dict(RuleSegmenter([rule], default).to_dict())

    assert (read.rules, read.default) == ([rule], default)
    assert (again.rules, again.default) == ([rule], default)
