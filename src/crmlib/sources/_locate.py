"""The files that a path, a folder or a pattern means."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Any

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._tell import tell

SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".xlsx", ".xlsm", ".xls")
"""What order files are called; others in a folder are passed over."""

_LOCKS = "~$"
"""How the files begin by which Excel marks a workbook as open."""

_HIDDEN = (".", _LOCKS)


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
        If nothing is there, or it may not be read.

    Warns
    -----
    DataQualityWarning
        Names what of a folder is passed over: files whose names do not end
        like those of order files, and folders in it.
    """
    if not str(source) or "\0" in str(source):
        raise UnreadableFileError(repr(source), "is no path", "give that of a file or a folder")
    path = Path(source)
    try:
        if path.is_dir():
            return _list_folder(path)
        if path.exists() or not glob.has_magic(str(path)):
            return [path]
        found = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute patterns, too
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise UnreadableFileError(str(path), problem, "give a path that can be read") from error
    files = [file for file in found if file.is_file() and not file.name.startswith(_LOCKS)]
    if not files:
        raise UnreadableFileError(
            str(path), "matches no file", "look at the folder, and quote the pattern in a shell"
        )
    return files


def _list_folder(folder: Path) -> list[Path]:
    """Give the order files of a folder, without those below it."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith(_HIDDEN))
    chosen = [entry for entry in entries if entry.suffix.lower() in SUFFIXES and entry.is_file()]
    if passed := [entry.name for entry in entries if entry not in chosen]:
        tell(
            f"{folder.name}: passed over {passed}; order files end in {list(SUFFIXES)}, and "
            "those of folders below are read on their own"
        )
    if not chosen:
        raise UnreadableFileError(
            str(folder), "is a folder without order files", f"they end in {list(SUFFIXES)}"
        )
    return chosen


def is_path(source: Any) -> bool:
    """Tell whether *source* is text or a path."""
    return isinstance(source, str | os.PathLike)
