"""One product is called differently on each channel, until a table says what it is."""

import pandas as pd
import pytest

from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.sources import count_shared_products, list_products, name_products
from crmlib.tables import Orders, make_transactions


def orders_of(**columns: list[str | None]) -> Orders:
    """Give a line of 10 for each place of *columns*."""
    n_lines = len(next(iter(columns.values())))
    lines = pd.DataFrame({"order_id": [str(number) for number in range(n_lines)], **columns})
    return make_transactions(lines.assign(customer_id="C", ordered_at="2026-05-01", amount="10"))


ORDERS = orders_of(
    sales_channel=["mall", "mall", "market", "market", None, "market"],
    product_id=["M-1", "M-2", "77", None, "77", None],
    product_name=["Mug", "Cup", "Blue mug", "Cup!", "Mug", None],
)


def test_lines_get_the_names_of_the_table_and_the_rest_is_counted() -> None:
    """By id before by name, by channel before any; what the table leaves blank stays."""
    products = pd.DataFrame(
        [
            ("mall", "M-1", "", "MUG", "The mug", "kitchen"),
            ("market", "77.0", "Blue mug", "MUG", "", "kitchen"),
            ("", "", "Cup!", "CUP", "", ""),
            ("market", "", "Blue mug", "NO", "No", "no"),
        ],
        columns=["sales_channel", "channel_product_id", "channel_product_name", "product_id",
                 "product_name", "category"],
    )  # fmt: skip

    named = name_products(ORDERS, products)

    table = named.orders.table.fillna("")
    assert table["product_id"].to_list() == ["MUG", "M-2", "MUG", "CUP", "77", ""]
    assert table["product_name"].to_list() == ["The mug", "Cup", "Blue mug", "Cup!", "Mug", ""]
    assert table["category"].to_list() == ["kitchen", "", "kitchen", "", "", ""]
    assert (named.n_lines, named.n_matched) == (5, 3)
    assert named.unmatched.to_numpy().tolist() == [["", "77", "Mug", 1], ["mall", "M-2", "Cup", 1]]
    assert named.orders.table.drop(columns=["product_id", "product_name", "category"]).equals(
        ORDERS.table.drop(columns=["product_id", "product_name"])
    )


def test_a_table_of_categories_alone_will_do() -> None:
    """Names and ids stay as they are."""
    products = pd.DataFrame({"channel_product_name": ["Mug"], "category": ["kitchen"]})

    table = name_products(ORDERS, products).orders.table

    assert table["category"].fillna("").to_list() == ["kitchen", "", "", "", "kitchen", ""]
    assert table["product_id"].equals(ORDERS.table["product_id"])


def test_tables_that_leave_doubt_are_refused() -> None:
    """With the row to look at."""
    twice = pd.DataFrame({"channel_product_id": ["1", "1"], "product_id": ["A", "B"]})
    nothing = pd.DataFrame({"channel_product_id": ["1", ""], "product_id": ["A", "B"]})

    with pytest.raises(InvalidTableError, match="differently in 1 rows, first in row 2"):
        name_products(ORDERS, twice)
    with pytest.raises(InvalidTableError, match="tells no product in 1 rows, first in row 2"):
        name_products(ORDERS, nothing)
    with pytest.raises(MissingColumnsError, match="one of them says which product is meant"):
        name_products(ORDERS, twice[["product_id"]])
    with pytest.raises(MissingColumnsError, match="one of them says what it is called"):
        name_products(ORDERS, twice[["channel_product_id"]])


def test_a_table_to_begin_with_joins_what_is_called_alike() -> None:
    """It names each product of each channel once, and changes nothing but what is joined."""
    table = list_products(ORDERS)

    assert table["lines"].sum() == 5
    assert table["product_id"].fillna("").to_list() == ["M-2", "M-2", "M-1", "M-1", "77"]
    assert table["channel_product_name"].to_list() == ["Cup", "Cup!", "Mug", "Mug", "Blue mug"]
    named = name_products(ORDERS, table)
    assert named.n_matched == named.n_lines
    assert list_products(orders_of(sales_channel=["mall"])).empty
    renamed = orders_of(product_id=["1", "1", "1"], product_name=["Mug", "Mug", "New mug"])
    assert list_products(renamed)[["product_name", "lines"]].to_numpy().tolist() == [["Mug", 3]]


def test_channels_that_share_no_id_are_counted() -> None:
    """Two with ids, and none of these in common."""
    assert count_shared_products(ORDERS) == (2, 0)
    assert count_shared_products(orders_of(sales_channel=["a", "b"], product_id=["1", "1"])) == (
        2,
        1,
    )
    assert count_shared_products(orders_of(sales_channel=["a"])) == (0, 0)
