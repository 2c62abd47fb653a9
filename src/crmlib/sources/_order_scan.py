"""Order files that are never in memory as a whole."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd

from crmlib.tables import MINOR_UNITS, SetAsideReason, write_csv

if TYPE_CHECKING:
    import os
    from tempfile import TemporaryDirectory
    from types import TracebackType

    import duckdb

_SCRATCH = "set_aside.csv"


class OrderScan:
    """Order lines in files, read when they are asked for, within a limit of memory.

    :func:`crmlib.sources.scan_orders` makes it.  It owns a DuckDB connection
    and a folder of temporary files: use it in a ``with`` statement, and do
    with its tables what there is to do before the statement ends.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: TemporaryDirectory[str],
        *,
        rows_in: int,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._rows_in = rows_in
        self._finalizer = weakref.finalize(self, _close, connection, folder)

    @property
    def table(self) -> duckdb.DuckDBPyRelation:
        """Canonical transactions, one row per line that can be used, in no order.

        ``ordered_at`` is a TIMESTAMP WITH TIME ZONE.  Ids that are whole
        numbers in Parquet files stay numbers, and are summarised faster.
        """
        return self._connection.sql("FROM crm_used")

    @property
    def set_aside(self) -> duckdb.DuckDBPyRelation:
        """Rows that cannot be used, in the order of the files.

        The columns are ``source``, ``row`` (1 is the first row below the
        header), ``reason`` (a :class:`crmlib.tables.SetAsideReason`),
        ``detail``, ``amount`` (NULL if it could not be read),
        ``customer_id`` and ``order_id``.
        """
        return self._connection.sql(_SET_ASIDE)

    @property
    def rows_in(self) -> int:
        """Rows of all files."""
        return self._rows_in

    def report(self) -> pd.DataFrame:
        """Count rows, money and customers, used and set aside.

        Returns
        -------
        DataFrame of shape (n_parts, 3), indexed by "used" and the reasons that occur
            As that of :meth:`crmlib.tables.Orders.report`: ``rows``,
            ``amount``, the net sum, and ``customers``, those with a row used,
            and below it those left without one, each at the reason of their
            first row.
        """
        (n_used, money, customers) = self._connection.execute(
            f"SELECT count(*), {_MONEY}, count(DISTINCT customer_id) FROM crm_used"
        ).fetchall()[0]
        parts = {"used": (n_used, money, customers)}
        aside = {
            reason: (n_rows, money)
            for reason, n_rows, money in self._connection.execute(
                f"SELECT reason, count(*), {_MONEY} FROM crm_set_aside GROUP BY reason"
            ).fetchall()
        }
        lost = dict(self._connection.execute(_LOST).fetchall()) if aside else {}
        for reason in map(str, SetAsideReason):
            if reason in aside:
                parts[reason] = (*aside[reason], lost.get(reason, 0))
        report = pd.DataFrame.from_dict(
            {
                name: (rows, int(money) / MINOR_UNITS, n)
                for name, (rows, money, n) in parts.items()
            },
            orient="index",
            columns=["rows", "amount", "customers"],
        )
        assert report["rows"].sum() == self._rows_in, "rows in = used + set aside"
        return report

    def save_set_aside(self, path: str | os.PathLike[str]) -> None:
        """Write the rows set aside as a CSV that a spreadsheet opens without running it.

        :func:`crmlib.tables.read_csv` gives every cell back as it was.
        """
        scratch = Path(self._folder.name, _SCRATCH)
        with Path(path).open("wb") as file:
            write_csv(pd.DataFrame(columns=self.set_aside.columns), scratch)
            file.write(scratch.read_bytes())
            rows = self._connection.execute(_SET_ASIDE)
            while len(chunk := rows.fetch_df_chunk(_CHUNKS)):
                write_csv(chunk, scratch)
                file.write(scratch.read_bytes().partition(b"\n")[2])

    def close(self) -> None:
        """Close the connection, and remove the temporary files."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_SET_ASIDE = (
    "SELECT source, row, reason, detail, amount, customer_id, order_id "
    "FROM crm_set_aside ORDER BY number, row"
)

_CHUNKS = 50
"""Vectors of 2,048 rows that are written together."""

_MONEY = f"coalesce(sum((amount * {MINOR_UNITS})::BIGINT), 0)"

_LOST = """
WITH lost AS (
  SELECT customer_id, arg_min(reason, number * 1099511627776 + row) AS reason
  FROM crm_set_aside WHERE customer_id IS NOT NULL
  AND customer_id NOT IN (SELECT customer_id FROM crm_used WHERE customer_id IS NOT NULL)
  GROUP BY customer_id
)
SELECT reason, count(*) FROM lost GROUP BY reason
"""


def _close(connection: duckdb.DuckDBPyConnection, folder: TemporaryDirectory[str]) -> None:
    """Leave nothing behind."""
    connection.close()
    folder.cleanup()
