"""Small order files, written cell by cell."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook

from crmlib.sources import read_orders
from crmlib.tables import Orders


def fill(template: Mapping[str, Any], *rows: Mapping[str, Any]) -> list[list[Any]]:
    """Give a header and rows that differ from *template* in some cells; None drops a column."""
    without = {name for row in rows for name, cell in row.items() if cell is None}
    header = [name for name in dict.fromkeys([*template, *rows[0]]) if name not in without]
    return [header, *([{**template, **row}[name] for name in header] for row in rows)]


def write_workbook(
    path: Path, rows: Sequence[Sequence[Any]], *, sheet: str = "Sheet", password: str | None = None
) -> Path:
    """Write *rows* as a sheet of a workbook."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    book.save(content)
    if password is not None:
        encrypted = io.BytesIO()
        OOXMLFile(content).encrypt(password, encrypted)
        content = encrypted
    path.write_bytes(content.getvalue())
    return path


def write_csv(rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8") -> bytes:
    """Give the bytes of a CSV file of *rows*."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(encoding)


def read_rows(template: Mapping[str, Any], *rows: Mapping[str, Any]) -> Orders:
    """Read rows that differ from *template* in some cells."""
    return read_orders(write_csv(fill(template, *rows)))


def reasons(orders: Orders) -> list[list[Any]]:
    """Give the rows set aside, with their reasons and details."""
    return orders.set_aside[["row", "reason", "detail"]].to_numpy().tolist()
