"""Events: what customers did that a message may answer."""

from __future__ import annotations

from typing import Final

import pandas as pd

from crmlib.tables._checks import read_aware, read_ids, with_columns

ORDERED: Final = "ordered"
"""The event that each order is."""


def check_events(events: pd.DataFrame) -> pd.DataFrame:
    """Bring *events* to canonical columns and types.

    Parameters
    ----------
    events : DataFrame of shape (n_events, n_columns)
        ``customer_id``, ``event`` (any name, such as ``cart_left``) and ``at``,
        with its offset.  ``item``, what it was about, may be there and may be
        empty.  Other columns are kept as they are.

    Returns
    -------
    DataFrame of shape (n_events, n_columns), indexed 0 to n
        A copy; ``at`` is datetime64[us, UTC], names of events are in lower
        case.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If a row cannot be read, or ``at`` has no offset.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": ["C1"], "event": ["Cart_Left"], "at": ["2026-03-01T09:00:00+09:00"],
    ... })
    >>> check_events(events)[["event", "at"]]
           event                        at
    0  cart_left 2026-03-01 00:00:00+00:00
    """
    table = with_columns(events, "events", ["customer_id", "event", "at"])
    table["customer_id"] = read_ids(table, "customer_id", "events")
    table["event"] = read_ids(table, "event", "events").str.lower()
    table["at"] = read_aware(table["at"], "events")
    return table


def orders_as_events(transactions: pd.DataFrame) -> pd.DataFrame:
    """Give an event ``ordered`` for each order, at its first line that is no return.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        The canonical table.

    Returns
    -------
    DataFrame of shape (n_orders, 3)
        ``customer_id``, ``event`` and ``at``.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1", "C1"], "order_id": ["7", "7"], "amount": [5.0, 8.0],
    ...     "ordered_at": pd.to_datetime(["2026-03-01T09:00Z", "2026-03-01T09:00Z"]),
    ... })
    >>> orders_as_events(lines)["event"].to_list()
    ['ordered']
    """
    bought = transactions[(transactions["amount"] > 0).fillna(value=False)]
    orders = bought.dropna(subset="customer_id").groupby(["customer_id", "order_id"])
    at = orders["ordered_at"].min().reset_index()
    columns = {"customer_id": at["customer_id"], "event": ORDERED, "at": at["ordered_at"]}
    return pd.DataFrame(columns)
