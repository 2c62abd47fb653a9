"""CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlib.tables import CsvFile, make_transactions, read_csv, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SIGNS = set("=+-@\uff1d\uff0b\uff0d\uff20")
DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
HOSTILE = st.text(
    st.sampled_from("=+-@'\"\t\r\n,; a1\ufeff\u200b\uff1d한\x00\x1b|")
    | st.characters(codec="utf-8"),
    max_size=8,
)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place to write to."""
    return tmp_path_factory.mktemp("csv") / "table.csv"


@settings(deadline=None)
@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=6), st.tuples(HOSTILE, HOSTILE))
def test_every_text_comes_back(
    file: Path, rows: list[tuple[str, str]], headers: tuple[str, str]
) -> None:
    """Cells and headers are what they were, but that an empty text is nothing."""
    write_csv(pd.DataFrame(rows, columns=list(headers), dtype="str"), file)

    read = read_csv(file)

    assert tuple(read.columns) == headers
    assert read.fillna("").to_numpy().tolist() == [list(row) for row in rows]


@settings(deadline=None)
@given(st.lists(HOSTILE, max_size=6), HOSTILE)
def test_no_cell_begins_like_a_formula(file: Path, texts: list[str], header: str) -> None:
    """Whatever a text holds, a spreadsheet finds nothing to run at its start or after spaces."""
    write_csv(pd.DataFrame({header: pd.Series(texts, dtype="category")}), file)

    with file.open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set(DANGEROUS)]
    assert not [
        cell for cell in cells if cell.strip(" \ufeff\u200b\x00\x1b")[:1] in set(DANGEROUS)
    ]


@settings(deadline=None)
@given(st.lists(HOSTILE, max_size=6), HOSTILE)
@example(["Mug;=1+1", 'a;"=1"', "b\n@x"], "h")
def test_no_other_separator_begins_a_formula(file: Path, texts: list[str], header: str) -> None:
    """Excel parts cells at semicolons in many countries, and knows quotes at their start only."""
    write_csv(pd.DataFrame({"id": "C", header: pd.Series(texts, dtype="str")}), file)

    text = file.read_bytes().decode("utf-8-sig")
    pieces = re.split("[;\t\r\n]", text)
    assert not [piece for piece in pieces if piece.strip('" \x00\ufeff\u200b\x1b')[:1] in SIGNS]


def test_numbers_and_dates_stay_numbers_and_dates(file: Path) -> None:
    """A negative amount is no formula; an object is written by its text, and is one."""

    class Evil:
        def __str__(self) -> str:
            return "=1+1"

    frame = pd.DataFrame(
        {
            "amount": [-1.5],
            "n": [-3],
            "at": [pd.Timestamp("2024-03-01", tz="UTC")],
            "mixed": pd.Series([-2], dtype=object),
            "day": [date(2024, 3, 1)],
            "gone": [None],
            "evil": [Evil()],
            "ago": [pd.Timedelta(days=-1)],
        }
    )

    write_csv(frame, file)

    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == (
        "-1.5,-3,2024-03-01 00:00:00+00:00,-2,2024-03-01,,'=1+1,'-1 days +00:00:00"
    )


def test_rows_set_aside_are_saved_reversibly(file: Path) -> None:
    """A cell that would run is quoted in the detail, written safely, and read back."""
    lines = pd.DataFrame(
        {
            "customer_id": ["=HYPERLINK(1)", "C2"],
            "order_id": ["@1", "2"],
            "ordered_at": ["=NOW()", "2024-03-01"],
            "amount": ["-5", "1"],
        }
    )
    orders = make_transactions(lines, source="-may.csv")

    orders.save_set_aside(file)

    read = read_csv(file)
    expected = orders.set_aside.astype("str").fillna("")
    assert read.fillna("").to_numpy().tolist() == expected.to_numpy().tolist()
    assert read.loc[0, ["source", "customer_id", "order_id", "amount"]].to_list() == [
        *("-may.csv", "=HYPERLINK(1)", "@1", "-5.0")
    ]


def test_pieces_are_one_file(tmp_path: Path) -> None:
    """One header, the apostrophes, and instants to the microsecond, whatever a piece holds."""
    first = pd.DataFrame({"at": pd.to_datetime(["2026-11-02T00:00Z"]), "said": ["=1+1"]})
    second = pd.DataFrame({"at": pd.to_datetime(["2026-11-02T00:00:00.5Z"]), "said": [None]})
    path = tmp_path / "pieces.csv"
    with CsvFile(path) as file:
        for piece in (first, second):
            file.write(piece)

    assert path.read_bytes().decode("utf-8-sig").split("\r\n") == [
        "at,said",
        "2026-11-02 00:00:00.000000+0000,'=1+1",
        "2026-11-02 00:00:00.500000+0000,",
        "",
    ]
