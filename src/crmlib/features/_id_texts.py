"""Ids compared as texts, where one table holds numbers and another one texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pandas.api.extensions import ExtensionArray


def to_id_texts(ids: pd.Index[Any] | pd.Series[Any]) -> ExtensionArray:
    """Give *ids* as texts of dtype ``str``, as profiles hold them; NaN where there is none.

    Examples
    --------
    >>> to_id_texts(pd.Index([17850.0, 3.5])).tolist()
    ['17850', '3.5']
    """
    codes, values = pd.factorize(ids)
    return pd.array([_to_text(value) for value in values], dtype="str").take(
        codes, allow_fill=True
    )


def _to_text(value: object) -> str:
    """Give one id as text; whole floats, which missing ids make of integers, lose their ``.0``."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)
