"""Bytes of every kind: which text they spell, and what of a folder is an order file."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import (
    CRMLibError,
    DataQualityWarning,
    InvalidParameterError,
    UnreadableFileError,
)
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "customer_id,order_id,ordered_at,amount,product_name\n"
LINE = "C1,1,2024-03-01,10,탑\n"
FILE = HEADER + LINE
KOREAN = HEADER + "홍길동,1,2024-03-01,10,청바지와 티셔츠\n" * 3


def read(content: str | bytes, **options: str) -> list[list[object]]:
    """Give the customer and the product of each line in the bytes of a file."""
    data = content if isinstance(content, bytes) else content.encode()
    table = read_orders(data, **options).table
    return table[["customer_id", "product_name"]].to_numpy().tolist()


@pytest.mark.parametrize(
    "data",
    [
        FILE.encode(),
        FILE.encode("utf-8-sig"),
        b"\xef\xbb\xbf" + FILE.encode("utf-8-sig"),
        FILE.encode("utf-16"),
        b"\xfe\xff" + FILE.encode("utf-16-be"),
        gzip.compress(FILE.encode(), mtime=0),
        gzip.compress(HEADER.encode(), mtime=0) + gzip.compress(LINE.encode(), mtime=0),
        b"\r\n\n" + FILE.replace("\n", "\r\n").encode(),
        FILE.replace("\n", "\r").encode(),
        FILE.rstrip().encode(),
    ],
    ids=[
        *("UTF-8", "a mark", "two marks", "UTF-16", "big-endian", "gzip", "two members"),
        *("Windows", "old Mac", "no last newline"),
    ],
)
def test_the_same_text_in_any_bytes(data: bytes) -> None:
    """Marks, compression and ends of lines make no difference."""
    assert read(data) == [["C1", "탑"]]


def test_korean_is_recognised_by_its_letters() -> None:
    """What is no UTF-8 is CP949 where that gives common Hangul, and this is told."""
    with pytest.warns(DataQualityWarning, match="bytes is not UTF-8; it was read as cp949"):
        rows = read(KOREAN.encode("cp949"))

    assert rows[0] == ["홍길동", "청바지와 티셔츠"]


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + "Ägypten,1,2024-03-01,10,Mütze").encode("latin-1"),
        (HEADER + "C1,1,2024-03-01,10,it\x92s").encode("latin-1"),
        (HEADER + "李,1,2024-03-01,10,蓝色牛仔裤和红色的外套还有两件毛衣").encode("gbk"),
        (HEADER + "C1,1,2024-03-01,10,\xa3\xdc").encode("latin-1"),
    ],
    ids=["German", "a quote of Windows", "Chinese", "signs only"],
)
def test_other_encodings_are_not_taken_for_korean(data: bytes) -> None:
    """Nearly any bytes are some text in CP949; rare letters are no Korean, so a person decides."""
    with pytest.raises(UnreadableFileError) as caught:
        read(data)

    assert str(caught.value) == (
        "bytes: is written neither in UTF-8 nor in Korean; name its encoding, such as "
        "encoding='cp1252' or 'latin-1' (Western Europe) or 'cp949' (Korea), or save it as UTF-8"
    )


def test_the_encoding_that_is_named_goes_first() -> None:
    """A person knows better; an encoding that is none, or does not fit, is an error."""
    german = (HEADER + "Ägypten,1,2024-03-01,10,Mütze").encode("cp1252")

    assert read(german, encoding="cp1252") == [["Ägypten", "Mütze"]]
    assert read(KOREAN.encode("cp949"), encoding="cp949")[0][0] == "홍길동"
    for wrong in ("latin-99", "hex", 8):
        with pytest.raises(InvalidParameterError, match="encoding must be one that Python knows"):
            read(german, encoding=wrong)  # type: ignore[arg-type]  # a number is none
    for other in ("ascii", "utf-8", "undefined"):
        with pytest.raises(UnreadableFileError, match=f"is not written in {other}; name its"):
            read(german, encoding=other)
    with pytest.raises(UnreadableFileError, match="is not written in unicode_escape"):
        read(rb"a,\ud800", encoding="unicode_escape")  # half a character


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (KOREAN.encode()[:-3], "is cut off in the middle of a letter"),
        (KOREAN.encode("cp949")[:-2], "is cut off in the middle of a letter"),
        (
            KOREAN.encode().replace("와".encode(), b"\xff", 1),
            "is in UTF-8, but for 1 damaged letters, the first in line 2",
        ),
    ],
    ids=["UTF-8 cut", "CP949 cut", "a damaged letter"],
)
def test_damage_is_told_from_another_encoding(data: bytes, problem: str) -> None:
    """A file that is UTF-8 but for a letter is damaged, and the line is named."""
    with pytest.raises(UnreadableFileError) as caught:
        read(data)

    assert caught.value.problem == problem
    assert caught.value.way_out == "fetch or export it again"


@pytest.mark.parametrize(
    "text",
    [
        "<html><body><table><tr><td>주문번호",
        "\n <!DOCTYPE html>",
        '<?xml version="1.0"?><Workbook>',
        '<table border="1">',
    ],
)
def test_a_web_page_is_no_workbook(text: str) -> None:
    """Some shops export one and call it .xls."""
    with pytest.raises(UnreadableFileError, match=r"is a web page.*as \.xlsx or \.csv"):
        read(text)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf\n", b" \t\r\n", gzip.compress(b"", mtime=0)])
def test_nothing_is_no_file(data: bytes) -> None:
    """Marks and ends of lines are nothing."""
    with pytest.raises(UnreadableFileError, match="bytes: is empty; export the orders again"):
        read(data)


@pytest.mark.parametrize(
    "data",
    [b"a,b\n1,\x002", FILE.encode("utf-16-le"), FILE.encode("utf-32")],
    ids=["zero", "UTF-16 without a mark", "UTF-32"],
)
def test_zero_bytes_are_no_text(data: bytes) -> None:
    """The error says what may be given."""
    with pytest.raises(UnreadableFileError, match="holds zero bytes, so it is no text; give a"):
        read(data)


@pytest.mark.filterwarnings("ignore:.*read as cp949")
@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([b"", HEADER.encode(), b"PK\x03\x04", b"PAR1"]))
def test_any_bytes_end_in_orders_or_one_line(garbage: bytes, start: bytes) -> None:
    """Whatever the bytes, rows add up, or one line says what is wrong."""
    try:
        orders = read_orders(start + garbage)
    except CRMLibError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 -- either outcome is right
    else:
        assert orders.rows_in == orders.report()["rows"].sum()


def make(folder: Path, *names: str) -> Path:
    """Write the same order lines under several names."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + LINE.replace(",1,", f",{number},"), encoding="utf-8")
    return folder


def sources(orders: object, **options: object) -> list[str]:
    """Give the names of the files that *orders* are read from."""
    return read_orders(orders, **options).places["source"].to_list()


def test_a_folder_is_its_order_files_by_name(tmp_path: Path) -> None:
    """Hidden files and those by which Excel marks an open workbook are no order files."""
    folder = make(tmp_path, "b.csv", "A.TSV", "c.txt", ".hidden.csv", "~$b.xlsx", ".~lock.b#")

    assert sources(folder) == ["A.TSV", "b.csv", "c.txt"]
    assert sources(str(folder)) == ["A.TSV", "b.csv", "c.txt"]


def test_what_is_passed_over_is_told(tmp_path: Path) -> None:
    """Other files, and folders below, are named where the warning points to the caller."""
    folder = make(tmp_path / "may", "b.csv", "readme.md", "april/a.csv", "old.csv/a.csv")

    with pytest.warns(DataQualityWarning) as caught:
        names = sources(folder)

    assert names == ["b.csv"]
    assert str(caught[0].message).startswith(
        "may: passed over ['april', 'old.csv', 'readme.md']; order files end in ['.csv', "
    )
    assert caught[0].filename == __file__


def test_a_folder_without_order_files_is_an_error(tmp_path: Path) -> None:
    """Nothing is not zero orders."""
    with pytest.raises(UnreadableFileError, match="is a folder without order files; they end in"):
        read_orders(tmp_path)
    make(tmp_path, "a/b.csv")
    with (
        pytest.raises(UnreadableFileError, match="is a folder without order files"),
        pytest.warns(DataQualityWarning, match="passed over"),
    ):
        read_orders(tmp_path)


def test_an_empty_file_stops_a_folder(tmp_path: Path) -> None:
    """A file that came to nothing is named; it is no month without orders."""
    (make(tmp_path, "a.csv") / "b.csv").touch()

    with pytest.raises(UnreadableFileError, match=r"b\.csv: is empty"):
        read_orders(tmp_path)


def test_a_month_without_orders_is_none(tmp_path: Path) -> None:
    """A header alone adds no row, and stops nothing."""
    (make(tmp_path, "a.csv") / "b.csv").write_text(HEADER, encoding="utf-8")

    orders = read_orders(tmp_path)

    assert orders.rows_in == len(orders.table) == 1


def test_patterns(tmp_path: Path) -> None:
    """Files by name, folders left out; a file that is really called so goes first."""
    folder = make(tmp_path, "a.csv", "b.csv", "[ab].csv", "x.csv/c.csv", "d/e.csv", "~$a.csv")

    assert sources(folder / "?.csv") == ["a.csv", "b.csv"]
    assert sources(str(folder / "[ab].csv")) == ["[ab].csv"]
    assert sources(str(folder / "*.csv")) == ["[ab].csv", "a.csv", "b.csv"]
    assert sources(str(folder / "**" / "e.csv")) == ["e.csv"]
    with pytest.raises(
        UnreadableFileError, match=r"\*\.xlsx: matches no file; look at the folder"
    ):
        read_orders(folder / "*.xlsx")


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    """The others keep their short names."""
    folder = make(tmp_path, "may/orders.csv", "june/orders.csv", "july.csv")

    assert sources([folder / "may", folder / "june", folder / "july.csv"]) == [
        str(folder / "may" / "orders.csv"),
        str(folder / "june" / "orders.csv"),
        "july.csv",
    ]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """By a path, a pattern or a link: its money counts once, and this is told."""
    folder = make(tmp_path, "a.csv")
    (folder / "link.csv").symlink_to(folder / "a.csv")

    with pytest.warns(DataQualityWarning, match="is named twice; it is read once") as caught:
        orders = read_orders([folder / "a.csv", f"{folder}/*.csv"])

    assert len(caught) == 2
    assert orders.rows_in == 1


def test_lists_mix_kinds(tmp_path: Path) -> None:
    """Paths, bytes and dataframes become one history, each known by a name and its rows."""
    file = make(tmp_path, "a.csv") / "a.csv"
    frame = read_orders(file).table.assign(order_id="2")
    data = (HEADER + LINE.replace(",1,", ",3,") * 2).encode()

    orders = read_orders([str(file), frame, data, data])

    assert orders.places[["source", "row"]].to_numpy().tolist() == [
        ["a.csv", 1],
        ["dataframe 2", 1],
        ["bytes 3", 1],
        ["bytes 3", 2],
    ]
    assert orders.set_aside[["source", "row", "reason"]].to_numpy().tolist() == [
        ["bytes 4", 1, "duplicate line"],
        ["bytes 4", 2, "duplicate line"],
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "'': is no path; give that of a file or a folder"),
        ("a\0.csv", r"'a\x00.csv': is no path"),
        ("none.csv", "none.csv: no such file or directory; give the path of one file"),
        ("x" * 5000, "file name too long; give a path that can be read"),
    ],
)
def test_what_is_no_path_is_an_error(path: str, text: str) -> None:
    """The error names it, and the way out."""
    with pytest.raises(UnreadableFileError) as caught:
        read_orders(path)

    assert text in str(caught.value)


@pytest.mark.parametrize("orders", [[], 42, None, [[]], object()])
def test_what_holds_no_orders_is_refused(orders: object) -> None:
    """The error names what may be given."""
    with pytest.raises(InvalidParameterError, match="orders must be a path, bytes"):
        read_orders(orders)


def test_a_folder_that_may_not_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the folder and the system's reason."""

    def refuse(self: Path) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "iterdir", refuse)

    with pytest.raises(UnreadableFileError, match="permission denied; give a path that can be"):
        read_orders(tmp_path)


def test_warnings_point_to_the_caller_through_any_depth(tmp_path: Path) -> None:
    """Also where read_orders is called by a function of the caller's."""
    (tmp_path / "a.csv").write_bytes(KOREAN.encode("cp949"))
    call: Callable[[], object] = lambda: [read_orders(tmp_path)]  # noqa: E731 -- a frame more

    with pytest.warns(DataQualityWarning, match="cp949") as caught:
        call()

    assert caught[0].filename == __file__
