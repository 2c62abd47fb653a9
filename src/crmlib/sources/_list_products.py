"""The products of each sales channel, as a product table to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.sources._accounts import plain_text
from crmlib.sources._name_products import CHANNEL_COLUMNS, COMMON_COLUMNS

if TYPE_CHECKING:
    from crmlib.tables import Orders

_COLUMNS = ("sales_channel", "product_id", "product_name")


def list_products(orders: Orders) -> pd.DataFrame:
    """List the products of each channel, for a person to say which are one.

    An id of a channel is one product, whatever it was called; it is listed
    by the name that most lines have.  Products of one name, but for spaces,
    case and signs, are taken for one: they get the id and name of the one
    that is on most lines.

    Parameters
    ----------
    orders : Orders

    Returns
    -------
    DataFrame of shape (n_products, 7)
        A table as :func:`name_products` takes it, with ``lines``, a count;
        products of one common id stand together, those of most lines first.

    Examples
    --------
    >>> from crmlib.tables import make_transactions
    >>> lines = pd.DataFrame({
    ...     "customer_id": "C1", "order_id": ["1", "2"], "ordered_at": "2024-03-01",
    ...     "amount": "10", "sales_channel": ["mall", "market"], "product_id": ["M-1", "77"],
    ...     "product_name": ["Blue mug", "[BLUE MUG]"],
    ... })
    >>> list_products(make_transactions(lines))[["channel_product_id", "product_id"]]
      channel_product_id product_id
    0                M-1        M-1
    1                 77        M-1
    """
    table = orders.table
    nothing = pd.Series(index=table.index, dtype="str")
    cells = pd.DataFrame({name: table.get(name, nothing) for name in (*_COLUMNS, "category")})
    cells = cells[cells[["product_id", "product_name"]].notna().any(axis=1)]
    groups = cells.groupby(list(_COLUMNS), dropna=False)["category"]
    named = groups.agg(lines="size", category="last").reset_index()
    named = named.sort_values(
        ["lines", *_COLUMNS], ascending=[False, True, True, True], ignore_index=True
    )
    own = named["product_id"].where(named["product_id"].notna(), "\0" + named["product_name"])
    products = named.assign(own=own).groupby(["sales_channel", "own"], dropna=False, sort=False)
    found = named.assign(lines=products["lines"].transform("sum"))[products.cumcount() == 0]
    found = found.sort_values("lines", ascending=False, kind="stable", ignore_index=True)
    plain = found["product_name"].map(plain_text, na_action="ignore")
    alone = pd.Series([f"\0{place}" for place in found.index], index=found.index)
    key = plain.where(plain.notna() & (plain != ""), alone)
    first = found.groupby(key, sort=False)
    answer = found[list(_COLUMNS)].set_axis(list(CHANNEL_COLUMNS), axis=1)
    for name in COMMON_COLUMNS:
        answer[name] = first[name].transform("first")
    answer["lines"] = found["lines"]
    order = first["lines"].transform("sum").rename("of_all")
    return (
        answer.assign(of_all=order, key=key)
        .sort_values(["of_all", "key", "lines"], ascending=[False, True, False], kind="stable")
        .drop(columns=["of_all", "key"])
        .reset_index(drop=True)
    )


def count_shared_products(orders: Orders) -> tuple[int, int]:
    """Count the sales channels that have product ids, and the ids that several of them have."""
    table = orders.table
    if not {"sales_channel", "product_id"}.issubset(table):
        return 0, 0
    pairs = table[["sales_channel", "product_id"]].dropna().drop_duplicates()
    shared = pairs["product_id"].value_counts().gt(1).sum()
    return pairs["sales_channel"].nunique(), int(shared)
