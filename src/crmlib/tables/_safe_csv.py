"""CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import os


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write *frame* without its index, so that a spreadsheet runs none of its cells.

    Texts that begin like a formula get an apostrophe in front, and so do those
    that begin with an apostrophe: :func:`read_csv` takes it off again.  The
    file is UTF-8 with a byte-order mark, by which Excel knows it.

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
    texts = frame.select_dtypes(["object", "string"])
    escaped = texts.replace(r"^(?=[=+\-@\t\r'])", "'", regex=True)
    frame.assign(**{str(name): escaped[name] for name in escaped}).to_csv(
        path, index=False, encoding="utf-8-sig"
    )


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a file of :func:`write_csv`, every cell as the text that it was.

    Returns
    -------
    DataFrame of str
        NaN where a cell is empty.
    """
    frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False)
    return frame.replace(r"^'", "", regex=True).replace("", None)
