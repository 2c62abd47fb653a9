"""Cells of an order file: what they hold, read once per distinct value.

A file of half a million lines has a few thousand distinct customers, prices
and times.  Each reader below works on the distinct values and spreads the
answers over the rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

NO_ID = frozenset({"", "nan", "none", "null", "n/a", "<na>", "nat", "-", "--"})
"""What files write, in any case, where there is no id."""

EMPTY = frozenset({""})

_UNSEEN = "\ufeff\u200b"
"""Marks of no width that are left where files were put together."""

_TRAILING_ZERO = re.compile(r"[0-9]+\.0")


def distinct(column: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Give the place of each row's value among the distinct values (-1: empty), and those."""
    try:
        codes, values = pd.factorize(column)
    except TypeError:  # lists and such, as Parquet files may hold
        codes, values = pd.factorize(column.astype("str"))
    return codes, list(values)


def number_rows(columns: Sequence[pd.Series[Any]]) -> npt.NDArray[np.int64]:
    """Give equal rows of *columns* one number, from 0 in the order of their first one.

    Nothing is equal to nothing.
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, kinds = pd.factorize(column)  # -1 where there is nothing
        codes = pd.factorize(codes * (len(kinds) + 1) + values + 1)[0]
    return codes


def spread(
    answers: Iterable[object], codes: npt.NDArray[np.intp], *, missing: object
) -> npt.NDArray[np.object_]:
    """Give each row the answer of its distinct value; *missing* where the cell is empty."""
    known = [*answers, missing]
    table = np.empty(len(known), dtype=object)
    table[:] = known
    return np.asarray(table[codes])


def to_text(value: object) -> str:
    """Give a cell as text; whole floats, which spreadsheets make of ids, lose their ``.0``."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    text = str(value).strip()
    if text and (text[0] in _UNSEEN or text[-1] in _UNSEEN):
        text = text.strip(_UNSEEN).strip()
    return text


def read_texts(
    column: pd.Series[Any], missing: frozenset[str] = EMPTY, *, ids: bool = False
) -> pd.Series[str]:
    """Give *column* as stripped text of dtype ``str``; cells in *missing* hold NaN.

    Parameters
    ----------
    column : Series
        Cells of any kind.
    missing : set of str
        Lower-case texts that mean that there is nothing.
    ids : bool, default=False
        Whether ``"17850.0"`` is the id 17850.

    Returns
    -------
    Series of str, shape (n_rows,), indexed 0 to n

    Examples
    --------
    >>> read_texts(pd.Series(["17850.0", " A7 ", "--"]), NO_ID, ids=True).to_list()
    ['17850', 'A7', nan]
    """
    codes, values = distinct(column)
    texts: list[str | None] = []
    for value in values:
        text = to_text(value)
        if ids and text.endswith(".0") and _TRAILING_ZERO.fullmatch(text):
            text = text[:-2]
        texts.append(None if text.lower() in missing else text)
    known = pd.array(texts, dtype="str")
    return pd.Series(known.take(codes, allow_fill=True), name=column.name)
