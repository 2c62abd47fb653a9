"""What the headers of a shop's own files mean, saved and used again."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import (
    ConfigError,
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
    UnreadableFileError,
)
from crmlib.sources import GenericSource, OrderMapping, read_orders
from crmlib.sources._generic_headers import CANONICAL

if TYPE_CHECKING:
    from pathlib import Path

GERMAN = pd.DataFrame(
    {
        "Kunde": ["C1", "C2"],
        "Beleg": ["1", "2"],
        "Datum": ["1.3.2024", "2.3.2024"],
        "Betrag": ["1.234,50 €", "7"],
        "Notiz": ["", "x"],
    }
)
MAPPING = OrderMapping(
    columns={
        "customer_id": "Kunde",
        "order_id": "Beleg",
        "ordered_at": "Datum",
        "amount": "Betrag",
    },
    timezone="Europe/Berlin",
    currency="EUR",
    sales_channel="laden",
    region="DE",
    date_order="day-first",
    decimal=",",
    unused=("Notiz",),
)
HEADERS = st.text(
    st.sampled_from("\"'\\#=[]\n\r\t 한é\x7f\x85\u2028") | st.characters(codec="utf-8"), min_size=1
).filter(lambda text: "\0" not in text)


def test_a_mapping_reads_files_of_its_shop(tmp_path: Path) -> None:
    """Zone, currency, channel, dates and decimals are those of the mapping, saved or not."""
    path = tmp_path / "shop.toml"
    MAPPING.save(path)

    for columns in (MAPPING, path, str(path)):
        orders = read_orders(GERMAN, columns=columns)

        assert orders.table.drop(columns="ordered_at").to_numpy().tolist() == [
            ["C1", "1", 1234.5, "EUR", "laden"],
            ["C2", "2", 7.0, "EUR", "laden"],
        ]
        assert orders.table["ordered_at"][0] == pd.Timestamp("2024-03-01", tz="Europe/Berlin")


def test_the_caller_goes_before_the_mapping() -> None:
    """What is named in the call counts."""
    orders = read_orders(GERMAN, columns=MAPPING, timezone="UTC", sales_channel="web")

    assert orders.table["ordered_at"][0] == pd.Timestamp("2024-03-01", tz="UTC")
    assert orders.table["sales_channel"].unique().tolist() == ["web"]


def test_the_region_reads_phone_numbers() -> None:
    """Numbers without a country code are those of the shop's country, so that they tell people."""
    columns = {"order_id": "a", "ordered_at": "b", "amount": "c", "phone": "d"}
    lines = pd.DataFrame({"a": ["1"], "b": ["2024-03-01"], "c": ["1"], "d": ["010-0000-1234"]})

    korean = read_orders(lines, columns=OrderMapping(columns=columns, region="KR"))

    assert korean.contacts["phone"].to_list() == ["+821000001234"]
    assert read_orders(lines, columns=columns).set_aside["reason"].to_list() == [
        "unknown customer"
    ]


def test_a_saved_mapping_reads_like_a_page(tmp_path: Path) -> None:
    """Each setting is explained, those that are not set as comments, and what may be added."""
    path = tmp_path / "shop.toml"

    OrderMapping(columns={"customer_id": "구매자"}, unused=["메모"]).save(path)

    text = path.read_text(encoding="utf-8")
    assert text.startswith("# What the headers of a shop's order files mean.")
    assert 'timezone = "UTC"  # IANA zone' in text
    assert '\n# currency = "KRW"  # ISO 4217' in text
    assert 'unused = [\n  "메모",\n]' in text
    assert 'customer_id = "구매자"\n\n# there are also: order_id, ordered_at, amount, ' in text
    assert tomllib.loads(text)["columns"] == {"customer_id": "구매자"}


def test_a_whole_mapping_names_nothing_to_add(tmp_path: Path) -> None:
    """Where every column is mapped, nothing else is offered."""
    path = tmp_path / "shop.toml"
    mapping = OrderMapping(columns={name: name for name in CANONICAL})

    mapping.save(path)

    assert "there are also" not in path.read_text(encoding="utf-8")
    assert OrderMapping.load(path) == mapping


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(CANONICAL), HEADERS, max_size=4),
    st.lists(HEADERS, max_size=3),
    HEADERS,
)
def test_a_mapping_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory,
    columns: dict[str, str],
    unused: list[str],
    channel: str,
) -> None:
    """Whatever stands in a header: quotes, signs of TOML, ends of lines, any letters."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    mapping = OrderMapping(columns=columns, unused=unused, sales_channel=channel)

    mapping.save(path)

    assert OrderMapping.load(path) == mapping


def test_a_mapping_of_a_text_editor_is_read(tmp_path: Path) -> None:
    """With a byte-order mark, as Windows writes it, and without a table of columns."""
    path = tmp_path / "shop.toml"
    path.write_text('timezone = "Asia/Seoul"', encoding="utf-8-sig")

    assert OrderMapping.load(path) == OrderMapping(columns={}, timezone="Asia/Seoul")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("columns = 5", "the mapping cannot be ('int' object is not iterable); correct it"),
        ("[columns]\ncustmer_id = 'a'", "did you mean 'customer_id'?"),
        ("[columns]\ncustomer_id = 1", "(columns must be text, got 1)"),
        ("[columns]\ncustomer_id = ''", "(columns must be text, got '')"),
        ("timezone = 'Mars'", "(timezone must be an IANA zone such as 'Asia/Seoul', got 'Mars')"),
        ("decimal = ';'", "(decimal must be one of ['.', ','], got ';')"),
        ("date_order = 'year'", "(date_order must be one of ['auto', 'day-first', "),
        ("region = 'Seoul'", "(region must be an ISO 3166 country such as 'KR', got 'Seoul')"),
        ("currency = 5", "(currency must be text, got 5)"),
        ("unused = [1]", "(unused must be text, got 1)"),
        ("zone = 'UTC'", "zone is unknown; there are ['columns', 'timezone', "),
    ],
    ids=lambda value: value.replace("\n", " ")[:30],
)
def test_a_mapping_that_cannot_be_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The error names the file, the key and what is wrong, in one line."""
    path = tmp_path / "shop.toml"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        OrderMapping.load(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"columns =", b"\xff", None])
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Text that is no TOML, bytes that are no text, and nothing at all."""
    path = tmp_path / "shop.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match="is no mapping that can be read"):
        read_orders(GERMAN, columns=path)


def test_half_characters_cannot_be_saved() -> None:
    """No file could hold them, so they are refused where the mapping is made."""
    with pytest.raises(InvalidParameterError, match="unused must be text"):
        OrderMapping(columns={}, unused=["\ud800"])


def test_a_mapping_and_a_source_exclude_each_other() -> None:
    """The mapping says it all."""
    with pytest.raises(InvalidParameterError, match="source must be left out, where a saved"):
        read_orders(GERMAN, columns=MAPPING, source="cafe24")


@pytest.mark.parametrize("source", ["generic", GenericSource(MAPPING)], ids=["name", "object"])
def test_columns_are_added_to_a_generic_source(source: Any) -> None:
    """What the caller names goes first, and the rest is that of the source."""
    columns = {**MAPPING.columns, "customer_id": "Notiz"}

    orders = read_orders(
        GERMAN, source=source, columns=columns, decimal=",", date_order="day-first"
    )

    assert orders.table["customer_id"].to_list() == ["x"]


def test_unused_headers_hold_nothing() -> None:
    """A header that a person put aside is not found by its name, unless it is mapped, too."""
    lines = GERMAN.assign(quantity="3")
    mapping = OrderMapping(
        columns=MAPPING.columns, decimal=",", date_order="day-first", unused=["quantity", "Kunde"]
    )

    assert "quantity" in read_orders(lines, columns=MAPPING).table
    table = read_orders(lines, columns=mapping).table
    assert "quantity" not in table
    assert table["customer_id"].to_list() == ["C1", "C2"]


def test_notices_above_mapped_headers_are_passed_over() -> None:
    """The header is the first row that has all that the mapping names."""
    file = "Kassenbuch;2024\n\n" + GERMAN.to_csv(index=False, sep=";")

    orders = read_orders(file.encode(), columns=MAPPING)

    assert orders.places["row"].to_list() == [1, 2]
    with pytest.raises(MissingColumnsError, match=r"lacks the columns \['Kunde', "):
        read_orders(file.replace("Kunde", "Wer").encode(), columns=MAPPING)


def test_errors_of_a_mapping_name_the_file(tmp_path: Path) -> None:
    """In a folder of many, the one that does not fit has to be found."""
    (tmp_path / "may.csv").write_text(
        "customer_id,order_id,ordered_at,amount\nC1,1,2024-03-01,1\n"
    )
    (tmp_path / "june.csv").write_text("customer,customer,order,date,amount\n1,2,3,4,5\n")
    (tmp_path / "july.csv").write_text("Customer,customer_id,order,date,amount\n1,2,3,4,5\n")

    with pytest.raises(InvalidTableError, match=r"^june\.csv repeats the headers"):
        read_orders(tmp_path / "june.csv")
    with pytest.raises(MissingColumnsError, match=r"^may\.csv lacks the columns \['Kunde'\]"):
        read_orders(tmp_path / "may.csv", columns={"customer_id": "Kunde"})
    lines = pd.DataFrame([["1", "2", "3", "2024-03-01", "5"]])
    lines.columns = pd.Index(["Customer-ID", "customer_id", "order", "date", "amount"])
    with pytest.raises(InvalidTableError, match=r"^dataframe has 2 headers for customer_id"):
        read_orders(lines)


def test_a_column_that_comes_twice_alike_is_one(tmp_path: Path) -> None:
    """Equal columns of one header are no question, nor are several without a header."""
    file = b"customer,order,date,amount,amount,,\nC1,1,2024-03-01,5,5,x,y\n"

    assert read_orders(file).table["amount"].to_list() == [5.0]


def test_unknown_columns_are_refused_with_a_guess() -> None:
    """Wherever a mapping is made."""
    with pytest.raises(UnknownNameError, match="did you mean 'customer_id'"):
        OrderMapping(columns={"custmer_id": "a"})
    with pytest.raises(UnknownNameError, match="canonical column 'custmer_id'"):
        read_orders(GERMAN, columns={"custmer_id": "Kunde"})


def test_a_mapping_is_for_the_files_that_need_it(tmp_path: Path) -> None:
    """Known sources and files that lack its headers are read as they are without it."""
    paths = [tmp_path / name for name in ("uci.csv", "mine.csv", "plain.csv")]
    paths[0].write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,X2,Mug,4,2011-12-01,6,7,8\n"
    )
    paths[1].write_text("Country,no,when,sum\nmine,1,2024-03-01,5\n")
    paths[2].write_text("customer_id,order_id,ordered_at,amount\nC1,1,2024-03-01,1\n")
    columns = {"customer_id": "Country", "order_id": "no", "ordered_at": "when", "amount": "sum"}
    mapping = OrderMapping(columns=columns)

    with pytest.warns(DataQualityWarning, match=r"\['plain.csv'\] lack headers of the mapping"):
        table = read_orders(tmp_path, columns=mapping).table
    assert table["customer_id"].to_list() == ["mine", "C1", "7"]
    with pytest.warns(DataQualityWarning, match=r"\['plain.csv'\] lack headers of the mapping"):
        same = read_orders(tmp_path, columns=columns).table
    assert same.equals(table)
    known = read_orders(paths[0], columns={"customer_id": "Country"}).table
    assert known["customer_id"].to_list() == ["8"]
    with pytest.warns(DataQualityWarning, match=r"\['plain.csv'\] lack headers of the mapping"):
        some = read_orders([paths[0], paths[2]], columns={"category": "Country"}).table
    assert some["category"].fillna("").to_list() == ["8", ""]
    with pytest.raises(InvalidParameterError, match="the mapping must be left out, as these are"):
        read_orders(paths[0], columns=mapping)
    by_it = OrderMapping(columns={"customer_id": "Country", "order_id": "InvoiceNo",
                                  "ordered_at": "InvoiceDate"})  # fmt: skip
    forced = read_orders(paths[0], columns=by_it, source="generic").table
    assert forced["customer_id"].to_list() == ["8"]
