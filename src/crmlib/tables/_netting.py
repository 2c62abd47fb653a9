"""Money on a line that is not its price: what was given back, what the delivery cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.tables._amounts import is_amount, read_numbers
from crmlib.tables._cells import EMPTY, read_texts
from crmlib.tables._money import MINOR_UNITS, to_minor_units
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
    netted = np.zeros(len(table))
    if not refunded.any():
        return netted
    amounts = table["amount"].to_numpy()
    amounts = to_minor_units(np.where(is_amount(amounts), amounts, 0.0))
    back = to_minor_units(refunded)
    sold = amounts > 0
    verdicts.set_aside(
        sold & (back >= amounts), SetAsideReason.RETURNED_LINE, "all of it was paid back"
    )
    if keep_partly_refunded:
        return netted
    rows = sold & (back > 0) & verdicts.used
    netted[rows] = back[rows] / MINOR_UNITS
    table.loc[rows, "amount"] = (amounts - back)[rows] / MINOR_UNITS
    return netted
