"""One product under several names: a table of products that all channels share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.tables import NO_ID, check_columns, read_texts

if TYPE_CHECKING:
    from crmlib.tables import Orders

CHANNEL_COLUMNS: Final = ("sales_channel", "channel_product_id", "channel_product_name")
COMMON_COLUMNS: Final = ("product_id", "product_name", "category")
_ANY: Final = ""


@attrs.frozen(kw_only=True, eq=False)
class NamedProducts:
    """Orders whose products have the names of a product table.

    Parameters
    ----------
    orders : Orders
    n_lines : int
        Lines that have a product.
    n_matched : int
        Those whose product is in the table.
    unmatched : DataFrame of shape (n_unmatched, 4)
        Products that are not: ``sales_channel``, ``product_id``,
        ``product_name`` and ``lines``, most lines first.
    """

    orders: Orders
    n_lines: int
    n_matched: int
    unmatched: pd.DataFrame = attrs.field(repr=False)


def name_products(orders: Orders, products: pd.DataFrame) -> NamedProducts:
    """Give the products of *orders* the ids, names and categories that *products* give them.

    A line is matched by its channel and product id, else by its channel and
    product name; a row without a channel is for all of them.

    Parameters
    ----------
    orders : Orders
    products : DataFrame of shape (n_products, n_columns)
        A row for each product of a channel: ``sales_channel``,
        ``channel_product_id`` and ``channel_product_name``, whichever there
        are, as the order files have them; and what it is called from now on:
        ``product_id``, ``product_name``, ``category``.  What is blank there
        stays as the order files have it.  Other columns are ignored.

    Returns
    -------
    NamedProducts

    Raises
    ------
    MissingColumnsError
        If the table has no column by which products are found or named.
    InvalidTableError
        If a row tells no product, or two rows tell one product differently.

    Examples
    --------
    >>> from crmlib.tables import make_transactions
    >>> lines = pd.DataFrame({
    ...     "customer_id": "C1", "order_id": ["1", "2"], "ordered_at": "2024-03-01",
    ...     "amount": "10", "sales_channel": ["mall", "market"], "product_id": ["M-1", "77"],
    ... })
    >>> products = pd.DataFrame({
    ...     "sales_channel": ["mall", "market"], "channel_product_id": ["M-1", "77"],
    ...     "product_id": "MUG", "category": "kitchen",
    ... })
    >>> named = name_products(make_transactions(lines), products)
    >>> named.orders.table[["product_id", "category"]].to_numpy().tolist()
    [['MUG', 'kitchen'], ['MUG', 'kitchen']]
    """
    given = _read(products)
    lines = orders.table
    told = pd.DataFrame(
        {
            "sales_channel": _texts(lines, "sales_channel").fillna(_ANY),
            "channel_product_id": _texts(lines, "product_id"),
            "channel_product_name": _texts(lines, "product_name"),
        }
    )
    place = pd.Series(index=told.index, dtype="float64")
    for key in ("channel_product_id", "channel_product_name"):
        for channel in (told["sales_channel"], pd.Series(_ANY, index=told.index)):
            rows = given[given[key].notna()]
            if key == "channel_product_name":
                rows = rows[rows["channel_product_id"].isna()]
            _refuse_doubts(rows, key)
            known = rows.drop_duplicates(["sales_channel", key])
            pairs = pd.MultiIndex.from_frame(known[["sales_channel", key]])
            wanted = pd.MultiIndex.from_arrays([channel, told[key]])
            found = pairs.get_indexer(wanted)
            new = place.isna() & (found >= 0) & told[key].notna()
            place[new] = known.index.to_numpy()[found[new.to_numpy()]]
    matched = place.notna()
    table = lines.copy()
    chosen = given.reindex(place)
    for name in COMMON_COLUMNS:
        if given[name].notna().any():
            new_texts = chosen[name].set_axis(lines.index)
            table[name] = new_texts.where(new_texts.notna(), _texts(lines, name))
    has_product = told[["channel_product_id", "channel_product_name"]].notna().any(axis=1)
    lost = told[has_product & ~matched].set_axis(
        [*CHANNEL_COLUMNS[:1], *COMMON_COLUMNS[:2]], axis=1
    )
    unmatched = lost.groupby(list(lost.columns), dropna=False).size().rename("lines").reset_index()
    return NamedProducts(
        orders=attrs.evolve(orders, table=table),
        n_lines=int(has_product.sum()),
        n_matched=int(matched.sum()),
        unmatched=unmatched.sort_values(
            "lines", ascending=False, kind="stable", ignore_index=True
        ),
    )


def _read(products: pd.DataFrame) -> pd.DataFrame:
    """Give all columns as texts, rows 0 to n."""
    given = products.reset_index(drop=True)
    check_columns(
        "products",
        given,
        [] if {"channel_product_id", "channel_product_name"} & set(given) else CHANNEL_COLUMNS[1:],
        "one of them says which product is meant",
    )
    check_columns(
        "products",
        given,
        [] if set(COMMON_COLUMNS) & set(given) else COMMON_COLUMNS,
        "one of them says what it is called",
    )
    table = pd.DataFrame(
        {name: _texts(given, name) for name in (*CHANNEL_COLUMNS, *COMMON_COLUMNS)}
    )
    table["sales_channel"] = table["sales_channel"].fillna(_ANY)
    nameless = table[["channel_product_id", "channel_product_name"]].isna().all(axis=1)
    if nameless.any():
        row = int(nameless.to_numpy().argmax()) + 1
        raise InvalidTableError(
            "products",
            f"tells no product in {int(nameless.sum()):,} rows, first in row {row:,}",
            "give each its channel_product_id or channel_product_name",
        )
    return table


def _texts(table: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in table:
        return pd.Series(index=table.index, dtype="str")
    return read_texts(table[name], NO_ID, ids=name.endswith("product_id")).set_axis(table.index)


def _refuse_doubts(rows: pd.DataFrame, key: str) -> None:
    """Refuse two rows that tell one product differently."""
    distinct = rows.drop_duplicates(["sales_channel", key, *COMMON_COLUMNS])
    twice = distinct[distinct.duplicated(["sales_channel", key])]
    if len(twice):
        raise InvalidTableError(
            "products",
            f"tells a {key} of one channel differently in {len(twice):,} rows, "
            f"first in row {twice.index[0] + 1:,}",
            "keep one row for each product of a channel",
        )
