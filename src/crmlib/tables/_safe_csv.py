"""CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import re
from datetime import date
from numbers import Number
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    import os

_SIGN = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
"""What a formula begins with; signs of full width, too."""
_UNSEEN = "\\s\\x00-\\x1f\ufeff\u200b"
_AT_START = f"\\A(?=['{_UNSEEN}]*{_SIGN}|['\ufeff\t\r\n])"
_WITHIN = f"(?<=[;\t\r\n])(?=['\"{_UNSEEN}]*{_SIGN})"
_RISKY = re.compile(f"{_AT_START}|{_WITHIN}")
"""Where a text needs an apostrophe: at its start, if a spreadsheet may run it or this file would
not give it back as it was; and within, where another separator than the comma begins a cell."""
_ESCAPED = re.compile(_AT_START.replace("(?=", "'(?=") + "|" + _WITHIN.replace("(?=", "'(?="))
"""An apostrophe that was put there."""
FORM: Final[Any] = {"index": False, "lineterminator": "\r\n"}
"""With this end of line a lone "\r" in a cell is put in quotes, too."""


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write *frame* without its index, so that a spreadsheet runs none of its cells.

    Texts and headers that begin like a formula, be it after spaces, get an
    apostrophe in front, and so do those that begin with an apostrophe:
    :func:`read_csv` takes it off again.  So does what begins like a formula
    after a semicolon, a tab or a new line within a text, as a spreadsheet of
    a country that writes decimals with a comma begins a cell there, quotes or
    not [1]_.  Numbers and dates stay as they are.
    The file is UTF-8 with a byte-order mark, by which Excel knows it.

    References
    ----------
    .. [1] OWASP, *CSV Injection*,
       https://owasp.org/www-community/attacks/CSV_Injection.

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
    escape_frame(frame).to_csv(path, encoding="utf-8-sig", **FORM)


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
    if not texts.str.contains("'", regex=False, na=False).any():
        return texts
    return texts.map(unescape_text, na_action="ignore").astype("str")


def unescape_text(text: str) -> str:
    """Give one *text* as :func:`unescape_texts` does."""
    return _ESCAPED.sub("", text)


def escape_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame of which a spreadsheet runs no cell and no header."""
    columns = {place: _escape_column(frame.iloc[:, place]) for place in range(frame.shape[1])}
    escaped = pd.DataFrame(columns, index=frame.index)
    return escaped.set_axis([_escape(str(name)) for name in frame.columns], axis=1)


def _escape_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column in which no text begins like a formula."""
    if column.dtype.kind in "iufbM":  # numbers and instants
        return column
    return column.astype(object).map(_escape, na_action="ignore")


def _escape(cell: object) -> object:
    """Put an apostrophe in front of what a spreadsheet would run."""
    if isinstance(cell, Number | date):
        return cell
    return _RISKY.sub("'", str(cell))
