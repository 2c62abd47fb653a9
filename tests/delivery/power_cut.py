"""Power cuts, made from what programs really wrote and really synced.

power_cut.c, loaded into a program, notes each change of the files of a folder
and each sync in a *book*.  From the book a :class:`Disk` says what a cut at any
moment leaves: all that was synced, and of the rest what its fate is, see
power_cut_fates.py.  Names count as well: a new file is there for certain only
when its folder was synced.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from power_cut_fates import everything

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from power_cut_fates import Fate

    Keep = Callable[[int, int], list[bool]]
    """Says of the change of a number which of so many sectors are kept."""

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
    thread : int
    path : str
    offset : int
    data : bytes
        What was written, or the new name.
    """

    kind: bytes
    thread: int
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
            kind, thread, path_length, offset, data_length = _HEAD.unpack_from(content, at)
            middle = at + _HEAD.size + path_length
            path = os.path.normpath(content[at + _HEAD.size : middle].decode())
            at = middle + data_length
            yield Entry(kind, thread, path, offset, content[middle:at])


def mark(text: str) -> None:
    """Note *text* in the book that this process was given; before what it stands for happens."""
    name = text.encode()
    book = os.open(os.environ["POWER_CUT_BOOK"], os.O_WRONLY | os.O_APPEND)
    os.write(book, _HEAD.pack(b"M", threading.get_native_id(), len(name), 0, 0) + name)
    os.close(book)


class File:
    """What of a file is on the disk, and what was done to it since."""

    def __init__(self, content: bytes = b"") -> None:
        self._content = content
        self._pending: dict[int, Entry] = {}

    @property
    def unsynced(self) -> Iterable[int]:
        """The numbers of the changes that are not synced."""
        return self._pending.keys()

    def change(self, number: int, entry: Entry) -> None:
        """Take a change that is not synced."""
        self._pending[number] = entry

    def sync(self, before: int) -> None:
        """Bring the changes before the entry *before* to the disk."""
        mine = {number: entry for number, entry in self._pending.items() if number < before}
        self._pending = {
            number: entry for number, entry in self._pending.items() if number >= before
        }
        self._content = _apply(self._content, mine, everything)

    def after_cut(self, keep: Keep) -> bytes:
        """Say what a cut leaves; the very object that it gave before if that is the same."""
        return _apply(self._content, self._pending, keep)


class Disk:
    """What is on the disk while the entries of a book come in.

    Parameters
    ----------
    files : mapping of str to bytes
        What is there in the beginning.
    names_come_along : bool, default=False
        Whether the sync of a new file brings its name along, which POSIX does
        not promise, ext4, XFS and Btrfs do, and PostgreSQL relies on.
    forgotten : collection of str
        Names of files that a cut never leaves.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        names_come_along: bool = False,
        forgotten: Collection[str] = (),
    ) -> None:
        self._names_come_along = names_come_along
        self._forgotten = forgotten
        self._on_disk = {path: File(content) for path, content in files.items()}
        self._now = dict(self._on_disk)
        self._names: list[tuple[int, str, list[tuple[str, File | None]]]] = []
        self._begun: dict[tuple[int, str], int] = {}
        self._marks: list[str] = []
        self._count = 0
        self._changes = 0

    @property
    def changes(self) -> int:
        """How many changes came in so far."""
        return self._changes

    @property
    def marks(self) -> list[str]:
        """What was marked so far."""
        return list(self._marks)

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        self._count += 1
        self._changes += entry.kind in b"CWTRLU"
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
            self._begun[entry.thread, path] = self._count
        else:
            self._sync(path, self._begun.pop((entry.thread, path)))

    def after_cut(self, fate: Fate) -> dict[str, bytes]:
        """Say what a cut at this moment leaves, file by file.

        Of the changes of names a beginning is kept, as in a journal.
        """
        unsynced = {number for file in self._now.values() for number in file.unsynced}
        unsynced.update(number for number, _, _ in self._names)
        newer = {number: rank for rank, number in enumerate(sorted(unsynced, reverse=True))}

        def keep(number: int, sectors: int) -> list[bool]:
            return fate(newer.get(number, len(newer)), sectors)

        names = dict(self._on_disk)
        for number, _, changes in self._names:
            if not all(keep(number, 1)):
                break
            _rename(names, changes)
        return {
            path: file.after_cut(keep)
            for path, file in names.items()
            if path.rpartition("/")[2] not in self._forgotten
        }

    def _rename(self, changes: list[tuple[str, File | None]]) -> None:
        _rename(self._now, changes)
        folder = str(Path(changes[-1][0]).parent)
        self._names.append((self._count, folder, changes))

    def _sync(self, path: str, before: int) -> None:
        if path in self._now:
            self._now[path].sync(before)
        waiting = []
        for number, folder, changes in self._names:
            is_mine = self._names_come_along and changes == [(path, self._now.get(path))]
            if (folder == path or is_mine) and number < before:
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


def _apply(content: bytes, changes: Mapping[int, Entry], keep: Keep) -> bytes:
    if not changes:
        return content
    octets = bytearray(content)
    for number, entry in changes.items():
        if entry.kind == b"W":
            pieces = list(_pieces(entry))
            kept = zip(pieces, keep(number, len(pieces)), strict=True)
            for offset, piece in (piece for piece, is_kept in kept if is_kept):
                octets.extend(bytes(max(0, offset - len(octets))))
                octets[offset : offset + len(piece)] = piece
        elif all(keep(number, 1)):
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
