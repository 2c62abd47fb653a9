"""Money on a line that is not its price: what was given back, what the delivery cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.tables._amounts import is_amount, read_numbers
from crmlib.tables._cells import EMPTY, read_texts
from crmlib.tables._set_aside_reason import SetAsideReason

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from crmlib.tables._verdicts import Verdicts


def read_extra(
    lines: pd.DataFrame, name: str, decimal: str, verdicts: Verdicts
) -> npt.NDArray[np.float64]:
    """Read the money in column *name*, 0 where there is none.

    Rows in which something stands that is no money are set aside.
    """
    if name not in lines:
        return np.zeros(len(lines))
    numbers, readable = read_numbers(lines[name], decimal)
    good = readable & is_amount(numbers)
    written = read_texts(lines[name], EMPTY).notna().to_numpy()
    verdicts.set_aside(
        written & ~good, SetAsideReason.UNREADABLE_AMOUNT, f"{name} is no amount of money"
    )
    return np.where(good, np.abs(numbers), 0.0)


def net_off(
    table: pd.DataFrame,
    refunded: npt.NDArray[np.float64],
    verdicts: Verdicts,
    *,
    keep_partly_refunded: bool,
) -> npt.NDArray[np.float64]:
    """Take *refunded* off the amounts; a sale of which nothing is left is set aside.

    Parameters
    ----------
    table : DataFrame of shape (n_lines, n_columns)
        Its ``amount`` is changed.
    refunded : ndarray of float, shape (n_lines,)
        0 or more.
    verdicts : Verdicts
        Where to write down what is set aside.
    keep_partly_refunded : bool
        Whether a sale of which something is left keeps its whole amount.

    Returns
    -------
    ndarray of float, shape (n_lines,)
        What was taken off each amount.
    """
    sold = table["amount"].to_numpy() > 0
    taken_back = sold & (refunded >= table["amount"].to_numpy())
    verdicts.set_aside(taken_back, SetAsideReason.RETURNED_LINE, "all of it was paid back")
    if keep_partly_refunded:
        return np.zeros(len(table))
    netted = np.where(sold & ~taken_back & verdicts.used, refunded, 0.0)
    table["amount"] = np.round(table["amount"] - netted, 4)
    return netted
