"""What the plan of lazy tables is made of, and that it is only a plan."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import duckdb
import ibis
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.features import _lazy_summary, summarize_customers
from crmlib.features._lazy_days import DAY, day_offset, to_days
from crmlib.tables import local_days, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

SNAPSHOT = date(2024, 1, 31)
LINES = pd.DataFrame(
    {
        "customer_id": ["C1"],
        "order_id": ["1"],
        "ordered_at": pd.to_datetime(["2024-01-05 22:00"], utc=True),
        "amount": [1.0],
    }
)
LAZY_FILES = sorted(Path(_lazy_summary.__file__).parent.glob("_lazy_*.py"))
SCHEMA = {
    "customer_id": "string",
    "order_id": "string",
    "ordered_at": "timestamp('UTC')",
    "amount": "float64",
}
SQL = """
  select 'C1' as customer_id, '1' as order_id, timestamptz '2024-01-05 22:00+00' as ordered_at,
    (case when random() < 2 then error('computed') end)::double as amount
"""


def find_compound_aggregates(code: str) -> list[str]:
    """Give what *code* aggregates that is no bare column, its sum, or one of its ends."""
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"agg", "aggregate"}
    ]
    given = [
        value for call in calls for value in (*call.args, *(word.value for word in call.keywords))
    ]
    return [ast.unparse(value) for value in given if not is_bare(value)]


def is_bare(value: ast.expr) -> bool:
    """Tell whether *value* is ``nw.len()`` or ``nw.col("x").sum()``, ``min()`` or ``max()``.

    Or one of the latter for each of several names: ``*(nw.col(name).sum() for name in names)``.
    """
    match value:
        case ast.Starred(
            ast.GeneratorExp(
                ast.Call(
                    ast.Attribute(
                        ast.Call(ast.Attribute(ast.Name("nw"), "col"), [ast.Name(each)], []),
                        "sum" | "min" | "max",
                    ),
                    [],
                    [],
                ),
                [ast.comprehension(ast.Name(name))],
            )
        ):
            return each == name
        case ast.Call(ast.Attribute(ast.Name("nw"), "len"), [], []):
            return True
        case ast.Call(
            ast.Attribute(
                ast.Call(ast.Attribute(ast.Name("nw"), "col"), [ast.Constant(str())], []),
                "sum" | "min" | "max",
            ),
            [],
            [],
        ):
            return True
    return False


@pytest.mark.parametrize("path", LAZY_FILES, ids=lambda path: path.stem)
def test_an_aggregate_holds_bare_columns_only(path: Path) -> None:
    """Whatever else is in one is wrong without a word on some engine, or fails."""
    assert find_compound_aggregates(path.read_text(encoding="utf-8")) == []


def test_there_are_aggregates_to_look_at() -> None:
    """Of orders and of customers, in two files."""
    counts = {path.name: path.read_text(encoding="utf-8").count(".agg(") for path in LAZY_FILES}

    assert {name: n for name, n in counts.items() if n} == {
        "_lazy_summary.py": 2,
        "_lazy_events.py": 2,
    }


@pytest.mark.parametrize(
    "villain",
    [
        "nw.col('order_id').n_unique()",
        "nw.col('amount').mean()",
        "(nw.col('amount') * 10000).sum()",
        "nw.when(nw.col('amount') > 0).then(nw.col('amount')).sum()",
        "nw.col('amount').sum() / 10000",
        "nw.col('amount').sum().alias('money')",
        "nw.col('amount', 'quantity').sum()",
        "nw.col('amount').filter(nw.col('amount') > 0).max()",
        "nw.sum('amount')",
        "*columns",
        "*(nw.col(name).mean() for name in columns)",
        "*(nw.col(name).sum() for other in columns)",
        "*((nw.col(name) * 2).sum() for name in columns)",
    ],
)
@pytest.mark.parametrize("place", ["{}", "money={}", "nw.len(), {}", "**{{'money': {}}}"])
def test_villains_are_caught(villain: str, place: str) -> None:
    """Each stands beside what is allowed, and is found nonetheless."""
    if villain.startswith("*") and place in {"money={}", "**{{'money': {}}}"}:
        place = "{}"
    code = f"orders = lines.group_by('a').agg(nw.col('b').min(), {place.format(villain)})"

    assert len(find_compound_aggregates(code)) == 1


def test_bare_columns_are_let_through() -> None:
    """Under their own name or a new one."""
    code = "t.group_by('a').agg(nw.len(), nw.col('b').sum(), c=nw.col('b').min(), n=nw.len())"
    several = "t.group_by('a').agg(*(nw.col(name).max() for name in (*sums, *flags)))"

    assert find_compound_aggregates(code) == []
    assert find_compound_aggregates(several) == []


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database in memory."""
    with duckdb.connect() as opened:
        yield opened


def must_not_run(frame: Any) -> Any:
    """Stand where lines would be computed."""
    raise RuntimeError("computed")


def test_polars_stays_lazy() -> None:
    """A LazyFrame comes back before its lines are there."""
    lines = pl.from_pandas(LINES).lazy()
    lines = lines.map_batches(must_not_run, schema=lines.collect_schema())

    customers = summarize_customers(lines, snapshot_date=SNAPSHOT)

    assert isinstance(customers, pl.LazyFrame)
    with pytest.raises(RuntimeError, match="computed"):
        customers.collect()


def test_duckdb_stays_lazy(connection: duckdb.DuckDBPyConnection) -> None:
    """A relation comes back, which fails only when it is asked for rows."""
    customers = summarize_customers(connection.sql(SQL), snapshot_date=SNAPSHOT)

    assert isinstance(customers, duckdb.DuckDBPyRelation)
    with pytest.raises(duckdb.InvalidInputException, match="computed"):
        customers.fetchall()


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning:ibis.*")
def test_ibis_stays_lazy(connection: duckdb.DuckDBPyConnection) -> None:
    """An expression comes back."""
    connection.execute(f"create view lines as {SQL}")
    lines = ibis.duckdb.from_connection(connection).table("lines")

    customers = summarize_customers(lines, snapshot_date=SNAPSHOT)

    assert isinstance(customers, ibis.Table)
    with pytest.raises(duckdb.InvalidInputException, match="computed"):
        customers.to_pyarrow()


def test_dask_stays_lazy() -> None:
    """A collection comes back, with the types that it will have."""
    lines = dd.from_pandas(LINES, npartitions=1)
    lines = lines.map_partitions(must_not_run, meta=lines)

    customers = summarize_customers(lines, snapshot_date=SNAPSHOT)

    assert isinstance(customers, dd.DataFrame)
    assert customers.dtypes["recency_days"] == np.int64
    with pytest.raises(RuntimeError, match="computed"):
        customers.compute()


def test_spark_stays_lazy(spark: SparkSession) -> None:
    """A DataFrame comes back before any job has run."""
    lines = spark.sql(
        "select 'C1' as customer_id, '1' as order_id, raise_error('computed') as amount, "
        "timestamp '2024-01-05 22:00:00 UTC' as ordered_at"
    ).selectExpr("customer_id", "order_id", "ordered_at", "cast(amount as double) as amount")

    customers = summarize_customers(lines, snapshot_date=SNAPSHOT)

    assert type(customers) is type(lines)
    with pytest.raises(Exception, match="computed"):
        customers.collect()


def test_lines_are_read_once(connection: duckdb.DuckDBPyConnection) -> None:
    """All sums come of one reading: a table may be larger than the memory."""
    connection.execute(f"create table lines as {SQL.replace('error', 'length')}")

    sql = summarize_customers(connection.table("lines"), snapshot_date=SNAPSHOT).sql_query()

    assert sql.count('FROM "lines"') == 1


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "databricks", "postgres"])
@pytest.mark.parametrize("channel", [{}, {"sales_channel": "string"}], ids=["plain", "channels"])
def test_ibis_writes_the_plan_in_the_sql_of_warehouses(
    dialect: str, channel: dict[str, str]
) -> None:
    """One expression, made before the warehouse is known."""
    lines = ibis.table({**SCHEMA, **channel}, name="lines")
    customers = summarize_customers(lines, snapshot_date=SNAPSHOT, timezone="Asia/Seoul")

    sql = str(ibis.to_sql(customers, dialect=dialect))

    assert sql.count("LAG(") == 1
    assert sql.count("GROUP BY") == 2
    assert ("sales_channel" in sql) == bool(channel)


@pytest.mark.parametrize(
    "timezone",
    [
        "UTC",
        "Asia/Seoul",
        "Asia/Kathmandu",  # 5:45 ahead
        "Europe/London",
        "America/New_York",
        "America/St_Johns",  # clocks changed at 00:01, and midnight came twice
        "America/Sao_Paulo",  # at 00:00, and midnight never came
        "Australia/Lord_Howe",  # by half an hour
        "Africa/Casablanca",  # back for Ramadan
        "Pacific/Apia",  # a day left out
        "Pacific/Kwajalein",
        "Antarctica/Troll",  # by two hours
    ],
)
def test_days_are_those_of_eager_tables(timezone: str) -> None:
    """At all midnights of each year, an hour around them, and a microsecond."""
    until = date(2031, 1, 1)
    days = np.arange(1, 22_280) * DAY
    offset = days[-1] - start_of_day(date(2030, 12, 31), timezone)
    shifts = np.array([-3_600_000_000, -1, 0, 1, 60_000_000, 1_800_000_000, 3_600_000_000])
    instants = (days[:, None] + shifts - offset).ravel()
    expected = local_days(instants, timezone)

    frame = nw.from_native(pl.DataFrame({"at": instants}))
    moved = frame.with_columns(at=nw.col("at") + day_offset("at", until, timezone))

    assert np.array_equal(moved.select(to_days("at"))["at"].to_numpy(), expected)


def test_before_1970_there_is_one_offset() -> None:
    """That of 1 January 1970, when London kept summer time all year."""
    instants = [start_of_day(date(1960, 1, 2), "UTC") + shift for shift in (-3_600_000_001, -1)]
    frame = nw.from_native(pl.DataFrame({"at": instants}))

    moved = frame.with_columns(at=nw.col("at") + day_offset("at", SNAPSHOT, "Europe/London"))

    assert moved.select(to_days("at"))["at"].to_list() == [-3653, -3652]


def test_instants_of_any_zone_come_back_in_utc() -> None:
    """Where columns have a zone of their own, as with Polars."""
    lines = (
        pl.from_pandas(LINES)
        .lazy()
        .with_columns(
            pl.col("ordered_at").dt.convert_time_zone("Asia/Seoul").dt.cast_time_unit("ns")
        )
    )

    customers = summarize_customers(lines, snapshot_date=SNAPSHOT).collect()

    assert customers.schema["last_purchase_at"] == pl.Datetime("us", "UTC")
    assert customers["last_purchase_at"].dt.hour().to_list() == [22]


@pytest.mark.parametrize("nothing", [None, 5, "lines.csv", {"customer_id": ["C1"]}])
def test_what_is_no_dataframe_is_refused(nothing: Any) -> None:
    """The error says what came."""
    with pytest.raises(InvalidParameterError) as caught:
        summarize_customers(nothing, snapshot_date=SNAPSHOT)

    assert str(caught.value) == (
        "transactions must be a dataframe of a library that narwhals knows, "
        f"got {type(nothing).__name__!r}"
    )
