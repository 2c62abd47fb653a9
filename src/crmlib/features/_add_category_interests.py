"""What customers like to buy."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import is_numeric_dtype

from crmlib.features._id_texts import to_id_texts
from crmlib.tables import REQUIRED_COLUMNS, check_columns, order_key


def add_category_interests(customers: pd.DataFrame, transactions: pd.DataFrame) -> pd.DataFrame:
    """Put beside each customer the category bought most often.

    Lines after a customer's ``last_purchase_at`` do not count, so that the
    answer is of the same day as the customers table.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        As :func:`crmlib.features.summarize_customers` gives it.
    transactions : DataFrame of shape (n_lines, n_columns)
        Canonical transactions with ``category``; ``product_name`` may be there.
        If the ids of one table are numbers and those of the other are not,
        they are compared as texts.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns + 3), indexed like *customers*
        A copy with ``favourite_category``, in most orders with a purchase (of
        equal ones the one bought last, then the first in the alphabet);
        ``favourite_category_orders``, how many (0 if there is none); and
        ``last_product_name``, bought last in that category (NaN if products
        have no names).

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> at = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True)
    >>> transactions = pd.DataFrame({
    ...     "customer_id": "C1", "order_id": ["1", "2", "3"], "ordered_at": at, "amount": 9.0,
    ...     "category": ["tops", "tops", "shoes"], "product_name": ["Tee", "Shirt", "Boot"],
    ... })
    >>> last = pd.DataFrame({"last_purchase_at": at[2:]}, index=["C1"])
    >>> table = add_category_interests(last, transactions)
    >>> table[["favourite_category", "last_product_name"]].to_dict("index")
    {'C1': {'favourite_category': 'tops', 'last_product_name': 'Shirt'}}
    """
    check_columns("customers", customers, ["last_purchase_at"])
    check_columns("transactions", transactions, [*REQUIRED_COLUMNS, "category"])
    if "product_name" not in transactions:
        nameless = pd.Series(index=transactions.index, dtype="str")
        transactions = transactions.assign(product_name=nameless)
    lines = transactions[(transactions["amount"] > 0) & transactions["category"].notna()]
    ids = customers.index.to_series()
    if is_numeric_dtype(ids.dtype) != is_numeric_dtype(lines["customer_id"].dtype):
        ids = pd.Series(to_id_texts(customers.index), index=customers.index)
        lines = lines.assign(customer_id=to_id_texts(lines["customer_id"]))
    until = lines["customer_id"].map(customers["last_purchase_at"].set_axis(pd.Index(ids)))
    lines = lines[lines["ordered_at"] <= until]
    liking = lines.groupby(["customer_id", "category"]).agg(bought_at=("ordered_at", "max"))
    counted = lines.drop_duplicates([*order_key(lines.columns), "category"])
    liking["orders"] = counted.groupby(["customer_id", "category"]).size()
    favourites = (
        liking.reset_index()
        .sort_values(["orders", "bought_at", "category"], ascending=[False, False, True])
        .drop_duplicates("customer_id")
    )
    last = (
        lines.merge(favourites[["customer_id", "category"]])
        .sort_values(["ordered_at", "product_name"], ascending=[False, True])
        .drop_duplicates("customer_id")
        .set_index("customer_id")["product_name"]
    )
    favourites = favourites.set_index("customer_id")
    table = customers.copy()
    table["favourite_category"] = ids.map(favourites["category"])
    table["favourite_category_orders"] = ids.map(favourites["orders"]).fillna(0).astype("int64")
    table["last_product_name"] = ids.map(last)
    return table
