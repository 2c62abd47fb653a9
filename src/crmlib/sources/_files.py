"""Files of order lines: text, Parquet and spreadsheets, told apart by their first bytes."""

from __future__ import annotations

import glob
import gzip
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    MissingExtraError,
    UnreadableFileError,
)
from crmlib.sources._delimited_text import read_delimited

if TYPE_CHECKING:
    import os

ENCODINGS = ("utf-8-sig", "cp949")
"""Tried in this order."""

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zipped XML, and what came before it
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_file(
    source: str | os.PathLike[str], encoding: str | None
) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Read the table in a file.

    Returns
    -------
    table : DataFrame of shape (n_rows, n_fields)
        Cells as they are written, under the headers of the file.
    problems : Series of str, shape (n_rows,)
        Why a row cannot be read; NaN where it can.

    Raises
    ------
    UnreadableFileError
        If there is no file, or it holds no table.
    MissingExtraError
        If it is a spreadsheet and nothing that reads it is installed.
    """
    path = Path(source)
    try:
        with path.open("rb") as file:
            start = file.read(4)
            data = b"" if start == _PARQUET or start in _SPREADSHEETS else start + file.read()
    except OSError as error:
        problem = "is a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise UnreadableFileError(str(path), problem, "give the path of one file") from error
    if start == _PARQUET:
        table = _read_parquet(path)
    elif start in _SPREADSHEETS:
        table = _read_spreadsheet(path)
    else:
        text = _decode(_decompress(data, path), path, encoding)
        return read_delimited(text, str(path))
    return table, pd.Series(index=table.index, dtype="str")


def _decompress(data: bytes, path: Path) -> bytes:
    """Unpack gzip."""
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(
            str(path), f"is compressed and cut off or damaged ({error})", "fetch it again"
        ) from error


def _decode(data: bytes, path: Path, encoding: str | None) -> str:
    """Give the text of a file, or say that it is none."""
    if data.startswith(_UTF_16) and encoding is None:
        encoding = "utf-16"
    for name in (encoding,) if encoding else ENCODINGS:
        try:
            text = data.decode(name)
        except LookupError as error:
            raise InvalidParameterError(
                "encoding", name, "one that Python knows, such as 'latin-1'"
            ) from error
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if not text.strip():
            raise UnreadableFileError(str(path), "is empty", "export the orders again")
        if encoding is None and name != ENCODINGS[0]:
            warnings.warn(
                f"{path.name} is not UTF-8; it was read as {name}; name its encoding "
                "(encoding=…) if letters look wrong",
                DataQualityWarning,
                stacklevel=4,
            )
        return text
    else:
        tried = encoding or " or ".join(ENCODINGS)
        raise UnreadableFileError(
            str(path),
            f"is not written in {tried}",
            "save it as UTF-8, or name its encoding: encoding='latin-1'",
        )
    raise UnreadableFileError(
        str(path),
        "holds zero bytes, so it is no text",
        "give a CSV (plain or gzip), Parquet or Excel file",
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file through DuckDB, without pyarrow."""
    try:
        with duckdb.connect() as connection:
            # DuckDB takes names for patterns: "orders[1]" would be the file "orders1".
            table: pd.DataFrame = connection.read_parquet(glob.escape(str(path))).df()
            return table
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise UnreadableFileError(
            str(path), f"is no Parquet file that can be read ({problem})", "export it again"
        ) from error


def _read_spreadsheet(path: Path) -> pd.DataFrame:
    """Read the first sheet of a workbook; its first row is the header."""
    try:
        import python_calamine  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("reading Excel files", "excel") from error
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            rows = workbook.get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableFileError(
            str(path),
            f"is no workbook that can be read ({error})",
            "open it, remove its password if it has one, and save it as .xlsx or .csv",
        ) from error
    if not rows:
        raise UnreadableFileError(str(path), "is empty", "export the orders again")
    names = [str(name).strip() for name in rows[0]]
    return pd.DataFrame(rows[1:], columns=pd.Index(names, dtype=object), dtype=object)
