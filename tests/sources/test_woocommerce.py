"""The Analytics report of WooCommerce."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.sources import read_orders

ROW = {
    "Date": "2025-10-07 09:50:26",
    "Order #": "20001",
    "N. Revenue (formatted)": "$1,234.50",
    "Status": "completed",
    "Customer": "Mina Kim",
    "Product(s)": "2\u00d7 Mug, 1\u00d7 Print",
    "Items sold": "3",
    "Coupon(s)": "",
}


def table(*changes: dict[str, str]) -> pd.DataFrame:
    """Give a report with a row for each change of a good one."""
    return pd.DataFrame([ROW | change for change in changes])


def test_every_row_is_set_aside_and_says_what_to_export() -> None:
    """Names alone tell nobody apart, so the report says so instead of guessing."""
    orders = read_orders(table({}, {"Order #": "20002", "Status": "processing"}))

    assert orders.table.empty
    assert orders.set_aside["reason"].to_list() == ["unknown customer"] * 2
    assert orders.set_aside["amount"].to_list() == [1234.5, 1234.5]
    assert orders.set_aside["detail"].unique().tolist() == [
        (
            "the Analytics report of WooCommerce has no e-mail address and no phone number: "
            "export the orders themselves, with their billing address, by a plug-in for order "
            "exports or the REST API"
        )
    ]


def test_rows_are_kept_on_demand() -> None:
    """Then sales can be counted, by the clock of the shop, and belong to nobody."""
    orders = read_orders(
        table({"Order #": "20001.0"}), unknown_customers="keep", timezone="Asia/Seoul"
    )

    line = orders.table.loc[0]

    assert pd.isna(line["customer_id"])
    assert line["ordered_at"] == pd.Timestamp("2025-10-07 00:50:26", tz="UTC")
    assert line[["order_id", "amount", "product_name", "quantity", "status"]].to_list() == [
        "20001",
        1234.5,
        "2\u00d7 Mug, 1\u00d7 Print",
        3.0,
        "completed",
    ]
    assert line["sales_channel"] == "woocommerce"
    assert orders.contacts.empty


def test_who_insists_may_name_the_customer_column() -> None:
    """A mapping goes before what the source knows."""
    orders = read_orders(table({}), columns={"customer_id": "Customer"})

    assert orders.table["customer_id"].to_list() == ["Mina Kim"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$0.00", 0.0),
        ("12,000원", 12_000.0),
        ("1.234,50 €", 1234.5),
        ("1 234,50 zł", 1234.5),
        ("CHF 1\u2019234.50", 1234.5),
        ("R$ 12,00", 12.0),
        ("Rp12.500", 12_500.0),
        ("\u09f32,999", 2999.0),
        ("1.234.567", 1_234_567.0),
        ("1,234.567", 1234.567),
        ("-$12.50", -12.5),
        ("($12.50)", -12.5),
        ("12", 12.0),
    ],
)
def test_money_is_read_in_the_style_of_any_country(text: str, amount: float) -> None:
    """The last mark is decimal, unless it is the only kind and three digits follow it."""
    orders = read_orders(table({"N. Revenue (formatted)": text}))

    assert orders.set_aside["amount"].to_list() == [amount]


def test_what_was_paid_back_in_part_is_netted() -> None:
    """The report then has both totals in one cell, the old one first."""
    orders = read_orders(
        table({"N. Revenue (formatted)": "$20.00 $15.00"}, {"Order #": "2"}),
        unknown_customers="keep",
    )

    assert orders.table["amount"].to_list() == [15.0, 1234.5]
    assert orders.places["netted"].to_list() == [5.0, 0.0]


@pytest.mark.parametrize("header", ["N. Revenue", "Net Sales"])
def test_net_sales_go_before_the_total(header: str) -> None:
    """Reports that have the column tell sales without taxes and shipping; refunds are rows."""
    rows = table({}, {"Order #": "2"}, {"Date": "2025-10-09 08:00:00"}).assign(
        **{header: ["1000.50", "", "-1000.5"]}
    )

    orders = read_orders(rows, unknown_customers="keep")

    assert orders.table["amount"].to_list() == [1000.5, 1234.5, -1000.5]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("cancelled", "cancelled order"),
        ("failed", "cancelled order"),
        ("refunded", "returned line"),
    ],
)
def test_orders_that_came_to_nothing_say_so(status: str, reason: str) -> None:
    """The status goes before the missing customer."""
    orders = read_orders(table({"Status": status}))

    assert orders.set_aside["reason"].to_list() == [reason]


def test_what_cannot_be_read_is_quoted() -> None:
    """Rows without money, date or number are counted with their cells."""
    orders = read_orders(table({"N. Revenue (formatted)": "a lot"}, {"Date": ""}, {"Order #": ""}))

    assert orders.set_aside[["reason", "detail"]].to_numpy().tolist() == [
        ["unreadable amount", "'a lot' is no number"],
        ["unreadable date", "ordered_at is empty"],
        ["missing order id", "order_id is empty"],
    ]


def test_currencies_are_told_apart() -> None:
    """Where totals have several signs, those of the rarer one are not added up."""
    orders = read_orders(
        table({}, {"Order #": "2"}, {"Order #": "3", "N. Revenue (formatted)": "€5.00"}),
        unknown_customers="keep",
    )

    assert orders.table["amount"].to_list() == [1234.5, 1234.5]
    assert orders.set_aside["reason"].to_list() == ["other currency"]


def test_orders_pasted_twice_count_once() -> None:
    """Reports of overlapping months have the same order twice."""
    orders = read_orders([table({}), table({"Order #": "2"}, {})], unknown_customers="keep")

    assert orders.table["order_id"].to_list() == ["20001", "2"]
    assert orders.set_aside["reason"].to_list() == ["duplicate line"]
