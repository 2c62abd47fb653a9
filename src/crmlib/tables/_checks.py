"""Checks that several tables share.  Messages name rows, never what they hold."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.tables._cells import NO_ID, distinct, read_texts, spread, to_text
from crmlib.tables._instants import read_instants
from crmlib.tables._requirements import check_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

_YES = frozenset(["true", "1", "yes", "y", "t", "동의", "예"])
_NO = frozenset(["false", "0", "no", "n", "f", "거부", "철회", "아니오"])


def with_columns(frame: pd.DataFrame, table: str, needed: Sequence[str]) -> pd.DataFrame:
    """Give a copy of *frame* with rows 0 to n, or refuse it without the columns *needed*."""
    if frame.index.name == "customer_id" and "customer_id" not in frame:
        frame = frame.reset_index()
    check_columns(table, frame, needed)
    return frame.reset_index(drop=True).copy()


def warn(text: str) -> None:
    """Warn the caller of a public function of this room."""
    warnings.warn(text, DataQualityWarning, stacklevel=3)


def refuse(table: str, rows: npt.NDArray[np.bool_], problem: str, way_out: str) -> None:
    """Raise an InvalidTableError that counts *rows* and names the first, if there are any."""
    if rows.any():
        first = int(np.flatnonzero(rows)[0]) + 1
        text = f"{problem} in {int(rows.sum()):,} of {len(rows):,} rows, first in row {first:,}"
        raise InvalidTableError(table, text, way_out)


def read_ids(frame: pd.DataFrame, name: str, table: str) -> pd.Series[str]:
    """Give a column of ids in which none may be missing."""
    ids = read_texts(frame[name], NO_ID, ids=True)
    refuse(table, ids.isna().to_numpy(), f"lacks {name}", "each row needs one")
    return ids


def read_flags(column: pd.Series[Any], table: str) -> npt.NDArray[np.bool_]:
    """Give a column of yes and no, in which none may be missing."""
    codes, values = distinct(column)
    words = [to_text(value).lower() for value in values]
    answers = [True if word in _YES else False if word in _NO else None for word in words]
    flags = spread(answers, codes, missing=None)
    refuse(
        table,
        np.asarray(flags == None),  # noqa: E711 -- row by row
        f"has no readable {column.name}",
        "write true or false",
    )
    return flags.astype(bool)


def read_aware(column: pd.Series[Any], table: str) -> pd.Series[pd.Timestamp]:
    """Give a column of instants in UTC, in which none may be missing or without an offset."""
    # A time without offset moves with the zone it is read in; others do not.
    east = read_instants(column, "Etc/GMT-1")
    west = read_instants(column, "Etc/GMT+1")
    refuse(
        table,
        (east != west).to_numpy(),  # NaT differs from NaT
        f"has no readable aware {column.name}",
        "write it with its offset: 2024-03-01T09:00:00+09:00",
    )
    return east
