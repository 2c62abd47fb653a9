"""The customers table by crmlib and by raw calls of pandas, Polars and DuckDB.

Each engine takes a pandas table and gives one of pandas or numpy, sorted by
customer, with the same columns.  The raw calls are written as their manuals
would have them, and of several ways the fastest was kept: one group-by over
orders in DuckDB, two in Polars (a filtered aggregate is slower there), and a
shifted comparison instead of a window for the gaps wherever that is faster.
"""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from crmlib.exceptions import DataQualityWarning
from crmlib.features import summarize_customers

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 86_400_000_000
NEEDED = ["customer_id", "order_id", "ordered_at", "amount"]
RAW = ("raw pandas", "raw Polars", "raw DuckDB")

SQL = """
with orders as (
  select customer_id, order_id, sum(amount) as amount,
    min(ordered_at) filter (amount > 0) as first_at,
    max(ordered_at) filter (amount > 0) as last_at
  from lines where ordered_at < timestamptz '{end}' group by all
), gaps as (
  select customer_id, amount, first_at, last_at, epoch_us(last_at) - lag(epoch_us(last_at))
    over (partition by customer_id order by last_at) as gap
  from orders
), buyers as (
  select customer_id, min(first_at) as first_purchase_at, max(last_at) as last_purchase_at,
    count(last_at) as frequency, sum(amount) as monetary_value,
    avg(gap) / {day_us} as mean_gap_days, max(gap) / {day_us} as max_gap_days
  from gaps group by customer_id
)
select customer_id, first_purchase_at, last_purchase_at,
  date_diff('day', (last_purchase_at at time zone '{zone}')::date, date '{day}') as recency_days,
  frequency, monetary_value, monetary_value / frequency as average_order_value,
  date_diff('day', (first_purchase_at at time zone '{zone}')::date, date '{day}') as tenure_days,
  mean_gap_days, max_gap_days
from buyers where frequency > 0 order by customer_id
"""


def make_engine(name: str, lines: pd.DataFrame, day: date, zone: str) -> Callable[[], Any]:
    """Give the call that summarises *lines* at the end of *day* by the engine called *name*."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    end = (midnight + timedelta(1)).astimezone(UTC)
    if name == "crmlib":
        return lambda: crmlib_summary(lines, day, zone)
    if name == "raw pandas":
        return lambda: pandas_summary(lines, end, day, zone)
    if name == "raw DuckDB":
        return lambda: duckdb_summary(lines, end, day, zone)
    if name == "raw Polars":
        return lambda: polars_summary(pl.from_pandas(lines), end, day, zone).to_pandas()
    polars_lines = pl.from_pandas(lines)
    if name == "crmlib, Polars in":
        return lambda: crmlib_summary(polars_lines, day, zone)
    return lambda: polars_summary(polars_lines, end, day, zone)


def crmlib_summary(lines: Any, day: date, zone: str) -> Any:
    """Summarise with crmlib."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return summarize_customers(lines, snapshot_date=day, timezone=zone)


def duckdb_summary(lines: pd.DataFrame, end: datetime, day: date, zone: str) -> Any:
    """Summarise with one query of DuckDB, over the pandas table where it is."""
    query = SQL.format(end=end.isoformat(), day=day, zone=zone, day_us=DAY)
    with duckdb.connect() as connection:
        connection.register("lines", lines)
        return connection.execute(query).fetchnumpy()


def pandas_summary(lines: pd.DataFrame, end: datetime, day: date, zone: str) -> pd.DataFrame:
    """Summarise with group-bys of pandas."""
    lines = lines[lines["ordered_at"] < end]
    orders = (
        lines[lines["amount"] > 0]
        .groupby(["customer_id", "order_id"], sort=False)["ordered_at"]
        .agg(["min", "max"])
        .reset_index()
        .sort_values(["customer_id", "max"])
    )
    same = orders["customer_id"] == orders["customer_id"].shift()
    gap = orders["max"].diff().where(same)
    orders["gap"] = gap.dt.total_seconds() / 86_400
    table = orders.groupby("customer_id").agg(
        first_purchase_at=("min", "min"),
        last_purchase_at=("max", "max"),
        frequency=("order_id", "size"),
        mean_gap_days=("gap", "mean"),
        max_gap_days=("gap", "max"),
    )
    table["monetary_value"] = lines.groupby("customer_id")["amount"].sum()
    table["average_order_value"] = table["monetary_value"] / table["frequency"]
    for name, instants in (("recency_days", "last"), ("tenure_days", "first")):
        local = table[f"{instants}_purchase_at"].dt.tz_convert(zone).dt.tz_localize(None)
        table[name] = (pd.Timestamp(day) - local.dt.normalize()).dt.days
    return table


def polars_summary(lines: pl.DataFrame, end: datetime, day: date, zone: str) -> pl.DataFrame:
    """Summarise with one lazy plan of Polars."""
    used = lines.lazy().filter(pl.col("ordered_at") < end)
    is_same = pl.col("customer_id") == pl.col("customer_id").shift()
    orders = (
        used.filter(pl.col("amount") > 0)
        .group_by("customer_id", "order_id")
        .agg(
            pl.col("ordered_at").min().alias("first_at"),
            pl.col("ordered_at").max().alias("last_at"),
        )
        .sort("customer_id", "last_at")
        .with_columns(
            pl.when(is_same).then(pl.col("last_at").diff().dt.total_microseconds()).alias("gap")
        )
    )
    money = used.group_by("customer_id").agg(pl.col("amount").sum().alias("monetary_value"))
    return (
        orders.group_by("customer_id")
        .agg(
            pl.col("first_at").min().alias("first_purchase_at"),
            pl.col("last_at").max().alias("last_purchase_at"),
            pl.len().alias("frequency"),
            (pl.col("gap").mean() / DAY).alias("mean_gap_days"),
            (pl.col("gap").max() / DAY).alias("max_gap_days"),
        )
        .join(money, on="customer_id")
        .with_columns(
            (pl.col("monetary_value") / pl.col("frequency")).alias("average_order_value"),
            *(
                (pl.lit(day) - pl.col(f"{place}_purchase_at").dt.convert_time_zone(zone).dt.date())
                .dt.total_days()
                .alias(name)
                for name, place in (("recency_days", "last"), ("tenure_days", "first"))
            ),
        )
        .sort("customer_id")
        .collect()
    )


def to_frame(answer: Any) -> pd.DataFrame:
    """Give any answer in one shape, to compare it."""
    if isinstance(answer, pl.DataFrame):
        answer = answer.to_pandas()
    if isinstance(answer, dict):  # DuckDB masks what is null
        answer = pd.DataFrame(
            {
                name: np.ma.filled(column, np.nan)
                if column.dtype.kind == "f"
                else np.ma.getdata(column)
                for name, column in answer.items()
            }
        )
    if "customer_id" in answer:
        answer = answer.set_index("customer_id")
    for name in ("first_purchase_at", "last_purchase_at"):
        answer[name] = pd.to_datetime(answer[name], utc=True).dt.as_unit("us")
    return answer[sorted(answer.columns)]
