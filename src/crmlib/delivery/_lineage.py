"""The witness of a ledger: a small file that no restore of the database turns back.

After each claim is committed, and before anything leaves, the number of that
claim (the *generation*) is written to it.  A database that is behind its
witness was restored from an older state.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path  # noqa: TC003 -- attrs
from typing import Final

import attrs

from crmlib.durability import sync_folder
from crmlib.exceptions import LedgerLineageError, LedgerUnavailableError

_FORMAT: Final = re.compile(rb"crmlib\.lineage/1 ([0-9a-f]{32}) ([0-9]{20})\n")


@attrs.frozen(kw_only=True)
class Lineage:
    """Which ledger, and how many claims it had committed."""

    token: str
    generation: int


@attrs.frozen(kw_only=True)
class Witness:
    """The file that remembers the claims of one ledger.

    Parameters
    ----------
    path : Path
        Where it lies.
    ledger : str
        What errors call the ledger.
    name : str
        What errors call the file.
    is_beside : bool
        Whether it lies beside the ledger, and a ledger that has claimed must
        have it.  That of a server is missing on each new machine that works
        with it.
    """

    path: Path
    ledger: str
    name: str
    is_beside: bool

    @property
    def where(self) -> str:
        """Where it is, in words."""
        return f"{self.name} beside it" if self.is_beside else self.name

    def read(self) -> Lineage | None:
        """Read what it says; None if there is no such file.

        Raises
        ------
        LedgerLineageError
            If the file is there and is no witness.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if not content.strip(b"\0"):  # made, and not written before a crash or a power cut
            return None
        found = _FORMAT.fullmatch(content)
        if found is None:
            raise LedgerLineageError(self.ledger, f"{self.where} cannot be read")
        return Lineage(token=found[1].decode(), generation=int(found[2]))

    def write(self, lineage: Lineage) -> None:
        """Bring it up to *lineage*, on the disk before this returns.

        A witness of the same ledger never goes back: of two workers the one
        with the later claim wins, whoever writes last.

        Raises
        ------
        LedgerUnavailableError
            If it cannot be written.
        """
        line = f"crmlib.lineage/1 {lineage.token} {lineage.generation:020d}\n".encode()
        try:
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                found = _FORMAT.fullmatch(os.pread(handle, 4096, 0))
                if (
                    found
                    and found[1].decode() == lineage.token
                    and int(found[2]) >= lineage.generation
                ):
                    return
                os.pwrite(handle, line, 0)  # as long as the line before: never seen half written
                os.ftruncate(handle, len(line))
                os.fsync(handle)
            finally:
                os.close(handle)
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise LedgerUnavailableError(
                self.ledger,
                f"{self.where} cannot be written ({error.strerror})",
                "make the folder writable and room on the disk, then run the same command again",
            ) from error

    def check(self, row: Lineage, seen: Lineage | None) -> None:
        """Refuse a database that was restored.

        Parameters
        ----------
        row : Lineage
            What the database says of itself.
        seen : Lineage or None
            What this file said *before* the database was asked, so that a
            worker who claims in between cannot look like a restore.

        Raises
        ------
        LedgerLineageError
            If they do not agree.
        """
        if not row.generation and (seen is None or not seen.generation):
            return  # made by a process that died before it wrote here; nothing was ever sent
        if seen is None:
            if self.is_beside:
                raise LedgerLineageError(
                    self.ledger, f"{self.name}, which belongs beside it, is missing"
                )
            return
        if seen.token != row.token:
            raise LedgerLineageError(self.ledger, f"{self.where} is of another ledger")
        if seen.generation > row.generation:
            raise LedgerLineageError(
                self.ledger,
                f"it was restored from an older state: it knows of {row.generation} claims, "
                f"and {seen.generation} were made",
            )

    def check_vacant(self, seen: Lineage | None) -> None:
        """Refuse to make a new ledger where one that has claimed has vanished.

        Raises
        ------
        LedgerLineageError
            If *seen* tells of claims that no database knows.
        """
        if seen is not None and seen.generation:
            raise LedgerLineageError(
                self.ledger,
                f"it is empty or missing, but made {seen.generation} claims here; a new one "
                f"might send them again (to begin anew, delete {self.name} as well)",
            )
