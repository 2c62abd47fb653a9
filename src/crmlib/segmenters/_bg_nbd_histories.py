"""How often, how long and until when each customer bought, in the terms of BG/NBD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._customers_table import check_customers, require_finite

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]

COLUMNS = ("recency_days", "frequency", "tenure_days")


@attrs.frozen(kw_only=True, eq=False)
class Histories:
    """Repeat purchases, one row per customer or group of customers who bought alike.

    Parameters
    ----------
    x : ndarray of int
        Purchases after the first.
    t_x : ndarray of int
        BTYD's "recency": days from the first purchase to the last.
    T : ndarray of int
        Days from the first purchase to the snapshot, at least *t_x*.
    weight : ndarray of int
        How many customers a row stands for.
    """

    x: Ints
    t_x: Ints
    T: Ints
    weight: Ints


def read_histories(customers: pd.DataFrame) -> Histories:
    """Give a row per customer of *customers*, in order.

    Raises
    ------
    MissingColumnsError
        If ``recency_days``, ``frequency`` or ``tenure_days`` is missing.
    InvalidTableError
        If a value is missing, negative or no whole number, an order is
        missing, or the last purchase lies before the first.
    """
    check_customers(customers, COLUMNS)
    recency, frequency, tenure = (_require_whole(customers, column) for column in COLUMNS)
    for wrong, problem in (
        (frequency < 1, "without an order"),
        (recency > tenure, "whose last purchase lies before the first"),
    ):
        if wrong.any():
            first = customers.index[int(np.argmax(wrong))]
            raise InvalidTableError(
                "customers",
                f"has {wrong.sum()} customers {problem}, the first of them {first!r}",
                "make the table with crmlib.summarize_customers",
            )
    return Histories(
        x=frequency - 1, t_x=tenure - recency, T=tenure, weight=np.ones_like(frequency)
    )


def group(histories: Histories) -> Histories:
    """Put customers who bought alike into one row, sorted by x, then t_x, then T."""
    columns = (histories.x, histories.t_x, histories.T)
    sizes = tuple(int(column.max()) + 1 for column in columns)
    if sizes[0] * sizes[1] * sizes[2] > np.iinfo(np.int64).max:
        raise InvalidTableError(
            "customers",
            f"has numbers beyond reason: up to {sizes[0]} orders in {sizes[2]} days",
            "make the table with crmlib.summarize_customers",
        )
    cells, weight = np.unique(np.ravel_multi_index(columns, sizes), return_counts=True)
    x, t_x, T = np.unravel_index(cells, sizes)
    return Histories(x=x, t_x=t_x, T=T, weight=weight)


def thin_out(histories: Histories, n_customers: int) -> Histories:
    """Keep about *n_customers* of grouped *histories*: every so-many-th, as they are sorted."""
    reached = np.cumsum(histories.weight)
    kept = np.diff(reached // (reached[-1] // n_customers), prepend=0)
    some = kept > 0
    return Histories(
        x=histories.x[some], t_x=histories.t_x[some], T=histories.T[some], weight=kept[some]
    )


def _require_whole(customers: pd.DataFrame, column: str) -> Ints:
    """Give *column* as whole numbers from 0 on, or say who has none."""
    numbers = require_finite(customers, column)
    wrong = (numbers < 0) | (numbers != np.floor(numbers))
    if wrong.any():
        first = customers.index[int(np.argmax(wrong))]
        raise InvalidTableError(
            "customers",
            f"has {wrong.sum()} values in {column!r} that are negative or no whole numbers, "
            f"the first for {first!r}",
            "check the snapshot date and the orders behind it",
        )
    return numbers.astype(np.int64)
