"""The space in which customers are near or far: columns on one scale, without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._customers_table import check_customers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Step = tuple[bool, float, float, float, float]

NET_MONEY = ("monetary_value", "average_order_value")
"""Columns that returns may push below 0."""

_SCALING = ["log", "missing_as", "unit", "mean", "scale"]
_LARGEST = float(np.finfo(np.float64).max)


def read_columns(
    customers: pd.DataFrame, columns: Sequence[str], logs: Collection[str]
) -> list[Floats]:
    """Give each of *columns* as floats, NaN where nothing is known.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If a column is not there, holds no numbers, an infinite one, or one
        below 0 of which the logarithm is asked for.
    """
    check_customers(customers, columns)
    return [_read_column(customers, column, column in logs) for column in columns]


def learn_scaling(
    numbers: Sequence[Floats], columns: Sequence[str], logs: Collection[str]
) -> pd.DataFrame:
    """Learn how *columns* are put on one scale; see ``scaling_`` of the segmenter."""
    rows = []
    for values, column in zip(numbers, columns, strict=True):
        known = values[~np.isnan(values)]
        if not len(known):
            raise InvalidTableError(
                "customers", f"has no value at all in {column!r}", "leave that column out"
            )
        missing_as = float(np.median(known))
        filled = np.where(np.isnan(values), missing_as, values)
        unit = 1.0
        if column in logs:
            unit = _choose_unit(known)
            missing_as = max(missing_as, 0.0)
            filled = np.log(np.maximum(filled, 0.0) * (1.0 / unit) + 1.0)
        differ = np.ptp(filled) > 0
        mean = float(filled.mean()) if differ else float(filled[0])
        scale = float(filled.std()) if differ else 1.0
        rows.append((column in logs, missing_as, unit, mean, scale))
    index = pd.Index(list(columns), name="column", dtype="str")
    return pd.DataFrame(rows, columns=_SCALING, index=index)


def read_steps(scaling: pd.DataFrame) -> list[Step]:
    """Give what is done to each column, as plain numbers."""
    return [
        (bool(log), float(missing_as), float(unit), float(mean), float(scale))
        for log, missing_as, unit, mean, scale in scaling[_SCALING].itertuples(index=False)
    ]


def to_space(numbers: Sequence[Floats], steps: Sequence[Step]) -> Floats:
    """Give the place of each customer, shape (n_columns, n_customers)."""
    places = np.empty((len(numbers), len(numbers[0])))
    for place, values, (log, missing_as, unit, mean, scale) in zip(
        places, numbers, steps, strict=True
    ):
        np.copyto(place, values)
        np.copyto(place, missing_as, where=np.isnan(values))
        if log:
            np.maximum(place, 0.0, out=place)
            np.multiply(place, 1.0 / unit, out=place)
            np.add(place, 1.0, out=place)
            np.log(place, out=place)
        np.subtract(place, mean, out=place)
        np.multiply(place, 1.0 / scale, out=place)
    return places


def from_space(places: Floats, scaling: pd.DataFrame) -> Floats:
    """Give *places*, shape (n_places, n_columns), in the units of the columns."""
    log, _, unit, mean, scale = (scaling[name].to_numpy() for name in _SCALING)
    values: Floats = mean + places * scale
    values[:, log] = (np.exp(values[:, log]) - 1.0) * unit[log]
    return values


def space_expressions(scaling: pd.DataFrame) -> list[nw.Expr]:
    """Give what :func:`to_space` computes as an expression per column."""
    places = []
    for column, (log, missing_as, unit, mean, scale) in zip(
        scaling.index, read_steps(scaling), strict=True
    ):
        value = nw.col(column).cast(nw.Float64())
        # Neither what is missing nor NaN passes, on any engine: some sort NaN above all numbers.
        place = nw.when(value <= _LARGEST).then(value).otherwise(nw.lit(missing_as))
        if log:
            place = nw.when(place > 0).then(place).otherwise(nw.lit(0.0))
            place = (place * (1.0 / unit) + 1.0).log()
        places.append((place - mean) * (1.0 / scale))
    return places


def _read_column(customers: pd.DataFrame, column: str, log: bool) -> Floats:
    try:
        numbers = customers[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        kind = customers[column].dtype
        raise InvalidTableError(
            "customers", f"has no numbers in {column!r} but {kind}", "choose columns of numbers"
        ) from error
    if not len(numbers):
        return numbers
    low, high = numbers.min(), numbers.max()
    if np.isnan(low):  # slower, and needed only where something is missing
        low, high = np.fmin.reduce(numbers), np.fmax.reduce(numbers)
    if np.isinf(low) or np.isinf(high):
        _refuse(customers, column, np.isinf(numbers), "infinite", "repair these customers")
    if log and low < 0 and column not in NET_MONEY:
        way_out = "repair them, or name the columns to take the logarithm of in log_columns"
        _refuse(customers, column, numbers < 0, "negative", way_out)
    return numbers


def _refuse(
    customers: pd.DataFrame, column: str, bad: npt.NDArray[np.bool_], what: str, way_out: str
) -> None:
    first = customers.index[int(bad.argmax())]
    raise InvalidTableError(
        "customers",
        f"has {int(bad.sum())} {what} values in {column!r}, the first for {first!r}",
        way_out,
    )


def _choose_unit(known: Floats) -> float:
    """Give a tenth of the median of those above 0.

    So the answer does not depend on the currency, and the logarithm spreads
    what is small without tearing 0 and 1 apart.
    """
    above = known[known > 0]
    return float(np.median(above)) / 10.0 if len(above) else 1.0
