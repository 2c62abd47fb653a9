"""Excel workbooks, with or without a password."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.exceptions import MissingExtraError, UnreadableFileError
from crmlib.sources._delimited_text import LAST_HEADER_ROW
from crmlib.sources._sheet import Sheet

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
    """Read the sheets of a workbook that have a header some source knows, or the first one.

    Raises
    ------
    UnreadableFileError
        If it is damaged, empty, or encrypted and *password* does not open it.
    MissingExtraError
        If nothing that reads it is installed.
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
            sheets = {
                title: workbook.get_sheet_by_name(title).to_python()
                for title in workbook.sheet_names
            }
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableFileError(
            name, f"is no workbook that can be read ({error})", "save it as .xlsx or .csv"
        ) from error
    filled = {title: rows for title, rows in sheets.items() if rows}
    if not filled:
        raise UnreadableFileError(name, "is empty", "export the orders again")
    headers = {title: _find_header(rows, is_header) for title, rows in filled.items()}
    known = [title for title, place in headers.items() if place is not None]
    chosen = known or [next(iter(filled))]
    return [
        _make_sheet(
            name if len(chosen) == 1 else f"{name} [{title}]",
            filled[title][headers[title] or 0 :],
        )
        for title in chosen
    ]


def _decrypt(msoffcrypto: Any, data: bytes, name: str, password: str | None) -> bytes:
    """Open an encrypted workbook; give one that is not as it is."""
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
        if password is None:
            raise UnreadableFileError(name, "is encrypted", "give its password: password=…")
        opened = io.BytesIO()
        file.load_key(password=password, verify_password=True)
        file.decrypt(opened)
    except msoffcrypto.exceptions.InvalidKeyError as error:
        raise UnreadableFileError(
            name, "does not open with this password", "ask who exported it"
        ) from error
    except (msoffcrypto.exceptions.FileFormatError, OSError, ValueError) as error:
        raise UnreadableFileError(
            name, f"is no workbook that can be read ({error})", "save it as .xlsx or .csv"
        ) from error
    return opened.getvalue()


def _find_header(
    rows: Sequence[Sequence[Any]], is_header: Callable[[Sequence[str]], bool]
) -> int | None:
    """Give the place of the first row that some source knows as a header."""
    for place, row in enumerate(rows[:LAST_HEADER_ROW]):
        if is_header([str(cell).strip() for cell in row]):
            return place
    return None


def _make_sheet(name: str, rows: Sequence[Sequence[Any]]) -> Sheet:
    """Give the rows below the header."""
    names = [str(cell).strip() for cell in rows[0]]
    table = pd.DataFrame(rows[1:], columns=pd.Index(names, dtype=object), dtype=object)
    return Sheet(name=name, table=table, problems=pd.Series(index=table.index, dtype="str"))
