"""Tills of Square: transactions and items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import DataQualityWarning
from crmlib.sources import read_orders
from crmlib.sources._square_times import ZONES, join_times
from crmlib.tables import is_zone

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.tables import Orders

PAID = {
    "Date": "2026-07-18",
    "Time": "12:59:30",
    "Time Zone": "Eastern Time (US & Canada)",
    "Gross Sales": "$33.00",
    "Discounts": "-$3.00",
    "Net Sales": "$30.00",
    "Partial Refunds": "$0.00",
    "Total Collected": "$32.40",
    "Transaction ID": "TX1",
    "Payment ID": "PA1",
    "Event Type": "Payment",
    "Customer ID": "CUST1",
    "Customer Name": "Dee Example",
    "Customer Reference ID": "",
}
ITEM = {
    "Date": "2026-07-18",
    "Time": "12:59:30",
    "Time Zone": "Eastern Time (US & Canada)",
    "Category": "Ceramics",
    "Item": "Mug",
    "Qty": "1.0",
    "Price Point Name": "Regular",
    "SKU": "MUG-1",
    "Gross Sales": "$20.00",
    "Discounts": "$0.00",
    "Net Sales": "$20.00",
    "Transaction ID": "TX1",
    "Payment ID": "PA1",
    "Event Type": "Payment",
}
PRINT = {"Item": "Print", "SKU": "PRINT-1", "Net Sales": "$10.00"}
BACK = {"Event Type": "Refund", "Payment ID": "PA1R", "Date": "2026-07-20"}
NOBODY = {"Customer ID": "", "Customer Name": ""}


def payments(*changes: dict[str, str]) -> pd.DataFrame:
    """Give a transactions file with a row for each change of a good one."""
    return pd.DataFrame([PAID | change for change in changes])


def items(*changes: dict[str, str]) -> pd.DataFrame:
    """Give an items file with a row for each change of a good one."""
    return pd.DataFrame([ITEM | change for change in changes])


def reasons(orders: Orders) -> list[str]:
    """Give the reasons of what was set aside."""
    return orders.set_aside["reason"].to_list()


def amounts(orders: Orders) -> list[float]:
    """Give the amounts of the lines that are used."""
    return orders.table["amount"].to_list()


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")], ids=["before", "behind"])
def test_items_are_the_lines_and_transactions_say_who(tmp_path: Path, names: list[str]) -> None:
    """Whichever file is read first; the money is counted once."""
    payments({}).to_csv(tmp_path / f"{names[0]}.csv", index=False)
    items({}, PRINT).to_csv(tmp_path / f"{names[1]}.csv", index=False)

    orders = read_orders(tmp_path)

    assert orders.table[
        ["order_id", "customer_id", "product_id", "amount"]
    ].to_numpy().tolist() == [
        ["TX1", "square:CUST1", "MUG-1", 20.0],
        ["TX1", "square:CUST1", "PRINT-1", 10.0],
    ]
    assert orders.table["ordered_at"].unique() == [pd.Timestamp("2026-07-18 16:59:30", tz="UTC")]
    assert orders.table[["category", "product_name", "quantity", "status", "sales_channel"]].iloc[
        0
    ].to_list() == ["Ceramics", "Mug", 1.0, "Payment", "square"]
    assert orders.set_aside[["reason", "detail", "amount"]].to_numpy().tolist() == [
        ["order summary", "its items are the lines, 2 in all", 0.0]
    ]
    assert orders.contacts[["account_id", "name"]].to_numpy().tolist() == [
        ["CUST1", "Dee Example"]
    ]


def test_a_transaction_without_items_is_a_line_itself() -> None:
    """Items of some months only, or none at all, lose no sale."""
    both = read_orders([payments({}, {"Transaction ID": "TX2"}), items({}, PRINT)])
    alone = read_orders(payments({}, {"Transaction ID": "TX2", "Net Sales": "$1,030.00"}))

    assert amounts(both) == [30.0, 20.0, 10.0]
    assert reasons(both) == ["order summary"]
    assert amounts(alone) == [30.0, 1030.0]
    assert alone.table["line_id"].to_list() == ["PA1", "PA1"]


def test_items_alone_are_lines() -> None:
    """Newer exports say who bought; where they do not, it is a walk-in."""
    known = read_orders(items({}).assign(**{"Customer ID": "CUST1.0"}))
    unknown = read_orders(items({}))

    assert known.table["customer_id"].to_list() == ["square:CUST1.0"]
    assert reasons(unknown) == ["unknown customer"]
    assert unknown.set_aside["detail"].to_list() == [
        "a walk-in: there is no Customer ID, Customer Reference ID or Customer Name"
    ]


def test_items_without_a_time_have_that_of_their_transaction() -> None:
    """Some exports of items leave it out."""
    orders = read_orders([payments({}), items({}).drop(columns=["Date", "Time", "Time Zone"])])

    assert orders.table["ordered_at"][0] == pd.Timestamp("2026-07-18 16:59:30", tz="UTC")


def test_a_summary_that_does_not_add_up_says_so() -> None:
    """Service charges, say, stand in no item."""
    orders = read_orders([payments({"Net Sales": "$31.50"}), items({}, PRINT)])

    assert orders.set_aside["detail"].to_list() == [
        "its items are the lines, 2 in all; its Net Sales is +1.50 from theirs"
    ]


def test_refunds_net_off() -> None:
    """A refund is a row below zero in both files, and belongs to who paid."""
    refund = BACK | {"Net Sales": "-$10.00"} | NOBODY
    orders = read_orders([payments({}, refund), items({}, PRINT, PRINT | BACK | refund)])

    assert amounts(orders) == [20.0, 10.0, -10.0]
    assert orders.table["customer_id"].unique() == ["square:CUST1"]
    assert orders.table["ordered_at"].dt.day.to_list() == [18, 18, 20]
    assert reasons(orders) == ["order summary"] * 2


@pytest.mark.parametrize("net", ["$30.00", "-$30.00"])
def test_a_refund_without_items_is_a_line_below_zero(net: str) -> None:
    """Whatever the sign that the export gives it."""
    orders = read_orders([payments({}, BACK | {"Net Sales": net}), items({}, PRINT)])

    assert amounts(orders) == [-30.0, 20.0, 10.0]


def test_old_exports_without_events_tell_refunds_by_the_sign() -> None:
    """A negative item without an Event Type was taken back."""
    table = items({}, {"Net Sales": "($20.00)"}).assign(**{"Customer ID": "C"})

    orders = read_orders(table.drop(columns="Event Type"))

    assert amounts(orders) == [20.0, -20.0]


def test_partial_refunds_are_taken_off_the_items() -> None:
    """In proportion to what was paid, and no more than that: the rest is tax."""
    part = read_orders([payments({"Partial Refunds": "-$3.00"}), items({}, PRINT)])
    more = read_orders([payments({"Partial Refunds": "-$32.40"}), items({}, PRINT)])
    alone = read_orders(payments({"Partial Refunds": "-$3.00"}))

    assert amounts(part) == [18.0, 9.0]
    assert part.places["netted"].to_list() == [2.0, 1.0]
    assert reasons(more) == ["order summary", "returned line", "returned line"]
    assert amounts(alone) == [27.0]


def test_a_partial_refund_may_be_a_row_of_its_own() -> None:
    """Then it has no sales, and money under Partial Refunds only."""
    refund = BACK | {"Net Sales": "$0.00", "Partial Refunds": "-$3.00"}
    plain = read_orders([payments({}, refund), items({}, PRINT)])
    mixed = read_orders(
        [payments({}, refund), items({}, PRINT, PRINT | BACK | {"Net Sales": "-$10.00"})]
    )

    assert amounts(plain) == [-3.0, 20.0, 10.0]
    assert amounts(mixed) == [-3.0, 20.0, 10.0, -10.0]


def test_tills_in_yen_refund_whole_yen() -> None:
    """The sign in the cells tells the currency."""
    paid = payments({"Partial Refunds": "-¥100", "Net Sales": "¥2,001"})
    sold = items({"Net Sales": "¥1,000"}, PRINT | {"Net Sales": "¥1,001"})

    assert amounts(read_orders([paid, sold])) == [950.0, 951.0]


@pytest.mark.parametrize(
    ("who", "customer"),
    [
        ({"Customer ID": ""}, "square:Dee Example"),
        ({"Customer ID": "", "Customer Reference ID": "R7"}, "square:R7"),
        ({"Customer ID": "17.0"}, "square:17"),
        (NOBODY, None),
        ({"Customer ID": "", "Customer Name": "Walk-In"}, None),
        ({"Customer ID": "", "Customer Name": "De*"}, None),
    ],
    ids=["name", "reference", "trailing zero", "nobody", "walk-in", "masked"],
)
def test_customers_are_told_by_id_then_reference_then_name(
    who: dict[str, str], customer: str | None
) -> None:
    """Walk-ins are unknown."""
    orders = read_orders([payments(who), items({})])

    assert orders.table["customer_id"].to_list() == ([customer] if customer else [])


def test_overlapping_months_count_once(tmp_path: Path) -> None:
    """A transaction that two exports of each kind have is one, and two coffees in it stay two."""
    second = {"Transaction ID": "TX2", "Payment ID": "PA2"}
    first = {"Transaction ID": "TX0", "Payment ID": "PA0"}
    payments(second, {}).to_csv(tmp_path / "transactions-1.csv", index=False)
    payments({"Partial Refunds": "-$4.00"}, first).to_csv(
        tmp_path / "transactions-2.csv", index=False
    )
    items(second, {}, {}).to_csv(tmp_path / "items-1.csv", index=False)
    items(first, {}, {}).to_csv(tmp_path / "items-2.csv", index=False)

    orders = read_orders(tmp_path)

    assert orders.table[["order_id", "amount"]].to_numpy().tolist() == [
        ["TX2", 20.0],
        ["TX1", 18.0],
        ["TX1", 18.0],
        ["TX0", 20.0],
    ]
    assert sorted(reasons(orders)) == ["duplicate line"] * 2 + ["order summary"] * 4


def test_overlapping_transactions_alone_count_once() -> None:
    """By their Payment ID, or by when and how much where there is none."""
    for drop in ([], ["Payment ID"]):
        months = [payments({}, BACK).drop(columns=drop), payments({}, BACK).drop(columns=drop)]
        orders = read_orders(months)
        assert amounts(orders) == [30.0, -30.0]
        assert reasons(orders) == ["duplicate line"] * 2


def test_split_payments_of_one_transaction_are_both_summaries() -> None:
    """Half by card and half in cash; the items come once."""
    halves = [{"Net Sales": "$15.00"}, {"Net Sales": "$15.00", "Payment ID": "PA2"}]

    orders = read_orders([payments(*halves), items({}, PRINT)])

    assert amounts(orders) == [20.0, 10.0]
    assert orders.set_aside["detail"].unique() == ["its items are the lines, 2 in all"]


def test_cells_that_cannot_be_read_are_told() -> None:
    """Garbage never becomes money, nor does a row without a transaction vanish."""
    orders = read_orders(
        [
            payments({"Partial Refunds": "some"}, {"Transaction ID": "TX2", "Net Sales": "some"}),
            items({"Net Sales": "much"}, {"Transaction ID": ""}, {"Date": "soon"}),
        ]
    )

    assert orders.set_aside[["reason", "detail"]].to_numpy().tolist() == [
        ["unreadable amount", "refunded is no amount of money"],
        ["unreadable amount", "'some' is no number"],
        ["unreadable amount", "'much' is no number"],
        ["missing order id", "order_id is empty"],
        ["unreadable date", "'soon 12:59:30' is no date"],
    ]


def test_an_unknown_zone_is_told() -> None:
    """Its times are read by the clock that the caller names."""
    with pytest.warns(DataQualityWarning, match=r"Time Zone \['Mars'\] is not known") as caught:
        orders = read_orders(payments({"Time Zone": "Mars"}), timezone="Asia/Seoul")

    assert caught[0].filename == __file__
    assert orders.table["ordered_at"][0] == pd.Timestamp("2026-07-18 03:59:30", tz="UTC")


@pytest.mark.parametrize(
    ("date", "time", "zone", "instant"),
    [
        ("2026-01-18", "12:59:30", "Eastern Time (US & Canada)", "2026-01-18 17:59:30"),
        ("10/05/2026", "2:30:00 PM", "Pacific Time (US & Canada)", "2026-10-05 21:30"),
        ("8/2/26", "12:05 a.m.", "MDT", "2026-08-02 06:05"),
        ("2026-08-02 00:00:00", "12:05 PM", "Europe/Dublin", "2026-08-02 11:05"),
        ("2026-11-01", "1:30", "Eastern Time (US & Canada)", "2026-11-01 05:30"),
        ("2026-08-02", "", "AWST", "2026-08-01 16:00"),
    ],
    ids=["winter", "month first", "short year", "IANA", "twice that night", "no time"],
)
def test_times_are_local_to_their_zone(date: str, time: str, zone: str, instant: str) -> None:
    """In the spellings that exports have had over the years."""
    orders = read_orders(payments({"Date": date, "Time": time, "Time Zone": zone}))

    assert orders.table["ordered_at"].to_list() == [pd.Timestamp(instant, tz="UTC")]


def test_a_column_may_have_the_day_first() -> None:
    """One date that can be read in one way only tells for all."""
    dates = pd.Series(["05/10/2026", "18/10/2026", "40/10/2026", None])
    times = pd.Series(["10:00", "noon", "10:00", "10:00"])

    read = join_times(dates, times, pd.Series(["Tokyo"] * 4))

    assert read.to_list()[:3] == [
        "2026-10-05 10:00:00+09:00",
        "18/10/2026 noon",
        "40/10/2026 10:00",
    ]
    assert pd.isna(read[3])


def test_every_zone_that_square_names_is_one() -> None:
    """The table of names leads to zones of the IANA."""
    assert [name for name, key in ZONES.items() if not is_zone(key)] == []


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(4)), st.permutations(range(5)))
def test_the_order_of_the_rows_says_nothing(paid: list[int], sold: list[int]) -> None:
    """Shuffled rows of both files give the same lines."""
    second = {"Transaction ID": "TX2", "Payment ID": "PA2", "Customer ID": "CUST2"}
    tables = [
        payments({"Partial Refunds": "-$1.01"}, second, BACK, second | BACK | {"Net Sales": "0"}),
        items({}, PRINT, second, second | PRINT, PRINT | BACK),
    ]
    columns = ["order_id", "line_id", "customer_id", "amount"]
    expected = read_orders(tables, source="square").table[columns]

    shuffled = read_orders([tables[0].iloc[paid], tables[1].iloc[sold]], source="square").table[
        columns
    ]

    pd.testing.assert_frame_equal(
        shuffled.sort_values(columns, ignore_index=True),
        expected.sort_values(columns, ignore_index=True),
    )
