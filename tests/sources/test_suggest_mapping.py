"""What the headers of an unknown file may mean, for a person to correct."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import DataQualityWarning, UnreadableFileError
from crmlib.sources import OrderMapping, read_head, read_orders, suggest_mapping
from crmlib.sources._header_words import HEADER_WORDS, rate_header

if TYPE_CHECKING:
    from pathlib import Path

N = 30
CELLS: dict[str, list[Any]] = {
    "id": [f"A-{n // 2}" for n in range(N)],
    "customer": [f"c{n % 7}" for n in range(N)],
    "date": [f"2024-03-{n % 28 + 1:02} 09:30" for n in range(N)],
    "money": [f"{n + 1},000원" for n in range(N)],
    "small": [n % 3 + 1 for n in range(N)],
    "mail": [f"p{n % 7}@example.com" for n in range(N)],
    "phone": [f"010-0000-{n % 7:04}" for n in range(N)],
    "name": [["김하나", "이두리", "박세라"][n % 3] for n in range(N)],
    "text": [["탑", "바지"][n % 2] for n in range(N)],
    "code": [f"P{n % 5}" for n in range(N)],
    "currency": ["KRW"] * N,
    "empty": [""] * N,
}


def frame(**headers: str) -> pd.DataFrame:
    """Give a table with cells of a kind under each header."""
    return pd.DataFrame({header: CELLS[kind] for kind, header in headers.items()})


def suggest(table: pd.DataFrame) -> dict[str, str]:
    """Give what is suggested, which has to need no decision of a person."""
    return dict(suggest_mapping(table).columns)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"id": "주문번호", "customer": "회원ID", "date": "주문일", "money": "결제금액"},
            {"order_id": "id", "customer_id": "customer", "ordered_at": "date", "amount": "money"},
        ),
        (
            {
                "id": "Order No.",
                "mail": "E-Mail",
                "date": "Placed on",
                "money": "Line Total (EUR)",
            },
            {"order_id": "id", "email": "mail", "ordered_at": "date", "amount": "money"},
        ),
        (
            {"id": "주문 번호(자사몰)", "phone": "주문자 휴대폰 번호", "date": "결제 완료 일시"}
            | {"money": "판매단가(원)", "small": "주문 수량", "text": "상품 명", "code": "품번"},
            {"order_id": "id", "phone": "phone", "ordered_at": "date", "unit_price": "money"}
            | {"quantity": "small", "product_name": "text", "product_id": "code"},
        ),
        (
            {
                "id": "ordr_number",
                "customer": "custmer_id",
                "date": "order_dat",
                "money": "amuont",
            },
            {"order_id": "id", "customer_id": "customer", "ordered_at": "date", "amount": "money"},
        ),
        (
            {"id": "x1", "customer": "고객번호", "date": "x2", "mail": "x3", "money": "매출액"}
            | {"code": "Bill"},
            {"customer_id": "customer", "ordered_at": "date", "email": "mail", "amount": "money"},
        ),
    ],
    ids=["Korean", "English", "more words", "misspelled", "by their cells"],
)
@pytest.mark.filterwarnings("ignore:no header was found for")
def test_headers_are_known_by_their_words_and_cells(
    headers: dict[str, str], expected: dict[str, str]
) -> None:
    """In English and Korean, with words around them, misspelled, or by what stands below."""
    assert suggest(frame(**headers)) == {name: headers[kind] for name, kind in expected.items()}


def test_cells_have_to_fit_the_words() -> None:
    """A date that is none, an amount of words and a masked phone are not taken."""
    table = frame(id="주문번호", customer="회원ID", date="주문일시", money="매출", text="결제금액")
    table = table.assign(주문일="soon", 휴대폰="010-****-1234", 이메일="unknown")
    table = table.assign(통화="원", name=1)

    mapping = suggest_mapping(table)

    assert dict(mapping.columns) == {
        "customer_id": "회원ID",
        "order_id": "주문번호",
        "ordered_at": "주문일시",
        "amount": "매출",
    }
    assert mapping.unused == ("결제금액", "주문일", "휴대폰", "이메일", "통화", "name")


def test_dates_and_people_of_deliveries_are_others() -> None:
    """When it was sent, and who got it, is neither the order's time nor its customer."""
    table = frame(id="order id", customer="customer", money="amount", date="Ship Date").assign(
        **{
            "Order Date": CELLS["date"],
            "수취인 휴대폰": CELLS["phone"],
            "Recipient": CELLS["name"],
        }
    )

    mapping = suggest_mapping(table)

    assert mapping.columns["ordered_at"] == "Order Date"
    assert mapping.unused == ("Ship Date", "수취인 휴대폰", "Recipient")


def test_two_dates_without_words_are_no_guess() -> None:
    """Nobody knows which; a person has to say it, as for all that is missing."""
    table = frame(id="order id", customer="customer", money="amount", date="a")

    with pytest.warns(DataQualityWarning) as caught:
        mapping = suggest_mapping(table.assign(b=table["a"]))

    assert mapping.unused == ("a", "b")
    assert [str(warning.message) for warning in caught] == [
        "no header was found for ['ordered_at']: say which ones hold them, under [columns]"
    ]
    assert caught[0].filename == __file__
    with pytest.warns(DataQualityWarning, match=r"\['customer_id', 'order_id', 'ordered_at', 'am"):
        suggest_mapping(pd.DataFrame({"a": ["x"]}))


def test_an_empty_column_is_taken_by_its_very_word_only() -> None:
    """A column that nobody filled this month may be filled next month."""
    table = frame(id="order id", customer="customer", money="amount", date="date")
    table = table.assign(**{"phone": "", "my mail": "", "이메일주소": None})

    mapping = suggest_mapping(table)

    assert mapping.columns["phone"] == "phone"
    assert mapping.columns["email"] == "이메일주소"
    assert mapping.unused == ("my mail",)


def test_an_id_that_guests_lack_is_that_of_an_account() -> None:
    """So that their e-mail address tells who they are, and no order is lost."""
    table = frame(id="주문번호", customer="회원ID", date="주문일", money="결제금액", mail="이메일")
    guests = table.assign(회원ID=table["회원ID"].where(table.index > 5, ""))

    mapping = suggest_mapping(guests)

    assert "customer_id" not in mapping.columns
    assert mapping.columns["account_id"] == "회원ID"
    assert len(read_orders(guests, columns=mapping).table) == N
    assert suggest(table)["customer_id"] == "회원ID"


def test_names_stand_for_ids_only_where_there_is_nothing_else() -> None:
    """Two people of one name would be one, and a person is told."""
    table = frame(id="주문번호", name="구매자", date="주문일", money="결제금액")

    with pytest.warns(DataQualityWarning, match="so '구매자' is taken: two people of one name"):
        assert suggest(table)["customer_id"] == "구매자"
    assert suggest(table.assign(휴대폰=CELLS["phone"]))["name"] == "구매자"
    assert suggest(table.assign(주소="1 Road"))["name"] == "구매자"


def test_the_total_of_an_order_is_not_taken_for_each_line() -> None:
    """A total that comes again on each line would be counted again with each."""
    totals = [f"{n // 2 * 1000 + 500:,}" for n in range(N)]
    table = frame(id="order id", customer="customer", date="date").assign(total=totals)
    text = "'total' is the same on all lines of an order: it may be the total of the order"

    with pytest.warns(DataQualityWarning) as alone:
        assert suggest(table)["amount"] == "total"
    with pytest.warns(DataQualityWarning) as beside:
        priced = suggest_mapping(table.assign(quantity="2", price="300"))

    assert str(alone[0].message) == text
    assert str(beside[0].message) == f"{text}, so quantity times unit price is taken instead"
    assert "amount" not in priced.columns
    assert priced.unused == ("total",)
    assert read_orders(table.assign(quantity="2", price="300"), columns=priced).table[
        "amount"
    ].unique().tolist() == [600.0]


def test_the_decimal_mark_and_the_country_are_suggested() -> None:
    """By the amounts and by the letters of the headers; all of it stands in the file."""
    german = frame(id="order", customer="Client", date="Date").assign(Total="1.234,50")
    korean = frame(id="주문번호", customer="회원ID", date="주문일", money="결제금액")

    assert suggest_mapping(german).decimal == ","
    mapping = suggest_mapping(korean)
    assert (mapping.decimal, mapping.timezone, mapping.region) == (".", "Asia/Seoul", "KR")
    assert (suggest_mapping(german).timezone, suggest_mapping(german).region) == ("UTC", None)


def test_a_suggestion_is_saved_and_used(tmp_path: Path) -> None:
    """One call maps the shop's file, below its notices; then it is read by what was saved."""
    table = frame(id="주문번호", phone="연락처", date="주문일시", money="금액", text="메모")
    path = tmp_path / "shop.csv"
    notice = "2024년 3월 주문 내역,,,,\n주문은 이달 것만,,,,\n"
    path.write_text(notice + table.to_csv(index=False), encoding="utf-8")

    suggest_mapping(path).save(tmp_path / "shop.toml")
    orders = read_orders(path, columns=tmp_path / "shop.toml")

    assert orders.rows_in == len(orders.table) == N
    assert orders.table["customer_id"].nunique() == 7
    assert orders.table["ordered_at"][0] == pd.Timestamp("2024-03-01 09:30", tz="Asia/Seoul")


def test_several_files_are_looked_at_together(tmp_path: Path) -> None:
    """Whatever header stands in one of them is looked at; rows that cannot be read are not."""
    first = frame(id="order id", customer="customer", date="date", money="amount")
    (tmp_path / "1.csv").write_text(first.to_csv(index=False) + "\nx\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text(
        frame(id="order id", mail="email").to_csv(index=False), encoding="utf-8"
    )

    head = read_head(tmp_path)

    assert list(head.columns) == ["order id", "customer", "date", "amount", "email"]
    assert len(head) == 2 * N
    assert suggest_mapping(tmp_path).columns.keys() >= {"customer_id", "email"} - {"customer_id"}


def test_a_thousand_rows_are_enough() -> None:
    """What stands further below is not looked at, and headers without a name are left out."""
    table = pd.DataFrame({"a": range(1500), "": range(1500)})

    head = read_head(table)

    assert head.shape == (1000, 1)


def test_a_file_that_is_known_needs_no_mapping() -> None:
    """It is told, in case somebody goes on with a worse mapping."""
    text = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,2,3,4,2011-12-01,6,7,8\n"
    )

    with pytest.warns(DataQualityWarning, match="headers of 'online-retail': such files are read"):
        mapping = suggest_mapping(text.encode())

    assert mapping.columns["customer_id"] == "CustomerID"


def test_files_that_cannot_be_read_are_refused() -> None:
    """As read_orders does it, with its password and its encoding."""
    with pytest.raises(UnreadableFileError, match="is empty"):
        suggest_mapping(b"")
    with pytest.raises(UnreadableFileError, match="is not written in ascii"):
        suggest_mapping("주문번호".encode(), encoding="ascii")


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("order_id", "주문번호", "주문번호(쇼핑몰)"),
        ("order_id", "Order ID", "my order id"),
        ("amount", "결제금액", "총 결제금액 합계"),
        ("ordered_at", "주문일시", "배송일시"),
        ("name", "구매자명", "수취인명"),
    ],
)
def test_the_very_word_is_better_than_a_part(name: str, better: str, worse: str) -> None:
    """And words of other people and times are worth nothing."""
    assert 1 >= rate_header(name, better) >= 0.9 > rate_header(name, worse) >= 0


def test_no_word_heads_two_columns() -> None:
    """The very word of a column is that of no other, so that no suggestion is a toss-up."""
    words = [word for known in HEADER_WORDS.values() for word in set(known)]

    assert sorted(word for word in set(words) if words.count(word) > 1) == []


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["주문번호", "Order Date", "금액", "email", "이름", "a", "", "수량"]),
            st.lists(st.sampled_from(["", "1", "2024-03-01", "x@example.com", "a b", None, 3.5])),
        ),
        max_size=5,
    )
)
def test_any_table_has_a_suggestion(columns: list[tuple[str, list[Any]]]) -> None:
    """Whatever stands in it, no header is used twice, and none is forgotten."""
    table = pd.concat(
        [pd.Series(cells, dtype=object) for _, cells in columns] or [pd.Series()], axis=1
    )
    table.columns = pd.Index([header for header, _ in columns] or ["x"], dtype=object)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        mapping = suggest_mapping(table)

    assert isinstance(mapping, OrderMapping)
    assert sorted([*mapping.columns.values(), *mapping.unused]) == sorted(
        {header for header in table.columns if header}
    )
