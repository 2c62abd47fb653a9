"""The files that planners learn from: what earlier messages brought, and what can be sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import InvalidTableError, MissingColumnsError, UnreadableFileError
from crmlib.planners._product_shelf import check_catalogue
from crmlib.tables import check_responses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TRUE = {"true", "1", "yes", "y"}
_FALSE = {"false", "0", "no", "n"}


def read_responses(paths: Sequence[Path]) -> pd.DataFrame | None:
    """Read CSV files of responses into one table; None where there are none.

    Numbers are read as such, but ids, messages and segments.
    """
    if not paths:
        return None
    texts = {"customer_id": str, "message": str, "segment": str}
    tables = []
    for path in paths:
        table = _read_csv(path, texts)
        try:
            check_responses(table)
        except InvalidTableError as error:
            raise InvalidTableError(str(path), error.problem, error.way_out) from error
        except MissingColumnsError as error:
            way_out = "crmlib responses writes such a file from a plan and the orders after it"
            raise MissingColumnsError(
                str(path), error.missing, list(table.columns), way_out
            ) from error
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def read_products(path: Path | None) -> pd.DataFrame | None:
    """Read the CSV file of products, with days and stock as such; None where there is none."""
    if path is None:
        return None
    table = _read_csv(path, {"product_id": str, "product_name": str, "category": str})
    if "available_from" in table:
        days = pd.to_datetime(table["available_from"], format="ISO8601", errors="coerce")
        _refuse(path, table, "available_from", days.isna(), "a day such as 2026-06-20")
        table["available_from"] = days
    if "in_stock" in table:
        told = table["in_stock"].astype(str).str.strip().str.lower()
        known = told.isin(_TRUE | _FALSE)
        _refuse(path, table, "in_stock", ~known, "true or false in each row")
        table["in_stock"] = told.isin(_TRUE)
    check_catalogue(table)
    return table


def _refuse(
    path: Path, table: pd.DataFrame, column: str, bad: pd.Series[bool], expected: str
) -> None:
    """Refuse the first row of *column* that is *bad*; a day may be missing."""
    bad = bad & (table[column].notna() | (column == "in_stock"))
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InvalidTableError(
            str(path),
            f"has {table[column].iloc[row]!r} in {column} at line {row + 2}",
            f"write {expected}",
        )


def _read_csv(path: Path, texts: Mapping[str, type]) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path, dtype=texts, keep_default_na=False, na_values=[""], encoding="utf-8-sig"
        )
    except FileNotFoundError as error:
        raise UnreadableFileError(
            str(path), "there is no such file", "correct the path"
        ) from error
    except ValueError as error:
        raise UnreadableFileError(
            str(path), f"it is no CSV file in UTF-8 ({error})", "save it as CSV in UTF-8"
        ) from error
