"""Amounts and quantities as files write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.tables._cells import distinct, spread, to_text
from crmlib.tables._money import LARGEST_AMOUNT

if TYPE_CHECKING:
    import numpy.typing as npt

_ORNAMENTS = re.compile(r"[₩¥$£€원\s]")
_CURRENCIES = {"₩": "KRW", "원": "KRW", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_LIKE_THOUSANDS = {
    mark: re.compile(rf"\D*[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}\D*") for mark in ".,"
}
_NON_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def read_numbers(
    column: pd.Series[Any], decimal: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read a column of numbers.

    Currency signs and spaces fall away, thousands may be grouped in threes,
    ``(12.50)`` and ``12.50-`` are negative.

    Parameters
    ----------
    column : Series
        Texts or numbers.
    decimal : {".", ","}
        The decimal mark; the other one groups thousands.

    Returns
    -------
    numbers : ndarray of float, shape (n_rows,)
        NaN where nothing could be read; may be infinite where the cell is.
    readable : ndarray of bool, shape (n_rows,)
        False where the cell is empty or no number.

    Examples
    --------
    >>> read_numbers(pd.Series(["$1,234.50", "12,000원", "(3)", "three"]), ".")[0].tolist()
    [1234.5, 12000.0, -3.0, nan]
    """
    codes, values = distinct(column)
    known = np.full(len(values) + 1, np.nan)
    readable = np.zeros(len(values) + 1, dtype=bool)
    for place, value in enumerate(values):
        number = _read_number(value, decimal)
        if number is not None:
            known[place], readable[place] = number, True
    return known[codes], readable[codes]


def read_currency_signs(column: pd.Series[Any]) -> pd.Series[str]:
    """Give the currency (ISO 4217) whose sign stands in each cell; NaN without one.

    Examples
    --------
    >>> read_currency_signs(pd.Series(["$10", "10,000원", "7"])).to_list()
    ['USD', 'KRW', nan]
    """
    codes, values = distinct(column)
    signs = [_find_sign(value) for value in values]
    if not any(signs):
        return pd.Series(index=column.index, dtype="str")
    names = spread(signs, codes, missing=None)
    return pd.Series(names, index=column.index, dtype="str")


def doubt_decimals(column: pd.Series[Any], decimal: str) -> str:
    """Say why the decimal mark of a column may be the other one; nothing if nothing tells.

    ``1.234`` is 1.234 by its mark, and 1234 to a German: where every number
    with a mark has three digits behind it, nobody can know.

    Examples
    --------
    >>> doubt_decimals(pd.Series(["1.234", "12"]), ".")
    "numbers such as '1.234' are read as decimals; if they are thousands, set decimal=','"
    >>> doubt_decimals(pd.Series(["1.234", "0.5"]), ".")
    ''
    """
    other = "," if decimal == "." else "."
    texts = [value for value in distinct(column)[1] if isinstance(value, str)]
    foreign = [text for text in texts if _read_number(text, decimal) is None]
    foreign = [text for text in foreign if _read_number(text, other) is not None]
    if foreign:
        return f"cells such as {foreign[0]!r} are numbers only if decimal={other!r} is set"
    marked = [text for text in texts if decimal in text]
    if marked and all(_LIKE_THOUSANDS[decimal].fullmatch(text) for text in marked):
        return (
            f"numbers such as {marked[0]!r} are read as decimals; if they are thousands, set "
            f"decimal={other!r}"
        )
    return ""


def is_amount(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which *numbers* can be the total of an order line.

    Examples
    --------
    >>> is_amount(np.array([12.5, np.inf, np.nan])).tolist()
    [True, False, False]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(numbers) < LARGEST_AMOUNT)


def _find_sign(value: object) -> str | None:
    """Give the currency of the first sign in a cell."""
    if not isinstance(value, str):
        return None
    return next((_CURRENCIES[sign] for sign in value if sign in _CURRENCIES), None)


def _read_number(value: object, decimal: str) -> float | None:
    """Read one cell; None if it holds no number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        decimal = "."  # however a file writes decimals, a number (Decimal, float32) shows a point
    text = _ORNAMENTS.sub("", to_text(value)).replace("\N{MINUS SIGN}", "-")
    if _NON_FINITE.fullmatch(text):
        return float(text)
    if decimal == ",":
        text = text.translate({ord(","): ".", ord("."): ","})
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    elif text.endswith("-"):
        text = f"-{text[:-1]}"
    if not _NUMBER.fullmatch(text) or not re.search(r"^[+-]?\.?[0-9]", text):
        return None
    return float(text.replace(",", ""))
