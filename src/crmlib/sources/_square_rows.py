"""Rows of the files of a till of Square, in columns that both kinds of file share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.sources._line_ids import name_lines
from crmlib.sources._square_times import join_times
from crmlib.sources._texts import pick_money, pick_texts

if TYPE_CHECKING:
    import numpy.typing as npt

WHO = ("Customer ID", "Customer Reference ID", "Customer Name")
"""Headers that say who bought, the surest first."""

KEY = ["order_id", "back"]
"""What tells the sale of a transaction from its refund."""


def read_payments(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of transactions.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_headers)
        Files of overlapping months hold a transaction twice.

    Returns
    -------
    DataFrame of shape (n_rows, 14)
        ``order_id``, ``line_id``, ``ordered_at``, ``zone``, ``status``;
        ``back``: whether money was paid back; ``net``, the cell, and
        ``money``, the number in it, below zero where it was paid back;
        ``partial``: what was paid back without an item, 0 or more, as the
        export that knows most has it, and ``doubtful``, the cell where it is
        no number; :data:`WHO`.
    """
    table = table.sort_index()
    rows = _read_rows(table)
    rows["line_id"] = _name_payments(table, rows)
    cells = pick_texts(table, "Partial Refunds")
    partial = pick_money(table, "Partial Refunds")
    rows["doubtful"] = cells.where(np.isnan(partial))
    rows["partial"] = np.abs(np.nan_to_num(partial))
    copies = rows.groupby(["order_id", "line_id"], dropna=False)["partial"]
    rows["partial"] = copies.transform("max")
    return rows


def read_items(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of items.

    Returns
    -------
    DataFrame of shape (n_rows, 15)
        As :func:`read_payments` gives them, with ``product_id``,
        ``product_name``, ``category`` and ``quantity``, and without
        ``partial`` and ``doubtful``.
    """
    table = table.sort_index()
    rows = _read_rows(table)
    rows["product_id"] = pick_texts(table, "SKU")
    rows["product_name"] = pick_texts(table, "Item")
    rows["category"] = pick_texts(table, "Category")
    rows["quantity"] = pick_texts(table, "Qty")
    rows["line_id"] = _name_items(table, rows)
    return rows


def _read_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Give what both kinds of file say."""
    net = pick_texts(table, "Net Sales")
    money = pick_money(table, "Net Sales")
    status = pick_texts(table, "Event Type")
    back = np.where(status.notna(), status.str.casefold() == "refund", money < 0)
    zones = pick_texts(table, "Time Zone")
    rows = pd.DataFrame(
        {
            "order_id": pick_texts(table, "Transaction ID"),
            "ordered_at": join_times(pick_texts(table, "Date"), pick_texts(table, "Time"), zones),
            "zone": zones,
            "status": status,
            "back": back,
            "net": net,
            "money": np.where(back, -np.abs(money), money),
        },
        index=table.index,
    )
    return rows.assign(**{header: pick_texts(table, header) for header in WHO})


def _name_payments(table: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[str]:
    """Name payments so that another export of the same month has the same names."""
    event = rows["status"].fillna("").str.cat(rows["ordered_at"].fillna(""), sep=" ")
    money = event.str.cat(rows["net"].fillna(""), sep=" ")
    payments = pick_texts(table, "Payment ID")
    return payments.where(~rows["back"], payments + " " + event).fillna(money)


def _name_items(table: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[str]:
    """Name items by what is written of them; two coffees of one transaction are two.

    The rows of a transaction follow one another in a file.  Where they come
    once more, further down or in another file, it is the same transaction.
    """
    said = ("Payment ID", "Price Point Name", "Modifiers Applied", "Qty", "Net Sales")
    names = rows["product_id"].fillna(rows["product_name"]).fillna("item")
    for header in said:
        names = names.str.cat(pick_texts(table, header).fillna(""), sep=" ")
    return name_lines(names.str.split().str.join(" "), [rows["order_id"], _find_runs(rows)])


def _find_runs(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Give each row the piece of a file in which rows of its transaction follow one another."""
    labels = pd.Series(rows.index, rows.index)
    places = labels if pd.api.types.is_integer_dtype(labels) else range(len(rows))
    apart = np.diff(np.asarray(places), prepend=-1) != 1
    ids = rows["order_id"].fillna("")
    return np.asarray((apart | (ids != ids.shift())).cumsum())
