"""Segmenters and their cross are expressions: any engine gives what predict gives."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmlib.segmenters import (
    CrossSegmenter,
    DemographicSegmenter,
    KMeansSegmenter,
    LifecycleSegmenter,
    RFMSegmenter,
    Rule,
    RuleSegmenter,
    ValueSegmenter,
    WeightedRFMSegmenter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from crmlib.interfaces import Segmenter

SEGMENTERS: dict[str, Segmenter] = {
    "clusters": KMeansSegmenter(
        ["recency_days", "frequency", "average_order_value", "mean_gap_days"],
        n_clusters=5,
        log_columns=["frequency", "average_order_value", "mean_gap_days"],
        labels="ko",
    ),
    "two clusters": KMeansSegmenter(n_clusters=2),
    "one cluster": KMeansSegmenter(n_clusters=1),
    "demographics": DemographicSegmenter(
        ["gender", "age", "region", "children", "member"], min_size=5, labels="ko"
    ),
    "demographics, nobody alone": DemographicSegmenter(["region"], min_size=1000),
    "codes": RFMSegmenter(segment_map="codes"),
    "weighted": WeightedRFMSegmenter(labels="ko"),
    "rules": RuleSegmenter(
        [
            Rule("길게 쉬는", [["mean_gap_days", ">", 60], {"not": ["gender", "==", "male"]}]),
            Rule("not Seoul", [["region", "not in", ["Seoul", " "]], ["age", "<=", 40.5]]),
            Rule("member", [{"any": [["member", "==", True], ["children", "in", [0, 1.5]]]}]),
            Rule("little", [["average_order_value", "!=", 1.25], ["monetary_value", "<", 1]]),
            Rule("gap", [{"not": {"all": [["mean_gap_days", ">", 30], ["region", "<", "T"]]}}]),
        ]
    ),
    "cross": CrossSegmenter(
        [RFMSegmenter(), KMeansSegmenter(), DemographicSegmenter(["gender", "age"])]
    ),
    "lifecycle and value": CrossSegmenter([LifecycleSegmenter(), ValueSegmenter()]),
}


def make_customers(n_customers: int = 400, seed: int = 0) -> pd.DataFrame:
    """Make up customers of whom much is not known."""
    rng = np.random.default_rng(seed)
    frequency, recency = rng.geometric(0.3, n_customers), rng.integers(0, 400, n_customers)
    gap = rng.integers(1, 90, n_customers)
    table = pd.DataFrame(
        {
            "recency_days": recency,
            "frequency": frequency,
            "tenure_days": recency + gap * (frequency - 1),
            "monetary_value": rng.integers(-5, 60, n_customers) / 4,
            "average_order_value": rng.integers(-5, 60, n_customers) / 8,
            "mean_gap_days": np.where(frequency == 1, np.nan, gap),
            "max_gap_days": np.where(frequency == 1, np.nan, 2 * gap),
            "gender": rng.choice(["female", "male", "other", None], n_customers),
            "region": rng.choice(["Seoul", "부산", " ", None, "3rd district"], n_customers),
            "age": pd.array(rng.integers(-2, 130, n_customers), dtype="Int64"),
            "children": pd.array(rng.integers(0, 3, n_customers), dtype="Int64"),
            "member": pd.array(rng.random(n_customers) < 0.5, dtype="boolean"),
        },
        index=pd.Index([f"C{n}" for n in range(n_customers)], name="customer_id"),
    )
    for column in ("age", "children", "member"):
        table.loc[rng.random(n_customers) < 0.1, column] = pd.NA
    return table.astype({"gender": "str", "region": "str"})


def to_relation(table: pa.Table) -> duckdb.DuckDBPyRelation:
    """Give a relation; a reference to DuckDB's own function would outlive the interpreter."""
    return duckdb.from_arrow(table)


KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": pa.Table.to_pandas,
    "polars": pl.from_arrow,
    "polars-lazy": lambda table: pl.from_arrow(table).lazy(),
    "pyarrow": lambda table: table,
    "duckdb": to_relation,
    "dask": lambda table: dd.from_pandas(table.to_pandas(), npartitions=4),
    "ibis": ibis.memtable,
}


def read_answer(frame: Any) -> dict[str, str]:
    """Give the segment of each customer."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, dd.DataFrame):
        frame = frame.compute()
    elif isinstance(frame, duckdb.DuckDBPyRelation):
        frame = frame.df()
    elif isinstance(frame, ibis.Table):
        frame = frame.to_pyarrow().to_pandas()
    elif isinstance(frame, pa.Table | pl.DataFrame):
        frame = frame.to_pandas()
    return dict(zip(frame["customer_id"], frame["segment"], strict=True))


@pytest.mark.parametrize("name", SEGMENTERS)
@pytest.mark.filterwarnings("ignore:Dask support is moving out:FutureWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_any_frame_gives_what_predict_gives(name: str, kind: str) -> None:
    """Of those whom the segmenter has never seen, too, and where values are missing."""
    segmenter = SEGMENTERS[name]
    learned = type(segmenter)(**segmenter.get_params(deep=False)).fit(make_customers())
    customers = make_customers(300, seed=1)
    table = pa.Table.from_pandas(customers.reset_index(), preserve_index=False)

    answer = learned.add_segments(KINDS[kind](table))

    assert read_answer(answer) == learned.predict(customers).to_dict()


def test_pandas_of_its_own_types_gives_what_predict_gives() -> None:
    """With categories, numbers that may be missing and NaN among floats."""
    customers = make_customers().astype({"gender": "category", "children": "float64"})
    segmenter = DemographicSegmenter(["gender", "children", "age"]).fit(customers)

    answer = segmenter.add_segments(customers)

    assert answer["segment"].to_dict() == segmenter.predict(customers).to_dict()


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Give Spark without any Python worker."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java, and there is none: apt-get install default-jre-headless")
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- takes a second

    session = (
        SparkSession.builder.master("local[2]")
        .config(  # compiles quickly, not thoroughly
            "spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        )
        .appName("crmlib tests")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.parametrize("name", SEGMENTERS)
def test_spark_gives_what_predict_gives_without_python(
    name: str, spark: SparkSession, tmp_path: Path
) -> None:
    """The plan of Spark reads a file and computes; nothing in it evaluates Python."""
    segmenter = SEGMENTERS[name]
    learned = type(segmenter)(**segmenter.get_params(deep=False)).fit(make_customers())
    customers = make_customers(300, seed=1)
    pl.from_pandas(customers.reset_index()).write_parquet(tmp_path / "customers.parquet")

    answer = learned.add_segments(spark.read.parquet(str(tmp_path / "customers.parquet")))
    plan = answer._jdf.queryExecution().toString()

    assert {row["customer_id"]: row["segment"] for row in answer.collect()} == (
        learned.predict(customers).to_dict()
    )
    assert "Python" not in plan
    assert "UDF" not in plan
