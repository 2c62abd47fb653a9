"""Excel files, encrypted where a password is given."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SERIAL_DAY_ZERO = "1899-12-30"
"""The day from which spreadsheets count."""


def write_workbook(
    path: Path, sheet: str, rows: Iterable[Sequence[object]], *, password: str | None = None
) -> None:
    """Write *rows* as a workbook of one sheet.

    With a *password* it is encrypted as Excel does it (ECMA-376, agile): an
    OLE2 file.  The encryption is salted, so that its bytes differ each time.

    Raises
    ------
    MissingExtraError
        If openpyxl, or for a password msoffcrypto-tool, is not installed.
    """
    try:
        from openpyxl.workbook.workbook import Workbook  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("writing Excel files", "excel") from error
    untyped: Any = Workbook
    book = untyped(write_only=True)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    book.save(content)
    data = content.getvalue() if password is None else _encrypt(content, password)
    path.write_bytes(data)


def _encrypt(content: io.BytesIO, password: str) -> bytes:
    try:
        from msoffcrypto.format.ooxml import OOXMLFile  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("encrypting Excel files", "excel") from error
    encrypted = io.BytesIO()
    untyped: Any = OOXMLFile
    untyped(content).encrypt(password, encrypted)
    return encrypted.getvalue()


def to_serials(moments: pd.Series[pd.Timestamp]) -> list[float]:
    """Give naive moments as spreadsheets store them: days and parts of a day."""
    days = (moments - pd.Timestamp(SERIAL_DAY_ZERO)) / pd.Timedelta(days=1)
    serials: list[float] = days.tolist()
    return serials
