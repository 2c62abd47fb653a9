"""Purchase histories in the terms of BG/NBD, read from a customers table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._customers_table import check_customers, require_finite
from crmlib.statistics import PurchaseHistories

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]

COLUMNS = ("recency_days", "frequency", "tenure_days")


def read_histories(customers: pd.DataFrame) -> PurchaseHistories:
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
    return PurchaseHistories(
        x=frequency - 1, t_x=tenure - recency, T=tenure, weight=np.ones_like(frequency)
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
