"""The witness beside the ledger: a small file that no restore of the database turns back.

After each claim is committed, and before anything leaves, the number of that
claim (the *generation*) is written to ``<ledger>.lineage``.  A database that
is behind its witness was restored from an older state.
"""

from __future__ import annotations

import fcntl
import os
import re
from typing import TYPE_CHECKING

import attrs

from crmlib.durability import sync_folder
from crmlib.exceptions import LedgerLineageError, LedgerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = re.compile(rb"crmlib\.lineage/1 ([0-9a-f]{32}) ([0-9]{20})\n")


@attrs.frozen(kw_only=True)
class Lineage:
    """Which ledger, and how many claims it had committed."""

    token: str
    generation: int


def witness_path(ledger: Path) -> Path:
    """Name the witness of *ledger*."""
    return ledger.with_name(f"{ledger.name}.lineage")


def read_witness(ledger: Path) -> Lineage | None:
    """Read the witness of *ledger*; None if there is none.

    Raises
    ------
    LedgerLineageError
        If the file is there and is no witness.
    """
    path = witness_path(ledger)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if not content:  # made by a process that died before it wrote
        return None
    found = _FORMAT.fullmatch(content)
    if found is None:
        raise LedgerLineageError(str(ledger), f"{path.name} beside it cannot be read")
    return Lineage(token=found[1].decode(), generation=int(found[2]))


def write_witness(ledger: Path, lineage: Lineage) -> None:
    """Bring the witness of *ledger* up to *lineage*, on the disk before it returns.

    A witness of the same ledger never goes back: of two workers the one with
    the later claim wins, whoever writes last.

    Raises
    ------
    LedgerUnavailableError
        If it cannot be written.
    """
    path = witness_path(ledger)
    line = f"crmlib.lineage/1 {lineage.token} {lineage.generation:020d}\n".encode()
    try:
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            found = _FORMAT.fullmatch(os.pread(handle, 4096, 0))
            if (
                found
                and found[1].decode() == lineage.token
                and int(found[2]) >= lineage.generation
            ):
                return
            os.pwrite(handle, line, 0)  # as long as the line before it: never seen half written
            os.ftruncate(handle, len(line))
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            sync_folder(path.parent)
    except OSError as error:
        raise LedgerUnavailableError(
            str(ledger),
            f"{path.name} beside it cannot be written ({error.strerror})",
            "make the folder writable and room on the disk, then run the same command again",
        ) from error


def check_lineage(ledger: Path, *, home: str, row: Lineage, witness: Lineage | None) -> None:
    """Refuse a database that is a copy or was restored.

    Parameters
    ----------
    ledger : Path
    home : str
        The inode number that the database says it lives at.
    row : Lineage
        What the database says of itself.
    witness : Lineage or None
        What the file beside it says; read *before* the database, so that a
        worker who claims in between cannot look like a restore.

    Raises
    ------
    LedgerLineageError
        If they do not agree.
    """
    if home != inode_of(ledger):
        raise LedgerLineageError(str(ledger), "it is a copy of another ledger")
    if not row.generation and (witness is None or not witness.generation):
        return  # made by a process that died before it wrote the witness; nothing was ever sent
    if witness is None:
        name = witness_path(ledger).name
        raise LedgerLineageError(str(ledger), f"{name}, which belongs beside it, is missing")
    if witness.token != row.token:
        name = witness_path(ledger).name
        raise LedgerLineageError(str(ledger), f"{name} beside it is of another ledger")
    if witness.generation > row.generation:
        raise LedgerLineageError(
            str(ledger),
            f"it was restored from an older state: it knows of {row.generation} claims, "
            f"and {witness.generation} were made",
        )


def check_vacant(ledger: Path, witness: Lineage | None) -> None:
    """Refuse to make a new ledger where one that has claimed has vanished.

    Raises
    ------
    LedgerLineageError
        If the witness tells of claims that no database knows.
    """
    if witness is not None and witness.generation:
        raise LedgerLineageError(
            str(ledger),
            f"it is empty or missing, but made {witness.generation} claims here; a new one might "
            f"send them again (to begin anew, delete {witness_path(ledger).name} as well)",
        )


def inode_of(ledger: Path) -> str:
    """Give the number of *ledger* in its file system: it moves along, a copy has another."""
    return str(ledger.stat().st_ino)
