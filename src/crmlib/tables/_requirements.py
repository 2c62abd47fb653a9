"""What every room asks of what it is given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import narwhals.stable.v2 as nw
    import pandas as pd


def check_columns(
    name: str, table: pd.DataFrame | nw.DataFrame[Any], columns: Iterable[str], way_out: str = ""
) -> None:
    """Refuse *table*, called *name* in the error, unless it has all *columns*.

    Raises
    ------
    InvalidTableError
        If it is no dataframe.
    MissingColumnsError
        Naming those that are missing, those that there are, and the *way_out*.

    Examples
    --------
    >>> import pandas as pd
    >>> check_columns("customers", pd.DataFrame({"recency_days": [3]}), ["recency_days"])
    """
    if not hasattr(table, "columns"):
        raise InvalidTableError(
            name, f"is no dataframe but of type {type(table).__name__}", _how_to_table(table)
        )
    if missing := [column for column in columns if column not in table.columns]:
        raise MissingColumnsError(
            name, missing, [str(column) for column in table.columns], way_out
        )


def _how_to_table(given: object) -> str:
    """Say where the table is in what was *given* instead."""
    return "give its attribute table" if hasattr(given, "table") else "give a table of pandas"


def check_aware(name: str, moment: object) -> datetime:
    """Give *moment*, called *name* in the error, back if it is an aware datetime.

    Raises
    ------
    InvalidParameterError
        If it is no datetime, or does not say in which zone it is.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> check_aware("now", datetime(2026, 11, 2, tzinfo=UTC)).year
    2026
    """
    # NaT is a datetime, but cannot be asked for its offset.
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidParameterError(name, moment, "an aware datetime, such as datetime.now(UTC)")
    return moment
