"""Files that are whole and on the disk, or not there at all."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from crmlib.durability import sync_folder, write_durably

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """Until the block ends the earlier file stands there; afterwards the new one, alone."""
    path = tmp_path / "plan"
    path.write_bytes(b"old")
    with write_durably(path) as file:
        file.write(b"new")
        file.flush()
        during = path.read_bytes()

    assert during == b"old"
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """A file that others could read before is closed to them afterwards."""
    path = tmp_path / "plan"
    path.write_bytes(b"old")
    path.chmod(0o644)
    with write_durably(path) as file:
        file.write(b"new")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_block_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    """An error inside the block comes out of it, and neither draft nor new file stays."""
    path = tmp_path / "plan"

    def write_half() -> None:
        with write_durably(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    assert list(tmp_path.iterdir()) == []


def test_file_and_folder_are_forced_to_the_disk_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is on the disk before it gets its name, the name before the block is left."""
    path = tmp_path / "plan"
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def spy(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    with write_durably(path) as file:
        file.write(b"new")

    assert synced == [("file", False), ("folder", True)]


def test_a_folder_that_cannot_be_synced_is_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the disk comes out, and no descriptor stays open."""
    opened: list[int] = []

    def refuse(descriptor: int) -> None:
        opened.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        sync_folder(tmp_path)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])
