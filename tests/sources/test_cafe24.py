"""Cafe24: the facts of its order files, one by one."""

from typing import Any

import pandas as pd
import pytest
from order_files_by_hand import fill, read_rows, reasons, write_csv

from crmlib.exceptions import DataQualityWarning, MissingColumnsError
from crmlib.sources import read_orders
from crmlib.tables import Orders

PAID, COUPON, REFUND = "총 실결제금액(최초정보)", "쿠폰 할인금액", "실제 환불금액"
LINE: dict[str, Any] = {
    "주문번호": "20260601-0000017",
    "품목별 주문번호": "20260601-0000017-01",
    "주문일시": "2026-06-01 21:30:00",
    "결제일시(입금확인일)": "2026-06-02 09:00:00",
    "주문 상태": "N40",
    "상품코드": "P000001A",
    "상품옵션": "색상=흰색",
    "수량": "2",
    "판매가": "10,000",
    PAID: "20000",
    COUPON: "0",
    REFUND: "0",
    "결제자": "가나다",
    "주문자 휴대전화": "010-0000-0001",
}


def item(number: int, price: int, **cells: Any) -> dict[str, Any]:
    """Give the cells of one piece of the first order, with a space for each underscore."""
    own = {name.replace("_", " "): cell for name, cell in cells.items()}
    line_id = f"20260601-0000017-{number:02}"
    return {"품목별 주문번호": line_id, "수량": "1", "판매가": str(price), **own}


def money(orders: Orders) -> list[list[float]]:
    """Give amount, refund and fee of the lines used."""
    places = orders.places[["netted", "shipping_fee"]]
    return orders.table[["amount"]].join(places).to_numpy().tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_line_is_read_from_the_columns_that_hold_it(encoding: str) -> None:
    """In UTF-8 or CP949, the latter with a warning."""
    data = write_csv(fill(LINE, {}), encoding=encoding)
    if encoding == "cp949":
        with pytest.warns(DataQualityWarning, match="read as cp949"):
            orders = read_orders(data)
    else:
        orders = read_orders(data)

    assert orders.table.loc[0].to_dict() == {
        "customer_id": orders.table["customer_id"][0],
        "order_id": "20260601-0000017",
        "ordered_at": pd.Timestamp("2026-06-01 12:30", tz="UTC"),
        "amount": 20_000.0,
        "line_id": "20260601-0000017-01",
        "product_id": "P000001A",
        "quantity": 2.0,
        "unit_price": 10_000.0,
        "currency": "KRW",
        "sales_channel": "cafe24",
        "status": "N40",
    }
    assert orders.contacts.loc[0, "name":"address"].dropna().to_dict() == {  # type: ignore[misc]
        "name": "가나다",
        "phone": "+821000000001",
    }


def test_few_columns_are_enough() -> None:
    """The seller chooses them: ids, a date, pieces and prices, and who it was."""
    few = (
        "주문번호",
        "품목별 주문번호",
        "결제일시(입금확인일)",
        "수량",
        "판매가",
        "주문자 휴대전화",
    )
    orders = read_rows({name: LINE[name] for name in few}, {})

    assert orders.table[["amount", "sales_channel"]].to_numpy().tolist() == [[20_000, "cafe24"]]
    assert orders.table["ordered_at"].dt.hour.to_list() == [0]


def test_further_columns_are_used() -> None:
    """Account, e-mail, the orderer's name and address, names of products, prices of options."""
    further = {
        "주문자ID": "gana1234",
        "주문자 이메일": "Gana@Example.com",
        "주문자명": "라마바",
        "주문자 우편번호": "1234",
        "주문자 주소": "서울특별시 보기구 예시길 1",
        "주문상품명": "보기 셔츠",
        "옵션+판매가": "11000",
        "총 실결제금액(최초정보) (KRW)": "22000",
    }
    orders = read_rows(LINE | {PAID: ""} | further, {PAID: None})

    assert orders.table[["customer_id", "amount", "product_name"]].to_numpy().tolist() == [
        ["cafe24:gana1234", 22_000, "보기 셔츠"]
    ]
    assert orders.contacts.loc[0, ["name", "email", "postal_code", "address"]].to_list() == [
        "라마바",
        "Gana@Example.com",
        "01234",
        "서울특별시 보기구 예시길 1",
    ]


def test_prices_may_come_per_line() -> None:
    """As 상품구매금액, where pieces and price are not among the columns."""
    orders = read_rows(LINE | {"상품구매금액(KRW)": "20,000"}, {"수량": None, "판매가": None})

    assert orders.table["amount"].to_list() == [20_000]


@pytest.mark.parametrize("missing", ["수량", "판매가"])
def test_a_file_without_prices_is_refused(missing: str) -> None:
    """The total of the order is on each line, and would count as often."""
    with pytest.raises(MissingColumnsError, match=r"lacks the columns \['amount'\]"):
        read_rows(LINE, {missing: None})


@pytest.mark.parametrize(
    ("phone", "contact"),
    [("+82 10-0000-0001", "+821000000001"), ("1000000001", "+821000000001")],
)
def test_phone_numbers_come_in_several_spellings(phone: str, contact: str) -> None:
    """With the country code, or without the zero that a spreadsheet took."""
    usual, other = read_rows(LINE, {}, item(2, 1, 주문자_휴대전화=phone)).table["customer_id"]

    assert usual == other
    assert read_rows(LINE, {"주문자 휴대전화": phone}).contacts["phone"][0] == contact


@pytest.mark.parametrize("phone", ["--", "", "0502-0000-0001", "0505-000-0001"])
@pytest.mark.parametrize("account", ["", "비회원", "ga**", "ga◯◯", "ga••"])
def test_who_cannot_be_told_is_set_aside(phone: str, account: str) -> None:
    """Guests share one word for an account, and it tells nobody."""
    orders = read_rows(LINE, {"주문자 휴대전화": phone, "주문자ID": account})

    assert reasons(orders) == [
        [1, "unknown customer", "the row has no 주문자ID, 주문자 이메일 or 주문자 휴대전화"]
    ]


def test_the_total_of_an_order_is_shared_out_to_its_lines() -> None:
    """In proportion to the prices, in whole won, to the largest remainders first."""
    orders = read_rows(
        LINE | {PAID: "40,000원"}, item(1, 10_000), item(2, 10_000), item(3, 30_000)
    )
    thirds = read_rows(LINE | {PAID: "10000"}, *(item(number, 5_000) for number in (1, 2, 3)))

    assert orders.table["amount"].to_list() == [8_000, 8_000, 24_000]
    assert thirds.table["amount"].to_list() == [3_334, 3_333, 3_333]


def test_a_total_with_decimals_is_shared_out_in_hundredths() -> None:
    """As shops for other countries have."""
    orders = read_rows(LINE | {PAID: "9.99"}, item(1, 10), item(2, 10))

    assert orders.table["amount"].to_list() == [5.0, 4.99]


def test_what_was_paid_above_the_prices_is_the_delivery() -> None:
    """It stands on the first line of the order; the coupon is taken off the prices."""
    orders = read_rows(LINE | {PAID: "30000", COUPON: "3,000"}, item(1, 10_000), item(2, 20_000))

    assert money(orders) == [[9_000, 0, 3_000], [18_000, 0, 0]]


def test_a_fee_of_its_own_column_goes_first() -> None:
    """So that a discount that no column names is not hidden by it."""
    orders = read_rows(
        LINE | {PAID: "30000", "총 배송비(KRW)": "3000"}, item(1, 10_000), item(2, 20_000)
    )

    assert money(orders) == [[9_000, 0, 3_000], [18_000, 0, 0]]


def test_gifts_have_a_share_where_nothing_has_a_price() -> None:
    """What was paid goes to all lines alike, so that the order adds up."""
    orders = read_rows(LINE | {PAID: "5000", "총 배송비": "3000"}, item(1, 0), item(2, 0))

    assert money(orders) == [[1_000, 0, 3_000], [1_000, 0, 0]]


def test_more_than_a_delivery_costs_was_paid_for_lines_that_are_not_there() -> None:
    """A file of some lines only: they have their prices, less their part of the coupon."""
    part = read_rows(LINE | {PAID: "45000", COUPON: "5000"}, item(1, 10_000))
    told = read_rows(LINE | {PAID: "48000", "총 배송비": "3000"}, item(1, 10_000))

    assert money(part) == [[9_000, 0, 0]]
    assert money(told) == [[10_000, 0, 3_000]]


def test_without_a_total_it_is_the_prices_less_the_coupon() -> None:
    """The coupon of the order is on each line, and counts once."""
    orders = read_rows(LINE | {COUPON: "3000"}, item(1, 10_000) | {PAID: None}, item(2, 20_000))

    assert orders.table["amount"].to_list() == [9_000, 18_000]


def test_coupons_of_lines_are_taken_off_their_lines() -> None:
    """Where lines of one order mostly differ, the column is of the line."""
    orders = read_rows(
        LINE | {PAID: "27000"},
        item(1, 10_000, 쿠폰_할인금액="3000"),
        item(2, 20_000),
    )

    assert orders.table["amount"].to_list() == [7_000, 20_000]


def test_refunds_of_lines_are_netted_off_their_lines() -> None:
    """Where lines of one order mostly differ, or each has its whole amount back."""
    orders = read_rows(
        LINE | {PAID: "60000"},
        item(1, 10_000, 실제_환불금액="4000"),
        item(2, 20_000),
        item(3, 30_000, 실제_환불금액="30,000원"),
    )
    both = {REFUND: "10000", PAID: "20000", "주문번호": "2"}
    whole = read_rows(LINE, item(1, 10_000) | both, item(2, 10_000) | both)

    assert money(orders) == [[6_000, 4_000, 0], [20_000, 0, 0]]
    assert reasons(orders) == [[3, "returned line", "all of it was paid back"]]
    assert whole.set_aside["reason"].to_list() == ["returned line", "returned line"]


def test_a_refund_that_is_on_all_lines_is_of_the_order() -> None:
    """It is taken off lines that came back first, then off the others in proportion."""
    orders = read_rows(
        LINE | {PAID: "60000", REFUND: "21000"},
        item(1, 10_000),
        item(2, 12_000, 주문_상태="R40"),
        item(3, 38_000),
    )
    unclaimed = read_rows(LINE | {PAID: "30000", REFUND: "3000"}, item(1, 10_000), item(2, 20_000))

    assert money(orders) == [[8_125, 1_875, 0], [30_875, 7_125, 0]]
    assert orders.set_aside[["reason", "amount"]].to_numpy().tolist() == [
        ["returned line", 12_000]
    ]
    assert money(unclaimed) == [[9_000, 1_000, 0], [18_000, 2_000, 0]]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("C10", "cancelled order"),
        ("C40", "cancelled order"),
        ("c49", "cancelled order"),
        ("취소 완료 - 환불전", "cancelled order"),
        ("취소처리중 [환불완료]", "cancelled order"),
        ("입금전취소 - 구매자", "cancelled order"),
        ("취소완료", "cancelled order"),
        ("R34", "returned line"),
        ("R40", "returned line"),
        ("반품완료 - 환불완료", "returned line"),
        ("반품 완료", "returned line"),
    ],
)
def test_what_was_cancelled_or_came_back_is_set_aside(state: str, reason: str) -> None:
    """In codes and in words."""
    assert reasons(read_rows(LINE, {"주문 상태": state})) == [[1, reason, f"status '{state}'"]]


@pytest.mark.parametrize(
    "state",
    [
        *("N00", "N10", "N40", "N50", "E40", "C00", "C11", "R00", "R12", "X99"),
        *("배송 완료", "취소신청", "취소접수거부 - 관리자", "반품 접수 거부"),
    ],
)
def test_other_states_stay_and_are_seen(state: str) -> None:
    """Also what is not paid yet, exchanged, asked for, refused, or a word that nobody knows."""
    assert read_rows(LINE, {"주문 상태": state}).table["status"].to_list() == [state]


def test_without_states_the_word_for_a_cancellation_tells() -> None:
    """취소구분 is 취소 or 취소안함."""
    orders = read_rows(
        LINE | {"취소구분": "취소"}, {"주문 상태": None}, item(2, 1_000, 취소구분="취소안함")
    )

    assert reasons(orders) == [[1, "cancelled order", "status '취소'"]]


def test_cancelled_lines_keep_their_share_of_what_was_paid_first() -> None:
    """The total is of the first payment, before anything was cancelled."""
    orders = read_rows(LINE | {PAID: "27000"}, item(1, 10_000, 주문_상태="C40"), item(2, 20_000))

    assert orders.table["amount"].to_list() == [18_000]
    assert orders.set_aside["amount"].to_list() == [9_000]


def test_a_line_that_comes_twice_has_no_share() -> None:
    """The order is shared out as if it came once."""
    orders = read_rows(LINE | {PAID: "27000"}, item(1, 10_000), item(2, 20_000), item(2, 20_000))

    assert orders.table["amount"].to_list() == [9_000, 18_000]
    assert orders.set_aside["reason"].to_list() == ["duplicate line"]


@pytest.mark.parametrize(("header", "cell"), [("판매가", "비쌈"), ("수량", "많이")])
def test_a_price_that_is_none_sets_its_order_aside(header: str, cell: str) -> None:
    """Its own row, and those with which it shares what was paid; other orders stay."""
    other = {"주문번호": "20260601-0000018", PAID: "7000"}
    orders = read_rows(
        LINE | {PAID: "28000"},
        item(1, 10_000) | {header: cell},
        item(2, 20_000),
        item(3, 7_000) | other,
    )

    assert reasons(orders) == [
        [1, "unreadable amount", f"{cell!r} is no number"],
        [
            2,
            "unreadable amount",
            "another line of the order has no price, so nobody knows this one's share of it",
        ],
    ]
    assert money(orders) == [[7_000, 0, 0]]


def test_a_price_that_is_none_leaves_others_alone_where_nothing_is_shared() -> None:
    """Without total and coupon each line has its own price."""
    orders = read_rows(
        LINE | {COUPON: ""}, item(1, 10_000) | {PAID: None}, item(2, 20_000, 판매가="")
    )

    assert orders.table["amount"].to_list() == [10_000]
    assert reasons(orders) == [[2, "unreadable amount", "amount is empty"]]


@pytest.mark.parametrize(
    ("header", "said"),
    [(PAID, "총 실결제금액"), (COUPON, "쿠폰 할인금액"), ("총 배송비", "총 배송비")],
)
def test_a_total_that_is_no_money_is_told(header: str, said: str) -> None:
    """The row is set aside with the words that stand there."""
    orders = read_rows(LINE | {"총 배송비": "0"}, {header: "???"})

    assert reasons(orders) == [[1, "unreadable amount", f"{said} '???' is no number"]]


def test_a_refund_that_is_no_money_is_told() -> None:
    """The row is set aside."""
    orders = read_rows(LINE, {REFUND: "???"})

    assert reasons(orders) == [[1, "unreadable amount", "refunded is no amount of money"]]


def test_negative_prices_are_shared_with_nobody() -> None:
    """Lines of such an order have their prices."""
    orders = read_rows(LINE | {PAID: "5000"}, item(1, 10_000), item(2, -4_000))

    assert money(orders) == [[10_000, 0, 0], [-4_000, 0, 0]]


def test_rows_without_an_order_share_nothing() -> None:
    """They are set aside one by one, and no two of them are an order."""
    orders = read_rows(LINE, {"주문번호": ""}, item(2, 30_000) | {"주문번호": ""}, {})

    assert orders.set_aside["reason"].to_list() == ["missing order id", "missing order id"]
    assert money(orders) == [[20_000, 0, 0]]


def test_a_file_without_rows_is_read() -> None:
    """There is nothing in it."""
    orders = read_orders(write_csv(fill(LINE, {})[:1]))

    assert orders.rows_in == 0
