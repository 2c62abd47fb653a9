"""Files of order lines: text, Parquet and workbooks, told apart by their first bytes."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._decode_text import decode_text
from crmlib.sources._delimited_text import read_delimited
from crmlib.sources._parquet import read_parquet
from crmlib.sources._sheet import Sheet
from crmlib.sources._workbook import WORKBOOKS, read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"


def read_file(
    source: Path | bytes,
    name: str,
    *,
    encoding: str | None,
    password: str | None,
    is_header: Callable[[Sequence[str]], bool],
) -> list[Sheet]:
    """Read the tables in a file.

    Parameters
    ----------
    source : Path or bytes
        Where the file is, or what it holds.
    name : str
        What to call it in errors, and its sheets.
    encoding : str, optional
        Of text; by default UTF-8, UTF-16 with its mark, or CP949.
    password : str, optional
        Of a workbook.
    is_header : callable
        Takes the cells of a row and tells whether they are headers that some
        source knows, so that notices above them are passed over.

    Returns
    -------
    list of Sheet
        One, but for workbooks in which several sheets have a known header.

    Raises
    ------
    UnreadableFileError
        If there is no file, or it holds no table.
    MissingExtraError
        If it is a workbook and nothing that reads it is installed.
    """
    data = source if isinstance(source, bytes) else _load(source)
    if data.startswith(WORKBOOKS):
        return read_workbook(data, name, password=password, is_header=is_header)
    if data.startswith(_PARQUET):
        return [_whole(name, read_parquet(source, name))]
    text = decode_text(_decompress(data, name), name, encoding)
    table, problems = read_delimited(text, name, is_header)
    return [Sheet(name=name, table=table, problems=problems)]


def _whole(name: str, table: pd.DataFrame) -> Sheet:
    """Give a table of which every row can be read."""
    return Sheet(name=name, table=table, problems=pd.Series(index=table.index, dtype="str"))


def _load(path: Path) -> bytes:
    """Give what the file at *path* holds; of a Parquet file, which is read in place, the start."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_PARQUET))
            return start if start == _PARQUET else start + file.read()
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise UnreadableFileError(str(path), problem, "give the path of one file") from error


def _decompress(data: bytes, name: str) -> bytes:
    """Unpack gzip."""
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(
            name, f"is compressed and cut off or damaged ({error})", "fetch it again"
        ) from error
