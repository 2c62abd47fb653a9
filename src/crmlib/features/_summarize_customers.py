"""Transactions in, one row per customer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import narwhals.stable.v2 as nw

from crmlib.exceptions import InvalidParameterError
from crmlib.features._eager_summary import summarize_frame
from crmlib.features._lazy_partitions import summarize_partitions
from crmlib.features._lazy_summary import summarize_lazily
from crmlib.features._snapshot import to_day

if TYPE_CHECKING:
    from datetime import date

FrameT = TypeVar("FrameT")


def summarize_customers(
    transactions: FrameT, *, snapshot_date: date | str, timezone: str = "UTC"
) -> FrameT:
    """Give one row per customer, as things stood at the end of *snapshot_date*.

    A purchase is a line with a positive amount (rounded to ten-thousandths),
    and an order counts if it holds one.  Negative lines lower the money and
    nothing else.

    Frames in memory are computed at once, in numpy.  Lazy ones are computed
    where their lines lie and when somebody asks: what comes back is a plan.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        The canonical table of :attr:`crmlib.tables.Orders.table`: a DataFrame
        of pandas or Polars, a Table of PyArrow, or one of another library in
        memory that narwhals knows; or a lazy one: a relation of DuckDB, a
        LazyFrame of Polars, a DataFrame of PySpark or Dask, a table of ibis.
        With a column ``sales_channel`` an order id counts within its channel.
    snapshot_date : date or str
        The last day that counts, in *timezone*.
    timezone : str, default="UTC"
        IANA zone of the account, in which days are counted.

    Returns
    -------
    DataFrame of shape (n_customers, 9), indexed by customer_id and sorted by it
        Of the kind that came; where there is no index, ``customer_id`` is the
        first column.  A lazy one is in no order.

        - ``first_purchase_at``, ``last_purchase_at``: aware, UTC; DuckDB and
          Spark hold instants without a zone and show them in that of the session;
        - ``recency_days``: whole local days from the last purchase to the snapshot;
        - ``frequency``: distinct orders with a purchase;
        - ``monetary_value``: net sum, summed in ten-thousandths, so that the
          order of rows does not matter;
        - ``average_order_value``: ``monetary_value / frequency``;
        - ``tenure_days``: whole local days from the first purchase to the snapshot;
        - ``mean_gap_days``, ``max_gap_days``: between successive orders, each
          at its last purchase line; if there is one order, NaN, or null from a
          lazy table (NaN from Dask, which has no nulls).

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If there are no rows, an instant is missing or naive, or an amount is
        not finite.
    InvalidParameterError
        If *transactions* is no dataframe, or date or zone are none.

    Warns
    -----
    DataQualityWarning
        Counts lines after the snapshot, lines without a customer, and
        customers who bought nothing; they are left out.

    Notes
    -----
    Of a lazy table only the schema can be checked.  It is refused for missing
    columns, instants without a zone and amounts that are no numbers.  Lines
    for which a table in memory is refused (no instant, no order id, an amount
    that is null, NaN or infinite, also one of 9.0e11 and more) are left out
    without a word, like all that is counted under *Warns*, and where there are
    no lines there is no customer.  Local days before 1970 are those of the
    offset with which 1970 began; sums per customer reach to 9.2e14.

    Examples
    --------
    >>> import pandas as pd
    >>> transactions = pd.DataFrame({
    ...     "customer_id": ["C1", "C1", "C1"], "order_id": ["1", "2", "3"],
    ...     "ordered_at": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-12"], utc=True),
    ...     "amount": [10.0, 20.0, -5.0],
    ... })
    >>> customers = summarize_customers(transactions, snapshot_date="2024-01-31")
    >>> customers[["recency_days", "frequency", "monetary_value"]].to_dict("index")
    {'C1': {'recency_days': 20, 'frequency': 2, 'monetary_value': 25.0}}
    """
    day = to_day(snapshot_date, timezone)
    if nw.dependencies.is_dask_dataframe(transactions):
        return cast("FrameT", summarize_partitions(transactions, day, timezone))
    frame = nw.from_native(transactions, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        return cast("FrameT", summarize_lazily(frame, day, timezone))
    if isinstance(frame, nw.DataFrame):
        return cast("FrameT", summarize_frame(transactions, day, timezone))
    expected = "a dataframe of a library that narwhals knows"
    if hasattr(transactions, "table"):
        expected += f", such as the table of {type(transactions).__name__}: give its .table"
    raise InvalidParameterError("transactions", type(transactions).__name__, expected)
