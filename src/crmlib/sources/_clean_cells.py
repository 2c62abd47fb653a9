"""Cells of Korean market places, cleaned where a column has one right spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.sources._accounts import MASK
from crmlib.sources._cells import pick
from crmlib.sources._order_source import plain_header
from crmlib.tables import NO_ID, is_amount, read_numbers, read_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

POSTAL_CODE_DIGITS = 5

_VIRTUAL = r"(?:82)?0?50\d{7,9}"


def pick_filled(table: pd.DataFrame, names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give each canonical column the first cell of a row that is not empty.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_headers)
    names : mapping of str to sequence of str
        For each canonical column the headers whose cells may fill it, best first.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns), indexed like *table*
        Only columns of which some header is there; cells as they are written.
    """
    there = {plain_header(str(header)) for header in table.columns}
    columns = {}
    for name, headers in names.items():
        known = [header for header in headers if plain_header(header) in there]
        if known:
            cells = pick(table, known[0])
            for header in known[1:]:
                cells = cells.mask(~is_filled(cells), pick(table, header))
            columns[name] = cells
    return pd.DataFrame(columns, index=table.index)


def is_filled(cells: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Tell which *cells* hold something; ``-`` and ``--`` are nothing."""
    return np.asarray(read_texts(cells, NO_ID).notna())


def read_ids(cells: pd.Series[Any]) -> pd.Series[str]:
    """Give ids as text without a trailing ``.0``; NaN where there is none."""
    return read_texts(cells, NO_ID, ids=True).set_axis(cells.index)


def read_money(cells: pd.Series[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read amounts of money.

    Returns
    -------
    money : ndarray of float, shape (n_rows,)
        NaN where none could be read.
    garbled : ndarray of bool, shape (n_rows,)
        Where something stands that is no money.
    """
    numbers, _ = read_numbers(cells, ".")
    money = np.where(is_amount(numbers), numbers, np.nan)
    return money, np.isnan(money) & is_filled(cells)


def hide_masked(cells: pd.Series[Any]) -> pd.Series[str]:
    """Give ids; NaN where part of one is masked (``nurs*****``), as that is many people's."""
    ids = read_ids(cells)
    return ids.mask(ids.str.contains(MASK, na=False))


def hide_virtual_numbers(cells: pd.Series[Any]) -> pd.Series[str]:
    """Give phone numbers; NaN where one stands in for the real one for a while (050x)."""
    numbers = read_ids(cells)
    digits = numbers.str.replace(r"\D+", "", regex=True)
    return numbers.mask(digits.str.fullmatch(_VIRTUAL, na=False))


def pad_postal_codes(cells: pd.Series[Any]) -> pd.Series[str]:
    """Give postal codes the zeros back that a spreadsheet took from their front."""
    codes = read_ids(cells)
    return codes.where(~codes.str.isdigit().eq(True), codes.str.zfill(POSTAL_CODE_DIGITS))


def count_once(fees: pd.Series[Any], groups: pd.Series[Any]) -> pd.Series[Any]:
    """Keep the fee of a group on the first row that names one, where it comes on each row.

    Parameters
    ----------
    fees : Series of shape (n_rows,)
        Cells.  What is no money stays, so that it is told.
    groups : Series of shape (n_rows,)
        What shares a fee; a row without a group has a fee of its own.

    Returns
    -------
    Series of shape (n_rows,)
        The cells, None where the fee was counted above or is nothing.
    """
    money, garbled = read_money(fees)
    charged = pd.Series(money > 0, index=fees.index)
    again = groups[charged].duplicated() & groups[charged].notna()
    first = charged & ~again.reindex(fees.index, fill_value=False)
    return fees.astype(object).where(first | garbled, None)
