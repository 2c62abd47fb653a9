"""Excel workbooks, with or without a password."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.exceptions import MissingExtraError, UnreadableFileError
from crmlib.sources._delimited_text import LAST_HEADER_ROW
from crmlib.sources._order_source import clean_header
from crmlib.sources._sheet import Sheet
from crmlib.sources._tell import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ZIP, _OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
WORKBOOKS = (_ZIP, _OLE2)
"""How a workbook begins: zipped XML, and what came before it or holds an encrypted one."""


def read_workbook(
    data: bytes,
    name: str,
    *,
    password: str | None,
    is_header: Callable[[Sequence[str]], bool],
) -> list[Sheet]:
    """Read the sheets of a workbook that have a known header, or else the first one.

    Parameters
    ----------
    data : bytes
    name : str
        What to call the file.
    password : str, optional
    is_header : callable
        Tells whether the cells of a row are a header.

    Raises
    ------
    UnreadableFileError
        If it is damaged, empty, or encrypted and *password* does not open it.
    MissingExtraError
        If nothing that reads it is installed.

    Warns
    -----
    DataQualityWarning
        Names sheets with several rows that are passed over.
    """
    try:
        import msoffcrypto  # noqa: PLC0415 -- an extra
        import python_calamine  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("reading Excel files", "excel") from error
    if data.startswith(_OLE2):
        data = _decrypt(msoffcrypto, data, name, password)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            pages = [
                page.name
                for page in workbook.sheets_metadata
                if page.typ == python_calamine.SheetTypeEnum.WorkSheet  # no charts
            ]
            sheets = {page: workbook.get_sheet_by_name(page).to_python() for page in pages}
    except Exception as error:
        raise _damaged(name, error) from error
    filled = {title: _without_tail(rows) for title, rows in sheets.items()}
    filled = {title: rows for title, rows in filled.items() if rows}
    if not filled:
        raise UnreadableFileError(name, "is empty", "export the orders again")
    headers = {title: _find_header(rows, is_header) for title, rows in filled.items()}
    known = [title for title, place in headers.items() if place is not None]
    chosen = known or [next(iter(filled))]
    passed = [title for title, rows in filled.items() if title not in chosen and len(rows) > 1]
    if passed:
        tell(f"{name}: read the sheets {chosen} and passed over {passed}")
    return [
        _make_sheet(
            name if len(chosen) == 1 else f"{name} [{title}]",
            filled[title][headers[title] or 0 :],
        )
        for title in chosen
    ]


_ENCRYPTED_WAY_OUT = "give its password: password=…, or --password-env VARIABLE in the shell"


def _decrypt(msoffcrypto: Any, data: bytes, name: str, password: str | None) -> bytes:
    """Open an encrypted workbook; give one that is not as it is."""
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        encrypted = file.is_encrypted()
    except Exception as error:
        raise _damaged(name, error) from error
    if not encrypted:
        return data
    if password is None:
        raise UnreadableFileError(name, "is encrypted", _ENCRYPTED_WAY_OUT)
    opened = io.BytesIO()
    try:
        # The formats before .xlsx check it anyhow, and take no such wish.
        verify = {"verify_password": True} if file.format == "ooxml" else {}
        file.load_key(password=password, **verify)
        file.decrypt(opened)
    except msoffcrypto.exceptions.InvalidKeyError as error:
        raise UnreadableFileError(
            name, "does not open with this password", "ask who exported it"
        ) from error
    except Exception as error:
        raise _damaged(name, error) from error
    return opened.getvalue()


def _damaged(name: str, error: Exception) -> UnreadableFileError:
    """Say that a workbook is damaged, whichever of many errors it made the parser raise."""
    what = " ".join(str(error).split()) or type(error).__name__
    return UnreadableFileError(
        name, f"is no workbook that can be read ({what})", "save it as .xlsx or .csv"
    )


def _without_tail(rows: list[list[Any]]) -> list[list[Any]]:
    """Give *rows* without the empty ones at their end, which are often formatted ones."""
    n_rows = len(rows)
    while n_rows and _is_empty(rows[n_rows - 1]):
        n_rows -= 1
    return rows[:n_rows]


def _is_empty(row: Sequence[Any]) -> bool:
    """Tell whether nothing stands in a row."""
    return all(isinstance(cell, str) and not cell.strip() for cell in row)


def _find_header(
    rows: Sequence[Sequence[Any]], is_header: Callable[[Sequence[str]], bool]
) -> int | None:
    """Give the place of the first row that some source knows as a header."""
    for place, row in enumerate(rows[:LAST_HEADER_ROW]):
        if is_header([clean_header(cell) for cell in row]):
            return place
    return None


def _make_sheet(name: str, rows: Sequence[Sequence[Any]]) -> Sheet:
    """Give the rows below the header."""
    names = [clean_header(cell) for cell in rows[0]]
    table = pd.DataFrame(rows[1:], columns=pd.Index(names, dtype=object), dtype=object)
    problems = ["an empty line" if _is_empty(row) else None for row in rows[1:]]
    return Sheet(name=name, table=table, problems=pd.Series(problems, dtype="str"))
