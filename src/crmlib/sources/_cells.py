"""Cells of an order file, picked by the headers above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.sources._order_source import plain_header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def pick(table: pd.DataFrame, *headers: str) -> pd.Series[Any]:
    """Give the column of *table* under the first of *headers* that is there, else NaN.

    Headers are compared as :class:`crmlib.sources.OrderSource` does.
    """
    there = {plain_header(str(header)): place for place, header in enumerate(table.columns)}
    for header in headers:
        place = there.get(plain_header(header))
        if place is not None:
            return table.iloc[:, place]
    return pd.Series(index=table.index, dtype=object)


def pick_columns(table: pd.DataFrame, names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give the columns of *table* under canonical names.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_headers)
    names : mapping of str to sequence of str
        For each canonical column the headers that may hold it, best first.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns), indexed like *table*
        Only those whose header is there.
    """
    there = {plain_header(str(header)) for header in table.columns}
    return pd.DataFrame(
        {
            name: pick(table, *headers)
            for name, headers in names.items()
            if there.intersection(map(plain_header, headers))
        },
        index=table.index,
    )
