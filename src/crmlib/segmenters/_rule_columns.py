"""The columns that rules compare, of the kinds that they compare."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype, is_string_dtype

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.segmenters._condition import INSTANT
from crmlib.segmenters._customers_table import check_customers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.segmenters._condition import Comparison
    from crmlib.segmenters._rule import Rule

_EMPTY: Mapping[str, Any] = {
    "number": "float64",
    "text": "str",
    "truth value": "boolean",
    "instant": "datetime64[us, UTC]",
}
"""What a column is read as that holds nothing, by the kind of what it is compared with."""
_EXPECTED = {
    "number": "a number",
    "text": "a text",
    "truth value": "true or false",
    "instant": f"an instant with its offset ({INSTANT})",
}


def read_columns(rules: Sequence[Rule], customers: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of *customers* that *rules* compare, with rows 0 to n.

    Raises
    ------
    InvalidParameterError
        If a value cannot be compared with its column.
    MissingColumnsError
        If a column is not there.
    InvalidTableError
        If *customers* is no table with a row per customer.
    """
    check_customers(customers, ())
    measured = {measure.column for rule in rules for measure in rule.measures}
    columns: dict[str, pd.Series] = {}
    for rule in rules:
        for leaf in rule.whole.leaves():
            if leaf.column in columns:
                continue
            if leaf.column not in customers:
                raise _explain_missing(customers, rules, measured)
            columns[leaf.column] = _read_column(customers[leaf.column], leaf, rule.name)
    return pd.DataFrame(columns).reset_index(drop=True)


def _explain_missing(
    customers: pd.DataFrame, rules: Sequence[Rule], measured: set[str]
) -> MissingColumnsError:
    named = {leaf.column: rule.name for rule in reversed(rules) for leaf in rule.whole.leaves()}
    missing = [name for name in named if name not in customers]
    there = list(map(str, customers.columns))
    if measured & set(missing):
        way_out = (
            "add what rules measure: crmlib.add_event_columns(customers, segmenter.measures, …)"
        )
    else:
        told = (_tell_missing(name, named[name], there) for name in missing)
        way_out = f"{', '.join(told)}; add_demographics and add_category_interests add columns"
    return MissingColumnsError("customers", missing, there, way_out)


def _tell_missing(name: str, rule: str, there: Sequence[str]) -> str:
    """Say which rule compares the column *name*, and which columns are written alike."""
    close = " or ".join(map(repr, get_close_matches(name, there)))
    hint = f" (did you mean {close}?)" if close else ""
    return f"rule {rule!r} compares {name!r}{hint}"


def _read_column(column: pd.Series, leaf: Comparison, rule: str) -> pd.Series:
    """Give *column* of a type that can be compared with *leaf*, or refuse it."""
    read = column
    if isinstance(column.dtype, pd.CategoricalDtype) or is_object_dtype(column.dtype):
        cells = column.astype(object)
        nothing = bool(cells.isna().all())
        read = cells.astype(_EMPTY[leaf.kind]) if nothing else cells.convert_dtypes()
    kind = _kind_of_dtype(read.dtype)
    if kind != leaf.kind:
        what = _EXPECTED.get(kind)
        expected = (
            f"{what}, as the column is {column.dtype}"
            if what
            else f"a value to compare with {column.dtype}"
        )
        subject = f"rule {rule!r}: {leaf.column} {leaf.operator}"
        raise InvalidParameterError(subject, leaf.value, expected)
    return read


def _kind_of_dtype(dtype: Any) -> str:
    """Say what a column of *dtype* holds, in the words of :attr:`Comparison.kind`."""
    if is_bool_dtype(dtype):
        return "truth value"
    if is_numeric_dtype(dtype):
        return "number"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "instant"
    return "text" if is_string_dtype(dtype) and not is_object_dtype(dtype) else str(dtype)
