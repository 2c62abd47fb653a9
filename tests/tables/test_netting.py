"""Money that was paid back, and fees: every ten-thousandth is somewhere."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import UnknownNameError
from crmlib.tables import Orders, make_transactions

LINE = {
    "customer_id": "C1",
    "order_id": "1",
    "ordered_at": "2024-03-01",
    "amount": "10",
    "refunded": "",
    "shipping_fee": "",
}
UNIT = 10_000


def read(*changes: dict[str, Any], **options: Any) -> Orders:
    """Give one line for each change of the one above."""
    table = pd.DataFrame([{**LINE, **change} for change in changes])
    return make_transactions(table, source="shop.csv", **options)


def test_what_was_paid_back_is_taken_off() -> None:
    """10 less 4 are 6; the report shows all three, and adds up to what came in."""
    orders = read({"refunded": "4"}, {"shipping_fee": "2.50"})

    assert orders.table["amount"].to_list() == [6.0, 10.0]
    assert orders.places[["netted", "shipping_fee"]].to_numpy().tolist() == [
        [4.0, 0.0],
        [0.0, 2.5],
    ]
    assert orders.report()["amount"].to_dict() == {
        "used": 16.0,
        "netted off": 4.0,
        "shipping fees": 2.5,
    }
    assert orders.report()["rows"].to_list() == [2, 0, 0]
    assert orders.report_by_file().loc["shop.csv"].to_dict() == {
        "rows": 2,
        "used": 2,
        "set_aside": 0,
        "amount_used": 16.0,
        "amount_set_aside": 0.0,
        "netted": 4.0,
        "shipping_fees": 2.5,
    }
    assert orders.summary().splitlines() == [
        "                            rows              amount   customers",
        "used                           2               16.00           1",
        "netted off                                      4.00",
        "shipping fees                                   2.50",
        "in                             2               22.50           1",
    ]


@pytest.mark.parametrize("back", ["10", "-10", "10.00004", "12"])
def test_a_line_of_which_nothing_is_left_was_returned(back: str) -> None:
    """Its whole amount is set aside, whatever was paid back beyond it; signs do not matter."""
    orders = read({"refunded": back}, {})

    assert orders.set_aside[["reason", "detail", "amount"]].to_numpy().tolist() == [
        ["returned line", "all of it was paid back", 10.0]
    ]
    assert orders.report()["amount"].to_dict() == {"used": 10.0, "returned line": 10.0}


def test_where_refunds_are_set_aside_nothing_is_taken_off() -> None:
    """A line of which something is left keeps its amount; one of which nothing is, goes."""
    orders = read({"refunded": "4"}, {"refunded": "10"}, refunds="set-aside")

    assert orders.table["amount"].to_list() == [10.0]
    assert orders.set_aside["reason"].to_list() == ["returned line"]
    assert orders.report()["amount"].to_dict() == {"used": 10.0, "returned line": 10.0}


def test_lines_set_aside_and_returns_keep_their_amounts() -> None:
    """Only a sale that is used can be paid back in part."""
    orders = read({"refunded": "4", "customer_id": ""}, {"refunded": "4", "amount": "-10"})

    assert orders.set_aside["amount"].to_list() == [10.0]
    assert orders.table["amount"].to_list() == [-10.0]
    assert orders.places["netted"].to_list() == [0.0]


@pytest.mark.parametrize("name", ["refunded", "shipping_fee"])
@pytest.mark.parametrize("cell", ["some", "inf", "nan", "1e300"])
def test_what_is_no_money_is_not_nothing(name: str, cell: str) -> None:
    """Who knows how much was paid back? The row is set aside with its amount."""
    orders = read({name: cell}, {name: "  "})

    assert orders.set_aside[["reason", "detail", "amount"]].to_numpy().tolist() == [
        ["unreadable amount", f"{name} is no amount of money", 10.0]
    ]
    assert len(orders.table) == 1


def test_of_a_row_that_cannot_be_read_no_money_is_told() -> None:
    """Neither its amount nor its fee, which may be anything."""
    table = pd.DataFrame([{**LINE, "problem": "cut off", "shipping_fee": "3"}])

    orders = make_transactions(table)

    assert orders.report()["amount"].to_dict() == {"used": 0.0, "unreadable row": 0.0}


def test_amounts_that_are_none_take_no_refund() -> None:
    """An infinite amount is set aside as such, before anything is taken off."""
    orders = read({"amount": "1e308", "refunded": "5"}, {"refunded": "5"})

    assert orders.set_aside["reason"].to_list() == ["non-finite amount"]
    assert orders.table["amount"].to_list() == [5.0]


def test_a_source_may_tell_why() -> None:
    """With its own words or ours; a reason that is none is refused."""
    told = pd.DataFrame([LINE, {**LINE, "order_id": "2"}, {**LINE, "order_id": "3"}])
    told["aside"] = ["cancelled order", "order summary", None]

    bare = make_transactions(told)
    worded = make_transactions(told.assign(aside_detail=["too late", None, "unused"]))

    assert bare.set_aside["detail"].to_list() == ["the source says so"] * 2
    assert worded.set_aside["detail"].to_list() == ["too late", "the source says so"]
    assert len(bare.table) == len(worded.table) == 1
    with pytest.raises(UnknownNameError, match="no reason to set a row aside 'cancelled';"):
        make_transactions(told.assign(aside="cancelled"))


MONEY = st.sampled_from(
    ["0", "10", "-3.5", "0.00005", "1.00005", "0.50004", "9999999.99", "7.77", "", "x"]
) | st.decimals(-1000, 1000, places=5, allow_nan=False).map(str)
ROWS = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["a.csv", "b.csv"]),
        "customer_id": st.sampled_from(["C1", "C2", ""]),
        "order_id": st.sampled_from(["1", "2", ""]),
        "amount": MONEY,
        "refunded": MONEY | st.just(""),
        "shipping_fee": MONEY | st.just(""),
        "line_id": st.sampled_from(["a", "b", ""]),
        "status": st.sampled_from(["", "cancelled", "refunded"]),
        "problem": st.sampled_from([None, None, None, "cut"]),
    }
)


def minor(text: str) -> int:
    """Give a cell in ten-thousandths, 0 where it holds no money."""
    try:
        return round(float(text) * UNIT)
    except ValueError:
        return 0


def came_in(rows: list[dict[str, Any]]) -> int:
    """Add up what the cells of *rows* say, but of those that cannot be read, without crmlib."""
    return sum(
        minor(row["amount"]) + abs(minor(row["shipping_fee"]))
        for row in rows
        if row["problem"] is None
    )


@settings(deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=10), st.sampled_from(["net", "set-aside"]))
def test_money_in_is_used_set_aside_netted_and_fees(
    rows: list[dict[str, Any]], refunds: str
) -> None:
    """For any table, and for each file of it, to the ten-thousandth; joined or not."""
    table = pd.DataFrame(rows).assign(ordered_at="2024-03-01")
    table["row"] = range(1, len(rows) + 1)
    total = came_in(rows)

    orders = make_transactions(table, refunds=refunds)

    for each in (orders, Orders.join(orders)):
        assert round(each.report()["amount"].sum() * UNIT) == total
        assert each.report()["rows"].sum() == len(rows)
        by_file = each.report_by_file()
        money = by_file[["amount_used", "amount_set_aside", "netted", "shipping_fees"]].sum(axis=1)
        for name, one in money.items():
            mine = [row for row in rows if row["source"] == name]
            assert round(one * UNIT) == came_in(mine)
            assert by_file.loc[name, "rows"] == len(mine)
