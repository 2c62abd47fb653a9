"""CSV and its relatives, where not one row may vanish.

A regular file is parsed by pandas.  A file in which some record has too many
or too few fields, an empty line or a stray quote, or in which quotes hold what
looks like records, is read record by record, so that each such record can be
set aside with its number.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

DELIMITERS = (",", ";", "\t")
LAST_HEADER_ROW = 30
"""A known header is looked for in this many first rows."""

_QUOTE, _NEWLINE = ord('"'), ord("\n")


def read_delimited(
    text: str, path: str, is_header: Callable[[Sequence[str]], bool]
) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Read a table from *text*.

    Parameters
    ----------
    text : str
        A header and rows, with one of the :data:`DELIMITERS`, the one that
        the header has most of.
    path : str
        Name of the file, for errors.
    is_header : callable
        Tells whether the cells of a row are a header that some source knows;
        of the first lines, those above one are notices.

    Returns
    -------
    table : DataFrame of str, shape (n_rows, n_fields)
        The cells; a row that cannot be read holds nothing.
    problems : Series of str, shape (n_rows,)
        Why a row cannot be read; NaN where it can.

    Raises
    ------
    UnreadableFileError
        If a quote is never closed over more text than a cell can hold.
    """
    text, delimiter = _find_header(text.lstrip("\r\n").rstrip("\r\n"), is_header)
    names = _read_header(text, delimiter, path)
    data = text.encode()
    if _is_regular(data, delimiter, len(names)):
        table = _parse(data, delimiter)
        problems = pd.Series(index=table.index, dtype="str")
    else:
        rows = list(_read_records(text, delimiter, len(names), path))
        cells = [row if isinstance(row, list) else [""] * len(names) for row in rows]
        table = pd.DataFrame(cells, columns=range(len(names)), dtype="str")
        problems = pd.Series([row if isinstance(row, str) else None for row in rows], dtype="str")
    table.columns = pd.Index(names, dtype=object)
    return table, problems


def _find_header(text: str, is_header: Callable[[Sequence[str]], bool]) -> tuple[str, str]:
    """Give the text from its header on, and the delimiter that the header has most of."""
    start = 0
    for line in text.split("\n", LAST_HEADER_ROW)[:LAST_HEADER_ROW]:
        delimiter = max(DELIMITERS, key=line.count)
        if is_header([cell.strip(' \t\r"') for cell in line.split(delimiter)]):
            return text[start:], delimiter
        start += len(line) + 1
    return text, max(DELIMITERS, key=text.partition("\n")[0].count)


def _read_header(text: str, delimiter: str, path: str) -> list[str]:
    """Give the names of the fields."""
    try:
        fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _never_closed(path, 1, error) from error
    return [name.strip() for name in fields]


def _never_closed(path: str, line: int, error: csv.Error) -> UnreadableFileError:
    """Say that a quote runs on over more text than a cell can hold."""
    return UnreadableFileError(
        path,
        f"the quote that opens in line {line} is never closed ({error})",
        "close it, or write it twice if it is meant to be read",
    )


def _is_regular(data: bytes, delimiter: str, n_fields: int) -> bool:
    """Tell whether every record has *n_fields* fields and every quote its place (RFC 4180).

    No text in quotes may hold a line that looks like a record.
    """
    if n_fields == 1 or data.count(b"\r") != data.count(b"\r\n"):
        return False
    characters = np.frombuffer(data + b"\n", dtype=np.uint8)
    newlines = characters == _NEWLINE
    ends = newlines | (characters == ord(delimiter))
    quotes = np.flatnonzero(characters == _QUOTE)
    if len(quotes):
        if not _quotes_are_in_place(characters, quotes, ends):
            return False
        # Odd inside quotes; the sum may run over 255, its last bit does not mind.
        inside = np.cumsum(characters == _QUOTE, dtype=np.uint8) & 1
        if _quotes_may_hold_records(newlines, ends & (inside == 1), n_fields):
            return False
        ends &= inside == 0
    marks = newlines[ends]  # one per field, true at the last of a record
    return bool((np.diff(np.flatnonzero(marks), prepend=-1) == n_fields).all())


def _quotes_may_hold_records(
    newlines: npt.NDArray[np.bool_], quoted_ends: npt.NDArray[np.bool_], n_fields: int
) -> bool:
    """Tell whether a line that begins inside quotes has delimiters enough in quotes."""
    starts_inside = quoted_ends[newlines]
    if not starts_inside.any():
        return False
    delimiters = np.cumsum(quoted_ends & ~newlines)[newlines]
    return bool((np.diff(delimiters)[starts_inside[:-1]] >= n_fields - 1).any())


def _quotes_are_in_place(
    characters: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], ends: npt.NDArray[np.bool_]
) -> bool:
    """Tell whether quotes open where a field begins, close where it ends, or are doubled."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before, after = opening - 1, closing + 1
    opens = (opening == 0) | ends[before] | (characters[before] == _QUOTE)
    closes = ends[after] | (characters[after] == _QUOTE) | (characters[after] == ord("\r"))
    return bool(opens.all() and closes.all())


def _parse(data: bytes, delimiter: str) -> pd.DataFrame:
    """Parse a regular file, without its header."""
    table = pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        header=None,
        dtype="str",
        na_filter=False,
        skip_blank_lines=False,
        low_memory=False,
    )
    return table.iloc[1:].reset_index(drop=True)


def _read_records(
    text: str, delimiter: str, n_fields: int, path: str
) -> Iterator[list[str] | str]:
    """Give the cells of each record below the header, or a sentence on why there are none.

    Where a quote runs over several lines that look like records, each of
    these lines is a row that could not be read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        next(reader)
        line = reader.line_num
        for cells in reader:
            first, line = line + 1, reader.line_num
            swallowed = first < line and _holds_records(cells, delimiter, n_fields)
            if not swallowed and len(cells) == n_fields:
                yield cells
            elif first < line:
                problem = f"a quote opens in line {first} and runs on to line {line}"
                yield from [problem] * (line - first + 1)
            elif not cells:
                yield "an empty line"
            else:
                yield f"{len(cells)} fields where the header has {n_fields}"
    except csv.Error as error:
        raise _never_closed(path, line + 1, error) from error


def _holds_records(cells: list[str], delimiter: str, n_fields: int) -> bool:
    """Tell whether some cell of several lines holds a line that looks like a record."""
    return any(
        line.count(delimiter) >= n_fields - 1
        for cell in cells
        if "\n" in cell
        for line in cell.splitlines()[1:]
    )
