"""Cafe24, Shopify, WooCommerce, Amazon, Square and UCI: the quirks are really in their texts."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from order_headers_by_hand import (
    AMAZON,
    CAFE24,
    ONLINE_RETAIL,
    ONLINE_RETAIL_II,
    SHOPIFY,
    SQUARE_ITEMS,
    SQUARE_TRANSACTIONS,
    WOOCOMMERCE,
    spelled,
)

from crmlib.datasets import OrderFile, make_order_file


def read(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> pd.DataFrame:
    """Give the cells of a file as they are written."""
    with path.open(encoding=encoding, newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    return pd.DataFrame(rows, columns=header, dtype=object)


def money(cells: "pd.Series[Any]") -> "pd.Series[float]":
    """Read amounts as people write them."""
    return cells.str.replace(r"[,원$]", "", regex=True).astype(float)


def made(source: str, folder: Path, **options: Any) -> OrderFile:
    """Make a file large enough for every quirk."""
    return make_order_file(source, folder, n_orders=500, seed=1, **options)


def near(left: "pd.Series[float]", right: "pd.Series[float]") -> bool:
    """Tell whether amounts are the same to the cent."""
    return bool(((left.to_numpy() - right.to_numpy()).round(2) == 0).all())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_cafe24_encodings(encoding: str, tmp_path: Path) -> None:
    """The file can be had in the three encodings in which sellers have it."""
    file = make_order_file("cafe24", tmp_path, n_orders=20, encoding=encoding)

    assert list(read(file.paths[0], encoding)) == spelled(CAFE24)
    starts_with_mark = file.paths[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert starts_with_mark == (encoding == "utf-8-sig")


def test_cafe24_rows_are_those_of_the_truth(tmp_path: Path) -> None:
    """Ids, times and money of each row are in the file."""
    file = made("cafe24", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    ordered_at = pd.to_datetime(table["주문일시"]).dt.tz_localize("Asia/Seoul")

    assert table["주문번호"].str.fullmatch(r"\d{8}-\d{7}").all()
    assert (table["품목별 주문번호"].str[:-3] == table["주문번호"]).all()
    assert table["품목별 주문번호"].tolist() == lines["line_id"].tolist()
    assert table["주문번호"].tolist() == lines["order_id"].tolist()
    assert table["상품코드"].tolist() == lines["product_id"].tolist()
    assert (ordered_at == lines["ordered_at"]).all()
    assert lines["product_name"].isna().all()


def test_cafe24_totals_repeat(tmp_path: Path) -> None:
    """Payment and coupon of an order stand on each of its lines, and add up with the fee."""
    file = made("cafe24", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    goods = money(table["판매가"]) * table["수량"].astype(int)
    paid, coupon = money(table["총 실결제금액(최초정보)"]), money(table["쿠폰 할인금액"])
    by_order = lines.groupby("order_id")

    assert paid.groupby(lines["order_id"]).nunique().max() == 1
    assert coupon.groupby(lines["order_id"]).nunique().max() == 1
    total = by_order["amount"].transform("sum") + by_order["shipping_fee"].transform("sum")
    assert near(paid, total)
    assert near(
        goods.groupby(lines["order_id"]).transform("sum") - coupon + 0,
        total - by_order["shipping_fee"].transform("sum"),
    )
    assert set(lines["shipping_fee"]) == {0, 3000}
    for mark in (",", "원"):
        assert 0 < table["판매가"].str.contains(mark).mean() < 0.2


def test_cafe24_states(tmp_path: Path) -> None:
    """States tell what was cancelled and what came back; refunds are of the line."""
    file = made("cafe24", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    letters, refunded = table["주문 상태"].str[0], money(table["실제 환불금액"])

    assert set(table["주문 상태"]) == {
        *("N00", "N10", "N20", "N30", "N40", "N50", "C40", "R40", "E40")
    }
    words = letters.map({"N": "sold", "E": "sold", "C": "cancelled", "R": "returned"})
    assert (words == lines["status"]).all()
    kept = lines["status"] != "cancelled"
    assert near(refunded[kept], lines["refunded"][kept])
    assert near(refunded[~kept], lines["amount"][~kept])
    assert (refunded[lines["status"] == "sold"] > 0).any()
    assert (table["결제일시(입금확인일)"] == "").equals(table["주문 상태"] == "N00")


def test_cafe24_phones(tmp_path: Path) -> None:
    """Phone numbers are typed in several ways, and missing ones are two hyphens."""
    phones = read(made("cafe24", tmp_path).paths[0])["주문자 휴대전화"]

    assert 0 < (phones == "--").mean() < 0.12
    assert 0 < phones.str.startswith("+82 ").mean() < 0.5
    assert phones.str.fullmatch(r"--|\+82 ?10-?\d{4}-?\d{4}|010-?\d{4}-?\d{4}").all()


def test_shopify_headers_and_first_lines(tmp_path: Path) -> None:
    """Cells of the order stand on its first line only; the newest order comes first."""
    file = made("shopify", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    first = ~table["Name"].duplicated()
    on_every_line = [name for name in table if name == "Name" or name.startswith("Lineitem")]

    assert set(spelled(SHOPIFY)) <= set(table)
    assert file.paths[0].name == "orders_export_1.csv"
    assert (~first).sum() > 100
    assert (table.loc[~first].drop(columns=on_every_line) == "").all(axis=None)
    assert (table.loc[:, on_every_line] != "").all(axis=None)
    created_at = pd.to_datetime(table["Created at"][first], format="%Y-%m-%d %H:%M:%S %z")
    assert (created_at == lines["ordered_at"][first]).all()
    assert created_at.is_monotonic_decreasing
    assert table["Billing Zip"][first].str.fullmatch(r"'\d{5}").all()


def test_shopify_money(tmp_path: Path) -> None:
    """Lines less the discount are the subtotal, with the fee the total; refunds are per order."""
    file = made("shopify", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    first = ~table["Name"].duplicated()
    orders = table[first].set_index("Name")
    by_order = lines.groupby("order_id", sort=False)
    gross = money(table["Lineitem price"]) * table["Lineitem quantity"].astype(int)
    gross = gross.groupby(table["Name"], sort=False).sum()
    amount, fee = by_order["amount"].sum(), by_order["shipping_fee"].sum()

    assert table["Name"].tolist() == lines["order_id"].tolist()
    assert table["Lineitem sku"].tolist() == lines["product_id"].tolist()
    assert near(money(orders["Subtotal"]), amount)
    assert near(gross - money(orders["Discount Amount"]), amount)
    assert near(money(orders["Total"]), amount + fee)
    kept = by_order["status"].first() != "cancelled"
    assert near(money(orders["Refunded Amount"])[kept], by_order["refunded"].sum()[kept])
    assert ((orders["Discount Code"] != "") == (money(orders["Discount Amount"]) > 0)).all()


def test_shopify_states(tmp_path: Path) -> None:
    """Cancelled orders say when; they are voided, or were paid and paid back."""
    file = made("shopify", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    first = ~table["Name"].duplicated()
    orders, status = table[first], lines["status"][first]
    cancelled = status == "cancelled"

    assert ((orders["Cancelled at"] != "") == cancelled).all()
    assert set(orders["Financial Status"][cancelled]) == {"voided", "refunded"}
    assert set(orders["Financial Status"][~cancelled]) == {
        "paid",
        "partially_refunded",
        "refunded",
    }
    assert ((orders["Paid at"] == "") == (orders["Financial Status"] == "voided")).all()
    assert set(orders["Currency"]) == {"KRW"}


def test_shopify_people(tmp_path: Path) -> None:
    """People type their e-mail address in capitals or not at all, their name in Latin or not."""
    file = made("shopify", tmp_path)
    table = read(file.paths[0])
    orders = table[~table["Name"].duplicated()]
    emails = orders["Email"]

    assert 0 < (emails == "").mean() < 0.12
    assert emails.str.isupper().any()
    folded = emails[emails != ""].str.lower()
    assert folded.groupby(file.lines["person"]).nunique().max() == 1
    assert 0.1 < orders["Billing Name"].str.isascii().mean() < 0.4
    assert (orders["Phone"] == "").mean() > 0.8


def test_woocommerce(tmp_path: Path) -> None:
    """A row is an order: money as people read it, products in one cell, nobody to be reached."""
    file = made("woocommerce", tmp_path)
    table, lines = read(file.paths[0]), file.lines
    at = pd.to_datetime(table["Date"]).dt.tz_localize("America/New_York")
    words = {"completed": "sold", "processing": "sold", "refunded": "returned"}

    assert list(table) == spelled(WOOCOMMERCE)
    assert table["Order #"].tolist() == lines["order_id"].tolist()
    assert table["Order #"].is_unique
    assert table["N. Revenue (formatted)"].str.fullmatch(r"\$[\d,]+\.\d\d").all()
    assert near(money(table["N. Revenue (formatted)"]), lines["amount"])
    assert table["Items sold"].astype(int).tolist() == lines["quantity"].tolist()
    assert table["Product(s)"].tolist() == lines["product_name"].tolist()
    assert table["Product(s)"].str.contains(r"\d\u00d7 .*, \d\u00d7 ").any()
    assert (table["Status"].replace(words) == lines["status"]).all()
    assert (at == lines["ordered_at"]).all()
    assert not table.map(lambda cell: "@" in cell).any(axis=None)


def test_amazon(tmp_path: Path) -> None:
    """Items without a buyer, in UTC; a cancelled one has neither quantity nor price."""
    file = made("amazon", tmp_path)
    table, lines = read(file.paths[0], delimiter="\t"), file.lines
    cancelled = table["order-status"] == "Cancelled"

    assert set(spelled(AMAZON)) <= set(table)
    assert not {name for name in table if "buyer" in name or "name" in name} - {"product-name"}
    assert table["amazon-order-id"].str.fullmatch(r"\d{3}-\d{7}-\d{7}").all()
    assert table["amazon-order-id"].tolist() == lines["order_id"].tolist()
    assert (pd.to_datetime(table["purchase-date"]) == lines["ordered_at"]).all()
    assert table["purchase-date"].str.endswith("+00:00").all()
    assert (cancelled == (lines["status"] == "cancelled")).all()
    assert cancelled.any()
    assert set(table["item-price"][cancelled]) == {""}
    assert set(table["quantity"][cancelled]) == {"0"}
    assert near(money(table["item-price"][~cancelled]), lines["amount"][~cancelled])
    assert (lines["amount"][cancelled] == 0).all()


def test_square_rows_are_those_of_the_truth(tmp_path: Path) -> None:
    """The items are the rows of the truth; what came back is below zero."""
    file = made("square", tmp_path)
    items, lines = read(file.paths[1]), file.lines
    at = pd.to_datetime(items["Date"] + " " + items["Time"]).dt.tz_localize("America/New_York")
    words = {"Payment": "sold", "Refund": "returned"}

    assert set(spelled(SQUARE_ITEMS)) <= set(items)
    assert items["Transaction ID"].tolist() == lines["order_id"].tolist()
    assert items["SKU"].tolist() == lines["product_id"].tolist()
    assert near(money(items["Net Sales"]), lines["amount"])
    assert near(money(items["Gross Sales"]) + money(items["Discounts"]), money(items["Net Sales"]))
    assert (items["Event Type"].map(words) == lines["status"]).all()
    assert ((lines["status"] == "returned") == (lines["amount"] < 0)).all()
    assert (items["Qty"] == lines["quantity"].astype(str) + ".0").all()
    assert (at == lines["ordered_at"]).all()
    assert set(items["Time Zone"]) == {"Eastern Time (US & Canada)"}


def test_square_transactions_add_the_items_up(tmp_path: Path) -> None:
    """Each transaction is the sum of the items with its id and event, and knows who paid."""
    file = made("square", tmp_path)
    transactions, lines = read(file.paths[0]), file.lines
    words = {"Payment": "sold", "Refund": "returned"}
    keys = [transactions["Transaction ID"], transactions["Event Type"].map(words)]
    sums = lines.groupby(["order_id", "status"])[["amount", "refunded"]].sum()
    sums = sums.loc[list(zip(*keys, strict=True))]
    people = lines.drop_duplicates(["order_id", "status"]).set_index(["order_id", "status"])
    people = people.loc[list(zip(*keys, strict=True))]

    assert [path.name[:5] for path in file.paths] == ["trans", "items"]
    assert set(spelled(SQUARE_TRANSACTIONS)) <= set(transactions)
    assert len(transactions) == len(lines.drop_duplicates(["order_id", "status"]))
    assert near(money(transactions["Net Sales"]), sums["amount"])
    assert near(-money(transactions["Partial Refunds"]), sums["refunded"])
    assert (sums["refunded"] > 0).any()
    walk_ins = transactions["Customer ID"] == ""
    assert 0.2 < walk_ins.mean() < 0.5
    assert walk_ins.tolist() == people["person"].isna().tolist()
    assert (walk_ins == (transactions["Customer Name"] == "")).all()


@pytest.mark.parametrize(
    ("layout", "header", "form"),
    [
        ("old", ONLINE_RETAIL, "%m/%d/%Y %H:%M"),
        ("new", ONLINE_RETAIL_II, "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_online_retail(layout: Any, header: str, form: str, tmp_path: Path) -> None:
    """Both data sets: cancellations below zero, codes of no product, customers missing."""
    file = made("online-retail", tmp_path, layout=layout)
    table, lines = read(file.paths[0]), file.lines
    customers = table[spelled(header)[6]]
    cancelled = table[spelled(header)[0]].str.startswith("C")
    at = pd.to_datetime(table["InvoiceDate"], format=form).dt.tz_localize("Europe/London")
    amount = table["Quantity"].astype(int) * table[spelled(header)[5]].astype(float)

    assert list(table) == spelled(header)
    assert table[spelled(header)[0]].tolist() == lines["order_id"].tolist()
    assert table["StockCode"].tolist() == lines["product_id"].tolist()
    assert (at == lines["ordered_at"]).all()
    assert near(amount, lines["amount"])
    assert (cancelled == (lines["status"] == "returned")).all()
    assert (amount[cancelled] < 0).all()
    no_product = lines["status"] == "non-product"
    assert set(table["StockCode"][no_product]) == {
        *("POST", "M", "D", "DOT", "C2", "BANK CHARGES")
    }
    assert table["StockCode"][~no_product].str.fullmatch(r"\d{5}[AB]?").all()
    assert (customers == "").mean() == pytest.approx(0.25, abs=0.06)
    assert ((customers == "") == lines["person"].isna()).all()
    known = customers[customers != ""]
    assert known.str.fullmatch(r"\d{5}\.0" if layout == "old" else r"\d{5}").all()
    assert known.groupby(lines["person"]).nunique().max() == 1
    assert lines["sales_channel"].isna().all()
    assert 0 < (table["Country"] != "United Kingdom").mean() < 0.2


def test_online_retail_dates_are_as_in_the_first_data_set(tmp_path: Path) -> None:
    """The old layout writes month, day and hour without zeros in front."""
    dates = read(made("online-retail", tmp_path, layout="old").paths[0])["InvoiceDate"]

    assert dates.str.fullmatch(r"[1-9]\d?/[1-9]\d?/201[01] [1-9]\d?:\d\d").all()
    assert dates.str.contains(r"^[1-9]/[1-9]/").any()
