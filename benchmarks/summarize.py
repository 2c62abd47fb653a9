"""Time summarize_customers beside raw pandas, Polars and DuckDB on real order lines.

    python benchmarks/summarize.py ../shared/data/online_retail.csv.gz

Every engine gets the lines as its own kind of table, already in memory, and
gives the same columns; all answers are compared before anything is timed.
The engines take turns, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from results import describe_machine, write_section

from crmlib.exceptions import DataQualityWarning
from crmlib.features import summarize_customers
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = "Europe/London"
SNAPSHOT = date(2011, 12, 10)
END = datetime(2011, 12, 11, tzinfo=UTC)  # London keeps UTC in winter
DAY = 86_400_000_000
ROUNDS = 15
NEEDED = ["customer_id", "order_id", "ordered_at", "amount"]

SQL = f"""
with lines as (
  select customer_id, order_id, ordered_at, amount from table_in
  where ordered_at < timestamptz '{END:%Y-%m-%d %H:%M:%S}+00'
), orders as (
  select customer_id, order_id, min(ordered_at) as first_at, max(ordered_at) as last_at
  from lines where amount > 0 group by all
), gaps as (
  select customer_id, first_at, last_at, epoch_us(last_at) - lag(epoch_us(last_at))
    over (partition by customer_id order by last_at) as gap
  from orders
), buyers as (
  select customer_id, min(first_at) as first_purchase_at, max(last_at) as last_purchase_at,
    count(*) as frequency, avg(gap) / {DAY} as mean_gap_days, max(gap) / {DAY} as max_gap_days
  from gaps group by customer_id
), money as (
  select customer_id, sum(amount) as monetary_value from lines group by customer_id
)
select customer_id, first_purchase_at, last_purchase_at,
  date_diff('day', (last_purchase_at at time zone '{ZONE}')::date, date '{SNAPSHOT}')
    as recency_days,
  frequency, monetary_value, monetary_value / frequency as average_order_value,
  date_diff('day', (first_purchase_at at time zone '{ZONE}')::date, date '{SNAPSHOT}')
    as tenure_days,
  mean_gap_days, max_gap_days
from buyers join money using (customer_id) order by customer_id
"""


def main(path: str) -> None:
    """Compare answers, then times, and write both down."""
    lines = read_orders(path).table
    engines = make_engines(lines)
    answers = {name: to_frame(engine()) for name, engine in engines.items()}
    for name, answer in answers.items():
        pd.testing.assert_frame_equal(
            answer, answers["crmlib, pandas in"], check_dtype=False, rtol=1e-9, obj=name
        )
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    names = list(engines)
    for turn in range(ROUNDS):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            start = time.perf_counter()
            engines[name]()
            seconds[name].append(time.perf_counter() - start)
    report(lines, len(answers["crmlib, pandas in"]), seconds)


def make_engines(lines: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Give each engine with its own table."""
    lines = lines[NEEDED]
    polars_lines = pl.from_pandas(lines)
    connection = duckdb.connect()
    connection.register("lines_in", lines)
    connection.execute("create table table_in as from lines_in")
    return {
        "crmlib, pandas in": lambda: crmlib_summary(lines),
        "crmlib, Polars in": lambda: crmlib_summary(polars_lines),
        "raw pandas": lambda: pandas_summary(lines),
        "raw Polars": lambda: polars_summary(polars_lines),
        "raw DuckDB": lambda: connection.execute(SQL).fetchnumpy(),
    }


def crmlib_summary(lines: Any) -> Any:
    """Summarise with crmlib."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return summarize_customers(lines, snapshot_date=SNAPSHOT, timezone=ZONE)


def pandas_summary(lines: pd.DataFrame) -> pd.DataFrame:
    """Summarise with group-bys of pandas."""
    lines = lines[lines["ordered_at"] < END]
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
    today = pd.Timestamp(SNAPSHOT)
    for name, instants in (("recency_days", "last"), ("tenure_days", "first")):
        local = table[f"{instants}_purchase_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
        table[name] = (today - local.dt.normalize()).dt.days
    return table


def polars_summary(lines: pl.DataFrame) -> pl.DataFrame:
    """Summarise with one lazy plan of Polars."""
    used = lines.lazy().filter(pl.col("ordered_at") < END)
    gap = pl.col("last_at").diff().over("customer_id").dt.total_microseconds() / DAY
    orders = (
        used.filter(pl.col("amount") > 0)
        .group_by("customer_id", "order_id")
        .agg(
            pl.col("ordered_at").min().alias("first_at"),
            pl.col("ordered_at").max().alias("last_at"),
        )
        .sort("customer_id", "last_at")
        .with_columns(gap.alias("gap"))
    )
    money = used.group_by("customer_id").agg(pl.col("amount").sum().alias("monetary_value"))
    day = pl.lit(SNAPSHOT)
    return (
        orders.group_by("customer_id")
        .agg(
            pl.col("first_at").min().alias("first_purchase_at"),
            pl.col("last_at").max().alias("last_purchase_at"),
            pl.len().alias("frequency"),
            pl.col("gap").mean().alias("mean_gap_days"),
            pl.col("gap").max().alias("max_gap_days"),
        )
        .join(money, on="customer_id")
        .with_columns(
            (pl.col("monetary_value") / pl.col("frequency")).alias("average_order_value"),
            *(
                (day - pl.col(f"{place}_purchase_at").dt.convert_time_zone(ZONE).dt.date())
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
        answer = {name: np.ma.getdata(c) for name, c in answer.items() if c.dtype.kind != "f"} | {
            name: np.ma.filled(c, np.nan) for name, c in answer.items() if c.dtype.kind == "f"
        }
        answer = pd.DataFrame(answer)
    if "customer_id" in answer:
        answer = answer.set_index("customer_id")
    answer.index = answer.index.astype("str")
    answer = answer.sort_index()
    for name in ("first_purchase_at", "last_purchase_at"):
        answer[name] = pd.to_datetime(answer[name], utc=True).dt.as_unit("us")
    return answer[sorted(answer.columns)]


def report(lines: pd.DataFrame, n_customers: int, seconds: dict[str, list[float]]) -> None:
    """Print the table and put it into RESULTS.md."""
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    raw = {name: median for name, median in medians.items() if name.startswith("raw")}
    best = min(raw, key=lambda name: raw[name])
    rows = [
        f"| {name} | {median * 1e3:.1f} | {min(seconds[name]) * 1e3:.1f} | "
        f"{median / raw[best]:.2f} |"
        for name, median in medians.items()
    ]
    text = f"""\
The claim: no slower than the fastest of raw pandas, Polars and DuckDB calls that give the same
columns on the UCI Online Retail lines.

`python benchmarks/summarize.py <online_retail.csv.gz>`: {len(lines):,} lines, {n_customers:,}
customers. Each engine reads its own table in memory; all answers are equal (floats to 1e-9);
{ROUNDS} rounds, the engines in turn, each round beginning with another one.
{describe_machine("crmlib", "numpy", "pandas", "pyarrow", "polars", "duckdb")}

| engine | median ms | fastest ms | median / {best} |
|---|---:|---:|---:|
{chr(10).join(rows)}"""
    print(text)
    write_section("summarize_customers", text)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():  # noqa: PLR2004 -- one argument
        sys.exit(__doc__)
    main(sys.argv[1])
