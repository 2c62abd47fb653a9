"""What commands ask of order lines: whether any can be used, their days, and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidTableError

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.tables import Orders


def usable(orders: Orders) -> Orders:
    """Refuse *orders* of which no line can be used."""
    if orders.table.empty:
        counts = orders.set_aside["reason"].value_counts()
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in counts.items())
        raise InvalidTableError(
            "the order files",
            f"hold no line that can be used ({reasons or 'they have none'})",
            "map its columns, or repair the cells",
        )
    return orders


def local_dates(transactions: pd.DataFrame, timezone: str) -> pd.Series:
    """Give the local calendar date of each line, as text that sorts."""
    dates: pd.Series = transactions["ordered_at"].dt.tz_convert(timezone).dt.strftime("%Y-%m-%d")
    return dates


def last_date(transactions: pd.DataFrame, timezone: str) -> str:
    """Give the local date of the last line."""
    return str(transactions["ordered_at"].max().tz_convert(timezone).date())


def orders_report(orders: Orders) -> pd.DataFrame:
    """Give the report on *orders* with the row that everything adds up to."""
    table = orders.report()
    table.loc["in"] = table.sum()
    counts = {"rows": "int64", "customers": "int64"}
    return table.astype(counts).rename_axis("order lines").reset_index()
