"""The rules by which rows of an order file are set aside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.exceptions import UnknownNameError
from crmlib.tables._amounts import is_amount
from crmlib.tables._cells import distinct, number_rows, spread, to_text
from crmlib.tables._instants import why_unreadable
from crmlib.tables._order_key import order_key
from crmlib.tables._set_aside_reason import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pandas as pd

    from crmlib.tables._verdicts import Verdicts

CANCELLED = frozenset(
    [
        *("cancelled", "canceled", "cancel", "voided", "void", "failed"),
        *("취소", "취소완료", "주문취소", "결제취소"),
        *("입금전취소", "미입금취소", "미결제취소"),
    ]
)
"""What a status says of an order that never was; case and spaces do not matter."""

RETURNED = frozenset(
    [
        *("returned", "return", "refunded", "refund"),
        *("반품", "반품완료", "환불", "환불완료"),
    ]
)
"""What a status says of a line that was sold and taken back."""

_FACTORS = ("quantity", "unit_price")
_LONGEST_QUOTE = 40
_SIGNS = re.compile(r"[\s_-]+")
_REASONS = [str(reason) for reason in SetAsideReason]


def set_aside_unreadable(
    lines: pd.DataFrame,
    table: pd.DataFrame,
    readable: npt.NDArray[np.bool_],
    verdicts: Verdicts,
) -> None:
    """Set aside what cannot be read, and rows whose order is not known.

    Parameters
    ----------
    lines : DataFrame of shape (n_rows, n_columns)
        As they came.
    table : DataFrame of shape (n_rows, n_columns)
        As they were read.
    readable : ndarray of bool, shape (n_rows,)
        Where the amount was a number, be it infinite.
    verdicts : Verdicts
        Where to write it down.
    """
    if "problem" in lines:
        verdicts.set_aside(
            lines["problem"].notna().to_numpy(),
            SetAsideReason.UNREADABLE_ROW,
            lines["problem"].to_numpy(dtype=object),
        )
    verdicts.set_aside(
        table["order_id"].isna().to_numpy(),
        SetAsideReason.MISSING_ORDER_ID,
        "order_id is empty",
    )
    undated = table["ordered_at"].isna().to_numpy()
    verdicts.set_aside(
        undated,
        SetAsideReason.UNREADABLE_DATE,
        _describe(lines["ordered_at"], undated, why_unreadable),
    )
    strange = ~is_amount(table["amount"].to_numpy())  # what is not readable is NaN
    written = _written_amounts(lines, strange)
    verdicts.set_aside(
        ~readable, SetAsideReason.UNREADABLE_AMOUNT, _describe(written, ~readable, _no_number)
    )
    verdicts.set_aside(
        strange, SetAsideReason.NON_FINITE_AMOUNT, _describe(written, strange, _no_amount)
    )


def set_aside_as_told(lines: pd.DataFrame, verdicts: Verdicts) -> None:
    """Set aside the rows of whose reason the source itself knows."""
    if "aside" not in lines:
        return
    details = np.full(len(lines), "the source says so", dtype=object)
    if "aside_detail" in lines:
        told = lines["aside_detail"].notna().to_numpy()
        details[told] = lines["aside_detail"].to_numpy(dtype=object)[told]
    for reason in lines["aside"].dropna().unique():
        if reason not in _REASONS:
            raise UnknownNameError("reason to set a row aside", str(reason), _REASONS)
        rows = (lines["aside"] == reason).fillna(value=False).to_numpy(dtype=bool)
        verdicts.set_aside(rows, SetAsideReason(reason), details)


def set_aside_by_status(table: pd.DataFrame, verdicts: Verdicts, *, net: bool) -> None:
    """Set aside cancelled orders, and the sale of what was taken back.

    Where *net*, a sale stays whose order has a line of its return, too: both
    add up to nothing, the return alone would be less.
    """
    codes, values = distinct(table["status"])
    words = [_SIGNS.sub("", value.casefold()) for value in values]
    cancelled, returned = (
        np.array([word in known for word in words] + [False])[codes]
        for known in (CANCELLED, RETURNED)
    )
    details = _describe(table["status"], cancelled | returned, "status {!r}".format)
    verdicts.set_aside(cancelled, SetAsideReason.CANCELLED_ORDER, details)
    negative = (table["amount"] < 0).to_numpy()
    returned &= ~negative
    if net and returned.any() and negative.any():
        orders = number_rows([table[name] for name in order_key(table.columns)])
        returned &= ~np.isin(orders, orders[negative & verdicts.used])
    verdicts.set_aside(returned, SetAsideReason.RETURNED_LINE, details)


def set_aside_other_currencies(
    table: pd.DataFrame, currency: str | None, verdicts: Verdicts
) -> None:
    """Set aside rows in another currency than *currency*, or than most rows."""
    currencies = table["currency"].str.upper()
    wanted = currency.upper() if currency else _most_frequent(currencies[verdicts.used])
    other = currencies.notna() & (currencies != wanted)
    verdicts.set_aside(
        other.to_numpy(),
        SetAsideReason.OTHER_CURRENCY,
        _describe(table["currency"], other.to_numpy(), f"{{!r}} is not {wanted!r}".format),
    )


def set_aside_non_products(
    table: pd.DataFrame, pattern: re.Pattern[str], verdicts: Verdicts
) -> None:
    """Set aside lines whose product id matches *pattern* as a whole."""
    codes, ids = distinct(table["product_id"])
    hit = np.array([pattern.fullmatch(text) is not None for text in ids] + [False])[codes]
    verdicts.set_aside(
        hit,
        SetAsideReason.NON_PRODUCT_LINE,
        _describe(table["product_id"], hit, "product_id {!r}".format),
    )


def set_aside_unknown_customers(
    lines: pd.DataFrame, table: pd.DataFrame, verdicts: Verdicts
) -> None:
    """Set aside rows without a customer, in the words of the source if it has some."""
    details = np.full(len(table), "customer_id is empty", dtype=object)
    if "why_unknown" in lines:
        told = lines["why_unknown"].notna().to_numpy()
        details[told] = lines["why_unknown"].to_numpy(dtype=object)[told]
    unknown = table["customer_id"].isna().to_numpy()
    verdicts.set_aside(unknown, SetAsideReason.UNKNOWN_CUSTOMER, details)


def set_aside_duplicates(table: pd.DataFrame, verdicts: Verdicts) -> None:
    """Set aside lines whose id came before in the same order and sales channel."""
    keys = [name for name in ("sales_channel", "order_id", "line_id") if name in table]
    known = verdicts.used & table["line_id"].notna().to_numpy()
    again = np.zeros(len(table), dtype=bool)
    again[known] = table.loc[known, keys].duplicated().to_numpy()
    verdicts.set_aside(
        again,
        SetAsideReason.DUPLICATE_LINE,
        _describe(table["line_id"], again, "line_id {!r} came before".format),
    )


def _describe(
    column: pd.Series[Any], rows: npt.NDArray[np.bool_], describe: Callable[[object], str]
) -> npt.NDArray[np.object_]:
    """Describe the cells of *rows*, once per distinct value; other rows hold None."""
    details = np.full(len(column), None, dtype=object)
    if not rows.any():
        return details
    codes, values = distinct(column[rows])
    details[rows] = spread(
        [describe(_shorten(value)) for value in values], codes, missing=f"{column.name} is empty"
    )
    return details


def _shorten(value: object) -> str:
    """Cut a cell to what a report can show."""
    text = to_text(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _no_number(value: object) -> str:
    """Say that a cell holds no number."""
    return f"{value!r} is no number"


def _no_amount(value: object) -> str:
    """Say that a number is none that money can be."""
    return f"{value!r} is no amount of money"


def _written_amounts(lines: pd.DataFrame, rows: npt.NDArray[np.bool_]) -> pd.Series[Any]:
    """Give the amounts of *rows* as they were written; other rows may hold anything."""
    if "amount" in lines:
        return lines["amount"]
    parts = lines.loc[rows, list(_FACTORS)].astype(str)
    products = parts["quantity"] + " x " + parts["unit_price"]
    return products.reindex(lines.index).rename("amount")


def _most_frequent(values: pd.Series[str]) -> str | None:
    """Give the value of most rows, the first in the alphabet among equals."""
    counts = values.value_counts()
    return min(counts[counts == counts.max()].index) if len(counts) else None
