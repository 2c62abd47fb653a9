"""SmartStore and Coupang: the quirks are really in their workbooks."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
import pandas as pd
import pytest
from order_headers_by_hand import COUPANG, SMARTSTORE, spelled

from crmlib.datasets import OrderFile, make_order_file


def open_workbook(data: bytes) -> tuple[str, list[Sequence[Any]]]:
    """Give the name of the only sheet, and its rows."""
    (page,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return page.title, list(page.iter_rows(values_only=True))


def table_of(file: OrderFile) -> pd.DataFrame:
    """Give the cells under the header in the first row."""
    _, (header, *rows) = open_workbook(file.paths[0].read_bytes())
    return pd.DataFrame(rows, columns=list(header), dtype=object)


def money(cells: "pd.Series[Any]") -> "pd.Series[float]":
    """Read amounts, some of which are text."""
    return cells.astype(str).str.replace(r"[,원]", "", regex=True).astype(float)


@pytest.fixture(scope="module")
def smartstore(tmp_path_factory: pytest.TempPathFactory) -> OrderFile:
    """Give a file of a SmartStore."""
    return make_order_file("smartstore", tmp_path_factory.mktemp("shop"), n_orders=400, seed=1)


@pytest.fixture(scope="module")
def coupang(tmp_path_factory: pytest.TempPathFactory) -> OrderFile:
    """Give a file of Coupang."""
    return make_order_file("coupang", tmp_path_factory.mktemp("shop"), n_orders=400, seed=1)


def test_smartstore_names(smartstore: OrderFile) -> None:
    """File, sheet and headers are called as SmartStore calls them."""
    sheet, (header, *_) = open_workbook(smartstore.paths[0].read_bytes())

    assert smartstore.paths[0].name == "스마트스토어_선택주문발주발송관리_20260630_0900.xlsx"
    assert sheet == "발주발송관리"
    assert list(header) == spelled(SMARTSTORE)


def test_smartstore_rows_are_those_of_the_truth(smartstore: OrderFile) -> None:
    """Ids, products, quantities and money of each row are in the file."""
    table, lines = table_of(smartstore), smartstore.lines

    assert table["상품주문번호"].tolist() == lines["line_id"].tolist()
    assert lines["line_id"].is_unique
    assert table["주문번호"].tolist() == lines["order_id"].tolist()
    assert table["상품명"].tolist() == lines["product_name"].tolist()
    assert table["수량"].tolist() == lines["quantity"].tolist()
    assert table["최종 상품별 총 주문금액"].tolist() == lines["amount"].tolist()
    assert (table["상품번호"].str.removesuffix(".0") == lines["product_id"]).all()
    assert 0 < table["상품번호"].str.endswith(".0").mean() < 0.2


def test_smartstore_times_are_serials(smartstore: OrderFile) -> None:
    """Times are numbers of days since 30 December 1899 in Seoul, without a date format."""
    table = table_of(smartstore)
    days = pd.to_timedelta(table["주문일시"].astype(float), unit="D").dt.round("s")

    ordered_at = (pd.Timestamp("1899-12-30") + days).dt.tz_localize("Asia/Seoul")
    assert table["주문일시"].map(type).eq(float).all()
    assert table["주문일시"].astype(float).between(20_000, 80_000).all()
    assert (ordered_at == smartstore.lines["ordered_at"]).all()
    assert (table["결제일"] >= table["주문일시"]).all()


def test_smartstore_fees_repeat(smartstore: OrderFile) -> None:
    """The fee stands on every line of a bundle, and counts once in the truth."""
    table, lines = table_of(smartstore), smartstore.lines
    bundles = table.groupby("배송비 묶음번호")["배송비 합계"]

    assert bundles.nunique().max() == 1
    assert table["배송비 합계"].sum() > lines["shipping_fee"].sum()
    assert lines["shipping_fee"].sum() == bundles.first().sum() > 0
    assert table.groupby("주문번호")["배송비 묶음번호"].nunique().max() == 2


def test_smartstore_claims(smartstore: OrderFile) -> None:
    """What was cancelled or came back says so in its state and is marked as a claim."""
    table, lines = table_of(smartstore), smartstore.lines
    states = table["주문상태"].replace({"취소": "cancelled", "반품": "returned"})
    claimed = states.isin(["cancelled", "returned"])

    assert set(table["주문상태"]) == {"결제완료", "배송중", "배송완료", "구매확정", "취소", "반품"}
    assert (states.where(claimed, "sold") == lines["status"]).all()
    assert (table["수량클레임 여부"] == claimed.map({True: "Y", False: "N"})).all()


def test_smartstore_knows_the_buyer(smartstore: OrderFile) -> None:
    """The id is masked, the buyer's number real, that of the recipient often virtual."""
    table, lines = table_of(smartstore), smartstore.lines
    buyers = table["구매자연락처"].groupby(lines["person"])

    assert table["구매자ID"].str.fullmatch(r"[a-z]{3}[a-z0-9]\*{5}").all()
    assert table["구매자연락처"].str.fullmatch(r"010-0\d{3}-\d{4}").all()
    assert buyers.nunique().max() == 1
    assert table["구매자연락처"].nunique() == lines["person"].nunique()
    virtual = table["수취인연락처1"].str.fullmatch(r"050\d-0\d{3}-\d{4}")
    assert 0.5 < virtual.mean() < 0.9
    assert 0 < (table["수취인명"] != table["구매자명"]).mean() < 0.2
    assert table["우편번호"].str.fullmatch(r"\d{5}").all()
    assert table["우편번호"].str.startswith("0").any()
    assert table["수취인연락처2"].isna().mean() > 0.5
    assert table["상품가격"].astype(str).str.endswith("원").any()


def test_smartstore_old_layout(tmp_path: Path) -> None:
    """The old layout has notices above the header and else the same cells."""
    old = make_order_file("smartstore", tmp_path / "old", n_orders=20, layout="old")
    new = make_order_file("smartstore", tmp_path / "new", n_orders=20)
    _, rows = open_workbook(old.paths[0].read_bytes())

    assert [row[1] for row in rows[:2]] == [None, None]
    assert rows[2:] == open_workbook(new.paths[0].read_bytes())[1]


def test_smartstore_encrypted(tmp_path: Path) -> None:
    """With a password the file is an OLE2 container that opens with it, with the same cells."""
    plain = make_order_file("smartstore", tmp_path / "plain", n_orders=20)
    file = make_order_file("smartstore", tmp_path / "secret", n_orders=20, password="비밀 1234")
    decrypted = io.BytesIO()
    with file.paths[0].open("rb") as handle:
        container = msoffcrypto.OfficeFile(handle)
        container.load_key(password="비밀 1234")
        container.decrypt(decrypted)

    assert file.paths[0].read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    assert open_workbook(decrypted.getvalue()) == open_workbook(plain.paths[0].read_bytes())


def test_coupang_names(coupang: OrderFile) -> None:
    """File, sheet and headers are called as Coupang calls them."""
    sheet, (header, *_) = open_workbook(coupang.paths[0].read_bytes())

    assert coupang.paths[0].name == "DeliveryList(20260630)_(0).xlsx"
    assert sheet == "Delivery"
    assert list(header) == spelled(COUPANG)


def test_coupang_rows_are_those_of_the_truth(coupang: OrderFile) -> None:
    """Ids, times and money of each row are in the file; nothing is cancelled, lines have no id."""
    table, lines = table_of(coupang), coupang.lines
    ordered_at = pd.to_datetime(table["주문일"]).dt.tz_localize("Asia/Seoul")

    assert table["주문번호"].tolist() == lines["order_id"].tolist()
    assert table["노출상품ID"].tolist() == lines["product_id"].tolist()
    assert (ordered_at == lines["ordered_at"]).all()
    assert (money(table["결제액"]) == lines["amount"]).all()
    assert set(table["결제액"].map(type)) == {int, str}
    assert (lines["status"] == "sold").all()
    assert lines["line_id"].isna().all()
    assert not table.duplicated(["주문번호", "옵션ID"]).any()
    assert table["옵션ID"].str.endswith(".0").any()
    assert table["업체상품코드"].isna().any()
    assert table["구매확정일자"].isna().any()


def test_coupang_phones_rotate(coupang: OrderFile) -> None:
    """Each order has its own virtual numbers; name and address are what is left."""
    table = table_of(coupang)
    phones = table.groupby("주문번호")["구매자전화번호"]

    assert table["구매자전화번호"].str.fullmatch(r"050[24]-0\d{3}-\d{4}").all()
    assert table["수취인전화번호"].str.fullmatch(r"050[24]-0\d{3}-\d{4}").all()
    assert phones.nunique().max() == 1
    assert phones.first().is_unique
    assert 0 < table["구매자"].str.contains("*", regex=False).mean() < 0.1


def test_coupang_addresses(coupang: OrderFile) -> None:
    """One person's address is written in several ways, and some postal codes lost their zero."""
    table, lines = table_of(coupang), coupang.lines
    plain = table["구매자"] == table["수취인이름"]
    written = table["수취인 주소"][plain].groupby(lines["person"][plain]).nunique()
    padded = table["우편번호"].astype(str).str.zfill(5)

    assert written.max() >= 3
    assert set(table["우편번호"].map(type)) == {int, str}
    assert padded.str.fullmatch(r"\d{5}").all()
    assert (table["우편번호"].astype(str).str.len() < 5).any()
