"""Power cuts, made from what programs really wrote and really synced.

power_cut.c, loaded into a program, notes each change of the files of a folder
and each sync in a *book*.  From the book a :class:`Disk` says what a cut at any
moment leaves: all that was synced, and of the rest nothing, everything, or
what luck has it, sector by sector.  Names count as well: a new file is there
for certain only when its folder was synced.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Luck = Callable[[int], list[bool]]
    """Says for each of so many sectors whether it is kept."""

SOURCE = Path(__file__).with_name("power_cut.c")
SECTOR = 512
_HEAD = struct.Struct("<cIIQQ")


class NoCompilerError(Exception):
    """Nothing can be noted here; the text says why."""


@attrs.frozen
class Entry:
    """One line of the book.

    Parameters
    ----------
    kind : bytes
        C created, W written, T truncated, R renamed, L linked, U unlinked; B a
        sync begins, S it has ended; M what :meth:`Book.mark` was given.
    pid : int
    path : str
    offset : int
    data : bytes
        What was written, or the new name.
    """

    kind: bytes
    pid: int
    path: str
    offset: int
    data: bytes


class Book:
    """What programs did to the files of *folder*, in order.

    Parameters
    ----------
    folder : Path
        Whose files are watched.
    place : Path
        An empty folder outside of it, for the book.

    Raises
    ------
    NoCompilerError
        If there is no C compiler.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise NoCompilerError(
                "there is no C compiler (cc) here: apt-get install gcc libc6-dev"
            )
        self._path = place / "book"
        self._path.touch()
        self._path.chmod(0o666)  # a server runs as another user
        library = place / "power_cut.so"
        options = ("-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl")
        subprocess.run([compiler, *options], check=True)
        self.environment = {
            "LD_PRELOAD": str(library),
            "POWER_CUT_FOLDER": str(folder),
            "POWER_CUT_BOOK": str(self._path),
        }

    def entries(self) -> Iterator[Entry]:
        """Read it."""
        content, at = self._path.read_bytes(), 0
        while at < len(content):
            kind, pid, path_length, offset, data_length = _HEAD.unpack_from(content, at)
            middle = at + _HEAD.size + path_length
            path = os.path.normpath(content[at + _HEAD.size : middle].decode())
            at = middle + data_length
            yield Entry(kind, pid, path, offset, content[middle:at])


def mark(text: str) -> None:
    """Note *text* in the book that this process was given; before what it stands for happens."""
    name = text.encode()
    book = os.open(os.environ["POWER_CUT_BOOK"], os.O_WRONLY | os.O_APPEND)
    os.write(book, _HEAD.pack(b"M", os.getpid(), len(name), 0, 0) + name)
    os.close(book)


class File:
    """What of a file is on the disk, and what was done to it since."""

    def __init__(self, content: bytes = b"") -> None:
        self._content = content
        self._pending: list[tuple[int, Entry]] = []

    def change(self, number: int, entry: Entry) -> None:
        """Take a change that is not synced."""
        self._pending.append((number, entry))

    def sync(self, before: int) -> None:
        """Bring the changes before the entry *before* to the disk."""
        mine = [entry for number, entry in self._pending if number < before]
        self._pending = [(number, entry) for number, entry in self._pending if number >= before]
        self._content = _apply(self._content, mine, everything)

    def after_cut(self, keep: Luck) -> bytes:
        """Say what a cut leaves."""
        return _apply(self._content, [entry for _, entry in self._pending], keep)


class Disk:
    """What is on the disk while the entries of a book come in.

    Parameters
    ----------
    files : mapping of str to bytes
        What is there in the beginning.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._on_disk = {path: File(content) for path, content in files.items()}
        self._now = dict(self._on_disk)
        self._names: list[tuple[int, str, list[tuple[str, File | None]]]] = []
        self._begun: dict[tuple[int, str], int] = {}
        self._marks: list[str] = []
        self._count = 0

    @property
    def marks(self) -> list[str]:
        """What was marked so far."""
        return list(self._marks)

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        self._count += 1
        path = entry.path
        if entry.kind == b"M":
            self._marks.append(path)
        elif entry.kind == b"C":
            self._rename([(path, File())])
        elif entry.kind in b"WT":
            if path in self._now:  # it may have been unlinked while it was open
                self._now[path].change(self._count, entry)
        elif entry.kind in b"RL":
            new = os.path.normpath(entry.data.decode())
            removed = [(path, None)] if entry.kind == b"R" else []
            if path in self._now:  # not where it was written past the calls that are watched
                self._rename([*removed, (new, self._now[path])])
        elif entry.kind == b"U":
            self._rename([(path, None)])
        elif entry.kind == b"B":
            self._begun[entry.pid, path] = self._count
        else:
            self._sync(path, self._begun.pop((entry.pid, path)))

    def after_cut(self, keep: Luck) -> dict[str, bytes]:
        """Say what a cut at this moment leaves, file by file.

        Of the changes of names a beginning is kept, as in a journal.
        """
        names = dict(self._on_disk)
        for _, _, changes in self._names:
            if not all(keep(1)):
                break
            _rename(names, changes)
        return {path: file.after_cut(keep) for path, file in names.items()}

    def _rename(self, changes: list[tuple[str, File | None]]) -> None:
        _rename(self._now, changes)
        folder = str(Path(changes[-1][0]).parent)
        self._names.append((self._count, folder, changes))

    def _sync(self, path: str, before: int) -> None:
        if path in self._now:
            self._now[path].sync(before)
        waiting = []
        for number, folder, changes in self._names:
            if folder == path and number < before:
                _rename(self._on_disk, changes)
            else:
                waiting.append((number, folder, changes))
        self._names = waiting


def read_files(folder: Path) -> dict[str, bytes]:
    """Give what the files of *folder* hold."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _rename(names: dict[str, File], changes: list[tuple[str, File | None]]) -> None:
    for path, file in changes:
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file


def _apply(content: bytes, entries: list[Entry], keep: Luck) -> bytes:
    if not entries:
        return content
    octets = bytearray(content)
    for entry in entries:
        if entry.kind == b"W":
            pieces = list(_pieces(entry))
            kept = zip(pieces, keep(len(pieces)), strict=True)
            for offset, piece in (piece for piece, is_kept in kept if is_kept):
                octets.extend(bytes(max(0, offset - len(octets))))
                octets[offset : offset + len(piece)] = piece
        elif all(keep(1)):
            del octets[entry.offset :]
            octets.extend(bytes(entry.offset - len(octets)))
    return bytes(octets)


def _pieces(entry: Entry) -> Iterator[tuple[int, bytes]]:
    """Give what was written, sector by sector."""
    start, end = entry.offset, entry.offset + len(entry.data)
    while start < end:
        stop = min(end, start - start % SECTOR + SECTOR)
        yield start, entry.data[start - entry.offset : stop - entry.offset]
        start = stop


def nothing(sectors: int) -> list[bool]:
    """Keep nothing that was not synced."""
    return [False] * sectors


def everything(sectors: int) -> list[bool]:
    """Keep all: the system lives on, only the programs died."""
    return [True] * sectors


def luck(seed: int) -> Luck:
    """Keep a third of the changes, lose a third, and of the others keep every other sector."""
    random = Random(seed)

    def keep(sectors: int) -> list[bool]:
        share = random.choice((0.0, 0.5, 1.0))
        return [random.random() < share for _ in range(sectors)]

    return keep
