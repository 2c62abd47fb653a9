"""E-mail as it lies on a disk: mbox, maildir, single files."""

from __future__ import annotations

import mailbox
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


def read_mailbox(path: str | os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    """Give the e-mails in *path*, each with its place; nothing there is changed.

    Parameters
    ----------
    path : path
        An mbox file, a file with one e-mail, a maildir, or a folder of files
        that end in ``.eml``.

    Yields
    ------
    tuple of (str, bytes)
        Where it lies, and the e-mail.

    Raises
    ------
    UnreadableFileError
        If there is no such file, or the folder holds no e-mail at all.
    """
    place = Path(path)
    if place.is_dir():
        yield from _read_folder(place)
    elif not place.is_file():
        raise UnreadableFileError(str(path), "there is no such file or folder", "check the path")
    elif _is_mbox(place):
        box = mailbox.mbox(place, create=False)
        try:
            for number, key in enumerate(box.iterkeys(), start=1):
                yield f"{place}, e-mail {number}", box.get_bytes(key)
        finally:
            box.close()
    else:
        yield str(place), place.read_bytes()


def _read_folder(place: Path) -> Iterator[tuple[str, bytes]]:
    is_maildir = (place / "cur").is_dir() and (place / "new").is_dir()
    files = (
        sorted([*(place / "new").iterdir(), *(place / "cur").iterdir()])
        if is_maildir
        else sorted(place.glob("*.eml"))
    )
    if not files and not is_maildir:
        raise UnreadableFileError(
            str(place),
            "it is no maildir, and no file in it ends in .eml",
            "name an mbox file, a maildir or a folder of .eml files",
        )
    for file in files:
        if file.is_file():
            yield str(file), file.read_bytes()


def _is_mbox(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(5) == b"From "
