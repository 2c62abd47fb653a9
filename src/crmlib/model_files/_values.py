"""Parameters and learned state as JSON can hold them, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.exceptions import UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Callable

_TAG = "$"
_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(value: Any) -> Any:
    """Give *value* as JSON can hold it; :func:`from_json` gives it back, of the same type.

    Parameters
    ----------
    value : object
        None, a truth value, number, text, day or instant; a list, tuple or
        mapping of such, whose keys may be tuples; or an array, Series, Index
        or DataFrame.

    Raises
    ------
    UnsupportedFeatureError
        If it is something else, such as a function.

    Examples
    --------
    >>> to_json({"edges": np.array([1.5, np.inf])})
    {'edges': {'$': 'array', 'dtype': 'float64', 'values': [1.5, {'$': 'float', 'value': \
'Infinity'}]}}
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic):
        return to_json(value.item())
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise UnsupportedFeatureError(
        "a model file", f"hold a {type(value).__name__}", "give the model plain values"
    )


def from_json(value: Any) -> Any:
    """Give back what :func:`to_json` was given.

    Raises
    ------
    ValueError
        If *value* has a tag that is not known.

    Examples
    --------
    >>> from_json(to_json((1, [2.5, None])))
    (1, [2.5, None])
    """
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _TAG not in value:
        return {key: from_json(item) for key, item in value.items()}
    if value[_TAG] not in _READERS:
        raise ValueError(f"no kind of value is called {value[_TAG]!r}")
    return _READERS[value[_TAG]](value)


def _write_number(value: float) -> Any:
    if isinstance(value, int) or math.isfinite(value):
        return value
    return {_TAG: "float", "value": next(k for k, v in _FLOATS.items() if str(v) == str(value))}


def _write_mapping(value: Mapping[Any, Any]) -> Any:
    if all(isinstance(key, str) for key in value) and _TAG not in value:
        return {key: to_json(item) for key, item in value.items()}
    pairs = [[to_json(key), to_json(item)] for key, item in value.items()]
    return {_TAG: "dict", "items": pairs}


def _write_array(value: np.ndarray) -> Any:
    return {_TAG: "array", "dtype": str(value.dtype), "values": to_json(value.tolist())}


def _write_index(value: pd.Index) -> Any:
    names = to_json(list(value.names))
    if isinstance(value, pd.MultiIndex):
        return {_TAG: "index", "names": names, "rows": to_json(value.tolist())}
    return {_TAG: "index", "names": names, "dtype": str(value.dtype), "rows": to_json(list(value))}


def _write_series(value: pd.Series) -> Any:
    return {
        _TAG: "series",
        "name": to_json(value.name),
        "dtype": str(value.dtype),
        "index": _write_index(value.index),
        "values": to_json(_cells(value)),
    }


def _write_frame(value: pd.DataFrame) -> Any:
    return {
        _TAG: "frame",
        "index": _write_index(value.index),
        "columns": _write_index(value.columns),
        "dtypes": [str(dtype) for dtype in value.dtypes],
        "values": [to_json(_cells(value.iloc[:, place])) for place in range(value.shape[1])],
    }


def _cells(column: pd.Series) -> list[Any]:
    """Give the cells of a column, None where nothing is known and no number stands for it."""
    if column.dtype.kind == "f":
        return list(column)
    return [None if missing else cell for cell, missing in zip(column, column.isna(), strict=True)]


def _read_index(value: Mapping[str, Any]) -> pd.Index:
    rows, names = from_json(value["rows"]), from_json(value["names"])
    if "dtype" not in value:
        return pd.MultiIndex.from_tuples(rows, names=names)
    index: pd.Index = pd.Index(rows, dtype=value["dtype"], name=names[0])
    return index


def _read_series(value: Mapping[str, Any]) -> pd.Series:
    series: pd.Series = pd.Series(
        from_json(value["values"]),
        index=_read_index(value["index"]),
        name=from_json(value["name"]),
        dtype=value["dtype"],
    )
    return series


def _read_frame(value: Mapping[str, Any]) -> pd.DataFrame:
    index, columns = _read_index(value["index"]), _read_index(value["columns"])
    cells = zip(value["values"], value["dtypes"], strict=True)
    parts = [pd.Series(from_json(v), index=index, dtype=dtype) for v, dtype in cells]
    frame = pd.DataFrame(dict(enumerate(parts)), index=index)
    frame.columns = columns
    return frame


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int | float, _write_number),
    (datetime, lambda value: {_TAG: "instant", "value": value.isoformat()}),
    (date, lambda value: {_TAG: "day", "value": value.isoformat()}),
    (list, lambda value: [to_json(item) for item in value]),
    (tuple, lambda value: {_TAG: "tuple", "values": [to_json(item) for item in value]}),
    (np.ndarray, _write_array),
    (pd.Index, _write_index),
    (pd.Series, _write_series),
    (pd.DataFrame, _write_frame),
    (Mapping, _write_mapping),
)

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "float": lambda value: _FLOATS[value["value"]],
    "instant": lambda value: datetime.fromisoformat(value["value"]),
    "day": lambda value: date.fromisoformat(value["value"]),
    "tuple": lambda value: tuple(from_json(value["values"])),
    "array": lambda value: np.array(from_json(value["values"]), dtype=value["dtype"]),
    "index": _read_index,
    "series": _read_series,
    "frame": _read_frame,
    "dict": lambda value: {from_json(key): from_json(item) for key, item in value["items"]},
}
