"""CSV and its relatives."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._delimited_text import read_delimited


def read(text: str) -> list[list[str] | str]:
    """Give the cells of each row, or why there are none."""
    table, problems = read_delimited(text, "orders.csv", lambda cells: False)
    return [
        cells if pd.isna(problem) else problem
        for cells, problem in zip(table.to_numpy().tolist(), problems, strict=True)
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(delimiter: str, newline: str) -> None:
    """Comma, semicolon or tab; Unix, Windows or old Mac."""
    text = newline.join(delimiter.join(row) for row in ("ab", "12", "34"))

    assert read(text) == [["1", "2"], ["3", "4"]]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    """As RFC 4180 says."""
    assert read('a,b\n"1,5","say ""hi"""\n"two\nlines",2\n') == [
        ["1,5", 'say "hi"'],
        ["two\nlines", "2"],
    ]


def test_ragged_rows_and_empty_lines_are_rows_that_cannot_be_read() -> None:
    """Each keeps its place, so that row numbers are those of the file."""
    assert read("a,b\n1,2\n3\n\n4,5,6\n7,8\n\n\n") == [
        ["1", "2"],
        "1 fields where the header has 2",
        "an empty line",
        "3 fields where the header has 2",
        ["7", "8"],
    ]


@pytest.mark.parametrize("cell", ['5" pipe', 'the "best" pipe', '"best" pipe'])
def test_stray_quotes_are_part_of_the_text(cell: str) -> None:
    """A quote inside a cell that is not quoted as a whole opens nothing."""
    assert len(read(f"a,b\n1,2\n{cell},4\n5,6\n")) == 3


def test_rows_inside_an_unclosed_quote_are_counted_one_by_one() -> None:
    """Lines that a stray quote swallows are rows that cannot be read, not one long cell."""
    problem = "a quote opens in line 3 and runs on to line 5"

    assert read('a,b\n1,2\n3,"4\n5,6\n7,8\n') == [["1", "2"], problem, problem, problem]


def test_rows_between_two_stray_quotes_are_counted_one_by_one() -> None:
    """Two quotes that make a regular file between them swallow no rows in silence."""
    problem = "a quote opens in line 2 and runs on to line 4"
    text = 'a,b,c\nC1,10,"12 inch\nC2,20,desc\nC3,30,7"\nC4,40,x\n'

    assert read(text) == [problem, problem, problem, ["C4", "40", "x"]]


def test_other_cells_do_not_make_a_line_of_text_a_record() -> None:
    """Delimiters count where they stand in the cell of several lines, and nowhere else."""
    assert read('a,b,c\n"two\nlines","1,2,3",4\n') == [["two\nlines", "1,2,3", "4"]]


def test_rows_that_a_quote_joins_and_that_do_not_fit_are_counted_one_by_one() -> None:
    """The same where the joined rows have too many fields."""
    problem = "a quote opens in line 2 and runs on to line 3"

    assert read('a,b\n1,"2\n3,4"x,5\n6,7\n') == [problem, problem, ["6", "7"]]


def test_a_long_text_of_several_lines_is_a_cell() -> None:
    """Lines that do not look like records may stand in a cell, stray quotes elsewhere or not."""
    assert read('a,b,c\n1,"x\ny",2\n"3" 4,5,6\n') == [["1", "x\ny", "2"], ["3 4", "5", "6"]]


def test_an_endless_quote_is_an_error_that_names_its_line() -> None:
    """More text than any cell holds is no cell."""
    with pytest.raises(UnreadableFileError) as caught:
        read('a,b\n1,2\n3,"' + "4\n" * 100_000)

    assert str(caught.value).startswith(
        "orders.csv: the quote that opens in line 3 is never closed"
    )


def test_an_endless_quote_in_the_header_is_an_error_too() -> None:
    """Before any row is read."""
    with pytest.raises(UnreadableFileError, match="quote that opens in line 1 is never closed"):
        read('a,"b\n' + "1,2\n" * 100_000)


def test_a_header_alone_is_a_table_without_rows() -> None:
    """No orders today."""
    assert read("a,b\n") == []


def test_a_single_column_is_a_table_too() -> None:
    """It cannot hold orders, but the error about that comes later."""
    assert read("a\n1\n2\n") == [["1"], ["2"]]


CELLS = st.text(st.sampled_from('ab1 ,;"\n\té한'), max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2).filter(any), max_size=6))
def test_what_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    """Every table survives, whatever its cells hold, unless they look like records."""
    rows = [[cell.replace("\n", " ").strip() + "x" for cell in row] for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["a", "b"], *rows])

    assert read(out.getvalue()) == rows


@settings(deadline=None)
@given(st.text(st.sampled_from('a1,,,"\n\n'), max_size=30))
def test_both_readers_agree(body: str) -> None:
    """Files that pandas parses give what Python's csv module gives."""
    text = f"a,b\n{body}".rstrip("\n")
    expected = list(csv.reader(io.StringIO(text, newline="")))[1:]

    rows = read(text)

    if all(isinstance(row, list) for row in rows):
        assert rows == expected
    else:
        assert len(rows) >= len(expected)
