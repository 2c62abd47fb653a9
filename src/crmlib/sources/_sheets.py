"""Whatever holds order lines, as tables of cells."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.sources._files import read_file
from crmlib.sources._frames import read_frame
from crmlib.sources._locate import is_path, locate_files
from crmlib.sources._registry import recognise
from crmlib.sources._sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.sources._order_source import OrderSource


def read_sheets(
    orders: Any,
    known: Sequence[OrderSource],
    *,
    encoding: str | None,
    password: str | None,
) -> list[Sheet]:
    """Read every table in *orders*: paths, bytes, dataframes, or a list of them.

    Parameters
    ----------
    orders : path, bytes, dataframe, or list of them
    known : sequence of OrderSource
        Whose headers are looked for below notices.
    encoding, password : str, optional
        Of text files and workbooks.
    """

    def is_header(cells: Sequence[str]) -> bool:
        return recognise(cells, known) is not None

    found: list[Path | Any] = []
    for item in orders if isinstance(orders, list | tuple) else [orders]:
        found += locate_files(item) if is_path(item) else [item]
    if not found:
        raise InvalidParameterError("orders", orders, "a path, bytes, or a dataframe")
    repeated = Counter(_name(item) for item in found)
    sheets = []
    for number, item in enumerate(found, 1):
        ending = "" if len(found) == 1 else f" {number}"
        if isinstance(item, Path | bytes):
            called = f"bytes{ending}" if isinstance(item, bytes) else str(item)
            read = read_file(
                item, called, encoding=encoding, password=password, is_header=is_header
            )
            short = called if repeated[_name(item)] > 1 else _name(item) or called
            sheets += [
                attrs.evolve(sheet, name=sheet.name.replace(called, short, 1)) for sheet in read
            ]
        else:
            table = read_frame(item)
            problems = pd.Series(index=table.index, dtype="str")
            sheets.append(Sheet(name=f"dataframe{ending}", table=table, problems=problems))
    return sheets


def _name(item: Any) -> str:
    """Give the name of a file; of what is none, nothing."""
    return item.name if isinstance(item, Path) else ""
