"""What customers like to buy."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.exceptions import MissingColumnsError
from crmlib.features import add_category_interests, summarize_customers

COLUMNS = ["customer_id", "order_id", "ordered_at", "amount", "category", "product_name"]
ROWS = [
    ("C1", "1", "2024-01-01", 5.0, "tops", "Tee"),
    ("C1", "1", "2024-01-01", 5.0, "tops", "Tank"),
    ("C1", "1", "2024-01-01", 5.0, "shoes", "Boot"),
    ("C1", "2", "2024-01-02", 5.0, "shoes", "Sandal"),
    ("C1", "3", "2024-01-03", 5.0, None, "Voucher"),
    ("C1", "4", "2024-01-04", -5.0, "tops", "Tee"),
    ("C2", "5", "2024-01-01", 5.0, "tops", "Tee"),
    ("C2", "6", "2024-01-02", 5.0, "hats", "Cap"),
    ("C3", "7", "2024-01-01", 5.0, "tops", "Vest"),
    ("C3", "7", "2024-01-01", 5.0, "hats", "Cap"),
    ("C3", "7", "2024-01-01", 5.0, "hats", "Beret"),
    ("C4", "8", "2024-01-01", 5.0, None, "Voucher"),
    ("C2", "9", "2024-02-01", 5.0, "tops", "Later"),
    ("C9", "10", "2024-01-01", -5.0, "tops", "Tee"),
]


def make(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Give canonical transactions."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(ordered_at=pd.to_datetime(table["ordered_at"], utc=True))


@pytest.fixture
def customers() -> pd.DataFrame:
    """Give the customers as of January."""
    january = make([row for row in ROWS if row[0] != "C9" and row[2] < "2024-02"])
    return summarize_customers(january, snapshot_date="2024-01-31")


def test_the_favourite_category_is_in_most_orders(customers: pd.DataFrame) -> None:
    """Ties go to the one bought last, then to the alphabet; returns do not count."""
    expected = [
        ("C1", "shoes", 2, "Sandal"),  # tops are in one order, though on two lines
        ("C2", "hats", 1, "Cap"),  # one each, hats last; February does not count
        ("C3", "hats", 1, "Beret"),  # one order holds both
        ("C4", None, 0, None),
    ]
    before = customers.copy()

    for rows in (ROWS, ROWS[::-1]):
        table = add_category_interests(customers, make(rows))

        added = table.iloc[:, -3:].astype(object).where(table.iloc[:, -3:].notna(), None)
        assert list(added.itertuples(name=None)) == expected
        assert table["favourite_category_orders"].dtype == "int64"
    pd.testing.assert_frame_equal(customers, before)


def test_orders_of_two_channels_are_two_orders(customers: pd.DataFrame) -> None:
    """Even if they have one number."""
    lines = make([("C4", "1", "2024-01-01", 5.0, "tops", "Tee")] * 2)

    table = add_category_interests(customers, lines.assign(sales_channel=["shop", "mall"]))

    assert table["favourite_category_orders"].to_list() == [0, 0, 0, 2]


@pytest.mark.parametrize("are_numbers", [(True, True), (True, False), (False, True)], ids=str)
def test_numbers_and_texts_are_compared_as_texts(are_numbers: tuple[bool, bool]) -> None:
    """Whichever table holds the numbers; a line without a customer is nobody's."""
    texts = make([(i, i, "2024-01-01", 5.0, "hats", "Cap") for i in ("7", "9")])
    numbers = texts.assign(customer_id=[7, 9])
    customers = summarize_customers(
        numbers if are_numbers[0] else texts, snapshot_date="2024-01-31"
    )
    nobody = make([(None, "3", "2024-01-01", 5.0, "hats", "Cap")])
    lines = pd.concat([numbers if are_numbers[1] else texts, nobody])
    if are_numbers[1]:
        lines = lines.astype({"customer_id": float})

    table = add_category_interests(customers, lines)

    assert table.index.equals(customers.index)
    assert table["favourite_category"].to_list() == ["hats", "hats"]
    assert table["favourite_category_orders"].to_list() == [1, 1]
    assert table["last_product_name"].to_list() == ["Cap", "Cap"]


def test_products_need_no_names(customers: pd.DataFrame) -> None:
    """Without names of products the last one is missing, and nothing else differs."""
    expected = add_category_interests(customers, make(ROWS))

    table = add_category_interests(customers, make(ROWS).drop(columns="product_name"))

    assert table["last_product_name"].isna().all()
    assert table["last_product_name"].dtype == expected["last_product_name"].dtype
    pd.testing.assert_frame_equal(table.iloc[:, :-1], expected.iloc[:, :-1])


def test_categories_are_needed(customers: pd.DataFrame) -> None:
    """Missing columns are named, of either table."""
    with pytest.raises(MissingColumnsError, match=r"transactions lacks the columns \['category'"):
        add_category_interests(customers, make(ROWS).drop(columns="category"))
    with pytest.raises(MissingColumnsError, match=r"customers lacks the columns \['last_pur"):
        add_category_interests(customers[["frequency"]], make(ROWS))
