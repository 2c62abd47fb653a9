"""Files that survive a power cut: whole and on the disk, or not there at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def write_durably(path: Path) -> Iterator[BinaryIO]:
    """Open a draft beside *path*, which takes that place at the end of the block.

    The file can be read by its owner only.  If the block or the disk fails,
    an earlier file at *path* is as it was and the draft is gone.

    Raises
    ------
    OSError
        If the folder is missing or the disk is full.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "plan"
    >>> with write_durably(path) as file:
    ...     _ = file.write(b"Hello")
    >>> path.read_bytes(), oct(path.stat().st_mode & 0o777)
    (b'Hello', '0o600')
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in *folder* to the disk: a crash could else lose a new file whole.

    Raises
    ------
    OSError
        If the disk fails.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> sync_folder(pathlib.Path(tempfile.mkdtemp()))
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
