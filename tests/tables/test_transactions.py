"""Order lines, checked row by row."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import DataQualityWarning, InvalidParameterError, MissingColumnsError
from crmlib.tables import Orders, SetAsideReason, make_transactions

GOOD = {
    "customer_id": "C1",
    "order_id": "1",
    "ordered_at": "2024-03-01 09:00",
    "amount": "10.50",
}


def lines(*changes: dict[str, Any]) -> pd.DataFrame:
    """Give one line for each change of a good one."""
    return pd.DataFrame([{**GOOD, **change} for change in changes])


def reasons(orders: Orders) -> list[tuple[int, str]]:
    """Give row and reason of what was set aside."""
    return list(zip(orders.set_aside["row"], orders.set_aside["reason"], strict=True))


def test_a_good_line_has_the_canonical_columns_and_types() -> None:
    """Text becomes ids as text, instants in UTC and amounts as numbers."""
    orders = make_transactions(
        lines({"customer_id": "17850.0", "quantity": "2", "product_id": "84029.0"}),
        timezone="Asia/Seoul",
    )

    table = orders.table
    assert table.loc[0].to_dict() == {
        "customer_id": "17850",
        "order_id": "1",
        "ordered_at": pd.Timestamp("2024-03-01 00:00", tz="UTC"),
        "amount": 10.5,
        "product_id": "84029",
        "quantity": 2.0,
    }
    assert table.dtypes.astype(str).to_dict() == {
        "customer_id": "str",
        "order_id": "str",
        "ordered_at": "datetime64[us, UTC]",
        "amount": "float64",
        "product_id": "str",
        "quantity": "float64",
    }
    assert orders.rows_in == 1
    assert len(orders.set_aside) == 0


@pytest.mark.parametrize(
    ("change", "reason", "detail", "amount"),
    [
        ({"problem": "9 fields"}, "unreadable row", "9 fields", None),
        ({"order_id": " - "}, "missing order id", "order_id is empty", 10.5),
        ({"ordered_at": "soon"}, "unreadable date", "'soon' is no date", 10.5),
        ({"ordered_at": None}, "unreadable date", "ordered_at is empty", 10.5),
        ({"ordered_at": "2024-02-30"}, "unreadable date", "'2024-02-30' is no date", 10.5),
        ({"ordered_at": "x" * 50}, "unreadable date", f"'{'x' * 40}…' is no date", 10.5),
        ({"amount": "ten"}, "unreadable amount", "'ten' is no number", None),
        ({"amount": None}, "unreadable amount", "amount is empty", None),
        ({"amount": "inf"}, "non-finite amount", "'inf' is no amount of money", None),
        ({"amount": "NaN"}, "non-finite amount", "'NaN' is no amount of money", None),
        ({"amount": "1e13"}, "non-finite amount", "'1e13' is no amount of money", None),
        ({"status": " Cancelled"}, "cancelled order", "status 'Cancelled'", 10.5),
        ({"status": "취소 완료"}, "cancelled order", "status '취소 완료'", 10.5),
        ({"status": "refunded"}, "returned line", "status 'refunded'", 10.5),
        ({"product_id": "Post"}, "non-product line", "product_id 'Post'", 10.5),
        ({"customer_id": " "}, "unknown customer", "customer_id is empty", 10.5),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_that_cannot_be_used_is_set_aside_with_its_reason(
    change: dict[str, Any], reason: str, detail: str, amount: float | None
) -> None:
    """Row number, reason, what was found, and the amount if it could be read."""
    orders = make_transactions(lines({}, change), source="shop.csv")

    row = orders.set_aside.loc[0]
    assert row["source"] == "shop.csv"
    assert row["row"] == 2
    assert row["reason"] == reason
    assert row["detail"] == detail
    assert pd.isna(row["amount"]) if amount is None else row["amount"] == amount
    assert len(orders.table) == 1


def test_a_row_has_the_first_reason_that_holds() -> None:
    """Reasons are tried in the order in which SetAsideReason lists them."""
    orders = make_transactions(
        lines(
            {"problem": "cut", "amount": "x", "customer_id": ""},
            {"ordered_at": "x", "amount": "x", "customer_id": ""},
            {"amount": "x", "customer_id": ""},
        )
    )

    assert reasons(orders) == [
        (1, "unreadable row"),
        (2, "unreadable date"),
        (3, "unreadable amount"),
    ]


def test_without_amounts_quantity_is_multiplied_by_price() -> None:
    """Six at 2.55 are 15.30, to four decimals; a cell that is no number sets the row aside."""
    table = lines({}, {}, {}).drop(columns="amount")
    table["quantity"] = ["6", "two", "-1e300"]
    table["unit_price"] = ["2.55", "1", "1e300"]

    orders = make_transactions(table)

    assert orders.table["amount"].to_list() == [15.3]
    assert orders.set_aside["detail"].to_list() == [
        "'two x 1' is no number",
        "'-1e300 x 1e300' is no amount of money",
    ]


def test_refunds_are_netted_or_set_aside() -> None:
    """A negative line stays in the sums unless the policy says otherwise."""
    table = lines({}, {"amount": "-4"})

    assert make_transactions(table).table["amount"].to_list() == [10.5, -4.0]
    assert reasons(make_transactions(table, refunds="set-aside")) == [(2, "refund")]


def test_a_returned_line_nets_to_nothing() -> None:
    """The sale that a status calls returned is set aside; a refund of another order stays."""
    refund = {"status": "refunded", "amount": "-3", "order_id": "2"}
    orders = make_transactions(lines({"status": "Returned"}, refund, {"status": "paid"}))

    assert reasons(orders) == [(1, "returned line")]
    assert orders.table["amount"].to_list() == [-3.0, 10.5]


def test_a_sale_and_its_return_line_that_are_both_called_refunded_are_netted() -> None:
    """The customer paid 100 and got 100 back; other orders called refunded are set aside."""
    sale, back = {"status": "refunded"}, {"status": "refunded", "amount": "-10.5"}
    table = lines(sale, back, sale | {"order_id": "2"}, back | {"order_id": "3", "status": "void"})
    table.loc[3, "order_id"] = "2"

    netted = make_transactions(table)

    assert netted.table["amount"].sum() == 0
    assert reasons(netted) == [(3, "returned line"), (4, "cancelled order")]
    assert reasons(make_transactions(table, refunds="set-aside")) == [
        (1, "returned line"),
        (2, "refund"),
        (3, "returned line"),
        (4, "cancelled order"),
    ]


def test_a_source_may_say_why_a_customer_is_unknown() -> None:
    """Its words stand for the row, other rows keep the usual ones, and the policy still holds."""
    table = lines({"customer_id": ""}, {"customer_id": ""}).assign(
        why_unknown=["the market place does not tell", None]
    )

    assert make_transactions(table).set_aside["detail"].to_list() == [
        "the market place does not tell",
        "customer_id is empty",
    ]
    assert len(make_transactions(table, unknown_customers="keep").table) == 2


def test_unknown_customers_can_be_kept() -> None:
    """A kept row without a customer holds NaN."""
    orders = make_transactions(lines({"customer_id": "nan"}), unknown_customers="keep")

    assert orders.table["customer_id"].isna().to_list() == [True]


def test_a_line_id_counts_once_per_order_and_channel() -> None:
    """The second line with an id is set aside; without ids equal rows are different lines."""
    table = lines(
        {"line_id": "a", "sales_channel": "shop"},
        {"line_id": "a", "sales_channel": "shop"},
        {"line_id": "a", "sales_channel": "mall"},
        {"line_id": "a", "sales_channel": "shop", "order_id": "2"},
        {"line_id": "", "sales_channel": "shop"},
        {"line_id": "", "sales_channel": "shop"},
    )

    assert reasons(make_transactions(table)) == [(2, "duplicate line")]
    assert reasons(make_transactions(table, duplicates="keep")) == []
    assert reasons(make_transactions(lines({}, {}))) == []


def test_a_line_set_aside_does_not_make_the_next_one_a_duplicate() -> None:
    """Only lines that are used count as having come before."""
    table = lines({"line_id": "a", "amount": "x"}, {"line_id": "a"})

    assert reasons(make_transactions(table)) == [(1, "unreadable amount")]


def test_other_currencies_are_set_aside() -> None:
    """The currency of most rows is taken unless one is named; empty cells belong to it."""
    table = lines({"currency": "krw"}, {"currency": "KRW"}, {"currency": "USD"}, {"currency": ""})

    assert reasons(make_transactions(table)) == [(3, "other currency")]
    assert reasons(make_transactions(table, currency="usd")) == [
        (1, "other currency"),
        (2, "other currency"),
    ]
    assert len(make_transactions(lines({"currency": ""})).table) == 1


def test_signs_name_the_currency_where_no_cell_does() -> None:
    """Dollars, euros and won are not added up; a sign alone in its column says nothing new."""
    amounts = ("$10", "€10", "10,000원", "₩5", "7")
    mixed = lines(*({"amount": amount} for amount in amounts))
    priced = mixed.rename(columns={"amount": "unit_price"}).assign(quantity="1")

    for table in (mixed, priced):
        orders = make_transactions(table)

        assert reasons(orders) == [(1, "other currency"), (2, "other currency")]
        assert orders.table["amount"].to_list() == [10_000.0, 5.0, 7.0]
        assert orders.set_aside["detail"][0] == "'USD' is not 'KRW'"
    assert "currency" not in make_transactions(lines({"amount": "$1"}, {"amount": "2"})).table
    named = lines({"amount": "$1", "currency": "CAD"}, {"amount": "€2", "currency": ""})
    assert make_transactions(named, currency="EUR").table["currency"].to_list() == ["EUR"]


def test_the_pattern_of_non_products_is_a_parameter() -> None:
    """It has to match the whole product id; the policy can keep such lines."""
    table = lines({"product_id": "D"}, {"product_id": "D1"})

    assert reasons(make_transactions(table, non_product_ids="D")) == [(1, "non-product line")]
    assert reasons(make_transactions(table)) == []
    assert reasons(make_transactions(table, non_product_ids="D", non_product="keep")) == []


def test_amounts_are_read_with_either_decimal_mark() -> None:
    """1.234,50 in one country is 1,234.50 in another."""
    assert make_transactions(lines({"amount": "1.234,50"}), decimal=",").table["amount"][0] == (
        1234.5
    )


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"refunds": "drop"}, "refunds must be one of ['net', 'set-aside'], got 'drop'"),
        ({"duplicates": True}, "duplicates must be one of ['set-aside', 'keep'], got True"),
        ({"decimal": ";"}, "decimal must be one of ['.', ','], got ';'"),
        ({"timezone": "Seoul"}, "timezone must be an IANA zone such as 'Europe/London'"),
        ({"non_product_ids": "("}, "non_product_ids must be a regular expression"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_parameters_that_cannot_be_are_refused(parameters: dict[str, Any], text: str) -> None:
    """The error names the parameter, what would do, and what came."""
    with pytest.raises(InvalidParameterError) as caught:
        make_transactions(lines({}), **parameters)

    assert str(caught.value).startswith(text)


def test_missing_columns_are_named() -> None:
    """Without a column that is needed there are no orders."""
    with pytest.raises(MissingColumnsError) as caught:
        make_transactions(lines({}).drop(columns=["amount", "order_id"]), source="shop.csv")

    assert caught.value.missing == ["order_id", "amount"]
    assert caught.value.available == ["customer_id", "ordered_at"]


CELLS = st.sampled_from(
    ["", "nan", "C1", "C2.0", "1", "-2.5", "1e999", "2024-01-31", "31/12/2023 9:00", "x", None]
)


@settings(deadline=None)
@given(st.lists(st.tuples(*[CELLS] * 6), max_size=12), st.booleans())
def test_no_row_is_ever_lost(rows: list[tuple[str | None, ...]], keep: bool) -> None:
    """Whatever the cells hold, rows in = used + set aside, each row number once."""
    names = ["customer_id", "order_id", "ordered_at", "amount", "line_id", "status"]
    table = pd.DataFrame(rows, columns=names, dtype=object)

    orders = make_transactions(table, unknown_customers="keep" if keep else "set-aside")

    assert orders.rows_in == len(rows) == orders.report()["rows"].sum()
    assert orders.set_aside["row"].is_unique
    assert orders.set_aside["reason"].isin([str(reason) for reason in SetAsideReason]).all()
    assert orders.set_aside["detail"].notna().all()
    assert orders.table["amount"].abs().lt(9.1e11).all()
    assert orders.table["ordered_at"].notna().all()


def test_typed_cells_are_read_like_text() -> None:
    """Numbers, dates and aware instants of a dataframe need no detour through text."""
    table = pd.DataFrame(
        {
            "customer_id": [17850.0, 12583.0],
            "order_id": [1, 2],
            "ordered_at": pd.to_datetime(["2024-03-01 09:00", "2024-03-02 00:00"]),
            "amount": [1.5, float("nan")],
        }
    )

    orders = make_transactions(table, timezone="Asia/Seoul")

    assert orders.table["customer_id"].to_list() == ["17850"]
    assert orders.table["ordered_at"].to_list() == [pd.Timestamp("2024-03-01", tz="UTC")]
    assert reasons(orders) == [(2, "unreadable amount")]


@pytest.mark.parametrize(
    ("amounts", "decimal", "doubt"),
    [
        (["1.234", "12"], ".", "numbers such as '1.234' are read as decimals; if they are thou"),
        (["₩1.234", "999.000"], ".", "numbers such as '₩1.234' are read as decimals"),
        (["1,234"], ",", "numbers such as '1,234' are read as decimals; if they are thousands, s"),
        (
            ["5", "1.234,50"],
            ".",
            "cells such as '1.234,50' are numbers only if decimal=',' is set",
        ),
        (["5", "1.234.567"], ".", "cells such as '1.234.567' are numbers only if decimal=','"),
        (["1,234.5"], ",", "cells such as '1,234.5' are numbers only if decimal='.' is set"),
    ],
)
@pytest.mark.parametrize("name", ["amount", "unit_price"])
def test_a_doubtful_decimal_mark_is_told(
    amounts: list[str], decimal: str, doubt: str, name: str
) -> None:
    """A thousandth of the money, or a thousand times it, is never read in silence."""
    table = lines(*({name: amount, "quantity": "1"} for amount in amounts))
    table = table.drop(columns=[] if name == "amount" else "amount")

    with pytest.warns(DataQualityWarning, match=f"shop.csv: {name}: ") as caught:
        make_transactions(table, source="shop.csv", decimal=decimal)

    assert str(caught[0].message).startswith(f"shop.csv: {name}: {doubt}")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("amounts", "decimal"),
    [
        (["1.234", "0.5"], "."),
        (["0.125"], "."),
        (["1234.567"], "."),
        (["12", "x", "", "1,200"], "."),
        ([1.234, 12.5], "."),
        (["1,234", "0,5"], ","),
    ],
)
def test_decimals_that_are_beyond_doubt_are_not_told(amounts: list[Any], decimal: str) -> None:
    """Other digits behind the mark, or numbers that already are some, tell what it is."""
    make_transactions(lines(*({"amount": amount} for amount in amounts)), decimal=decimal)


@pytest.mark.parametrize("cell", ["24.03.01", "1/3/24", "01-03-24 9:30", "24.3.1."])
def test_years_of_two_digits_are_set_aside_with_a_word(cell: str) -> None:
    """Nothing tells which part the year is, so nobody guesses."""
    orders = make_transactions(lines({"ordered_at": cell}, {}))

    assert orders.set_aside["detail"].to_list() == [
        f"{cell!r} has a year of two digits: write all four"
    ]


def test_a_status_says_it_in_many_spellings() -> None:
    """Case, spaces and signs do not matter; other words say nothing."""
    words = ["CANCELLED", "주문 취소", "can-celled", "반품_완료", "paid", "", None, "취소요청"]

    orders = make_transactions(lines(*({"status": word} for word in words)))

    assert orders.set_aside["reason"].to_list() == ["cancelled order"] * 3 + ["returned line"]
    assert orders.table["status"].fillna("-").to_list() == ["paid", "-", "-", "취소요청"]
