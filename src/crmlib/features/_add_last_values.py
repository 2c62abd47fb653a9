"""What the last order told of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidTableError
from crmlib.features._id_texts import to_id_texts
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def add_last_values(
    customers: pd.DataFrame, transactions: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Put beside each customer what their last line says in *columns* of order lines.

    Lines after a customer's ``last_purchase_at`` do not count, so that the
    answer is of the same day as the customers table.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        With ``last_purchase_at``; ids that are numbers are compared as texts.
    transactions : DataFrame of shape (n_lines, n_columns)
        Order lines with ``customer_id``, ``ordered_at`` and the *columns*.
    columns : sequence of str
        Such as those that :func:`crmlib.read_orders` was asked to keep.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns + n_added), indexed like *customers*
        A copy; the value of the last line that has one, of those at one
        instant the first in the alphabet; NaN if none has.

    Raises
    ------
    MissingColumnsError
        If a column is not there.
    InvalidTableError
        If *customers* has one of the columns already.

    Examples
    --------
    >>> import pandas as pd
    >>> at = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)
    >>> lines = pd.DataFrame({"customer_id": "C1", "ordered_at": at, "country": ["France", None]})
    >>> customers = pd.DataFrame({"last_purchase_at": at[1:]}, index=["C1"])
    >>> add_last_values(customers, lines, ["country"])["country"].to_list()
    ['France']
    """
    check_columns("customers", customers, ["last_purchase_at"])
    check_columns("transactions", transactions, ["customer_id", "ordered_at", *columns])
    if taken := [name for name in columns if name in customers]:
        raise InvalidTableError(
            "customers", f"has the columns {taken} already", "keep them under other names"
        )
    table = customers.copy()
    if not columns:
        return table
    ids = to_id_texts(customers.index)
    lines = transactions[["customer_id", "ordered_at", *columns]]
    lines = lines.assign(customer_id=to_id_texts(lines["customer_id"]))
    until = lines["customer_id"].map(customers["last_purchase_at"].set_axis(ids))
    lines = lines[lines["ordered_at"] <= until]
    for name in columns:
        told = lines.dropna(subset=[name])
        told = told.sort_values(["ordered_at", name], ascending=[False, True], kind="stable")
        values = told.drop_duplicates("customer_id").set_index("customer_id")[name]
        table[name] = values.reindex(ids).array
    return table
