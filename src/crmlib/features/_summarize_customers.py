"""Transactions in, one row per customer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from crmlib.features._eager_summary import summarize_frame
from crmlib.features._snapshot import to_day

if TYPE_CHECKING:
    from datetime import date

FrameT = TypeVar("FrameT")


def summarize_customers(
    transactions: FrameT, *, snapshot_date: date | str, timezone: str = "UTC"
) -> FrameT:
    """Give one row per customer, as things stood at the end of *snapshot_date*.

    A purchase is a line with a positive amount, and an order counts if it
    holds one.  Negative lines lower the money and nothing else.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        The canonical table of :attr:`crmlib.tables.Orders.table`, of pandas,
        Polars, PyArrow or another eager library that narwhals knows.  With a
        column ``sales_channel`` an order id counts within its channel.
    snapshot_date : date or str
        The last day that counts, in *timezone*.
    timezone : str, default="UTC"
        IANA zone of the account, in which days are counted.

    Returns
    -------
    DataFrame of shape (n_customers, 9), indexed by customer_id and sorted by it
        Of the kind that came; where there is no index, ``customer_id`` is the
        first column.

        - ``first_purchase_at``, ``last_purchase_at``: aware, UTC;
        - ``recency_days``: whole local days from the last purchase to the snapshot;
        - ``frequency``: distinct orders with a purchase;
        - ``monetary_value``: net sum, summed in ten-thousandths, so that the
          order of rows does not matter;
        - ``average_order_value``: ``monetary_value / frequency``;
        - ``tenure_days``: whole local days from the first purchase to the snapshot;
        - ``mean_gap_days``, ``max_gap_days``: between successive orders, each
          at its last purchase line; NaN if there is one order.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If there are no rows, an instant is missing or naive, or an amount is
        not finite.
    InvalidParameterError
        If *transactions* is no eager dataframe, or date or zone are none.

    Warns
    -----
    DataQualityWarning
        Counts lines after the snapshot, lines without a customer, and
        customers who bought nothing; they are left out.

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
    return cast("FrameT", summarize_frame(transactions, day, timezone))
