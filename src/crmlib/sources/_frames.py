"""Dataframes of any kind as tables of cells."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from crmlib.exceptions import InvalidParameterError


def read_frame(source: Any) -> pd.DataFrame:
    """Give any dataframe as one of pandas, with rows 0 to n; lazy ones are computed.

    Raises
    ------
    InvalidParameterError
        If it is none.
    """
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True)
    try:
        frame = nw.from_native(source)
    except TypeError as error:
        raise InvalidParameterError(
            "orders", type(source).__name__, "a path, bytes, a dataframe, or a list of them"
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return pd.DataFrame({column.name: _read_column(column) for column in frame.iter_columns()})


def _read_column(column: nw.Series[Any]) -> pd.Series[Any]:
    """Give one column; numbers as they are, other cells as Python objects.

    So are whole numbers with gaps, since floats, which hold gaps, hold no id past 2**53.
    """
    if column.dtype.is_numeric() and not (column.dtype.is_integer() and column.null_count()):
        return pd.Series(column.to_numpy())
    return pd.Series(column.to_list(), dtype=object)
