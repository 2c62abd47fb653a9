"""Columns of an order file as text, and amounts of money as a report can quote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.sources._cells import pick
from crmlib.sources._clean_cells import read_ids, read_money

if TYPE_CHECKING:
    import numpy.typing as npt

_SIGN = "([₩¥$£€원])"


def pick_texts(table: pd.DataFrame, *headers: str) -> pd.Series[str]:
    """Give the column of *table* under the first of *headers* that is there, as stripped text.

    Cells that say nothing (``""``, ``--``, ``nan``) hold NaN.
    """
    return read_ids(pick(table, *headers))


def pick_money(table: pd.DataFrame, *headers: str) -> npt.NDArray[np.float64]:
    """Give the column of *table* under the first of *headers* as money, NaN where it is none."""
    return read_money(pick(table, *headers))[0]


def write_amounts(amounts: npt.NDArray[np.float64], cells: pd.Series[Any]) -> pd.Series[Any]:
    """Give *amounts*; where there is none what the cell says, for the report to quote.

    Where *cells* hold several currency signs, amounts keep theirs, so that
    nobody adds them up.
    """
    known = ~np.isnan(amounts)
    written = pd.Series(amounts, cells.index, dtype=object).where(known, cells)
    signs = cells.astype("str").str.extract(_SIGN, expand=False)
    if len(signs.dropna().unique()) > 1:
        signed = signs + pd.Series(amounts, cells.index).astype("str")
        written = written.mask(known & signs.notna(), signed)
    return written
