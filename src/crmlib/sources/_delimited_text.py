"""CSV and its relatives, where not one row may vanish.

A regular file is parsed by pandas.  A file in which some record has too many
or too few fields, an empty line or a stray quote, or in which quotes hold what
looks like records, is read record by record, so that each such record can be
set aside with its number.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._order_source import clean_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

DELIMITERS = (",", ";", "\t")
LAST_HEADER_ROW = 30
"""A known header is looked for in this many first rows."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_BLOCK = 2**20
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
    text, delimiter = find_header(_without_ends(text), is_header)
    names = read_header(text, delimiter, path)
    data = text.encode()
    if is_regular(data, delimiter, len(names)):
        table = _parse(data, delimiter)
        problems = pd.Series(index=table.index, dtype="str")
    else:
        rows = list(read_records(io.StringIO(text, newline=""), delimiter, len(names), path))
        cells = [row if isinstance(row, list) else [""] * len(names) for row in rows]
        table = pd.DataFrame(cells, columns=range(len(names)), dtype="str")
        problems = pd.Series([row if isinstance(row, str) else None for row in rows], dtype="str")
    table.columns = pd.Index(names, dtype=object)
    return table, problems


def _without_ends(text: str) -> str:
    """Give *text* without empty lines around it; one of its millions of lines is not copied."""
    text = text.lstrip("\ufeff\r\n")
    last = text[-3:]
    end = last[len(last.rstrip("\r\n")) :]
    return text if end in {"", "\n", "\r\n", "\r"} else text.rstrip("\r\n")


def find_header(text: str, is_header: Callable[[Sequence[str]], bool]) -> tuple[str, str]:
    """Give the text from its header on, and the delimiter that the header has most of."""
    for line in islice(_LINE.finditer(text), LAST_HEADER_ROW):
        delimiter = max(DELIMITERS, key=line[0].count)
        try:
            cells = _read_cells(text, line.start(), delimiter)
        except csv.Error:
            continue  # a notice with a quote that is never closed
        if is_header(cells):
            return text[line.start() :], delimiter
    first = _LINE.match(text)
    return text, max(DELIMITERS, key=first[0].count if first else "".count)


def read_header(text: str, delimiter: str, path: str) -> list[str]:
    """Give the names of the fields."""
    try:
        return _read_cells(text, 0, delimiter)
    except csv.Error as error:
        raise _never_closed(path, 1, error) from error


def _read_cells(text: str, start: int, delimiter: str) -> list[str]:
    """Give the cells of the record that begins at *start*, without spaces around them."""
    lines = (line[0] for line in _LINE.finditer(text, start))
    return [clean_header(cell) for cell in next(csv.reader(lines, delimiter=delimiter))]


def _never_closed(path: str, line: int, error: csv.Error) -> UnreadableFileError:
    """Say that a quote runs on over more text than a cell can hold."""
    return UnreadableFileError(
        path,
        f"the quote that opens in line {line} is never closed ({error})",
        "close it, or write it twice if it is meant to be read",
    )


def is_regular(data: bytes, delimiter: str, n_fields: int) -> bool:
    """Tell whether every record has *n_fields* fields and every quote its place (RFC 4180).

    No text in quotes may hold a line that looks like a record.
    """
    if n_fields == 1 or data.count(b"\r") != data.count(b"\r\n"):
        return False
    characters = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", dtype=np.uint8)
    places = _find_signs(characters, _NEWLINE, ord(delimiter))
    newlines = characters[places] == _NEWLINE  # one per field, true at the last of a record
    quotes = _find_signs(characters, _QUOTE)
    if len(quotes):
        if not _quotes_are_in_place(characters, quotes, delimiter):
            return False
        # Between the first quote and the second one is inside, and so on.
        between = np.diff(np.searchsorted(places, quotes), prepend=0, append=len(places))
        inside = np.repeat(np.arange(len(between)) % 2 == 1, between)
        if _quotes_may_hold_records(newlines, inside, n_fields):
            return False
        newlines = newlines[~inside]
    return bool((np.diff(np.flatnonzero(newlines), prepend=-1) == n_fields).all())


def _find_signs(characters: npt.NDArray[np.uint8], *signs: int) -> npt.NDArray[np.intp]:
    """Give the places of *signs*, block by block, as a block fits the cache."""
    found = []
    for start in range(0, len(characters), _BLOCK):
        block = characters[start : start + _BLOCK]
        hit = block == signs[0]
        for sign in signs[1:]:
            hit |= block == sign
        found.append(np.flatnonzero(hit) + start)
    return np.concatenate(found)


def _quotes_may_hold_records(
    newlines: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_], n_fields: int
) -> bool:
    """Tell whether a line that begins inside quotes has delimiters enough in quotes."""
    starts_inside = inside[newlines]
    if not starts_inside.any():
        return False
    delimiters = np.cumsum(inside & ~newlines)[newlines]
    return bool((np.diff(delimiters)[starts_inside[:-1]] >= n_fields - 1).any())


def _quotes_are_in_place(
    characters: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], delimiter: str
) -> bool:
    """Tell whether quotes open where a field begins, close where it ends, or are doubled."""
    if len(quotes) % 2:
        return False
    before = characters[quotes[::2] - 1]  # before the first character is the last, a newline
    after = characters[quotes[1::2] + 1]
    signs = [_NEWLINE, _QUOTE, ord(delimiter)]
    return bool(np.isin(before, signs).all() and np.isin(after, [*signs, ord("\r")]).all())


def _parse(data: bytes, delimiter: str) -> pd.DataFrame:
    """Parse a regular file, without its header."""
    return pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        header=0,
        index_col=False,
        dtype="str",
        na_filter=False,
        skip_blank_lines=False,
        low_memory=False,
    )


def read_records(
    lines: Iterable[str], delimiter: str, n_fields: int, path: str
) -> Iterator[list[str] | str]:
    """Give the cells of each record below the header, or a sentence on why there are none.

    Where a quote runs over several lines that look like records, each of
    these lines is a row that could not be read.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    line = 0
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
