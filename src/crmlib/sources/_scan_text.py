"""Text files larger than memory, made sure of before DuckDB parses them.

DuckDB passes over empty lines and mends quotes, so that rows could vanish.  A
file is therefore looked through once, piece by piece: if it is regular, DuckDB
parses it where it lies; if not, it is written anew, record by record, with a
column that says why a record cannot be read.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from functools import lru_cache
from typing import IO, TYPE_CHECKING

import attrs
import numpy as np

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._decode_text import KOREAN, decode_text
from crmlib.sources._delimited_text import (
    find_header,
    is_regular,
    read_header,
    read_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

BLOCK = 2**23
"""Bytes that are looked at together."""

LONGEST_RECORD = 2**20
"""Bytes; DuckDB reads none that is much longer."""

_GZIP = b"\x1f\x8b"
_UTF_8, _UTF_16 = "utf-8-sig", "utf-16"
_MARK = "\ufeff".encode()
_NEWLINE, _QUOTE = ord("\n"), ord('"')


@attrs.frozen(kw_only=True)
class TextFile:
    """A text file as DuckDB can parse it.

    Parameters
    ----------
    path : Path
        What to parse: the file itself, or what was written anew.
    delimiter : str
    headers : tuple of str
    n_rows : int
        Below the header.
    compressed : bool
        Whether it is gzip.
    rewritten : bool
        Whether there is no header, and a column behind the others that says
        why a row cannot be read.
    """

    path: Path
    delimiter: str
    headers: tuple[str, ...]
    n_rows: int
    compressed: bool
    rewritten: bool


def look_through(
    path: Path,
    is_header: Callable[[Sequence[str]], bool],
    *,
    encoding: str | None,
    rewrite_to: Path,
) -> TextFile:
    """Give the text file at *path* as DuckDB can parse it.

    Parameters
    ----------
    path : Path
        Of a CSV, plain or gzip.
    is_header : callable
        See :func:`crmlib.sources._delimited_text.read_delimited`.
    encoding : str, optional
        By which a person says that it is written.
    rewrite_to : Path
        Where to write it anew if need be.

    Raises
    ------
    UnreadableFileError
        If it is empty, damaged, no text, or a record of it has no end.
    InvalidParameterError
        If there is no such encoding.

    Warns
    -----
    DataQualityWarning
        If it is not in UTF-8 and was read as CP949.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            compressed = file.read(len(_GZIP)) == _GZIP
        with _open(path, compressed=compressed) as stream:
            start = stream.read(BLOCK)
            text, encoding = _decode_start(start, name, encoding)
            head, delimiter = find_header(text.lstrip("\ufeff\r\n"), is_header)
            headers = tuple(read_header(head, delimiter, name))
            above = text[: len(text) - len(head)]
            n_records = None
            if encoding == _UTF_8 and not above and head.partition("\n")[0].count('"') % 2 == 0:
                pieces = _cut(start.removeprefix(_MARK), stream)
                n_records = _count_records(pieces, delimiter, len(headers), name)
        if n_records is not None:
            return TextFile(
                path=path,
                delimiter=delimiter,
                headers=headers,
                n_rows=n_records - 1,
                compressed=compressed,
                rewritten=False,
            )
        with (
            _open(path, compressed=compressed) as stream,
            io.TextIOWrapper(stream, encoding, newline="") as lines,
            rewrite_to.open("w", encoding="utf-8", newline="") as anew,
        ):
            lines.read(len(above))
            records = read_records(_without_end(lines), delimiter, len(headers), name)
            n_rows = _write_records(records, anew, len(headers))
    except (OSError, EOFError, zlib.error) as error:
        problem = str(getattr(error, "strerror", None) or error).lower()
        raise UnreadableFileError(name, problem, "give a file that is there and whole") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            name, f"begins in {encoding}, but holds other bytes", "fetch or export it again"
        ) from error
    return TextFile(
        path=rewrite_to,
        delimiter=",",
        headers=headers,
        n_rows=n_rows,
        compressed=False,
        rewritten=True,
    )


def _open(path: Path, *, compressed: bool) -> gzip.GzipFile | io.BufferedReader:
    """Open a file for its bytes, unpacked."""
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _decode_start(start: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Give the text that a file starts with, and the encoding that it is in."""
    if encoding is None:
        encoding = (
            _UTF_16 if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _UTF_8
        )
        guess = encoding == _UTF_8
    else:
        guess = False
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except (LookupError, ValueError):
        if not guess:
            return decode_text(start, name, encoding), encoding
        whole_lines = start[: start.rfind(b"\n") + 1] or start
        return decode_text(whole_lines, name, None), KOREAN
    return decode_text(text.encode(), name, "utf-8"), encoding


def _cut(data: bytes, stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Give *data* and what follows in pieces of whole records.

    Only the last piece may end with empty lines, which are no records.
    """
    while chunk := stream.read(BLOCK):
        end = data.rfind(b"\n") + 1
        odd = data.count(b'"', 0, end) % 2 if b'"' in data else 0
        while odd and end:
            before = data.rfind(b"\n", 0, end - 1) + 1
            odd ^= data.count(b'"', before, end) % 2
            end = before
        if bare := data[:end].rstrip(b"\r\n"):
            end = data.index(b"\n", len(bare)) + 1
            yield data[:end]
            data = data[end:]
        elif len(data) > LONGEST_RECORD:
            yield data  # a quote that never closes
        data += chunk
    yield data


def _count_records(
    pieces: Iterable[bytes], delimiter: str, n_fields: int, name: str
) -> int | None:
    """Count the records of a file; None if it is not regular."""
    n_records = 0
    line_ends = set()
    for piece in pieces:
        piece.decode()
        bare = piece.rstrip(b"\r\n")
        in_piece = _count_in_piece(bare, delimiter, n_fields) if bare else 0
        line_ends |= _find_line_ends(piece)
        if in_piece is None or len(line_ends) > 1:
            return None
        _check_length(piece, name)
        n_records += in_piece
    return n_records


def _count_in_piece(piece: bytes, delimiter: str, n_fields: int) -> int | None:
    """Count the records of a piece without its last line's end; None if it is not regular."""
    if b'"' in piece:
        if not is_regular(piece, delimiter, n_fields):
            return None
        characters = np.frombuffer(piece, dtype=np.uint8)
        lines, quotes = (np.flatnonzero(characters == mark) for mark in (_NEWLINE, _QUOTE))
        return 1 + int(np.sum(np.searchsorted(quotes, lines) % 2 == 0))
    # What is left is one text for each line, and the same one.
    marks = piece.translate(None, _all_but(delimiter)) + b"\n"
    record = delimiter.encode() * (n_fields - 1) + b"\n"
    n_records = len(marks) // len(record)
    return n_records if n_fields > 1 and marks == record * n_records else None


def _find_line_ends(piece: bytes) -> set[bytes]:
    """Give the ways in which lines end."""
    if b"\r" not in piece:
        return {b"\n"} if b"\n" in piece else set()
    pairs = piece.count(b"\r\n")
    lone = {b"\r"} if piece.count(b"\r") > pairs else set()
    return lone | {b"\r\n"} if piece.count(b"\n") == pairs else {b"\r\n", b"\n"}


def _check_length(piece: bytes, name: str) -> None:
    """Refuse a file with a line that DuckDB would not read."""
    place = 0
    while len(piece) - place > LONGEST_RECORD:
        end = piece.rfind(b"\n", place, place + LONGEST_RECORD)
        if end < 0:
            raise UnreadableFileError(
                name,
                f"holds a line of more than {LONGEST_RECORD:,} bytes",
                "shorten it, or read the file with crmlib.read_orders",
            )
        place = end + 1


@lru_cache
def _all_but(delimiter: str) -> bytes:
    """Give every byte that neither parts fields nor lines."""
    return bytes(byte for byte in range(256) if byte not in f"{delimiter}\n".encode())


def _without_end(lines: Iterable[str]) -> Iterator[str]:
    """Give *lines* but for empty ones at the end, the last one without its end."""
    held: list[str] = []
    for line in lines:
        if line.strip("\r\n"):
            yield from held
            held = [line]
        else:
            held.append(line)
    yield from (line.rstrip("\r\n") for line in held[:1])


def _write_records(records: Iterable[list[str] | str], file: IO[str], n_fields: int) -> int:
    """Write cells and, behind them, problems; give how many rows there are."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    n_rows = 0
    for record in records:
        cells = [""] * n_fields + [record] if isinstance(record, str) else [*record, ""]
        writer.writerow(cells)
        n_rows += 1
    return n_rows
