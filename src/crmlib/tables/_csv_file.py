"""A CSV file that a spreadsheet opens without running anything in it, written in pieces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from crmlib.tables._safe_csv import FORM, escape_frame

if TYPE_CHECKING:
    import os

    import pandas as pd

_INSTANT: Final = "%Y-%m-%d %H:%M:%S.%f%z"


class CsvFile:
    """A file as :func:`write_csv` makes it, written piece by piece.

    Instants are written to the microsecond, so that all pieces are alike.

    Parameters
    ----------
    path : path

    Examples
    --------
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from crmlib.tables import CsvFile, read_csv
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "names.csv")
    ...     with CsvFile(path) as file:
    ...         for name in ("=1+1", "Mina"):
    ...             file.write(pd.DataFrame({"name": [name]}))
    ...     read_csv(path)["name"].to_list()
    ['=1+1', 'Mina']
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = Path(path).open("w", encoding="utf-8-sig", newline="")  # noqa: SIM115 -- closed in __exit__
        self._is_empty = True

    def write(self, frame: pd.DataFrame) -> None:
        """Add the rows of *frame*, which has the columns of those before."""
        escape_frame(frame).to_csv(self._file, header=self._is_empty, date_format=_INSTANT, **FORM)
        self._is_empty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()
