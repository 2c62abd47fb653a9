"""Any file or dataframe of order lines, in."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import (
    CRMLibError,
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    MissingExtraError,
    UnknownNameError,
    UnreadableFileError,
)
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from pathlib import Path

LINES = pd.DataFrame(
    {
        "customer_id": ["C1", "C2", None],
        "order_id": ["1", "2", "3"],
        "ordered_at": ["2024-03-01 09:00", "2024-03-02 10:30", "2024-03-03"],
        "amount": ["10.5", "-2", "3"],
        "product_name": ["탑", "바지", "탑"],
    }
)
ONLINE_RETAIL = """\
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
536365,85123A,HEART,6,2011-07-01 08:26:00,2.55,17850.0,United Kingdom
536365,POST,POSTAGE,1,2011-07-01 08:26:00,18,17850.0,United Kingdom
C536379,85123A,HEART,-1,2011-12-01 09:41:00,2.55,14527.0,United Kingdom
536414,22139,"BOWL, RED",56,2010-12-01 11:52:00,0.0,,United Kingdom
"""


def write(folder: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    """Write a file and give its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def check(orders: Any) -> None:
    """Check that the lines above have come in."""
    assert orders.table["customer_id"].to_list() == ["C1", "C2"]
    assert orders.table["amount"].to_list() == [10.5, -2.0]
    assert orders.table["ordered_at"].to_list() == [
        pd.Timestamp("2024-03-01 09:00", tz="UTC"),
        pd.Timestamp("2024-03-02 10:30", tz="UTC"),
    ]
    assert orders.table["product_name"].to_list() == ["탑", "바지"]
    assert orders.set_aside[["row", "reason"]].to_numpy().tolist() == [[3, "unknown customer"]]


@pytest.mark.filterwarnings("ignore:.*read as cp949")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_files_are_read(tmp_path: Path, encoding: str, separator: str) -> None:
    """In the encodings and with the separators that shops export."""
    text = LINES.to_csv(index=False, sep=separator)

    check(read_orders(write(tmp_path, text.encode(encoding))))


def test_compressed_files_are_read(tmp_path: Path) -> None:
    """Gzip is known by its first bytes, not by its name."""
    check(read_orders(str(write(tmp_path, gzip.compress(LINES.to_csv(index=False).encode())))))


def test_parquet_files_are_read(tmp_path: Path) -> None:
    """Through DuckDB; typed columns keep their values."""
    lines = LINES.assign(  # noqa: F841 -- DuckDB reads it by its name
        ordered_at=pd.to_datetime(LINES["ordered_at"], format="mixed"),
        amount=LINES["amount"].astype(float),
    )
    path = tmp_path / "orders.parquet"
    duckdb.sql(f"copy (from lines) to '{path}' (format parquet)")

    check(read_orders(path))


def test_workbooks_are_read(tmp_path: Path) -> None:
    """The first sheet, with ids that the spreadsheet made numbers, and real dates."""
    lines = pd.DataFrame(
        {
            "customer_id": [17850.0, 12583.0],
            "order_id": [1, 2],
            "ordered_at": [pd.Timestamp("2024-03-01 09:00"), 45353.4375],
            "amount": [10.5, "1,200원"],
        }
    )
    path = tmp_path / "orders.xlsx"
    lines.to_excel(path, index=False)

    table = read_orders(path).table

    assert table["customer_id"].to_list() == ["17850", "12583"]
    assert table["amount"].to_list() == [10.5, 1200.0]
    assert table["ordered_at"].dt.strftime("%m-%d %H:%M").to_list() == [
        "03-01 09:00",
        "03-02 10:30",
    ]


def test_a_workbook_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "python_calamine", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[excel\]'"):
        read_orders(write(tmp_path, b"PK\x03\x04", "orders.xlsx"))


def test_the_name_of_a_parquet_file_is_no_pattern(tmp_path: Path) -> None:
    """A file called orders[1] is read, not its neighbour orders1, and its ids stay exact."""
    for name, customer in (("orders1.parquet", 1), ("orders[1].parquet", 2**53 + 1)):
        lines = LINES.assign(customer_id=pd.array([customer, 2, None], dtype="Int64"))
        lines.to_parquet(tmp_path / name)

    table = read_orders(tmp_path / "orders[1].parquet").table

    assert table["customer_id"].to_list() == [str(2**53 + 1), "2"]


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame,
        lambda frame: frame.set_index(pd.Index([5, 5, 5])),
        pl.DataFrame,
        lambda frame: pl.DataFrame(frame).lazy(),
        pa.Table.from_pandas,
        lambda frame: duckdb.connect().from_df(frame),
    ],
    ids=["pandas", "pandas with an index", "polars", "polars lazy", "pyarrow", "duckdb"],
)
def test_dataframes_of_any_kind_are_read(convert: Any) -> None:
    """With text, numbers and instants in their columns."""
    lines = LINES.assign(
        ordered_at=pd.to_datetime(LINES["ordered_at"], format="mixed", utc=True),
        amount=LINES["amount"].astype(float),
    )

    check(read_orders(convert(lines)))


@pytest.mark.parametrize(
    "convert",
    [
        pl.DataFrame,
        pa.table,
        lambda cells: duckdb.from_arrow(pa.table(cells)),
        lambda cells: pd.DataFrame(cells, dtype=object).astype({"customer_id": "Int64"}),
    ],
    ids=["polars", "pyarrow", "duckdb", "pandas"],
)
def test_whole_numbers_with_gaps_stay_exact(convert: Any) -> None:
    """Ids past 2**53 that differ by one are two customers, whatever else is empty."""
    ids = [2**53 + 1, 2**53, None]
    cells = {
        "customer_id": ids,
        "order_id": ["1", "2", "3"],
        "ordered_at": ["2024-03-01"] * 3,
        "amount": [1.0, 2.0, 3.0],
    }

    orders = read_orders(convert(cells))

    assert orders.table["customer_id"].to_list() == [str(ids[0]), str(ids[1])]


def test_headers_are_found_by_their_aliases() -> None:
    """Without regard to case, spaces and signs; an earlier alias goes before a later one."""
    lines = pd.DataFrame(
        {"Household_ID": ["1"], "Order #": ["2"], "DATE": ["x"], "Order Date": ["2024-03-01"]}
    ).assign(**{"Sales Value": "3", "Department": "tops", "other": "y"})

    assert read_orders(lines).table.drop(columns="ordered_at").loc[0].to_dict() == {
        "customer_id": "1",
        "order_id": "2",
        "amount": 3.0,
        "category": "tops",
    }


def test_a_mapping_goes_before_aliases() -> None:
    """A header that the mapping uses serves no other column."""
    lines = LINES.rename(columns={"customer_id": "order"}).rename(columns={"order_id": "customer"})

    orders = read_orders(lines, columns={"customer_id": "order", "order_id": "customer"})

    check(orders)


def test_a_mapping_of_unknown_columns_is_refused() -> None:
    """The error suggests what was meant."""
    with pytest.raises(UnknownNameError, match="did you mean 'customer_id'"):
        read_orders(LINES, columns={"custmer_id": "customer_id"})


def test_a_mapping_to_headers_that_are_not_there_is_refused() -> None:
    """The error lists the headers that there are."""
    with pytest.raises(MissingColumnsError, match=r"\['Client'\]; it has \['customer_id'"):
        read_orders(LINES, columns={"customer_id": "Client"})


def test_two_headers_for_one_column_have_to_be_settled() -> None:
    """Nobody guesses; the mapping settles it."""
    lines = LINES.assign(**{"Customer-ID": "x"})

    with pytest.raises(InvalidTableError, match="has 2 headers for customer_id"):
        read_orders(lines)
    check(read_orders(lines, columns={"customer_id": "customer_id"}))


def test_a_header_that_comes_twice_cannot_be_named() -> None:
    """Renaming one of them is the way out."""
    lines = pd.concat([LINES, LINES[["amount"]] + "0"], axis=1)

    with pytest.raises(InvalidTableError, match=r"repeats the headers \['amount'\]"):
        read_orders(lines, columns={"amount": "amount"})


def test_missing_columns_are_named_with_a_mapping_to_fill_in(tmp_path: Path) -> None:
    """The error shows the headers and what to write."""
    with pytest.raises(MissingColumnsError) as caught:
        read_orders(write(tmp_path, "who,order_id,date\n1,2,3\n"))

    assert str(caught.value) == (
        "orders.csv lacks the columns ['customer_id', 'amount']; it has ['who', 'order_id', "
        "'date']; say which headers hold them: "
        "columns={'customer_id': '<header>', 'amount': '<header>'} in Python, "
        "--column 'customer_id=<header>' --column 'amount=<header>' on the command line, "
        "or [data.columns] in a campaign file"
    )


def test_online_retail_is_recognised_by_its_headers(tmp_path: Path) -> None:
    """London's clock, returns by C invoices, postage and unknown customers set aside."""
    orders = read_orders(write(tmp_path, ONLINE_RETAIL))

    assert orders.table["ordered_at"].dt.strftime("%H:%M").to_list() == ["07:26", "09:41"]
    assert orders.table["amount"].to_list() == [15.3, -2.55]
    assert orders.table["customer_id"].to_list() == ["17850", "14527"]
    assert orders.set_aside[["row", "reason"]].to_numpy().tolist() == [
        [2, "non-product line"],
        [4, "unknown customer"],
    ]


def test_the_defaults_of_a_format_can_be_overruled(tmp_path: Path) -> None:
    """Zone and non-products are parameters."""
    orders = read_orders(
        write(tmp_path, ONLINE_RETAIL), timezone="UTC", non_product_ids="85123A", refunds="net"
    )

    assert orders.table["ordered_at"].dt.strftime("%H:%M").to_list() == ["08:26"]
    assert orders.table["amount"].to_list() == [18.0]


def test_ragged_rows_are_set_aside_with_their_number(tmp_path: Path) -> None:
    """A file with a damaged row is used but for that row."""
    text = LINES.to_csv(index=False).replace("C2,2,", "C2,2,,")

    orders = read_orders(write(tmp_path, text))

    assert orders.set_aside.loc[0, ["row", "reason", "detail"]].to_list() == [
        2,
        "unreadable row",
        "6 fields where the header has 5",
    ]
    assert orders.rows_in == 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty; export the orders again"),
        (b"\n \n", "is empty; export the orders again"),
        (b"\xfe\xff", "is empty; export the orders again"),
        (
            "caf\xe9,1\n".encode("latin-1"),
            "is written neither in UTF-8 nor in Korean; name its encoding",
        ),
        (b"a\x00b\x00,c", "holds zero bytes, so it is no text"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "is compressed and cut off or damaged"),
        (b"PAR1 and no more", "is no Parquet file that can be read"),
        (b"PK\x03\x04 and no more", "is no workbook that can be read"),
        (b"\xd0\xcf\x11\xe0 and no more", "is no workbook that can be read"),
    ],
    ids=lambda value: repr(value)[:25],
)
def test_files_that_hold_no_table_are_refused(tmp_path: Path, content: bytes, text: str) -> None:
    """The error names the file, what is wrong and the way out."""
    path = write(tmp_path, content)

    with pytest.raises(UnreadableFileError) as caught:
        read_orders(path)

    assert str(caught.value).startswith(f"{path}: {text}")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    """As an empty file is."""
    path = tmp_path / "orders.xlsx"
    pd.DataFrame().to_excel(path, index=False)

    with pytest.raises(UnreadableFileError, match="is empty"):
        read_orders(path)


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    """And one that does not exist, or does not fit, is an error."""
    path = write(tmp_path, LINES.assign(product_name="café").to_csv(index=False).encode("latin-1"))

    assert read_orders(path, encoding="latin-1").table["product_name"][0] == "café"
    with pytest.raises(InvalidParameterError, match="encoding must be one that Python knows"):
        read_orders(path, encoding="latin-99")
    with pytest.raises(UnreadableFileError, match="is not written in ascii"):
        read_orders(path, encoding="ascii")


def test_a_guessed_encoding_is_told(tmp_path: Path) -> None:
    """CP949 is a guess, even where the letters are Hangul, so a reader may look at them."""
    korean = LINES.to_csv(index=False).encode("cp949")
    text = r"orders\.csv is not UTF-8; it was read as cp949; name its encoding"

    with pytest.warns(DataQualityWarning, match=text) as caught:
        check(read_orders(write(tmp_path, korean)))

    assert caught[0].filename == __file__


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """The error names the path."""
    with pytest.raises(UnreadableFileError, match=r"none\.csv: no such file or directory; give"):
        read_orders(tmp_path / "none.csv")
    with pytest.raises(UnreadableFileError, match="is a folder without order files"):
        read_orders(tmp_path)


def test_what_is_neither_path_nor_dataframe_is_refused() -> None:
    """The error names what came."""
    with pytest.raises(InvalidParameterError, match="orders must be a path, bytes, a dataframe"):
        read_orders(42)


@pytest.mark.filterwarnings("ignore:.*read as cp949")
@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_garbage_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes, behind_header: bool
) -> None:
    """Whatever the bytes, there are orders whose rows add up, or an error of ours."""
    header = b"customer_id,order_id,ordered_at,amount\n" if behind_header else b""
    path = tmp_path_factory.getbasetemp() / "garbage.csv"
    path.write_bytes(header + garbage)

    try:
        orders = read_orders(path)
    except CRMLibError as error:
        assert str(error)  # noqa: PT017 -- either outcome is right
    else:
        assert orders.rows_in == orders.report()["rows"].sum()


def test_the_online_retail_year_adds_up(shared_data: Path) -> None:
    """541,909 rows, 9,747,747.934 and 4,372 customers in = used + set aside."""
    orders = read_orders(shared_data / "online_retail.csv.gz")
    report = orders.report()

    assert orders.rows_in == report["rows"].sum() == 541_909
    assert report["amount"].sum() == pytest.approx(9_747_747.934, abs=1e-6)
    assert report["customers"].sum() == 4_372
    assert report["rows"].to_dict() == {
        "used": 404_909,
        "non-product line": 2_950,
        "unknown customer": 134_050,
    }
    assert report["customers"].to_dict() == {
        "used": 4_363,
        "non-product line": 9,
        "unknown customer": 0,
    }


def test_the_complete_journey_sample_needs_no_mapping(shared_data: Path) -> None:
    """75,000 lines of 2,377 households, all used; offsets in the text are honoured."""
    path = shared_data / "complete_journey" / "transactions_sample.csv.gz"

    orders = read_orders(path)

    assert len(orders.table) == orders.rows_in == 75_000
    assert orders.table["customer_id"].nunique() == 2_377
    assert orders.table["ordered_at"][0] == pd.Timestamp("2017-01-28T14:06:53-05:00")
