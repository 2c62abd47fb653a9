"""Summarise Parquet files by DuckDB, Dask and Spark, with the same call, and compare.

    python benchmarks/engines.py [n_lines]

The lines, 10,000,000 if nothing is said, are made up and written to a
temporary folder.  Each engine reads them from there and writes the customers
table back; all tables must be equal.  DuckDB takes turns with SQL written by
hand for the same columns.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
from pyspark.sql import SparkSession
from results import describe_machine, write_section

from crmlib.features import summarize_customers

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 10_000_000
FILES = 8
ROUNDS = 5
ZONE = "Europe/London"
SNAPSHOT = date(2024, 12, 31)
DAY = 86_400_000_000
FLOATS = ["monetary_value", "average_order_value", "mean_gap_days", "max_gap_days"]

SQL = f"""
with lines as (
  select customer_id, order_id, ordered_at, amount from read_parquet($files)
  where ordered_at < timestamptz '2025-01-01 00:00:00+00'
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
from buyers join money using (customer_id)
"""


def main(n_lines: int) -> None:
    """Make lines, time the engines, compare what they wrote, and write it down."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lines(n_lines, folder)
        spark = start_spark()
        engines: dict[str, Callable[[Path], None]] = {
            "raw DuckDB": lambda out: run_raw_duckdb(folder, out),
            "crmlib, DuckDB": lambda out: run_duckdb(folder, out),
            "crmlib, Dask": lambda out: run_dask(folder, out),
            "crmlib, Spark": lambda out: run_spark(spark, folder, out),
        }
        seconds: dict[str, list[float]] = {engine: [] for engine in engines}
        tables = {engine: measure(run, folder, seconds[engine]) for engine, run in engines.items()}
        for _ in range(ROUNDS - 1):
            for engine in list(engines)[:2]:
                measure(engines[engine], folder, seconds[engine])
        spark.stop()
    expected = tables["crmlib, DuckDB"]
    # It adds floats, so that purchases and refunds of one sum leave some 1e-15 of it.
    compare("raw DuckDB", tables["raw DuckDB"], expected, rtol=1e-9, atol=1e-9)
    for engine in ("crmlib, Dask", "crmlib, Spark"):
        compare(engine, tables[engine], expected, rtol=1e-15, atol=0.0)
    report(n_lines, len(expected), seconds)


def write_lines(n_lines: int, folder: Path) -> None:
    """Write order lines, sorted by time: 2.5 an order, some customers with very many."""
    rng = np.random.default_rng(20241231)
    n_orders = n_lines * 2 // 5
    order = np.repeat(np.arange(n_orders), rng.geometric(0.4, n_orders))
    order = np.resize(order, n_lines)
    customer = (n_lines / 8 * rng.random(n_orders) ** 2).astype(np.int64)
    at = np.sort(rng.integers(1_640_995_200, 1_735_689_600, n_orders)) * 1_000_000
    amount = np.round(rng.gamma(2, 12, n_lines), 2)
    amount[rng.random(n_lines) < 0.04] *= -1  # noqa: PLR2004 -- refunds
    lines = pd.DataFrame(
        {
            "customer_id": customer[order],
            "order_id": order,
            "ordered_at": pd.to_datetime(at[order], unit="us", utc=True).as_unit("us"),
            "amount": amount,
        }
    )
    size = -(-n_lines // FILES)
    for number in range(FILES):
        part = lines.iloc[number * size : (number + 1) * size]
        part.to_parquet(folder / f"lines-{number}.parquet", index=False)


def start_spark() -> SparkSession:
    """Start Spark on this machine."""
    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def summarize(lines: Any) -> Any:
    """Call crmlib, which is all that the calling program does, whatever holds the lines."""
    return summarize_customers(lines, snapshot_date=SNAPSHOT, timezone=ZONE)


def run_raw_duckdb(folder: Path, out: Path) -> None:
    """Run the SQL written by hand."""
    with duckdb.connect() as connection:
        files = {"files": str(folder / "lines-*.parquet")}
        connection.sql(SQL, params=files).write_parquet(str(out))


def run_duckdb(folder: Path, out: Path) -> None:
    """Summarise a relation."""
    with duckdb.connect() as connection:
        lines = connection.read_parquet(str(folder / "lines-*.parquet"))
        summarize(lines).write_parquet(str(out))


def run_dask(folder: Path, out: Path) -> None:
    """Summarise a Dask frame."""
    lines = dd.read_parquet(folder / "lines-*.parquet", split_row_groups=True)
    summarize(lines).to_parquet(out)


def run_spark(spark: SparkSession, folder: Path, out: Path) -> None:
    """Summarise a Spark frame."""
    lines = spark.read.parquet(str(folder / "lines-*.parquet"))
    summarize(lines).write.parquet(str(out))


def measure(run: Callable[[Path], None], folder: Path, seconds: list[float]) -> pd.DataFrame:
    """Run once, note how long it took, and give the customers sorted."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        out = Path(name) / "customers.parquet"
        start = time.perf_counter()
        run(out)
        seconds.append(time.perf_counter() - start)
        customers = pd.read_parquet(out)
    return customers.sort_values("customer_id", ignore_index=True)


def compare(
    engine: str, customers: pd.DataFrame, expected: pd.DataFrame, *, rtol: float, atol: float
) -> None:
    """Demand equal tables: ids, instants and counts exactly, floats to *rtol* or *atol*."""
    exact = [name for name in expected if name not in FLOATS]
    pd.testing.assert_frame_equal(
        customers[exact], expected[exact], check_dtype=False, check_exact=True, obj=engine
    )
    for name in FLOATS:
        np.testing.assert_allclose(
            customers[name], expected[name], rtol=rtol, atol=atol, err_msg=engine
        )
    print(f"{engine}: equal to crmlib on DuckDB, floats to {rtol}")


def report(n_lines: int, n_customers: int, seconds: dict[str, list[float]]) -> None:
    """Print the table and put it into RESULTS.md."""
    raw = statistics.median(seconds["raw DuckDB"])
    rows = [
        f"| {engine} | {statistics.median(times):.2f} | {min(times):.2f} | {len(times)} | "
        f"{statistics.median(times) / raw:.2f} |"
        for engine, times in seconds.items()
    ]
    text = f"""\
The claims: the same call gives the same table on DuckDB, Dask and Spark, ids, instants and
counts exactly and floats to 1e-15; on DuckDB it takes no more than 1.2 of SQL written by hand.

`python benchmarks/engines.py {n_lines}`: {n_lines:,} lines in {FILES} Parquet files,
{n_customers:,} customers written to Parquet. Times hold reading, planning and writing;
Spark has been started before, but not warmed up.
{describe_machine("crmlib", "narwhals", "duckdb", "dask", "pyspark", "pandas")}

| engine | median s | fastest s | runs | median / raw DuckDB |
|---|---:|---:|---:|---:|
{chr(10).join(rows)}"""
    print(text)
    write_section("engines", text)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
