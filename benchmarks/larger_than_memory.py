"""Customers of order files that do not fit into memory, beside raw DuckDB SQL.

    python benchmarks/larger_than_memory.py [lines in Parquet] [lines in CSV]

The files are made anew from a seed, in a temporary folder that is removed.
Each run is a process of its own that the kernel refuses more than 2 GB of
data (``RLIMIT_DATA``), in which DuckDB may use 1,500 MB.  The runs take
turns, and the customers that both ways give are compared row by row.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from results import describe_machine, write_section

import crmlib as crm

CAP = 2_000_000_000
LIMIT = "1200MB"
ZONE = "Asia/Seoul"
SNAPSHOT = "2023-12-31"
END = "2023-12-31 15:00:00+00"  # its midnight in Seoul
DAY = 86_400_000_000
LINES_PER_FILE = 10_000_000
ROUNDS = 3
CLAIM = 1.2

LINES = """
select customer_id, order_id, ordered_at, amount from (
  select 1 + floor(pow((hash(n * 3) >> 11) / 9007199254740992.0, 2) * {customers})::bigint
      as customer_id,
    n + 1 as order_id,
    timestamptz '2020-01-01 00:00:00+00' + to_microseconds((n * {step})::bigint) as ordered_at,
    unnest(range((1 + hash(n * 3 + 1) % 4)::bigint)) as line,
    round((hash(n * 16 + line) % 20000)::double / 100 - 10, 2) as amount
  from range({start}, {stop}) orders(n)
)
"""  # 1 to 4 lines an order; some are refunds; the orders of a customer are Zipf-like

SQL = f"""
with lines as (
  select customer_id, order_id, ordered_at, amount from {{table}}
  where ordered_at < timestamptz '{END}'
), orders as (
  select customer_id, order_id, sum(amount) as money,
    min(ordered_at) filter (amount > 0) as first_at,
    max(ordered_at) filter (amount > 0) as last_at
  from lines group by all
), gaps as (
  select customer_id, money, first_at, last_at, epoch_us(last_at) - lag(epoch_us(last_at))
    over (partition by customer_id order by last_at) as gap
  from orders
), customers as (
  select customer_id, min(first_at) as first_purchase_at, max(last_at) as last_purchase_at,
    count(last_at) as frequency, sum(money) as monetary_value,
    avg(gap) / {DAY} as mean_gap_days, max(gap) / {DAY} as max_gap_days
  from gaps group by customer_id
)
select customer_id, first_purchase_at, last_purchase_at,
  date_diff('day', (last_purchase_at at time zone '{ZONE}')::date, date '{SNAPSHOT}')
    as recency_days,
  frequency, monetary_value, monetary_value / frequency as average_order_value,
  date_diff('day', (first_purchase_at at time zone '{ZONE}')::date, date '{SNAPSHOT}')
    as tenure_days,
  mean_gap_days, max_gap_days
from customers where frequency > 0
"""

CSV_TABLE = (
    "read_csv('{path}', header=true, columns={{'customer_id': 'VARCHAR', 'order_id': 'VARCHAR', "
    "'ordered_at': 'TIMESTAMPTZ', 'amount': 'DOUBLE'}})"
)


def make_lines(folder: Path, n_lines: int, kind: str) -> int:
    """Write order lines as Parquet or CSV files; give how many bytes they have."""
    orders, per_file = int(n_lines / 2.5), int(LINES_PER_FILE / 2.5)
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for number, start in enumerate(range(0, orders, per_file)):
            query = LINES.format(
                customers=n_lines // 20,
                step=4 * 365 * DAY / orders,
                start=start,
                stop=min(start + per_file, orders),
            )
            if kind == "csv":
                query = query.replace(
                    "order_id, ordered_at,",
                    "order_id, strftime(ordered_at, '%Y-%m-%d %H:%M:%S') as ordered_at,",
                    1,
                )
            path = folder / f"lines{number:03}.{kind}"
            connection.execute(f"copy ({query}) to '{path}' (format {kind})")
    return sum(path.stat().st_size for path in folder.iterdir())


def run_crmlib(folder: Path, kind: str, out: Path, scratch: Path) -> None:
    """Make the customers table by crmlib."""
    with crm.scan_orders(folder / f"*.{kind}", memory_limit=LIMIT, temp_folder=scratch) as scan:
        customers = crm.summarize_customers(scan.table, snapshot_date=SNAPSHOT, timezone=ZONE)
        customers.write_parquet(str(out))


def run_duckdb(folder: Path, kind: str, out: Path, scratch: Path) -> None:
    """Make it by SQL alone."""
    settings: dict[str, Any] = {
        "memory_limit": LIMIT,
        "temp_directory": str(scratch),
        "preserve_insertion_order": False,
    }
    pattern = str(folder / f"*.{kind}")
    table = CSV_TABLE.format(path=pattern) if kind == "csv" else f"'{pattern}'"
    with duckdb.connect(config=settings) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.sql(SQL.format(table=table)).write_parquet(str(out))


WAYS = {"crmlib": run_crmlib, "raw DuckDB": run_duckdb}
LOADED = (crm.scan_orders, crm.summarize_customers)  # so that no import is timed


def measure_here(way: str, kind: str, folder: str, out: str, scratch: str) -> None:
    """Run one way in this process, under the cap, and print what it took."""
    resource.setrlimit(resource.RLIMIT_DATA, (CAP, CAP))
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    WAYS[way](Path(folder), kind, Path(out), Path(scratch))
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_gb": after.ru_maxrss * 1024 / 1e9}))


def measure(way: str, kind: str, folder: Path, out: Path, scratch: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--run", way, kind, str(folder), str(out), str(scratch)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        # PyArrow, which pandas uses for headers, would lay hold of 1 GB that it never fills.
        env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def compare(ours: Path, theirs: Path) -> int:
    """Count the customers; there is no difference but what is left of adding floats."""
    tolerances = {
        "first_purchase_at": None,
        "last_purchase_at": None,
        "recency_days": None,
        "frequency": None,
        "tenure_days": None,
        "monetary_value": 1e-6,
        "average_order_value": 1e-6,
        "mean_gap_days": 1e-9,
        "max_gap_days": 1e-9,
    }
    differ = " or ".join(
        f"a.{name} is distinct from b.{name}"
        if tolerance is None
        else f"(a.{name} is null) <> (b.{name} is null) or abs(a.{name} - b.{name}) > {tolerance}"
        for name, tolerance in tolerances.items()
    )
    n_rows, n_wrong = duckdb.sql(
        f"select count(*), count(*) filter (a.customer_id is null or b.customer_id is null or "
        f"{differ}) from '{ours}' a full join '{theirs}' b using (customer_id)"
    ).fetchall()[0]
    assert n_wrong == 0, f"{n_wrong} of {n_rows} customers differ"
    return int(n_rows)


def bench(kind: str, n_lines: int) -> str:
    """Measure both ways on files of one kind; give a table of the results."""
    with TemporaryDirectory(prefix="crmlib-bench-") as name:
        folder, scratch = Path(name, "lines"), Path(name, "scratch")
        folder.mkdir()
        scratch.mkdir()
        size = make_lines(folder, n_lines, kind)
        outs = {way: Path(name, f"{way.replace(' ', '-')}.parquet") for way in WAYS}
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for number in range(ROUNDS):
            for way in sorted(WAYS, reverse=number % 2 == 1):
                runs[way].append(measure(way, kind, folder, outs[way], scratch))
                print(kind, way, runs[way][-1], flush=True)
        n_customers = compare(outs["crmlib"], outs["raw DuckDB"])
        assert not any(scratch.iterdir()), "nothing is left behind"
    medians = {
        way: {key: statistics.median(run[key] for run in results) for key in results[0]}
        for way, results in runs.items()
    }
    base = medians["raw DuckDB"]
    rows = "\n".join(
        f"| {way} | {result['seconds']:.1f} | {result['seconds'] / base['seconds']:.2f} "
        f"| {result['cpu']:.1f} | {max(run['peak_gb'] for run in runs[way]):.2f} |"
        for way, result in medians.items()
    )
    return (
        f"{kind.upper()}: {n_lines:,} lines in {size / 1e9:.2f} GB, {n_customers:,} customers.\n\n"
        "| | seconds | / raw DuckDB | CPU seconds | peak GB |\n|---|---:|---:|---:|---:|\n"
        f"{rows}\n"
    )


def main() -> None:
    """Measure, print and keep the results."""
    n_parquet = int(float(sys.argv[1])) if len(sys.argv) > 1 else 100_000_000
    n_csv = int(float(sys.argv[2])) if len(sys.argv) > 2 else 10_000_000  # noqa: PLR2004 -- the second argument
    tables = "\n".join(bench(kind, n) for kind, n in (("parquet", n_parquet), ("csv", n_csv)) if n)
    text = f"""\
The claim: 100 million lines in Parquet files become a customers table within 2 GB of memory, in
at most {CLAIM} times the time of raw DuckDB SQL for the same columns under the same limit.

`python benchmarks/larger_than_memory.py {n_parquet} {n_csv}`: each run in a process of its own,
which the kernel refuses more than {CAP / 1e9:.0f} GB of data; DuckDB may use {LIMIT}. From files
to a Parquet file with all columns of `summarize_customers`; medians of {ROUNDS} rounds in turn,
the largest peak of all. All customers are equal. From CSV, crmlib looks through the file for
broken rows first, and once for the order of day and month; raw DuckDB does neither.

{tables}
{describe_machine("crmlib", "duckdb", "narwhals")}
"""
    print(text)
    write_section("larger_than_memory", text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        measure_here(*sys.argv[2:])
    else:
        main()
