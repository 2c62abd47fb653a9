"""The files that a path, a folder or a pattern means."""

from __future__ import annotations

import glob
import os
import warnings
from pathlib import Path
from typing import Any

from crmlib.exceptions import DataQualityWarning, UnreadableFileError

SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".xlsx", ".xlsm", ".xls")
"""What order files are called; others in a folder are passed over."""


def locate_files(source: str | os.PathLike[str]) -> list[Path]:
    """Give the files that *source* means, by name.

    Parameters
    ----------
    source : path
        Of a file, a folder, or a pattern with ``*``, ``?`` or ``[…]``; a file
        that is really called so goes first.

    Raises
    ------
    UnreadableFileError
        If nothing is there.

    Warns
    -----
    DataQualityWarning
        Names files of a folder that are passed over, as their names do not
        end like those of order files.
    """
    path = Path(source)
    if path.is_dir():
        return _list_folder(path)
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    found = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute patterns, too
    files = [file for file in found if file.is_file()]
    if not files:
        raise UnreadableFileError(
            str(path), "matches no file", "look at the folder, and quote the pattern in a shell"
        )
    return files


def _list_folder(folder: Path) -> list[Path]:
    """Give the order files of a folder, without those below it."""
    files = sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith((".", "~$"))
    )
    chosen = [file for file in files if file.suffix.lower() in SUFFIXES]
    if passed := [file.name for file in files if file not in chosen]:
        warnings.warn(
            f"{folder.name}: passed over {passed}, as order files end in {list(SUFFIXES)}",
            DataQualityWarning,
            stacklevel=5,
        )
    if not chosen:
        raise UnreadableFileError(
            str(folder), "is a folder without order files", f"they end in {list(SUFFIXES)}"
        )
    return chosen


def is_path(source: Any) -> bool:
    """Tell whether *source* is text or a path."""
    return isinstance(source, str | os.PathLike)
