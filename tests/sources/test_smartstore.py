"""Naver SmartStore: the facts of its workbook, one by one."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from order_files_by_hand import fill, read_rows, reasons, write_workbook

from crmlib.exceptions import MissingColumnsError, UnreadableFileError
from crmlib.sources import read_orders

SHEET = "발주발송관리"
LINE: dict[str, Any] = {
    "상품주문번호": "2026060111111111",
    "주문번호": "2026060122222222",
    "구매자명": "가나다",
    "구매자ID": "gana*****",
    "수취인명": "가나다",
    "주문상태": "배송완료",
    "수량클레임 여부": "N",
    "결제일": "2026-06-02 09:00",
    "주문일시": "2026-06-01 21:30:00",
    "상품번호": "10240000001.0",
    "상품명": "보기 셔츠",
    "옵션정보": "색상: 흰색",
    "수량": "2",
    "상품가격": "20,000원",
    "최종 상품별 총 주문금액": "38,000원",
    "배송비 묶음번호": "B1",
    "배송비 합계": "3,000",
    "구매자연락처": "010-0000-0001",
    "수취인연락처1": "0503-0000-0009",
    "수취인연락처2": "010-0000-0009",
    "우편번호": "01234",
    "통합배송지": "서울특별시 보기구 예시길 1",
    "정산예정금액": "35,900",
}


def line(number: int, **cells: Any) -> dict[str, Any]:
    """Give the cells of a line of its own, with a space for each underscore in a header."""
    own = {name.replace("_", " "): cell for name, cell in cells.items()}
    return {"상품주문번호": str(number), **own}


def test_a_line_is_read_from_the_columns_that_hold_it() -> None:
    """Order and product by their ids, 주문일시 in Seoul, the final amount, won, the buyer."""
    orders = read_rows(LINE, {})

    assert orders.table.loc[0].to_dict() == {
        "customer_id": orders.table["customer_id"][0],
        "order_id": "2026060122222222",
        "ordered_at": pd.Timestamp("2026-06-01 12:30", tz="UTC"),
        "amount": 38_000.0,
        "line_id": "2026060111111111",
        "product_id": "10240000001",
        "product_name": "보기 셔츠",
        "quantity": 2.0,
        "unit_price": 20_000.0,
        "currency": "KRW",
        "sales_channel": "smartstore",
        "status": "배송완료",
    }
    assert orders.contacts.loc[0, "name":"address"].dropna().to_dict() == {  # type: ignore[misc]
        "name": "가나다",
        "phone": "+821000000001",
        "postal_code": "01234",
        "address": "서울특별시 보기구 예시길 1",
    }
    assert orders.report().loc["shipping fees", "amount"] == 3_000


@pytest.mark.parametrize("above", [0, 2, 5])
def test_notices_above_the_header_are_passed_over(tmp_path: Path, above: int) -> None:
    """Older files have some, and call amount and address by other headers."""
    called = {"최종 상품별 총 주문금액": "상품별 총 주문금액", "통합배송지": "배송지"}
    old = {called.get(header, header): cell for header, cell in LINE.items()}
    notices = [["다운로드한 파일은 쓰고 나서 지우세요."]] * above
    path = write_workbook(tmp_path / "old.xlsx", [*notices, *fill(old, {})], sheet=SHEET)

    orders = read_orders(path)

    assert orders.table["amount"].to_list() == [38_000.0]
    assert orders.contacts["address"].to_list() == ["서울특별시 보기구 예시길 1"]


def test_days_may_be_serial_numbers(tmp_path: Path) -> None:
    """46174.5 is noon of the first of June 2026."""
    path = write_workbook(tmp_path / "serial.xlsx", fill(LINE, {"주문일시": 46174.5}))

    assert read_orders(path).table["ordered_at"][0] == pd.Timestamp("2026-06-01 03:00", tz="UTC")


def test_an_encrypted_workbook_opens_with_its_password(tmp_path: Path) -> None:
    """Without one, or with a wrong one, the error says so and never shows it."""
    path = write_workbook(tmp_path / "a.xlsx", fill(LINE, {}), sheet=SHEET, password="sesame-7")

    assert read_orders(path, password="sesame-7").table["amount"].to_list() == [38_000.0]
    with pytest.raises(UnreadableFileError, match=r"is encrypted; give its password: password=…"):
        read_orders(path)
    with pytest.raises(UnreadableFileError, match="does not open with this password") as caught:
        read_orders(path, password="tahini-8")
    assert "tahini" not in str(caught.value)


@pytest.mark.parametrize("length", [600, 3000])
def test_an_encrypted_workbook_that_was_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    """With an error that names the file."""
    path = write_workbook(tmp_path / "a.xlsx", fill(LINE, {}), password="sesame-7")
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(UnreadableFileError, match="is no workbook that can be read"):
        read_orders(path, password="sesame-7")


def test_the_time_of_the_order_goes_before_that_of_the_payment() -> None:
    """결제일 stands in only where 주문일시 is empty, or not among the columns."""
    orders = read_rows(LINE, line(1), line(2, 주문일시=""))
    hours = orders.table["ordered_at"].dt.tz_convert("Asia/Seoul").dt.hour.to_list()

    assert hours == [21, 9]
    assert read_rows(LINE, {"주문일시": None}).table["ordered_at"].dt.hour.to_list() == [0]


def test_the_fee_of_a_bundle_counts_once() -> None:
    """It is on each line of the bundle; two bundles of one order have two fees."""
    orders = read_rows(
        LINE,
        line(1, 배송비_합계="0"),
        line(2),
        line(3),
        line(4, 배송비_묶음번호="B2"),
        line(5, 배송비_묶음번호="B3", 배송비_합계=""),
    )

    assert orders.places["shipping_fee"].to_list() == [0, 3_000, 0, 3_000, 0]


def test_without_a_bundle_the_fee_counts_once_per_order() -> None:
    """The order is what was sent together."""
    orders = read_rows(
        LINE | {"배송비 묶음번호": ""}, line(1), line(2), line(3, 주문번호="2026060133333333")
    )

    assert orders.places["shipping_fee"].to_list() == [3_000, 0, 3_000]


def test_a_fee_that_is_no_money_is_told() -> None:
    """The row is set aside, and another row of the bundle has the fee."""
    orders = read_rows(LINE, line(1, 배송비_합계="무료?"), line(2))

    assert reasons(orders) == [[1, "unreadable amount", "shipping_fee is no amount of money"]]
    assert orders.places["shipping_fee"].to_list() == [3_000]


def test_the_buyer_is_told_by_the_real_phone_number() -> None:
    """In any spelling; a masked account id and the recipient's numbers tell nobody."""
    orders = read_rows(
        LINE,
        line(1),
        line(2, 구매자연락처="+82 10-0000-0001", 수취인연락처1="0504-0000-0001"),
        line(3, 구매자연락처="1000000001.0"),
        line(4, 구매자연락처="010-0000-0002"),
    )
    first, *others = orders.table["customer_id"]

    assert first.startswith("smartstore:~")
    assert [customer == first for customer in others] == [True, True, False]


def test_an_account_id_that_is_not_masked_counts() -> None:
    """As in older files."""
    orders = read_rows(LINE, {"구매자ID": "gana1234"})

    assert orders.table["customer_id"].to_list() == ["smartstore:gana1234"]


def test_without_a_real_number_name_and_address_tell_who_bought() -> None:
    """But not on a present, where the address is somebody else's."""
    orders = read_rows(
        LINE | {"구매자연락처": "0502-0000-0001"},
        line(1),
        line(2, 수취인명="라마바"),
    )

    assert orders.table["customer_id"].str.startswith("smartstore:~").to_list() == [True]
    assert orders.contacts["phone"].isna().all()
    assert reasons(orders) == [
        [2, "unknown customer", "구매자연락처 is empty, virtual or no phone number"]
    ]


def test_the_address_of_a_present_is_not_the_buyers() -> None:
    """The line counts, without postal code and address."""
    orders = read_rows(LINE, {"수취인명": "라마바"})

    assert len(orders.table) == 1
    assert orders.contacts[["postal_code", "address"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("취소", "cancelled order"),
        ("취소완료", "cancelled order"),
        ("미결제취소", "cancelled order"),
        ("반품", "returned line"),
        ("반품완료", "returned line"),
    ],
)
def test_a_claim_that_is_done_sets_the_line_aside(status: str, reason: str) -> None:
    """In the words of 주문상태."""
    orders = read_rows(LINE, {"주문상태": status, "수량클레임 여부": "Y"})

    assert reasons(orders) == [[1, reason, f"status '{status}'"]]
    assert orders.set_aside["amount"].to_list() == [38_000]


@pytest.mark.parametrize("status", ["취소요청", "반품요청", "교환", "구매확정", "새로운상태"])
def test_other_states_stay_and_are_seen(status: str) -> None:
    """Claims that are not decided, exchanges, and words that nobody knows."""
    assert read_rows(LINE, {"주문상태": status}).table["status"].to_list() == [status]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"수량클레임 여부": "취소"}, "cancelled order"),
        ({"수량클레임 여부": "반품"}, "returned line"),
        ({"클레임상태": "반품완료"}, "returned line"),
        ({"클레임상태": "반품완료", "수량클레임 여부": "Y", "수량": "0"}, "returned line"),
    ],
    ids=["cancelled", "returned", "state", "all pieces"],
)
def test_a_claim_on_all_of_a_line_goes_before_its_state(
    cells: dict[str, str], reason: str
) -> None:
    """배송완료 says only where the parcel went."""
    assert read_rows(LINE, cells).set_aside["reason"].to_list() == [reason]


def test_a_claim_on_some_pieces_leaves_the_line() -> None:
    """The final amount is that of the pieces that are left."""
    orders = read_rows(
        LINE,
        {"수량클레임 여부": "Y", "클레임상태": "반품완료", "최종 상품별 총 주문금액": "19000"},
    )

    assert orders.table[["amount", "status"]].to_numpy().tolist() == [[19_000, "배송완료"]]


def test_a_line_that_comes_twice_counts_once() -> None:
    """The id of the line tells, in a file and over several."""
    rows = fill(LINE, line(1), line(2), line(1))
    frame = pd.DataFrame(rows[1:], columns=rows[0])

    orders = read_orders(frame)
    twice = read_orders([frame.iloc[:2], frame.iloc[1:2]])

    assert reasons(orders) == [[3, "duplicate line", "line_id '1' came before"]]
    assert twice.set_aside["reason"].to_list() == ["duplicate line"]


def test_postal_codes_get_their_zeros_back() -> None:
    """A spreadsheet takes 01234 for a number; older codes of six digits stay."""
    orders = read_rows(LINE, line(1, 우편번호="1234.0"), line(2, 우편번호="135-080"))

    assert orders.contacts["postal_code"].to_list() == ["01234", "135-080"]


def test_the_price_of_a_piece_stands_in_for_no_amount() -> None:
    """It is before options and discounts, so a file without amounts is refused."""
    with pytest.raises(MissingColumnsError, match=r"lacks the columns \['amount'\]"):
        read_rows(LINE, {"최종 상품별 총 주문금액": None})
