"""Every kind of table that customers are summarised from."""

from __future__ import annotations

import os
import shutil
from datetime import UTC
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import duckdb
import ibis
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # compiles quickly, not thoroughly
SESSION_ZONE = "America/New_York"  # of DuckDB; Spark's session lives in Seoul


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Give Spark on two cores of this machine; its session lives in Seoul."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java, and there is none: apt-get install default-jre-headless")
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- takes a second

    session = (
        SparkSession.builder.master("local[2]")
        .appName("crmlib tests")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", SHORT_LIVED)
        .config("spark.sql.session.timeZone", "Asia/Seoul")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


class Engines:
    """Every kind of table, from one of Arrow."""

    def __init__(self, folder: Path, start_spark: Callable[[], SparkSession]) -> None:
        self._folder = folder
        self._start_spark = start_spark
        self._connection = duckdb.connect()
        self._connection.execute(f"set timezone = '{SESSION_ZONE}'")
        self._ibis = ibis.duckdb.from_connection(duckdb.connect())

    def make(self, kind: str, lines: pa.Table) -> Any:
        """Give *lines* as a table of *kind*."""
        return getattr(self, f"_make_{kind}")(lines)

    def compute(self, customers: Any) -> dict[Any, dict[str, Any]]:
        """Compute, and give plain Python values by customer; what is not known is None."""
        if isinstance(customers, duckdb.DuckDBPyRelation):
            table = customers.to_arrow_table()
        elif isinstance(customers, ibis.Table):
            table = customers.to_pyarrow()
        elif isinstance(customers, pl.DataFrame | pl.LazyFrame):
            table = customers.lazy().collect().to_arrow()
        elif isinstance(customers, pa.Table):
            table = customers
        elif hasattr(customers, "toArrow"):
            table = customers.toArrow()
        else:
            frame = customers.compute() if isinstance(customers, dd.DataFrame) else customers
            index = frame.index.name is not None
            table = pa.Table.from_pandas(frame, preserve_index=index)
        rows = {}
        for row in table.to_pylist():
            for name in ("first_purchase_at", "last_purchase_at"):
                row[name] = row[name].astimezone(UTC)
            for name in ("mean_gap_days", "max_gap_days"):
                row[name] = None if row[name] != row[name] else row[name]
            rows[row.pop("customer_id")] = row
        assert len(rows) == table.num_rows
        return rows

    def close(self) -> None:
        """Give back what was opened."""
        self._connection.close()
        self._ibis.disconnect()

    def _make_pandas(self, lines: pa.Table) -> Any:
        return lines.to_pandas()

    def _make_pyarrow(self, lines: pa.Table) -> Any:
        return lines

    def _make_polars(self, lines: pa.Table) -> Any:
        return pl.from_arrow(lines)

    def _make_polars_lazy(self, lines: pa.Table) -> Any:
        return pl.LazyFrame(pl.from_arrow(lines))

    def _make_duckdb(self, lines: pa.Table) -> Any:
        self._connection.register("given", lines)
        self._connection.execute("create or replace table lines as from given")
        return self._connection.table("lines")

    def _make_ibis(self, lines: pa.Table) -> Any:
        self._ibis.con.register("given", lines)
        self._ibis.con.execute("create or replace table lines as from given")
        return self._ibis.table("lines")

    def _make_dask(self, lines: pa.Table) -> Any:
        return dd.from_pandas(lines.to_pandas(), npartitions=5)

    def _make_spark(self, lines: pa.Table) -> Any:
        path = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        pq.write_table(lines, path)
        return self._start_spark().read.parquet(str(path))


@pytest.fixture
def engines(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Give all kinds of tables; Spark starts when it is asked for."""
    made = Engines(tmp_path, lambda: request.getfixturevalue("spark"))
    yield made
    made.close()
