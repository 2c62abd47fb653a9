"""Orders of a shop of Shopify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.sources import read_orders

if TYPE_CHECKING:
    from crmlib.tables import Orders

FIRST = {
    "Name": "#1001",
    "Email": "mina@example.com",
    "Financial Status": "paid",
    "Paid at": "2025-10-07 09:51:00 +0200",
    "Currency": "EUR",
    "Subtotal": "50.00",
    "Shipping": "4.90",
    "Taxes": "7.98",
    "Total": "54.90",
    "Discount Code": "",
    "Discount Amount": "0.00",
    "Created at": "2025-10-07 09:50:26 +0200",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug",
    "Lineitem price": "10.00",
    "Lineitem sku": "MUG-1",
    "Billing Name": "Mina Kim",
    "Billing Street": "1 Example Rd",
    "Billing City": "Sampleton",
    "Billing Zip": "'01234",
    "Billing Country": "DE",
    "Billing Phone": "",
    "Shipping Name": "Jun Kim",
    "Shipping Street": "2 Example Rd",
    "Shipping City": "Testbury",
    "Shipping Zip": "'09999",
    "Shipping Country": "DE",
    "Shipping Phone": "",
    "Cancelled at": "",
    "Refunded Amount": "0.00",
    "Id": "5600000001",
    "Phone": "",
}
"""The first line of an order of 20.00 + 30.00."""

NEXT = dict.fromkeys(FIRST, "") | {
    "Name": "#1001",
    "Lineitem quantity": "1",
    "Lineitem name": "Print",
    "Lineitem price": "30.00",
    "Lineitem sku": "PRINT-1",
}


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Give a file with these rows."""
    return pd.DataFrame(rows, columns=list(FIRST))


def order(first: dict[str, str], *more: dict[str, str]) -> pd.DataFrame:
    """Give a file with one order of two lines, changed on its first line, and *more* rows."""
    return table(FIRST | first, NEXT, *more)


def read(*rows: dict[str, str]) -> Orders:
    """Read a file with these rows."""
    return read_orders(table(*rows), source="shopify")


def amounts(orders: Orders) -> list[float]:
    """Give the amounts of the lines that are used."""
    return orders.table["amount"].to_list()


def test_cells_of_the_order_are_carried_down() -> None:
    """Customer, time, currency and status of the first line are those of the further ones."""
    lines = read(FIRST, NEXT).table

    assert lines["order_id"].to_list() == ["#1001", "#1001"]
    assert lines["customer_id"][0] == lines["customer_id"][1]
    assert lines["ordered_at"].to_list() == [pd.Timestamp("2025-10-07 07:50:26", tz="UTC")] * 2
    assert lines[["amount", "currency", "status"]].to_numpy().tolist() == [
        [20.0, "EUR", "paid"],
        [30.0, "EUR", "paid"],
    ]
    assert lines[["product_id", "product_name", "quantity", "unit_price"]].iloc[1].to_list() == [
        "PRINT-1",
        "Print",
        1.0,
        30.0,
    ]
    assert lines["sales_channel"].unique() == ["shopify"]


def test_lines_find_their_order_behind_other_orders() -> None:
    """A line belongs to the order whose name it has, not to the one above it."""
    other = FIRST | {"Name": "#1002", "Email": "jun@example.com", "Id": "2", "Subtotal": "20.00"}
    email = other["Email"].upper()

    orders = read(FIRST, other | {"Email": email}, NEXT)

    assert orders.table["customer_id"].to_list()[::2] == [orders.table["customer_id"][0]] * 2
    assert orders.table["customer_id"].nunique() == 2
    assert amounts(orders) == [20.0, 20.0, 30.0]


def test_some_exports_repeat_cells_of_the_order() -> None:
    """E-mail, date and id on further lines, or all of them, change nothing."""
    some = NEXT | {name: FIRST[name] for name in ("Email", "Created at", "Id")}
    whole = FIRST | {name: cell for name, cell in NEXT.items() if cell}
    discount = {"Subtotal": "45.00", "Discount Amount": "5.00"}

    for further in (some, whole | discount):
        orders = read(FIRST | discount, further)
        assert amounts(orders) == [18.0, 27.0]
        assert orders.report().loc["shipping fees", "amount"] == 4.9


def test_discounts_are_spread_in_cents_and_lost_nowhere() -> None:
    """10.00 off three lines of 10.00 are 3.34, 3.33 and 3.33."""
    line = {"Lineitem quantity": "1", "Lineitem price": "10.00"}
    discount = {"Subtotal": "20.00", "Discount Amount": "10.00"}
    rows = [NEXT | line | {"Lineitem sku": sku} for sku in ("B", "C")]

    assert amounts(read(FIRST | line | discount, *rows)) == [6.66, 6.67, 6.67]


def test_won_have_no_cents() -> None:
    """A discount of 1,000 won on two lines of 4,500 and one of 1,000 is shared in whole won."""
    line = {"Lineitem quantity": "1", "Lineitem price": "4500.00"}
    discount = {"Subtotal": "9000.00", "Discount Amount": "1000.00", "Currency": "KRW"}
    rows = [NEXT | line, NEXT | line | {"Lineitem price": "1000.00", "Lineitem sku": "C"}]

    assert amounts(read(FIRST | line | discount, *rows)) == [4050.0, 4050.0, 900.0]
    assert amounts(read(FIRST | line | discount | {"Subtotal": "9001.00"}, *rows)) == [
        4050.0,
        4051.0,
        900.0,
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Subtotal": "45.00", "Discount Amount": "5.00"}, [18.0, 27.0]),
        ({"Subtotal": "50.00", "Discount Amount": "4.90"}, [20.0, 30.0]),
        ({"Subtotal": "", "Discount Amount": "5.00"}, [18.0, 27.0]),
        ({"Subtotal": "", "Discount Amount": "€ 5.00"}, [18.0, 27.0]),
        ({"Subtotal": "", "Discount Amount": ""}, [20.0, 30.0]),
        ({"Subtotal": "", "Discount Amount": "99"}, [0.0, 0.0]),
        ({"Subtotal": "90.00", "Discount Amount": "10.00"}, [18.0, 27.0]),
        ({"Subtotal": "60.00", "Discount Amount": ""}, [20.0, 30.0]),
    ],
    ids=[
        "both agree",
        "the discount is of the shipping",
        "no subtotal",
        "with a sign",
        "neither",
        "more than the goods",
        "half of the order is missing",
        "a line is missing",
    ],
)
def test_the_lines_add_up_to_the_subtotal(cells: dict[str, str], expected: list[float]) -> None:
    """Discount Amount says what was taken off only where the Subtotal cannot."""
    orders = read(FIRST | cells, NEXT)

    assert amounts(orders) == expected


def test_a_discount_of_a_line_is_taken_off_that_line() -> None:
    """What is left of the discount is spread; one that the order does not have is no discount."""
    rows = table(FIRST | {"Subtotal": "40.00", "Discount Amount": "10.00"}, NEXT)
    both = rows.assign(**{"Lineitem discount": ["5.00", "0.00"]})
    alone = table(FIRST, NEXT).drop(columns=["Subtotal", "Discount Amount"])
    alone = alone.assign(**{"Lineitem discount": ["5.00", ""]})
    unused = table(FIRST, NEXT).assign(**{"Lineitem discount": ["5.00", "0.00"]})

    assert amounts(read_orders(both)) == [13.33, 26.67]
    assert amounts(read_orders(alone)) == [15.0, 30.0]
    assert amounts(read_orders(unused)) == [20.0, 30.0]


def test_refunds_are_spread_over_what_was_paid() -> None:
    """10.00 of 50.00 leave four fifths of each line; the money is netted, not lost."""
    orders = read(
        FIRST | {"Refunded Amount": "10.00", "Financial Status": "partially_refunded"}, NEXT
    )

    assert amounts(orders) == [16.0, 24.0]
    assert orders.places["netted"].to_list() == [4.0, 6.0]
    assert orders.report().loc["netted off", "amount"] == 10.0


def test_a_refund_above_the_goods_is_of_the_shipping() -> None:
    """54.90 back on goods of 50.00 returns both lines, and not a cent more."""
    orders = read(FIRST | {"Refunded Amount": "54.90"}, NEXT)

    assert orders.set_aside["reason"].to_list() == ["returned line"] * 2
    assert orders.set_aside["amount"].to_list() == [20.0, 30.0]
    assert orders.report()["amount"].to_dict() == {
        "used": 0.0,
        "returned line": 50.0,
        "shipping fees": 4.9,
    }


@pytest.mark.parametrize(
    ("cells", "reason", "detail"),
    [
        (
            {"Cancelled at": "2025-10-08 10:00:00 +0200"},
            "cancelled order",
            "Cancelled at 2025-10-08 10:00:00 +0200",
        ),
        ({"Financial Status": "voided"}, "cancelled order", "status 'voided'"),
        ({"Financial Status": "expired"}, "cancelled order", "Financial Status 'expired'"),
        ({"Financial Status": "refunded"}, "returned line", "status 'refunded'"),
    ],
    ids=["cancelled", "voided", "expired", "refunded"],
)
def test_orders_that_came_to_nothing_are_set_aside(
    cells: dict[str, str], reason: str, detail: str
) -> None:
    """With all their lines, in the words of the file."""
    orders = read(FIRST | cells, NEXT)

    assert orders.set_aside[["row", "reason", "detail"]].to_numpy().tolist() == [
        [1, reason, detail],
        [2, reason, detail],
    ]


def test_orders_not_paid_yet_are_orders() -> None:
    """A pending order stays, and one without a time is dated by its payment."""
    orders = read(FIRST | {"Financial Status": "pending", "Created at": ""}, NEXT)

    assert orders.table["status"].to_list() == ["pending", "pending"]
    assert orders.table["ordered_at"][0] == pd.Timestamp("2025-10-07 07:51", tz="UTC")


def test_the_shipping_is_on_the_first_line_and_in_no_amount() -> None:
    """It is counted once per order."""
    orders = read(FIRST, NEXT)

    assert orders.places["shipping_fee"].to_list() == [4.9, 0.0]
    assert amounts(orders) == [20.0, 30.0]


def test_contacts_are_of_the_billing_address() -> None:
    """The buyer is who pays; apostrophes before zip and phone fall away."""
    contact = read(FIRST | {"Billing Phone": "'+49 30 901820"}, NEXT).contacts.iloc[0]

    assert contact[["name", "email", "phone", "postal_code", "address"]].to_list() == [
        "Mina Kim",
        "mina@example.com",
        "+4930901820",
        "01234",
        "1 Example Rd, Sampleton",
    ]


def test_without_a_billing_address_contacts_are_of_the_delivery() -> None:
    """Orders of a till have no billing address; a Korean address begins with the city."""
    no_billing = {name: "" for name in FIRST if name.startswith("Billing")}
    korean = {
        "Shipping Country": "KR",
        "Shipping City": "보기시",
        "Shipping Street": "",
        "Shipping Phone": "010-0012-3456",
    }
    rows = table(FIRST | no_billing | korean).assign(
        **{"Shipping Address1": "가상로 1", "Shipping Address2": "101동"}
    )

    contact = read_orders(rows).contacts.iloc[0]

    assert contact[["name", "phone", "postal_code", "address"]].to_list() == [
        "Jun Kim",
        "+821000123456",
        "09999",
        "보기시 가상로 1, 101동",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"Email": "MINA@EXAMPLE.COM"}, {"Email": "mina@example.com"}, True),
        (
            {"Email": "", "Phone": "+82 10-0012-3456"},
            {"Email": "", "Phone": "010-0012-3456"},
            True,
        ),
        ({"Email": "", "Phone": "010-0012-3456"}, {"Phone": "010-0012-3456"}, False),
        ({"Email": ""}, {"Email": "", "Billing Street": "1, Example Rd"}, True),
        ({"Email": ""}, {"Email": "", "Billing Name": "Mina Lee"}, False),
    ],
    ids=["e-mail", "phone", "e-mail goes first", "name and address", "another name"],
)
def test_customers_are_told_by_email_then_phone(
    one: dict[str, str], other: dict[str, str], same: bool
) -> None:
    """Without either, name and address tell who it was."""
    country = {"Billing Country": "KR"}
    orders = read(FIRST | country | one, FIRST | country | {"Name": "#1002", "Id": "2"} | other)

    first, second = orders.table["customer_id"]

    assert (first == second) is same


def test_who_left_nothing_is_unknown() -> None:
    """Neither e-mail nor phone nor address: the line is set aside, with its money."""
    nothing = {name: "" for name in FIRST if name.startswith(("Billing", "Shipping "))}
    orders = read(FIRST | nothing | {"Email": "--"}, NEXT)

    assert orders.set_aside["reason"].to_list() == ["unknown customer"] * 2
    assert orders.set_aside["amount"].to_list() == [20.0, 30.0]


def test_a_phone_number_of_no_country_stays_as_it_was_written() -> None:
    """A country that is none, or is missing, does no harm."""
    for country in ("Atlantis", ""):
        contact = read(FIRST | {"Phone": "0301234", "Billing Country": country}).contacts.iloc[0]
        assert contact["phone"] == "0301234"


def test_orders_pasted_twice_count_once() -> None:
    """Exports that overlap, put into one file: the second copy is set aside, whole amounts."""
    discount = {"Subtotal": "45.00", "Discount Amount": "5.00", "Refunded Amount": "4.50"}

    orders = read(FIRST | discount, NEXT, FIRST | discount, NEXT)

    assert amounts(orders) == [16.2, 24.3]
    assert orders.set_aside[["row", "reason", "amount"]].to_numpy().tolist() == [
        [3, "duplicate line", 18.0],
        [4, "duplicate line", 27.0],
    ]
    assert orders.report().loc["shipping fees", "amount"] == 4.9


def test_exports_that_overlap_count_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder of them, too: lines have the same names in each."""
    folder = tmp_path_factory.mktemp("exports")
    later = FIRST | {"Name": "#1002", "Id": "2", "Subtotal": "20.00"}
    order({}).to_csv(folder / "orders_export_1.csv", index=False)
    table(later, FIRST, NEXT).to_csv(folder / "orders_export_2.csv", index=False)

    orders = read_orders(folder)

    assert amounts(orders) == [20.0, 30.0, 20.0]
    assert orders.set_aside["reason"].to_list() == ["duplicate line"] * 2


def test_the_same_product_on_two_lines_is_two_lines() -> None:
    """A mug with another engraving is another mug."""
    mug = NEXT | {name: FIRST[name] for name in FIRST if name.startswith("Lineitem")}
    orders = read(FIRST | {"Subtotal": "40.00"}, mug)

    assert orders.table["line_id"].to_list() == ["MUG-1", "MUG-1 (2)"]
    assert amounts(orders) == [20.0, 20.0]


def test_two_shops_may_number_their_orders_alike() -> None:
    """The number that Shopify gives an order tells them apart."""
    other = {"Id": "77.0", "Email": "jun@example.com", "Subtotal": "20.00"}
    orders = read(FIRST, NEXT, FIRST | other)

    assert orders.table["order_id"].to_list() == [
        "#1001 5600000001",
        "#1001 5600000001",
        "#1001 77",
    ]
    assert amounts(orders) == [20.0, 30.0, 20.0]
    assert orders.table["customer_id"].nunique() == 2


def test_cells_that_cannot_be_read_are_told() -> None:
    """Garbage never becomes money, and the report quotes it."""
    orders = read(
        FIRST | {"Lineitem quantity": "two"},
        NEXT,
        FIRST | {"Name": "#2", "Id": "2", "Refunded Amount": "some"},
        FIRST | {"Name": "#3", "Id": "3", "Subtotal": "?", "Discount Amount": "some"},
        FIRST | {"Name": "#4", "Id": "4", "Created at": "soon"},
        FIRST | {"Name": "", "Id": "5"},
        FIRST | {"Name": "", "Id": "6"},
        FIRST | {"Name": "#7", "Id": "7", "Lineitem price": ""},
    )

    assert orders.set_aside[["row", "reason", "detail"]].to_numpy().tolist() == [
        [1, "unreadable amount", "'two x 10.00' is no number"],
        [3, "unreadable amount", "refunded is no amount of money"],
        [4, "unreadable amount", "'less some' is no number"],
        [5, "unreadable date", "'soon' is no date"],
        [6, "missing order id", "order_id is empty"],
        [7, "missing order id", "order_id is empty"],
        [8, "unreadable amount", "'2 x nothing' is no number"],
    ]
    assert amounts(orders) == [30.0]


def test_a_shop_may_leave_columns_out() -> None:
    """Five of them are enough to read the sales."""
    few = table(FIRST, NEXT)[
        ["Name", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"]
    ]
    few["Created at"] = FIRST["Created at"]

    orders = read_orders(few, unknown_customers="keep")

    assert amounts(orders) == [20.0, 30.0]
    assert orders.table["line_id"].to_list() == ["Mug", "Print"]


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(7)))
def test_the_order_of_the_rows_says_nothing(places: list[int]) -> None:
    """Shuffled rows give the same lines."""
    discount = {"Subtotal": "43.33", "Discount Amount": "6.67", "Refunded Amount": "1.01"}
    other = {"Name": "#1002", "Id": "2", "Email": "jun@example.com"}
    rows = table(
        FIRST | discount,
        NEXT,
        FIRST | other | {"Subtotal": "60.00"},
        NEXT | {"Name": "#1002", "Lineitem sku": "A"},
        NEXT | {"Name": "#1002", "Lineitem sku": "B", "Lineitem price": "$1,000.00"},
        FIRST | other | {"Name": "#3", "Id": "3", "Subtotal": "19.99"},
        NEXT | {"Name": "#3", "Lineitem price": "0.00"},
    )
    columns = ["order_id", "line_id", "customer_id", "amount"]
    expected = (
        read_orders(rows, source="shopify").table[columns].sort_values(columns, ignore_index=True)
    )

    shuffled = read_orders(rows.iloc[places], source="shopify").table[columns]

    pd.testing.assert_frame_equal(shuffled.sort_values(columns, ignore_index=True), expected)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99_999)), min_size=1, max_size=6),
    st.integers(0, 200_000),
    st.integers(0, 200_000),
    st.sampled_from(["EUR", "KRW"]),
)
def test_money_adds_up_whatever_the_discount_and_refund(
    lines: list[tuple[int, int]], discount: int, refund: int, currency: str
) -> None:
    """Used, set aside and netted are the Subtotal, and no line is below zero."""
    cents = 1 if currency == "KRW" else 100
    prices = [
        {"Lineitem quantity": str(n), "Lineitem price": str(price / cents), "Lineitem sku": str(i)}
        for i, (n, price) in enumerate(lines)
    ]
    goods = sum(n * price for n, price in lines)
    subtotal = max(goods - discount, 0) / cents
    cells = {
        "Subtotal": f"{subtotal:.2f}",
        "Currency": currency,
        "Refunded Amount": str(refund / cents),
    }

    orders = read(FIRST | cells | prices[0], *(NEXT | price for price in prices[1:]))
    report = orders.report()["amount"].drop("shipping fees")

    assert report.sum() == pytest.approx(subtotal, abs=1e-9)
    assert (orders.table["amount"] >= 0).all()
    assert orders.table["amount"].sum() == pytest.approx(max(subtotal - refund / cents, 0))
