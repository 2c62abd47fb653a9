"""Parquet files through DuckDB, without pyarrow."""

from __future__ import annotations

import glob
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(source: Path | bytes, name: str) -> pd.DataFrame:
    """Read a Parquet file called *name*, or the bytes of one.

    Raises
    ------
    UnreadableFileError
        If it is damaged.
    """
    if isinstance(source, bytes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bytes.parquet")
            path.write_bytes(source)
            return read_parquet(path, name)
    try:
        with duckdb.connect() as connection:
            # DuckDB takes names for patterns: "orders[1]" would be the file "orders1".
            table: pd.DataFrame = connection.read_parquet(glob.escape(str(source))).df()
            return table
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise UnreadableFileError(
            name, f"is no Parquet file that can be read ({problem})", "export it again"
        ) from error
