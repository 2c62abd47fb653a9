"""What the cells of a column look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.tables import NO_ID, is_amount, read_numbers, read_texts
from crmlib.tables._instants import read_instants

if TYPE_CHECKING:
    import pandas as pd

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?=(?:\D*\d){8,15}\D*$)\+?[\d\s().-]+")
_CODE = re.compile(r"[A-Z]{3}")
_COMMA = re.compile(r"\D*\d{1,3}(?:[.\s]?\d{3})*,\d{1,2}\D*")
_POINT = re.compile(r"\D*\d{1,3}(?:[,\s]?\d{3})*\.\d{1,2}\D*")
_N_EXAMPLES = 3


@attrs.frozen(kw_only=True)
class ColumnProfile:
    """Shares of the filled cells of a column, from 0 to 1.

    Parameters
    ----------
    filled : float
        Of all cells.
    dates, numbers, emails, phones, currencies, with_digits : float
        That are one.
    distinct : float
        Distinct texts per filled cell.
    negative : bool
        Whether some number is below zero.
    commas, points : int
        Numbers with a decimal comma, or point.
    examples : tuple of str
        The first few texts.
    """

    filled: float
    dates: float
    numbers: float
    emails: float
    phones: float
    currencies: float
    with_digits: float
    distinct: float
    negative: bool
    commas: int
    points: int
    examples: tuple[str, ...]


def profile_column(cells: pd.Series[Any]) -> ColumnProfile:
    """Describe the *cells* of a column."""
    known = read_texts(cells, NO_ID, ids=True).notna().to_numpy()
    cells = cells[known]
    texts = read_texts(cells, NO_ID, ids=True)
    n_filled = max(len(texts), 1)
    kinds = [str(text) for text in texts.unique()]
    commas = sum(bool(_COMMA.fullmatch(text)) for text in kinds)
    points = sum(bool(_POINT.fullmatch(text)) for text in kinds)
    numbers, _ = read_numbers(cells, "," if commas > points else ".")
    dates = read_instants(cells, "UTC", "day-first").notna()
    dates |= read_instants(cells, "UTC", "month-first").notna()
    return ColumnProfile(
        filled=len(texts) / max(len(known), 1),
        dates=float(dates.sum()) / n_filled,
        numbers=float(is_amount(numbers).sum()) / n_filled,
        emails=float(texts.str.fullmatch(_EMAIL).sum()) / n_filled,
        phones=float(texts.str.fullmatch(_PHONE).sum()) / n_filled,
        currencies=float(texts.str.fullmatch(_CODE).sum()) / n_filled,
        with_digits=float(texts.str.contains(r"\d").sum()) / n_filled,
        distinct=len(kinds) / n_filled,
        negative=bool((numbers < 0).any()),
        commas=commas,
        points=points,
        examples=tuple(kinds[:_N_EXAMPLES]),
    )
