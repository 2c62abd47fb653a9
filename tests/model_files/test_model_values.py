"""Values go into JSON and come back as they were."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.exceptions import UnsupportedFeatureError
from crmlib.model_files import from_json, to_json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.dictionaries(st.tuples(st.text(), st.integers()), inner, max_size=2)
    ),
    max_leaves=8,
)


def there_and_back(value: Any) -> Any:
    """Write *value* as JSON text and read that."""
    return from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))


@given(PLAIN)
def test_plain_values_come_back(value: Any) -> None:
    """Numbers, texts, lists, tuples and mappings keep value and type, whatever their keys."""
    assert there_and_back(value) == value


def test_a_key_that_looks_like_a_tag_is_a_key() -> None:
    """A mapping with the key "$" is no tagged value."""
    assert there_and_back({"$": "array", "x": 1}) == {"$": "array", "x": 1}


def test_not_a_number_comes_back() -> None:
    """JSON has no NaN; the file holds its name."""
    assert math.isnan(there_and_back(math.nan))
    assert there_and_back([math.inf, -math.inf]) == [math.inf, -math.inf]


def test_days_and_instants_come_back() -> None:
    """An instant keeps its offset."""
    values = [date(2024, 2, 29), datetime(2024, 3, 1, 9, 30, tzinfo=UTC)]

    assert there_and_back(values) == values


@pytest.mark.parametrize(
    "array",
    [np.array([1.5, np.inf, np.nan]), np.array([[1, 2], [3, 4]]), np.array([], dtype=bool)],
    ids=["floats", "matrix", "empty"],
)
def test_arrays_keep_dtype_and_shape(array: np.ndarray) -> None:
    """Infinite and missing numbers included."""
    back = there_and_back(array)

    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_scalars_of_numpy_become_those_of_python() -> None:
    """A count that numpy made is a whole number."""
    assert there_and_back({"n": np.int64(3)}) == {"n": 3}


def test_series_and_frames_come_back() -> None:
    """Names, dtypes, gaps and indices of several levels are kept."""
    index = pd.MultiIndex.from_tuples([("r", 1), ("f", 2)], names=["column", "digit"])
    frame = pd.DataFrame(
        {
            "text": pd.Series(["a", None], dtype="str", index=index),
            "number": [1.5, np.nan],
            "count": pd.array([1, None], dtype="Int64"),
        },
        index=index,
    )
    series = pd.Series([1, 2], index=pd.Index(["x", "y"], name="id"), name="n")

    pd.testing.assert_frame_equal(there_and_back(frame), frame)
    pd.testing.assert_series_equal(there_and_back(series), series)
    pd.testing.assert_index_equal(there_and_back(index), index)


def test_what_is_no_value_is_refused() -> None:
    """A function cannot be read from a file."""
    with pytest.raises(UnsupportedFeatureError, match="cannot hold a function"):
        to_json({"key": to_json})


def test_an_unknown_tag_is_refused() -> None:
    """A file of a later version may hold kinds that are not known here."""
    with pytest.raises(ValueError, match="no kind of value is called 'tree'"):
        from_json({"$": "tree"})
