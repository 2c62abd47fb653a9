"""Which lines belong to one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd


def order_key(columns: Collection[str]) -> list[str]:
    """Give those of *columns* that tell one order from another.

    An order id counts within its customer and, where that is told, its sales
    channel: order 7 of the shop and order 7 of the market place are two.

    Examples
    --------
    >>> order_key(["amount", "customer_id", "order_id", "ordered_at"])
    ['customer_id', 'order_id']
    """
    return [name for name in ("customer_id", "sales_channel", "order_id") if name in columns]


def find_orders(transactions: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Give the orders that hold a purchase, a line with a positive amount.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        Canonical transactions.

    Returns
    -------
    Series of datetime, shape (n_orders,), indexed by the columns of :func:`order_key`
        The instant of the first purchase line.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1", "C1", "C2"], "order_id": ["1", "1", "1"],
    ...     "ordered_at": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"], utc=True),
    ...     "amount": [9.0, 8.0, 7.0],
    ... })
    >>> find_orders(lines).dt.day.to_dict()
    {('C1', '1'): 1, ('C2', '1'): 3}
    """
    purchases = transactions[transactions["amount"] > 0]
    by_order = purchases.groupby(order_key(purchases.columns), dropna=False)
    return by_order["ordered_at"].min()
