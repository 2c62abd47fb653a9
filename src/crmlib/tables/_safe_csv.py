"""CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import re
from datetime import date
from numbers import Number
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import os

_RISKY = re.compile(
    "[\\s\\x00-\\x1f\ufeff\u200b]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|['\ufeff\t\r\n]"
)
"""How a text begins that a spreadsheet may run (signs of full width, too), or that this file
would not give back as it was."""


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write *frame* without its index, so that a spreadsheet runs none of its cells.

    Texts and headers that begin like a formula, be it after spaces, get an
    apostrophe in front, and so do those that begin with an apostrophe:
    :func:`read_csv` takes it off again.  Numbers and dates stay as they are.
    The file is UTF-8 with a byte-order mark, by which Excel knows it.

    Examples
    --------
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "names.csv")
    ...     write_csv(pd.DataFrame({"name": ["=1+1", "Mina"]}), path)
    ...     print(path.read_text("utf-8-sig").split(), read_csv(path)["name"].to_list())
    ['name', "'=1+1", 'Mina'] ['=1+1', 'Mina']
    """
    columns = {place: _escape_column(frame.iloc[:, place]) for place in range(frame.shape[1])}
    escaped = pd.DataFrame(columns, index=frame.index)
    # With this end of line a lone "\r" in a cell is put in quotes, too.
    escaped.set_axis([_escape(str(name)) for name in frame.columns], axis=1).to_csv(
        path, index=False, encoding="utf-8-sig", lineterminator="\r\n"
    )


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a file of :func:`write_csv`, every cell as the text that it was.

    Returns
    -------
    DataFrame of str
        NaN where a cell is empty.
    """
    cells = pd.read_csv(
        path,
        header=None,
        dtype="str",
        encoding="utf-8-sig",
        keep_default_na=False,
        skip_blank_lines=False,
    )
    cells = cells.apply(unescape_texts)
    table = cells.iloc[1:].reset_index(drop=True).set_axis(cells.iloc[0].to_list(), axis=1)
    return table.mask(table == "")


def unescape_texts(texts: pd.Series[str]) -> pd.Series[str]:
    """Give *texts* without the apostrophes that :func:`write_csv` puts in front, and only those.

    Examples
    --------
    >>> import pandas as pd
    >>> unescape_texts(pd.Series(["'+82 10", "''tis", "'tis", "Mina", None])).to_list()
    ['+82 10', "'tis", "'tis", 'Mina', nan]
    """
    if not texts.str.startswith("'", na=False).any():
        return texts
    return texts.str.replace(f"^'(?={_RISKY.pattern})", "", regex=True)


def _escape_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column in which no text begins like a formula."""
    if column.dtype.kind in "iufbM":  # numbers and instants
        return column
    return column.astype(object).map(_escape, na_action="ignore")


def _escape(cell: object) -> object:
    """Put an apostrophe in front of what a spreadsheet would run."""
    if isinstance(cell, Number | date):
        return cell
    text = str(cell)
    return f"'{text}" if _RISKY.match(text) else text
