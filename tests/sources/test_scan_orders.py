"""Order files larger than memory, by the rules of read_orders."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import duckdb
import hypothesis
import pandas as pd
import pytest
from hostile_lines import OPTIONS, hostile_texts, plain_rows
from hypothesis import given, settings

from crmlib.exceptions import (
    CRMLibError,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
    UnreadableFileError,
    UnsupportedFeatureError,
)
from crmlib.features import summarize_customers
from crmlib.sources import OrderMapping, OrderScan, read_orders, scan_orders
from crmlib.tables import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# DuckDB makes frames of aware times in a way that pandas will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
    pytest.mark.filterwarnings("ignore:.* decimal="),  # a doubt that read_orders tells
]

HEADER = "customer_id,order_id,ordered_at,amount\n"
LINES = f"{HEADER}C1,1,2024-03-01 09:00,10.5\nC2,2,2024-03-02 10:30,-2\n,3,2024-03-03,3\n"
SET_ASIDE = ["source", "row", "reason", "detail", "amount", "customer_id", "order_id"]
ONLINE_RETAIL = """\
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
536365,85123A,HEART,6,2011-07-01 08:26:00,2.55,17850.0,United Kingdom
536365,POST,POSTAGE,1,2011-07-01 08:26:00,18,17850.0,United Kingdom
536366,TEST7,TEST,1,2011-07-01 08:26:00,18,17850.0,United Kingdom
C536379,85123A,HEART,-1,2011-12-01 09:41:00,2.55,14527.0,United Kingdom
536414,22139,"BOWL, RED",56,2010-12-01 11:52:00,0.0,,United Kingdom
"""


def write(folder: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    """Write a file and give its path."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_parquet(folder: Path, select: str, name: str = "orders.parquet") -> Path:
    """Write the rows of a query and give the path."""
    path = folder / name
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def scan(files: Any, **options: Any) -> OrderScan:
    """Scan with one thread, as the files are small."""
    return scan_orders(files, threads=1, **options)


def check_like_read_orders(files: Any, whole: Any, options: Mapping[str, Any]) -> None:
    """Check that a scan of *files* gives what read_orders makes of *whole*, or refuses it, too."""
    try:
        expected = read_orders(whole, **options)
    except CRMLibError as error:
        with pytest.raises(type(error)):
            scan(files, **options)
        return
    with scan(files, **options) as scanned:
        table, set_aside, report = (
            scanned.table.df(),
            scanned.set_aside.df(),
            scanned.report(),
        )

    assert set(table.columns) == set(expected.table.columns)
    assert plain_rows(table[list(expected.table.columns)]) == plain_rows(expected.table)
    assert plain_rows(set_aside[SET_ASIDE]) == plain_rows(expected.set_aside[SET_ASIDE])
    pd.testing.assert_frame_equal(report, expected.report())


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.too_slow,
    ],
)
@given(text=hostile_texts(), options=OPTIONS)
def test_a_scan_gives_the_verdicts_of_read_orders(
    tmp_path: Path, text: str, options: dict[str, Any]
) -> None:
    """Whatever stands in a text file, both ways give the same verdicts in one wording."""
    path = write(tmp_path, text)

    check_like_read_orders(path, path, options)


@pytest.mark.parametrize(
    "rows",
    [
        "C1,1,2024-03-01,1\n\nC2,2,2024-03-01,2\n",
        "C1,1,2024-03-01\nC2,2,2024-03-01,2,x\nC3,3,2024-03-01,4\n",
        'C1,1,2024-03-01,"1\nC2,2,2024-03-01,2\nC3,3,2024-03-01,4\n',
        'C1,1,2024-03-01,1\nC2,2,2024-03-01,"2\n\n\n',
        'C1,1,2024-03-01,"1"\nC2,"2""3",2024-03-01,2\n"C\n3",3,2024-03-01,4',
        'C1,"1\r\n2",2024-03-01,1\nC2,2,2024-03-01,2\n',
        "C1,1,2024-03-01,1\r\nC2,2,2024-03-01,2\n",
        "C1,1,2024-03-01,1\rC2,2,2024-03-01,2\r",
        "",
        "\n\n\n",
    ],
    ids=[
        "an empty line",
        "too few and too many fields",
        "an unclosed quote",
        "an unclosed quote at the end",
        "quotes in order",
        "a line end of another kind in quotes",
        "two kinds of line ends",
        "old line ends",
        "no rows",
        "only empty lines",
    ],
)
def test_broken_rows_are_set_aside_as_by_read_orders(tmp_path: Path, rows: str) -> None:
    """No row vanishes in a text file that is not regular."""
    path = write(tmp_path, HEADER + rows)

    check_like_read_orders(path, path, {})


def test_a_file_longer_than_a_block_is_looked_at_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pieces are cut does not matter, nor what quotes or empty lines stand there."""
    monkeypatch.setattr("crmlib.sources._scan_text.BLOCK", 64)
    rows = "".join(
        f'C{n},{n},2024-03-01 09:00,"1,{n:03}"\n"C{n}",{n},2024-03-02 09:00,{n}\n'
        f'C{n},"a\n,b",2024-03-02 09:00,{n}\n'
        for n in range(20)
    )
    many_ends = "\n" * 200

    for text in (
        HEADER + rows,
        HEADER + rows + many_ends,
        HEADER + rows + many_ends + "C1,1,2024-03-01,1",
        HEADER + rows + 'C1,1,"2024-03-01,1\n' + rows.replace('"', ""),
    ):
        path = write(tmp_path, text)
        check_like_read_orders(path, path, {})


def test_an_endless_quote_is_refused_as_by_read_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the line in which it opens."""
    monkeypatch.setattr("crmlib.sources._scan_text.LONGEST_RECORD", 1000)
    path = write(tmp_path, LINES + 'C1,4,2024-03-03,"3\n' + "x,x\n" * 2**18)
    monkeypatch.setattr("crmlib.sources._scan_text.BLOCK", 2**10)

    with pytest.raises(UnreadableFileError, match="opens in line 5 is never closed"):
        scan(path)


def test_a_line_that_duckdb_would_not_read_is_refused(tmp_path: Path) -> None:
    """It is not silently cut or left out."""
    path = write(tmp_path, LINES + f"C1,4,2024-03-03,{'9' * 2**20}\n")

    with pytest.raises(UnreadableFileError, match="line of more than 1,048,576 bytes"):
        scan(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
@pytest.mark.filterwarnings("ignore:.*read as cp949")
def test_text_in_other_encodings_is_written_anew(tmp_path: Path, encoding: str) -> None:
    """What read_orders recognises a scan does, too."""
    text = LINES.replace("C1", "김철수").replace("C2", "이영희")
    path = write(tmp_path, text.encode(encoding))

    check_like_read_orders(path, path, {})
    if encoding == "cp949":
        check_like_read_orders(path, path, {"encoding": "cp949"})


def test_an_encoding_that_is_none_is_refused(tmp_path: Path) -> None:
    """Both that there is no such encoding, and that a file is not in it, is said."""
    path = write(tmp_path, LINES.replace("C1", "고객").encode("cp949"))

    with pytest.raises(InvalidParameterError, match="encoding must be"):
        scan(path, encoding="klingon")
    with pytest.raises(UnreadableFileError, match="is not written in ascii"):
        scan(path, encoding="ascii")


def test_bytes_that_are_no_text_far_below_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start of a file decides on its encoding, the rest has to be in it."""
    monkeypatch.setattr("crmlib.sources._scan_text.BLOCK", 100)
    path = write(tmp_path, LINES.encode() * 4 + b"\xff\xfe\xfd\n")

    with pytest.raises(UnreadableFileError, match="begins in utf-8-sig, but holds other bytes"):
        scan(path)


def test_notices_above_the_header_are_passed_over(tmp_path: Path) -> None:
    """As read_orders does, with the same numbers of rows."""
    path = write(tmp_path, f"\nOrders of March\nfor you\n{LINES}")

    check_like_read_orders(path, path, {})


@pytest.mark.parametrize("cut", [0, 20], ids=["whole", "cut off"])
def test_compressed_files_are_known_by_their_first_bytes(tmp_path: Path, cut: int) -> None:
    """Whatever they are called; one that is cut off is refused."""
    packed = gzip.compress(LINES.encode()) + gzip.compress(b"C1,4,2024-03-03,3\n")
    path = write(tmp_path, packed[: len(packed) - cut], "orders.csv")

    if cut:
        with pytest.raises(UnreadableFileError, match="give a file that is there and whole"):
            scan(path)
    else:
        check_like_read_orders(path, path, {})


def test_files_are_parts_of_one_table(tmp_path: Path) -> None:
    """Order of day and month, currency and repeated lines are found in all of them together."""
    header = "line_id,customer_id,order_id,ordered_at,amount,currency,status\n"
    first = "L1,C1,1,5/12/2011,10,KRW,returned\nL2,C1,1,5/12/2011,10,,paid\n"
    second = "L1,C1,1,13/12/2011,-10,KRW,paid\nL3,C2,2,6/12/2011,8,USD,paid\n"
    for name, rows in (("1.csv", first), ("2.csv", second)):
        write(tmp_path, header + rows, f"parts/{name}")
    whole = read_orders(write(tmp_path, header + first + second))

    with scan(tmp_path / "parts") as parts:
        table, set_aside = parts.table.df(), parts.set_aside.df()

        pd.testing.assert_frame_equal(parts.report(), whole.report())
    assert plain_rows(table) == plain_rows(whole.table)
    assert set_aside[["source", "row", "reason"]].to_numpy().tolist() == [
        ["2.csv", 1, "duplicate line"],
        ["2.csv", 2, "other currency"],
    ]


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """By their whole path; a file that is given alone goes by its name."""
    paths = [write(tmp_path, LINES, f"{year}/orders.csv") for year in (2023, 2024)]

    with scan(paths) as both:
        sources = both.set_aside.df()["source"].to_list()

    assert sources == list(map(str, paths))
    assert both.rows_in == 6


def test_text_and_parquet_go_together(tmp_path: Path) -> None:
    """Ids are numbers only if all files have them as numbers, and a column may lack in one."""
    text = write(tmp_path, "customer_id,order_id,ordered_at,amount,qty\n7,1,2024-03-01,1,2\n")
    typed = write_parquet(
        tmp_path,
        "select 7 as customer_id, 2 as order_id, date '2024-03-02' as ordered_at, 1.5 as amount",
    )

    with scan([text, typed]) as both:
        rows = both.table.df().astype(object).sort_values("order_id").to_numpy().tolist()

    assert [(row[0], row[1], row[3]) for row in rows] == [("7", "1", 1.0), ("7", "2", 1.5)]
    assert rows[0][4] == 2.0
    assert pd.isna(rows[1][4])


TYPED = """
select * from (values
  (17850, 1.0::double, timestamp '2024-03-10 02:30:00', 10.5::double, 17.0::float),
  (17850, 2.5, '2024-11-03 01:30:00', 'inf', 2.1),
  (1, 1e20, '1883-01-01 00:00:00', 3, 1),
  (2, -0.0, '1955-07-01 12:00:00', 'nan', 1),
  (3, 'nan', '2024-03-10 02:30:00', 3, 1),
  (9007199254740993, 3, '2150-07-01 12:00:00.123456', 9e11, 'nan'),
  (null, 4, null, -3, 1)
) lines(customer_id, order_id, ordered_at, amount, quantity)
"""


@pytest.mark.parametrize("timezone", ["America/New_York", "UTC", "Asia/Seoul"])
@pytest.mark.parametrize(
    "change",
    [
        "*",
        (
            "* replace (amount::decimal(18, 4) as amount) from (select * from lines "
            "where isfinite(amount)) lines"
        ),
        "* replace (timezone('UTC', ordered_at) as ordered_at)",
        "* replace (ordered_at::timestamp_ns as ordered_at)",
        "* replace (ordered_at::date as ordered_at)",
        (
            "* replace (20240301 as ordered_at, order_id::decimal(38, 1) as order_id) "
            "from (select * from lines where isfinite(order_id)) lines"
        ),
        "* replace (45353.4375::double as ordered_at, amount::float as amount)",
        "* replace (quantity::varchar as ordered_at, customer_id::varchar as customer_id)",
        "* exclude (amount), 2.00005::double as unit_price",
    ],
    ids=[
        "doubles",
        "decimals",
        "aware",
        "nanoseconds",
        "dates",
        "compact dates",
        "serial days",
        "texts",
        "products",
    ],
)
def test_typed_columns_are_read_as_by_read_orders(
    tmp_path: Path, change: str, timezone: str
) -> None:
    """Times in gaps and folds, numbers that are none, ids that were made floats."""
    source = "" if " from " in change else "from lines"
    path = write_parquet(tmp_path, f"with lines as ({TYPED}) select {change} {source}")

    check_like_read_orders(path, path, {"timezone": timezone})


def test_whole_numbers_stay_numbers(tmp_path: Path) -> None:
    """So that customers are summarised faster, and no id loses a digit."""
    path = write_parquet(
        tmp_path,
        "select (9007199254740993 + range)::ubigint as customer_id, range::int as order_id, "
        "timestamptz '2024-03-01 00:00:00+00' as ordered_at, 1 as amount from range(3)",
    )

    with scan(path) as lines:
        types = dict(zip(lines.table.columns, map(str, lines.table.types), strict=True))
        ids = sorted(row[0] for row in lines.table.select("customer_id").fetchall())

    assert types == {
        "customer_id": "UBIGINT",
        "order_id": "INTEGER",
        "ordered_at": "TIMESTAMP WITH TIME ZONE",
        "amount": "DOUBLE",
    }
    assert ids == [9007199254740993, 9007199254740994, 9007199254740995]


@pytest.mark.parametrize("lists", ["[1]", "true", "time '09:00'"])
def test_columns_that_hold_no_such_thing_are_refused(tmp_path: Path, lists: str) -> None:
    """The error names the type and the column."""
    path = write_parquet(
        tmp_path,
        f"select 1 as customer_id, 1 as order_id, {lists} as ordered_at, 1 as amount",
    )

    with pytest.raises(InvalidTableError, match="in ordered_at"):
        scan(path)


def test_the_name_of_a_parquet_file_is_no_pattern(tmp_path: Path) -> None:
    """A file called orders[1] is read, not its neighbour orders1; quotes do no harm."""
    for customer, name in ((1, "orders1.parquet"), (2, "orders[1].parquet"), (3, "o'1.parquet")):
        select = (
            f"select {customer} as customer_id, 1 as order_id, now() as ordered_at, 1 as amount"
        )
        write_parquet(tmp_path, select, "written.parquet").rename(tmp_path / name)

    with scan([tmp_path / "orders[1].parquet", tmp_path / "o'1.parquet"]) as both:
        ids = sorted(row[0] for row in both.table.select("customer_id").fetchall())

    assert ids == [2, 3]


def test_customers_are_summarised_from_a_scan(tmp_path: Path) -> None:
    """The relation comes back as a relation, with what the lines in memory give."""
    rows = "".join(
        f"C{n % 7},{n // 2},2024-0{1 + n % 9}-1{n % 10} 0{n % 10}:30,{n - 5}.25\n"
        for n in range(90)
    )
    path = write(tmp_path, HEADER + rows)
    lines = read_orders(path, timezone="America/New_York").table
    when = {"snapshot_date": "2024-12-31", "timezone": "America/New_York"}
    expected = summarize_customers(lines, **when).reset_index()

    with scan(path, timezone="America/New_York") as scanned:
        customers = summarize_customers(scanned.table, **when)
        customers.write_parquet(str(tmp_path / "customers.parquet"))
        customers = customers.df().sort_values("customer_id", ignore_index=True)

    pd.testing.assert_frame_equal(customers, expected, check_dtype=False)
    assert len(pd.read_parquet(tmp_path / "customers.parquet")) == 7


def test_rows_set_aside_are_written_for_a_spreadsheet(tmp_path: Path) -> None:
    """Row by row in the order of the files, without formulas, and every cell comes back."""
    path = write(tmp_path, f"{LINES}=1+1,,2024-03-01,1\nC1,5,-2024,1\n")

    with scan(path) as scanned:
        scanned.save_set_aside(tmp_path / "aside.csv")
        expected = scanned.set_aside.df()

    assert "'=1+1" in (tmp_path / "aside.csv").read_text("utf-8-sig")
    assert plain_rows(read_csv(tmp_path / "aside.csv").drop(columns="amount")) == plain_rows(
        expected.drop(columns="amount")
    )
    assert expected["row"].to_list() == [3, 4, 5]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    """Money is added in minor units."""
    amounts = [0.1 * n for n in range(1000)] + [1e11, -1e11, 0.00014]
    rows = [f"C{n % 9},{n},2024-03-01,{amount!r}\n" for n, amount in enumerate(amounts)]
    paths = [
        write(tmp_path, HEADER + "".join(part), name)
        for part, name in ((rows, "a.csv"), (rows[::-1], "b.csv"))
    ]

    reports = []
    for path in paths:
        with scan(path) as scanned:
            reports.append(scanned.report())

    pd.testing.assert_frame_equal(reports[0], reports[1], check_exact=True)
    assert reports[0].loc["used", "amount"] == 49950.0001


def test_settings_that_are_none_are_refused(tmp_path: Path) -> None:
    """A limit, a zone, a policy: the error names the parameter and quotes what came."""
    path = write(tmp_path, LINES)

    with pytest.raises(InvalidParameterError, match="memory_limit or threads"):
        scan(path, memory_limit="much")
    with pytest.raises(InvalidParameterError, match=r"refunds must be one of .*'drop'"):
        scan(path, refunds="drop")
    with pytest.raises(InvalidParameterError, match="Mars"):
        scan(path, timezone="Mars")
    with pytest.raises(InvalidParameterError, match="files must be paths"):
        scan(3)
    with pytest.raises(UnknownNameError, match="amuont"):
        scan(path, columns={"amuont": "amount"})


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """No file, and a file without the column of customers."""
    with pytest.raises(UnreadableFileError, match=r"nobody\.csv"):
        scan(tmp_path / "nobody.csv")
    path = write(tmp_path, LINES.replace("amount", "price", 1))
    with pytest.raises(MissingColumnsError, match="amount"):
        scan(path)


def test_what_only_read_orders_reads_is_handed_over_to_it(tmp_path: Path) -> None:
    """Workbooks, rows of a shop that belong together, and columns of refunds."""
    book = write(tmp_path, b"PK\x03\x04 a workbook", "orders.xlsx")
    with pytest.raises(UnsupportedFeatureError, match="read_orders"):
        scan(book)
    shopify = (
        "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
    )
    with pytest.raises(UnsupportedFeatureError, match="read_orders"):
        scan(write(tmp_path, shopify + "#1,a@b.kr,paid,2024-03-01 09:00:00 +0900,1,Top,5\n"))
    mapping = OrderMapping(columns={"refunded": "Back"})
    with pytest.raises(UnsupportedFeatureError, match="read_orders"):
        scan(write(tmp_path, LINES.replace("amount", "amount,Back", 1)), columns=mapping)


def test_two_headers_for_one_column_are_refused(tmp_path: Path) -> None:
    """Nobody guesses which of two columns holds the order."""
    path = write(tmp_path, "order_id,Order ID," + LINES)

    with pytest.raises(InvalidTableError, match="order_id"):
        scan(path)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """It begins like one, and its name is in the error."""
    path = write(tmp_path, b"PAR1 and then nothing of the kind", "lines.parquet")

    with pytest.raises(UnreadableFileError, match=r"lines\.parquet.*is no Parquet file"):
        scan(path)


def test_files_of_two_sources_are_not_one_table(tmp_path: Path) -> None:
    """They are named, and the way out is to scan them one by one."""
    write(tmp_path, LINES, "a.csv")
    write(tmp_path, ONLINE_RETAIL, "b.csv")

    with pytest.raises(InvalidTableError, match="one source at a time"):
        scan(tmp_path)


def test_a_saved_mapping_says_what_headers_mean(tmp_path: Path) -> None:
    """Its file is enough, and its channel and currency are those of all lines."""
    path = write(tmp_path, LINES.replace("customer_id", "Member", 1))
    mapping = OrderMapping(columns={"customer_id": "Member"}, sales_channel="shop", currency="KRW")
    mapping.save(tmp_path / "shop.toml")

    check_like_read_orders(path, path, {"columns": tmp_path / "shop.toml"})
    with scan(path, columns=mapping) as scanned:
        lines = scanned.table.fetchdf()
    assert set(lines["sales_channel"]) == {"shop"}
    assert set(lines["currency"]) == {"KRW"}


def test_columns_are_chosen_in_files_of_a_known_source(tmp_path: Path) -> None:
    """A header that is given goes before what the source would take."""
    path = write(tmp_path, ONLINE_RETAIL.replace("Country", "Channel", 1))

    check_like_read_orders(path, path, {"columns": {"sales_channel": "Channel"}})
