"""CDNOW as the literature reads it: one transaction a day, calibrated to 1997-09-30."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.features import summarize_customers

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION_END = "1997-09-30"


def read_days(folder: Path) -> pd.DataFrame:
    """Give a canonical line per customer and day with what was paid that day."""
    lines = pd.read_csv(
        folder / "cdnow_sample.txt",
        sep=r"\s+",
        header=None,
        names=["of_all", "customer_id", "date", "discs", "amount"],
        dtype={"customer_id": str, "date": str},
    )
    days = lines.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    return days.assign(
        order_id=days["customer_id"] + "-" + days["date"],
        ordered_at=pd.to_datetime(days["date"], utc=True),
    )


def summarize(days: pd.DataFrame, snapshot_date: str = CALIBRATION_END) -> pd.DataFrame:
    """Give the customers table of *days*, with ``repeat_value``.

    A day on which nothing was paid is a purchase in the literature, so it is
    counted as one cent here; the mean of repeats is of what was paid.
    """
    known = days[days["ordered_at"] <= pd.Timestamp(snapshot_date, tz="UTC")]
    counted = known.assign(amount=known["amount"].clip(lower=0.01))
    customers = summarize_customers(counted, snapshot_date=snapshot_date)
    repeats = known[known.duplicated("customer_id")]
    means = repeats.groupby("customer_id")["amount"].mean()
    return customers.assign(repeat_value=means)
