"""Three columns of numbers as one number of three digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._customers_table import check_customers, require_finite
from crmlib.segmenters._quantile_bins import count_values, learn_edges
from crmlib.segmenters._rfm_bins import COLUMNS, in_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Values = Mapping[str, npt.NDArray[np.float64]]

PLACES = (100, 10, 1)
_BLOCK = 100_000
"""Customers that are looked at together, so that they stay in the cache."""


def read_values(customers: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Give the numbers of each column.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If a column is missing, a customer is there twice, or a number is
        missing, infinite, or negative where it cannot be.
    """
    check_customers(customers, COLUMNS)
    values = {column: require_finite(customers, column) for column in COLUMNS}
    for column in ("recency_days", "frequency"):
        negative = np.flatnonzero(values[column] < 0)
        if len(negative):
            first = customers.index[int(negative[0])]
            raise InvalidTableError(
                "customers",
                f"has {len(negative)} negative values in {column!r}, the first for {first!r}",
                "check the snapshot date and the orders behind it",
            )
    return values


def learn_digits(
    values: Values, bins: Mapping[str, int | npt.NDArray[np.float64]]
) -> tuple[dict[str, npt.NDArray[np.float64]], pd.DataFrame]:
    """Learn the edges of each column, in its unit, and describe the bins.

    Parameters
    ----------
    values : dict of str to ndarray of float
        As :func:`read_values` gives them, of one customer at least.
    bins : dict of str to int or ndarray of float
        Of each column a number of bins, or the edges.
    """
    edges, parts = {}, {}
    for column in COLUMNS:
        distinct, counts = count_values(values[column])
        if column == "recency_days":
            distinct, counts = in_unit(column, distinct[::-1]), counts[::-1]
        given = bins[column]
        if isinstance(given, int):
            bought_once = column == "frequency" and distinct[0] == 1
            lone_digit = 1 if bought_once else (given + 1) // 2
            goodness = learn_edges(distinct, counts, given, lone_digit=lone_digit)
        else:
            goodness = in_unit(column, given)
        edges[column] = in_unit(column, goodness)
        parts[column] = _describe(column, distinct, counts, goodness)
    return edges, pd.concat(parts, names=["column", "digit"])


def number_codes(values: Values, edges: Values) -> npt.NDArray[np.int16]:
    """Give the code of each customer as a number."""
    size = len(values[COLUMNS[0]])
    numbers = np.empty(size, dtype=np.int16)
    for start in range(0, size, _BLOCK):
        block = slice(start, start + _BLOCK)
        number = numbers[block]
        number[:] = sum(PLACES)
        for column, place in zip(COLUMNS, PLACES, strict=True):
            part = values[column][block]
            reached = np.zeros(len(part), dtype=np.int8)
            for edge in edges[column]:
                reached += part <= edge if column == "recency_days" else part >= edge
            number += place * reached.astype(np.int16)
    return numbers


def number_expression(edges: Values) -> nw.Expr:
    """Give the code as a number, as an expression over the three columns."""
    number = nw.lit(sum(PLACES))
    for column, place in zip(COLUMNS, PLACES, strict=True):
        value = nw.col(column).cast(nw.Float64())
        for edge in edges[column]:
            reached = value <= float(edge) if column == "recency_days" else value >= float(edge)
            number = number + place * reached.cast(nw.Int64())
    return number


def _describe(
    column: str,
    distinct: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
    edges: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """Give a row per digit that somebody has; *distinct* and *edges* are goodness."""
    begins = np.concatenate([[0], np.searchsorted(distinct, edges), [len(distinct)]])
    placed = np.concatenate([[0], np.cumsum(counts)])[begins]
    used = np.flatnonzero(np.diff(begins))
    customers = np.diff(placed)[used]
    return pd.DataFrame(
        {
            "worst": in_unit(column, distinct[begins[used]]),
            "best": in_unit(column, distinct[begins[used + 1] - 1]),
            "customers": customers,
            "share": customers / placed[-1],
        },
        index=used + 1,
    )
