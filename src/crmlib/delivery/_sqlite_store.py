"""A ledger in an SQLite file."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect
from sqlalchemy.dialects.sqlite import insert

from crmlib.databases import make_sqlite_engine
from crmlib.delivery._lineage import Witness
from crmlib.delivery._schema import LEDGER
from crmlib.delivery._store import Store
from crmlib.exceptions import (
    LedgerLineageError,
    LedgerUnavailableError,
    UnreadableFileError,
    UnsupportedFeatureError,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

_CACHE_KIB: Final = 64 * 1024
"""Room in memory for pages: endpoints are hashes, so a batch touches pages all over an index."""
_LOG_PAGES: Final = 16_384
"""So many pages in the log (64 MiB) before they are written back, each once for many changes."""
_UNAVAILABLE = (
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "another program keeps it locked",
        "wait for that program or end it, then run the same command again",
    ),
    (
        ("SQLITE_FULL",),
        "the disk is full",
        "make room, then run the same command again",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM"),
        "it may not be written",
        "make the file and its folder writable",
    ),
    (
        ("SQLITE_CANTOPEN",),
        "it cannot be opened",
        "check that its folder is there and may be written",
    ),
    (
        ("SQLITE_IOERR",),
        "the disk gave an error",
        "check the disk, then run the same command again",
    ),
)
"""Beginnings of SQLite's error names, what they mean, and the way out."""


class SqliteStore(Store):
    """A file, which one transaction at a time writes to.

    Attributes
    ----------
    path : Path
        The file, with links followed: one file has one witness.
    """

    insert = staticmethod(insert)

    def __init__(self, url: URL, busy_timeout_seconds: float) -> None:
        self.path = _parse_path(url)
        engine = make_sqlite_engine(
            self.path,
            busy_timeout_seconds,
            {"cache_size": -_CACHE_KIB, "wal_autocheckpoint": _LOG_PAGES},
        )
        name = f"{self.path.name}.lineage"
        super().__init__(
            engine,
            Witness(
                path=self.path.with_name(name),
                ledger=str(self.path),
                name=name,
                is_beside=True,
            ),
            reading=engine.execution_options(crmlib_begin="BEGIN"),
            writing="BEGIN IMMEDIATE",
            alone="BEGIN IMMEDIATE",
            turn=Lock(),  # SQLite would have the threads of a program ask again and again
        )

    def open_foreign(self) -> None:
        """Open the ledger as it is; a file that is not there is not made."""
        if not self.path.exists():
            raise LedgerUnavailableError(self.name, "it is not there", "check the path")
        super().open_foreign()

    def find_home(self, connection: Connection) -> str:  # noqa: ARG002 -- the file is known
        """Give the number of the file in its file system: it moves along, a copy has another."""
        return str(self.path.stat().st_ino)

    def is_made(self, connection: Connection) -> bool:
        """Say whether the file holds a ledger; refuse it if it holds something else."""
        tables = inspect(connection).get_table_names()
        if tables and LEDGER.name not in tables:
            raise UnreadableFileError(
                self.name,
                f"it is a database of another program (it has the table {tables[0]!r})",
                "give the ledger a file of its own",
            )
        return bool(tables)

    def check_durable(self, connection: Connection) -> None:
        """Nothing to ask: each connection is told to sync fully."""

    def count_alone(self, connection: Connection) -> None:
        """Nothing to do: who writes is alone."""

    def check_home(self, found: str, known: str) -> None:
        """Refuse a copy of the file."""
        if found != known:
            raise LedgerLineageError(self.name, "it is a copy of another ledger")

    def explain(self, cause: BaseException) -> Exception | None:
        """Say what an error of SQLite means."""
        name = getattr(cause, "sqlite_errorname", "")
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            return UnreadableFileError(
                self.name, f"it is no ledger, or a damaged one ({cause})", "name the right file"
            )
        for beginnings, problem, way_out in _UNAVAILABLE:
            if name.startswith(beginnings):
                return LedgerUnavailableError(
                    self.name, problem, f"{way_out}; nothing is sent twice"
                )
        return None


def _parse_path(url: URL) -> Path:
    name = url.database or ""
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise UnsupportedFeatureError(
            "a ledger in memory or behind a file: name",
            "keep its claims through a crash",
            'name a file, like "sqlite:///crm.db"',
        )
    return Path(name).resolve()
