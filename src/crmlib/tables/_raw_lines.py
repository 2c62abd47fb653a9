"""The cells of order lines, read column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.tables._amounts import is_amount, read_currency_signs, read_numbers
from crmlib.tables._cells import NO_ID, read_texts
from crmlib.tables._instants import read_instants

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from crmlib.tables._instants import DateOrder

    Numbers = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]

OPTIONAL_COLUMNS = (
    "line_id",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "currency",
    "sales_channel",
    "status",
)
"""Columns that a transactions table may have."""

NUMBERS = ("quantity", "unit_price")
"""Optional columns of numbers."""

_IDS = ("line_id", "product_id")


def read_lines(
    lines: pd.DataFrame,
    timezone: str,
    date_order: DateOrder,
    decimal: str,
    further: Sequence[str] = (),
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Read the cells of order lines.

    Returns
    -------
    table : DataFrame of shape (n_rows, n_columns)
        Under the canonical names that *lines* have, and the *further* ones, as texts.
    readable : ndarray of bool, shape (n_rows,)
        Where the amount was a number, be it infinite.
    """
    numbers = {name: read_numbers(lines[name], decimal) for name in NUMBERS if name in lines}
    amounts, readable = (
        read_numbers(lines["amount"], decimal) if "amount" in lines else _multiply(**numbers)
    )
    columns: dict[str, Any] = {
        "customer_id": read_texts(lines["customer_id"], NO_ID, ids=True),
        "order_id": read_texts(lines["order_id"], NO_ID, ids=True),
        "ordered_at": read_instants(lines["ordered_at"], timezone, date_order),
        "amount": amounts,
    }
    for name in OPTIONAL_COLUMNS:
        if name in numbers:
            known = numbers[name][0]
            columns[name] = np.where(is_amount(known), known, np.nan)
        elif name in lines:
            columns[name] = read_texts(lines[name], ids=name in _IDS)
    for name in further:
        columns[name] = read_texts(lines[name], NO_ID)
    signs = read_currency_signs(lines["amount" if "amount" in lines else "unit_price"])
    if "currency" in columns:
        columns["currency"] = columns["currency"].fillna(signs)
    elif len(signs.dropna().unique()) > 1:
        columns["currency"] = signs
    return pd.DataFrame(columns, index=lines.index), readable


def _multiply(quantity: Numbers, unit_price: Numbers) -> Numbers:
    """Give the line totals, and where both factors were numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.round(quantity[0] * unit_price[0], 4), quantity[1] & unit_price[1]


def find_places(lines: pd.DataFrame, source: str) -> pd.DataFrame:
    """Say from which file and row each line comes."""
    if "source" in lines and "row" in lines:
        return lines[["source", "row"]].astype({"source": "str", "row": "int64"})
    return pd.DataFrame(
        {
            "source": pd.array([source], dtype="str").repeat(len(lines)),
            "row": np.arange(1, len(lines) + 1),
        }
    )
