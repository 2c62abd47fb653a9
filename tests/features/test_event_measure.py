"""A measure of events is small data, with a name that any engine can give a column."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.features import EventMeasure


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"count": "orders"}, "orders_ever"),
        ({"count": "lines", "days": 7}, "lines_in_7_days"),
        ({"sum": "amount", "days": 365}, "amount_in_365_days"),
        ({"first": "sales_channel"}, "first_sales_channel"),
        ({"days_since_last": "orders"}, "days_since_last_order"),
        ({"days_since_first": "opened", "days": 9}, "days_since_first_opened_in_9_days"),
        ({"count": "orders", "where": {"category": "상의"}}, "orders_ever_where_category_is_상의"),
        ({"count": "sent", "where": {"channel": ["email", "sms"]}},
         "sent_ever_where_channel_is_email_or_sms"),
        ({"count": "lines", "where": {"a": "x", "b": "y"}}, "lines_ever_where_a_is_x_and_b_is_y"),
    ],
)  # fmt: skip
def test_columns_have_names_to_read(told: dict[str, Any], column: str) -> None:
    """As long as these say all, they are words."""
    measure = EventMeasure.from_dict(told)

    assert measure.column == column
    assert measure.to_dict() == told


@pytest.mark.parametrize(
    "where",
    [
        {"category": "Tops"},
        {"category": "t ops"},
        {"category": "t.ops"},
        {"category": "tops_or_shoes"},
        {"category": ["tops or shoes"]},
        {"category": 5},
        {"category": "5.0"},
        {"category": True},
        {"Category": "tops"},
        {"category_is_a": "b"},
        {"category": "상" * 30},
    ],
)
def test_what_words_cannot_tell_apart_a_digest_does(where: dict[str, Any]) -> None:
    """The name stays one that DuckDB, Spark and PostgreSQL take for a column."""
    name = EventMeasure("count", "orders", where=where).column

    assert name.replace("_", "").isalnum()
    assert len(name.encode()) <= 60
    assert len(name.rpartition("_")[2]) == 8
    assert name == name.casefold()


WORDS = st.text(st.sampled_from("aA_ .1상"), min_size=1, max_size=4).filter(str.strip)
MEASURES = st.builds(
    EventMeasure,
    st.just("count"),
    st.sampled_from(["orders", "lines"]),
    where=st.dictionaries(WORDS, WORDS | st.lists(WORDS, min_size=1, max_size=2), max_size=2),
    days=st.sampled_from([None, 1, 11]),
)


@given(MEASURES, MEASURES)
def test_two_measures_have_two_names(one: EventMeasure, other: EventMeasure) -> None:
    """Also for engines to which capitals are no matter; and a measure is what it is made from."""
    assert (one == other) == (one.column == other.column)
    assert EventMeasure.from_dict(one.to_dict()) == one
    assert hash(EventMeasure.from_dict(one.to_dict())) == hash(one)


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        ({}, InvalidParameterError, "a measure must be one of"),
        ({"count": "orders", "sum": "amount"}, InvalidParameterError, "a measure must be one of"),
        ({"count": "orders", "day": 3}, UnknownNameError, "did you mean 'days'"),
        ({"count": "shops"}, UnknownNameError, "there is no count of 'shops'"),
        ({"count": 7}, InvalidParameterError, "count must be a text"),
        ({"first": " "}, InvalidParameterError, "first must be a text"),
        ({"count": "orders", "days": 1.5}, InvalidParameterError, "days must be a whole number"),
        ({"count": "orders", "days": True}, InvalidParameterError, "days must be a whole number"),
        ({"count": "orders", "where": "tops"}, InvalidParameterError, "where must be a table"),
        ({"count": "orders", "where": {" ": 1}}, InvalidParameterError, "where must be columns"),
        ({"count": "orders", "where": {"a": []}}, InvalidParameterError, "where a must be a text"),
        ({"count": "orders", "where": {"a": [1, "b"]}}, InvalidParameterError, "where a must be"),
        ({"count": "orders", "where": {"a": None}}, InvalidParameterError, "where a must be"),
        ({"count": "orders", "where": {"a": float("inf")}}, InvalidParameterError, "where a must"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    told: dict[str, Any], error: type[Exception], text: str
) -> None:
    """With what would do."""
    with pytest.raises(error, match=text):
        EventMeasure.from_dict(told)


def test_an_unknown_kind_is_refused() -> None:
    """The error lists what there is."""
    with pytest.raises(UnknownNameError, match="there is no measure of events 'mean'"):
        EventMeasure("mean", "amount")
