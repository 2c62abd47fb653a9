"""Cells as text, each distinct one read once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

T = TypeVar("T")

_NOTHING = frozenset({"", "-", "--", "nan", "none", "null", "<na>", "n/a", "nat"})
_WHOLE_FLOAT = re.compile(r"[0-9]+\.0")


def read_texts(column: pd.Series[Any], *, ids: bool = False) -> pd.Series[str]:
    """Give *column* as stripped text of dtype ``str``, NaN where it says nothing.

    Parameters
    ----------
    column : Series
        Cells of any kind.
    ids : bool, default=False
        Whether ``"17850.0"``, which spreadsheets make of ids, is 17850.

    Examples
    --------
    >>> read_texts(pd.Series([" 10.0", "--", 7]), ids=True).to_list()
    ['10', nan, '7']
    """
    codes, values = pd.factorize(column)
    texts: list[str | None] = []
    for value in values.tolist():  # iterating over an array of Arrow is ten times slower
        text = str(value).strip()
        if ids and _WHOLE_FLOAT.fullmatch(text):
            text = text[:-2]
        texts.append(None if text.lower() in _NOTHING else text)
    return pd.Series([*texts, None], dtype="str").take(codes).reset_index(drop=True)


def read_distinct(
    texts: pd.Series[Any], read: Callable[[str], T | None]
) -> tuple[npt.NDArray[np.int64], list[T]]:
    """Read each distinct text once.

    Parameters
    ----------
    texts : Series of str
        NaN where nothing is known.
    read : callable
        What to make of a text; None if it says nothing.

    Returns
    -------
    codes : ndarray of int, shape (n_rows,)
        The place of each row's answer among the answers; -1 without one.
    answers : list, length n_answers
        Distinct, in the order of their first row.
    """
    codes, values = pd.factorize(texts)
    places: dict[T, int] = {}
    known = np.full(len(values) + 1, -1)
    for place, value in enumerate(values.tolist()):
        answer = read(value)
        if answer is not None:
            known[place] = places.setdefault(answer, len(places))
    return known[codes], list(places)
