"""Lines that several files hold, as exports of this and last month do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.tables._cells import number_rows
from crmlib.tables._money import to_minor_units
from crmlib.tables._order_key import order_key
from crmlib.tables._set_aside_reason import SetAsideReason

if TYPE_CHECKING:
    import numpy.typing as npt

_CONTENT = (
    "line_id",
    "ordered_at",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
)
_TAKEN_BACK = (str(SetAsideReason.CANCELLED_ORDER), str(SetAsideReason.RETURNED_LINE))
_LINE = ["sales_channel", "order_id", "line_id"]


def find_repeats(
    table: pd.DataFrame, netted: npt.NDArray[np.float64], files: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Tell which lines another of several files holds, too.

    A line is known by its ``line_id`` within its order; without one by all
    that is told of it, and as often as one file has it.  On a sales channel a
    line of one order, id and instant is one, though the files tell its
    customer by other columns and so by another name.  Of a line that several
    files hold, that of which most was paid back is kept, as it is the latest;
    of equals the earliest.

    Parameters
    ----------
    table : DataFrame of shape (n_lines, n_columns)
        Canonical transactions.
    netted : ndarray of float, shape (n_lines,)
        What was taken off each amount.
    files : ndarray of int, shape (n_lines,)
        The file of each line, in their order.

    Returns
    -------
    ndarray of bool, shape (n_lines,)
    """
    order = number_rows([table[name] for name in order_key(table.columns)])
    content = [table[name] for name in _CONTENT if name in table]
    gross = to_minor_units(table["amount"].to_numpy() + netted)
    lines = number_rows([pd.Series(order), *content, pd.Series(gross)])
    lines = number_rows([pd.Series(lines), pd.Series(_count_up(lines, files))])
    if "line_id" in table:
        named = number_rows([pd.Series(order), table["line_id"]])
        lines = np.where(table["line_id"].notna(), -1 - named, lines)
    repeats = _are_elsewhere(lines, netted, files)
    if "line_id" in table and "sales_channel" in table:
        told = table[["line_id", "sales_channel"]].notna().all(axis=1).to_numpy()
        lines = number_rows([table.loc[told, name] for name in (*_LINE, "ordered_at")])
        repeats[told] |= _are_elsewhere(lines, netted[told], files[told])
    return repeats


def find_taken_back(
    table: pd.DataFrame,
    files: npt.NDArray[np.intp],
    set_aside: pd.DataFrame,
    files_aside: npt.NDArray[np.intp],
) -> pd.DataFrame:
    """Give the lines that another file has as cancelled or returned.

    Parameters
    ----------
    table : DataFrame of shape (n_lines, n_columns)
        Canonical transactions.
    files : ndarray of int, shape (n_lines,)
    set_aside : DataFrame of shape (n_set_aside, n_columns)
    files_aside : ndarray of int, shape (n_set_aside,)

    Returns
    -------
    DataFrame of shape (n_found, 2), indexed by place in *table*
        ``reason`` and ``detail``.
    """
    told = set_aside["reason"].isin(_TAKEN_BACK) & set_aside["line_id"].notna()
    columns = [*_LINE, "source", "row", "reason", "detail"]
    words = set_aside.loc[told, columns].assign(other=files_aside[told.to_numpy()])
    if words.empty or "line_id" not in table:
        return pd.DataFrame({"reason": [], "detail": []}, dtype="str")
    lines = pd.DataFrame({name: table.get(name, pd.NA) for name in _LINE}, dtype="str")
    lines = lines.assign(place=np.arange(len(lines)), file=files)
    lines = lines[lines["order_id"].isin(words["order_id"])].dropna(subset=["line_id"])
    found = lines.merge(words, on=_LINE)  # nothing meets nothing: lines of no channel, too
    found = found[found["file"] != found["other"]].drop_duplicates("place").set_index("place")
    row = found["row"].astype("str")
    found["detail"] = found["source"] + ", row " + row + ": " + found["detail"]
    return found[["reason", "detail"]]


def _are_elsewhere(
    lines: npt.NDArray[np.int64], netted: npt.NDArray[np.float64], files: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Tell which rows have a better one of the same line in another file."""
    ranking = np.lexsort([files, -netted])
    best = pd.DataFrame({"line": lines[ranking], "file": files[ranking]}).drop_duplicates("line")
    return np.asarray(best.set_index("line")["file"].reindex(lines).to_numpy() != files)


def _count_up(lines: npt.NDArray[np.int64], files: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Count from 0 how often a line came before in its file."""
    return np.asarray(pd.Series(lines).groupby([lines, files]).cumcount())
