"""The all-orders report of Amazon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.sources import read_orders

if TYPE_CHECKING:
    from pathlib import Path

ROW = {
    "amazon-order-id": "111-0000001-0000001",
    "purchase-date": "2025-10-07T09:50:26+00:00",
    "order-status": "Shipped",
    "product-name": "Mug",
    "sku": "MUG-1",
    "asin": "B0EXAMP001",
    "quantity": "2",
    "currency": "USD",
    "item-price": "20.00",
    "ship-city": "SAMPLETON",
    "ship-state": "MA",
    "ship-postal-code": "01234",
    "ship-country": "US",
    "promotion-ids": "",
}


def table(*changes: dict[str, str]) -> pd.DataFrame:
    """Give a report with a row for each change of a good one."""
    return pd.DataFrame([ROW | change for change in changes])


def test_every_row_is_set_aside_and_says_why(tmp_path: Path) -> None:
    """Amazon names no buyers, and no other report would help."""
    table({}, {"sku": "PRINT-1"}).to_csv(tmp_path / "amazon.txt", sep="\t", index=False)

    orders = read_orders(tmp_path / "amazon.txt")

    assert orders.table.empty
    assert orders.set_aside["reason"].to_list() == ["unknown customer"] * 2
    assert orders.set_aside["amount"].to_list() == [20.0, 20.0]
    assert orders.set_aside["detail"][0].startswith("the report of Amazon does not say who bought")


def test_rows_are_kept_on_demand() -> None:
    """Then sales can be counted; the price is of all pieces together."""
    line = read_orders(table({}), unknown_customers="keep").table.loc[0]

    assert line["ordered_at"] == pd.Timestamp("2025-10-07 09:50:26", tz="UTC")
    assert pd.isna(line["customer_id"])
    assert line.drop(["ordered_at", "customer_id"]).to_dict() == {
        "order_id": "111-0000001-0000001",
        "amount": 20.0,
        "line_id": "MUG-1",
        "product_id": "MUG-1",
        "product_name": "Mug",
        "quantity": 2.0,
        "currency": "USD",
        "sales_channel": "amazon",
        "status": "Shipped",
    }


def test_promotions_are_taken_off_and_shipping_is_apart() -> None:
    """Longer reports have columns for both; no promotion makes a price negative."""
    rows = table({}, {"sku": "A"}, {"sku": "B", "item-price": ""}).assign(
        **{
            "item-promotion-discount": ["5.00", "99", "1.00"],
            "shipping-price": ["3.99", "", "1"],
        }
    )

    orders = read_orders(rows, unknown_customers="keep")

    assert orders.table["amount"].to_list() == [15.0, 0.0]
    assert orders.places["shipping_fee"].to_list() == [3.99, 0.0]
    assert orders.set_aside[["reason", "detail"]].to_numpy().tolist() == [
        ["unreadable amount", "amount is empty"]
    ]


@pytest.mark.parametrize(
    ("cells", "reason", "amount"),
    [
        (
            {"order-status": "Cancelled", "item-price": "", "quantity": "0", "currency": ""},
            "cancelled order",
            0.0,
        ),
        ({"item-status": "Cancelled", "item-price": ""}, "cancelled order", 0.0),
        ({"order-status": "Cancelled"}, "cancelled order", 20.0),
        ({"order-status": "Shipped - Returned to Seller"}, "returned line", 20.0),
    ],
    ids=["cancelled", "one item", "with its price", "sent back"],
)
def test_sales_that_came_to_nothing_say_so(
    cells: dict[str, str], reason: str, amount: float
) -> None:
    """A cancelled item has lost its price, which is no error of the file."""
    orders = read_orders(table(cells, {}))

    assert orders.set_aside.loc[0, ["reason", "amount"]].to_list() == [reason, amount]
    assert orders.set_aside["reason"][1] == "unknown customer"


def test_reports_of_overlapping_weeks_count_once() -> None:
    """An item is known by its order and sku; the same sku twice in an order is two items."""
    orders = read_orders([table({}, {}), table({}, {}, {"sku": "A"})], unknown_customers="keep")

    assert orders.table["line_id"].to_list() == ["MUG-1", "MUG-1 (2)", "A"]
    assert orders.set_aside["reason"].to_list() == ["duplicate line"] * 2
