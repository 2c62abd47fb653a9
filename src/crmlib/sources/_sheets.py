"""Whatever holds order lines, as tables of cells."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.sources._files import read_file
from crmlib.sources._frames import read_frame
from crmlib.sources._locate import is_path, locate_files
from crmlib.sources._sheet import Sheet
from crmlib.sources._tell import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def read_sheets(
    orders: Any,
    is_header: Callable[[Sequence[str]], bool],
    *,
    encoding: str | None,
    password: str | None,
) -> list[Sheet]:
    """Read every table in *orders*: paths, bytes, dataframes, or a list of them.

    Parameters
    ----------
    orders : path, bytes, dataframe, or list of them
    is_header : callable
        Tells whether the cells of a row are a header, so that notices above
        it are passed over.
    encoding, password : str, optional
        Of text files and workbooks.

    Returns
    -------
    list of Sheet
        No two of one name.
    """
    found = _find(orders)
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


def _find(orders: Any) -> list[Path | Any]:
    """Give each file and whatever else holds lines; a file that is named twice comes once."""
    found: list[Path | Any] = []
    seen: set[str] = set()
    for item in orders if isinstance(orders, list | tuple) else [orders]:
        for part in locate_files(item) if is_path(item) else [item]:
            if isinstance(part, Path):
                place = os.path.realpath(part)
                if place in seen:
                    tell(f"{part} is named twice; it is read once")
                    continue
                seen.add(place)
            found.append(part)
    return found


def _name(item: Any) -> str:
    """Give the name of a file; of what is none, nothing."""
    return item.name if isinstance(item, Path) else ""
