"""Identities as a file.

UTF-8 text: line 1 is a JSON object with the format, the run and the SHA-256
of all that follows; then comes one JSON object per table, with its name, the
types of its columns and their cells, column by column.  A column of few
distinct texts holds these once, and their places.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmlib.durability import write_durably
from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = "crmlib.identities/1"
_DIGEST_AT: Final = len(b'{"digest":"')
_INSTANT: Final = "datetime64[us, UTC]"
_DAY: Final = "datetime64[us]"
_TYPES: Final = frozenset(
    {"str", "int64", "float64", "bool", "object", "category", _INSTANT, _DAY}
)
_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%f"
_WAY_OUT: Final = "link the identities again, or take the file from a backup"


def write_tables(path: Path, fields: Mapping[str, Any]) -> None:
    """Write tables, and the number of the run, durably to *path*."""
    digest = sha256()
    with write_durably(path) as file:
        header = {"digest": "0" * 64, "format": FORMAT, "run": fields["run"]}
        file.write(_to_json(header))
        for name, table in fields.items():
            if isinstance(table, pd.DataFrame):
                line = _to_json(_pack(name, table))
                digest.update(line)
                file.write(line)
        file.seek(_DIGEST_AT)
        file.write(digest.hexdigest().encode())


def read_tables(path: Path) -> dict[str, Any]:
    """Give the tables, and the number of the run, of a file.

    Raises
    ------
    UnreadableFileError
        If there is no such file, or it is not what was saved.
    """
    try:
        head, *lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise UnreadableFileError(
            str(path), f"cannot be read ({error.strerror})", "give the path of saved identities"
        ) from error
    except ValueError:
        raise UnreadableFileError(str(path), "is empty", _WAY_OUT) from None
    try:
        header = json.loads(head)
        known = header["format"]
        recorded, run = header["digest"], int(header["run"])
    except (ValueError, TypeError, KeyError, LookupError) as error:
        raise UnreadableFileError(str(path), "holds no identities", _WAY_OUT) from error
    if known != FORMAT:
        raise UnreadableFileError(
            str(path), f"has the format {known!r}, and this crmlib reads {FORMAT!r}", _WAY_OUT
        )
    if sha256(b"".join(lines)).hexdigest() != recorded:
        raise UnreadableFileError(str(path), "is cut short or was altered", _WAY_OUT)
    tables = (json.loads(line) for line in lines)
    return {"run": run} | {table["name"]: _unpack(table) for table in tables}


def _pack(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Give a table as what JSON can hold."""
    types = {column: str(table[column].dtype) for column in table}
    types = {column: kind if kind in _TYPES else "object" for column, kind in types.items()}
    cells = {column: _pack_column(table[column], types[column]) for column in table}
    return {"name": name, "types": types, "cells": cells, "rows": len(table)}


def _pack_column(column: pd.Series[Any], kind: str) -> list[Any]:
    """Give cells as what JSON can hold; None where there is nothing."""
    if kind == "category":
        return [column.cat.categories.tolist(), column.cat.codes.tolist()]
    if kind in (_INSTANT, _DAY):
        column = column.dt.strftime(_MOMENT)
    empty = column.isna().tolist()
    return [None if no else cell for no, cell in zip(empty, column.tolist(), strict=True)]


def _unpack(packed: dict[str, Any]) -> pd.DataFrame:
    """Give a table as it was."""
    index = pd.RangeIndex(packed["rows"])
    columns = {
        name: _unpack_column(packed["cells"][name], kind, index)
        for name, kind in packed["types"].items()
    }
    return pd.DataFrame(columns, index=index)


def _unpack_column(cells: list[Any], kind: str, index: pd.RangeIndex) -> pd.Series[Any]:
    """Give cells in their type."""
    if kind == "category":
        names, codes = cells
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(names, dtype="str")))
    if kind in (_INSTANT, _DAY):
        texts = pd.Series(cells, index=index, dtype="str")
        return pd.to_datetime(texts, format=_MOMENT, utc=kind == _INSTANT).dt.as_unit("us")
    return pd.Series(cells, index=index, dtype=kind)


def _to_json(value: object) -> bytes:
    """Give *value* on a line of its own; what JSON does not know is written as text."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=False, default=str)
    return f"{text}\n".encode()
