"""Coupang: the facts of its delivery list, one by one."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from order_files_by_hand import fill, read_rows, reasons, write_workbook

from crmlib.exceptions import MissingColumnsError
from crmlib.sources import read_orders

LINE: dict[str, Any] = {
    "묶음배송번호": "700000001",
    "주문번호": "30000000000001",
    "주문일": "2026-06-01 21:30:00",
    "등록상품명": "보기 셔츠",
    "등록옵션명": "흰색 M",
    "노출상품ID": "7300000001",
    "옵션ID": "84000000010.0",
    "업체상품코드": "",
    "결제액": "38,000원",
    "구매수(수량)": "2",
    "옵션판매가(판매단가)": "20000",
    "구매자": "가나다",
    "구매자전화번호": "0502-0000-0001",
    "수취인이름": "가나다",
    "수취인전화번호": "0504-0000-0002",
    "우편번호": "1234",
    "수취인 주소": "서울특별시 보기구 예시길 1",
    "배송완료일": "2026-06-03",
    "구매확정일자": "",
}


def test_a_line_is_read_from_the_columns_that_hold_it(tmp_path: Path) -> None:
    """Of the sheet Delivery: the amount paid, Seoul's clock, the id of the page, a line id."""
    path = write_workbook(tmp_path / "list.xlsx", fill(LINE, {}), sheet="Delivery")

    orders = read_orders(path)

    assert orders.table.loc[0].to_dict() == {
        "customer_id": orders.table["customer_id"][0],
        "order_id": "30000000000001",
        "ordered_at": pd.Timestamp("2026-06-01 12:30", tz="UTC"),
        "amount": 38_000.0,
        "line_id": "700000001-84000000010",
        "product_id": "7300000001",
        "product_name": "보기 셔츠",
        "quantity": 2.0,
        "unit_price": 20_000.0,
        "currency": "KRW",
        "sales_channel": "coupang",
    }
    assert orders.contacts.loc[0, "name":"address"].dropna().to_dict() == {  # type: ignore[misc]
        "name": "가나다",
        "postal_code": "01234",
        "address": "서울특별시 보기구 예시길 1",
    }


def test_numbers_that_change_with_each_order_tell_nobody() -> None:
    """Name and address do, whatever the number; spaces and signs in them do not matter."""
    orders = read_rows(
        LINE,
        {},
        {"주문번호": "2", "구매자전화번호": "0504-0000-0003", "우편번호": "01234"},
        {"주문번호": "3", "수취인 주소": "서울특별시 보기구 예시길, 1"},
        {"주문번호": "4", "구매자": "라마바"},
        {"주문번호": "5", "구매자전화번호": "0502-0000-0001", "수취인 주소": "다른 곳"},
    )
    first, *others = orders.table["customer_id"]

    assert first.startswith("coupang:~")
    assert [customer == first for customer in others] == [True, True, False, False]
    assert orders.contacts["phone"].isna().all()
    assert len(orders.contacts) == 4


def test_a_real_number_of_the_buyer_counts() -> None:
    """As in older lists."""
    orders = read_rows(LINE, {"구매자전화번호": "010-0000-0001"})

    assert orders.contacts["phone"].to_list() == ["+821000000001"]


def test_a_masked_name_is_nobody() -> None:
    """The row is set aside and says why."""
    orders = read_rows(LINE, {"구매자": "가*다", "수취인이름": "가*다"})

    assert reasons(orders) == [
        [1, "unknown customer", "구매자 is masked, or there is no name or no address"]
    ]


def test_the_recipient_stands_in_for_a_buyer_who_is_not_named() -> None:
    """Most people send to themselves."""
    own, unnamed = read_rows(LINE, {}, {"주문번호": "2", "구매자": ""}).table["customer_id"]

    assert unnamed == own


def test_where_nothing_says_what_was_paid_it_is_pieces_times_price() -> None:
    """Row by row, or in a list without that column; what is no money is told."""
    orders = read_rows(LINE, {"결제액": ""}, {"주문번호": "2", "결제액": "많이"})

    assert orders.table["amount"].to_list() == [40_000]
    assert reasons(orders) == [[2, "unreadable amount", "'많이' is no number"]]
    assert read_rows(LINE, {"결제액": None}).table["amount"].to_list() == [40_000]


def test_a_list_without_money_is_none_of_coupang() -> None:
    """The error names what is missing."""
    with pytest.raises(MissingColumnsError, match="amount"):
        read_rows(LINE, {"결제액": None, "옵션판매가(판매단가)": None})


def test_an_option_in_a_box_counts_once() -> None:
    """The same one in another box, or in another order, is another line."""
    orders = read_rows(
        LINE, {}, {}, {"묶음배송번호": "700000002"}, {"주문번호": "2"}, {"옵션ID": "84000000020"}
    )

    assert reasons(orders) == [
        [2, "duplicate line", "line_id '700000001-84000000010' came before"]
    ]
    assert len(orders.table) == 4


def test_without_an_option_no_line_is_taken_for_a_repetition() -> None:
    """Equal rows are different lines where nothing tells."""
    orders = read_rows(LINE | {"옵션ID": ""}, {}, {})

    assert orders.table["line_id"].isna().to_list() == [True, True]


def test_fees_count_once_per_box() -> None:
    """The delivery and what islands pay on top, where the list has them."""
    box = {"배송비": "3,000", "도서산간 추가배송비": "5000"}
    orders = read_rows(
        LINE | box,
        {},
        {"옵션ID": "84000000020"},
        {"묶음배송번호": "700000002", "도서산간 추가배송비": "0"},
        {"묶음배송번호": "700000003", "배송비": "0", "도서산간 추가배송비": ""},
    )

    assert orders.places["shipping_fee"].to_list() == [8_000, 0, 3_000, 0]


@pytest.mark.parametrize("header", ["배송비", "도서산간 추가배송비"])
def test_a_fee_that_is_no_money_is_told(header: str) -> None:
    """The row is set aside."""
    orders = read_rows(LINE | {"배송비": "0", "도서산간 추가배송비": "0"}, {header: "착불"})

    assert reasons(orders) == [[1, "unreadable amount", "shipping_fee is no amount of money"]]
