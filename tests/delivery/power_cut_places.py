"""Where a ledger lives whose power is cut: a file, and a server."""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from signal import SIGINT
from types import MappingProxyType
from typing import TYPE_CHECKING
from unittest.mock import patch

import psycopg
from postgres_server import PostgresServer
from power_cut import Disk, read_files

from crmlib.delivery import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

STATES = "SELECT message_key, state FROM crmlib_deliveries"
_AT_RESTART = MappingProxyType(
    {
        "autovacuum": "off",
        "dynamic_shared_memory_type": "mmap",  # other kinds outlive a kill
        "max_logical_replication_workers": "0",
        "recovery_init_sync_method": "syncfs",
        "shared_buffers": "8MB",
    }
)
"""Nothing of this changes what the server makes of its files; it starts in half the time."""
_OF_A_RUN = frozenset({"postmaster.pid", ".s.PGSQL.5432.lock"})
"""Files that tell which process runs, which no other may have got the number of."""


class Place(ABC):
    """Where one ledger lives.

    Attributes
    ----------
    folder : Path
        All its files are there, in folders that stay.
    url : str
        That of the ledger.
    state : str
        The folder for what the machine remembers of servers; it loses its power too.
    """

    folder: Path
    url: str
    state: str

    @abstractmethod
    def start(self, environment: Mapping[str, str]) -> None:
        """Start what is to be noted by the library that *environment* names."""

    @abstractmethod
    def stop(self) -> dict[str, bytes]:
        """End that at once; give the files that the book must know."""

    @abstractmethod
    def start_again(self, files: Mapping[str, bytes]) -> AbstractContextManager[dict[str, str]]:
        """Have the disk hold *files*, run on it, and give the states that the ledger knows."""

    @abstractmethod
    def make_disk(self) -> Disk:
        """Give the disk as it was before anything was written."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing running."""


class SqlitePlace(Place):
    """A file in a folder.

    Parameters
    ----------
    folder : Path
        A new one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.state = str(folder)
        self.url = f"sqlite:///{folder}/crm.db"
        self._path = folder / "crm.db"
        self._keeper = folder.with_name(f"{folder.name}.kept")

    def start(self, environment: Mapping[str, str]) -> None:
        """Nothing runs."""

    def stop(self) -> dict[str, bytes]:
        """Give all files."""
        # a disk keeps the numbers of its files: the ledger knows the one that it is in
        self._keeper.hardlink_to(self._path)
        return read_files(self.folder)

    @contextmanager
    def start_again(self, files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
        """Write the files anew."""
        for path in self.folder.iterdir():
            path.unlink()
        for name, content in files.items():
            path = Path(name)
            if path == self._path:
                path.hardlink_to(self._keeper)
            path.write_bytes(content)
        yield self._states()

    def make_disk(self) -> Disk:
        """Give an empty one; SQLite syncs the folder of each new file."""
        return Disk({})

    def close(self) -> None:
        """Nothing runs."""

    def _states(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(self._path)) as book:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'crmlib_deliveries'"
            return dict(book.execute(STATES).fetchall() if book.execute(query).fetchall() else ())
        return {}  # damaged


class PostgresPlace(Place):
    """A server of its own, whose database commits early unless it is told otherwise.

    Server and sender lose their power together.  Segments of its log are as
    small as can be, so that it begins new ones.

    Parameters
    ----------
    folder : Path
        In which it makes one for itself; one that its user may look into.
    is_old : bool
        Whether the ledger is there before anything is noted: half of the writes
        of a small campaign are those that make its tables.
    """

    def __init__(self, folder: Path, *, is_old: bool) -> None:
        server = PostgresServer(place=folder, initdb=("--wal-segsize=1",))
        self._server = server
        self.folder = server.folder
        state = server.folder / "state"
        state.mkdir()
        self.state = str(state)
        self._database = server.make_database()
        self.url = server.url(self._database)
        # what a ledger does not put up with, and a villain uses
        server.execute(f"ALTER DATABASE {self._database} SET synchronous_commit = off")
        server.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        if is_old:
            with patch.dict(os.environ, STATE_DIRECTORY=self.state):
                Ledger(self.url, busy_timeout_seconds=60).close()
        server.execute("CHECKPOINT")
        server.stop(SIGINT)
        self._files = read_files(server.folder)
        self._written: dict[str, bytes] = {}

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it."""
        self._server.start(environment)

    def stop(self) -> dict[str, bytes]:
        """Kill it; give the tables, the log, what was committed, and the witness."""
        self._server.kill()
        known = tuple(
            f"{self.folder}/{name}/"
            for name in ("data/base", "data/pg_wal", "data/pg_xact", "state")
        )
        return {
            path: content
            for path, content in read_files(self.folder).items()
            if path.startswith(known)
            and not path.endswith("pg_internal.init")  # a cache, written past the calls watched
        }

    @contextmanager
    def start_again(self, files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
        """Write the files that are not as they should be, and start a new server."""
        self._restore(files)
        self._server.start(settings=_AT_RESTART, database=self._database)
        try:
            with patch.dict(os.environ, STATE_DIRECTORY=self.state):
                yield self._states()
        finally:
            self._server.kill()

    def make_disk(self) -> Disk:
        """Give that of the server; it does not sync the folder of a new table."""
        return Disk(self._files, names_come_along=True, forgotten=_OF_A_RUN)

    def close(self) -> None:
        """Stop it."""
        self._server.close()

    def _restore(self, files: Mapping[str, bytes]) -> None:
        times = {}
        for path in self.folder.rglob("*"):
            if str(path) in files:
                times[str(path)] = path.stat().st_mtime_ns
            elif not path.is_dir():
                path.unlink()
        for path, content in files.items():
            is_untouched = times.get(path) == 0
            if not (is_untouched and self._written.get(path) == content):
                self._server.write_file(path, content)
                os.utime(path, ns=(0, 0))  # whoever writes to it later sets its time
        self._written = dict(files)

    def _states(self) -> dict[str, str]:
        with psycopg.connect(self.url) as book:
            found = book.execute("SELECT to_regclass('crmlib_deliveries')").fetchone()
            return dict(book.execute(STATES).fetchall() if found != (None,) else ())
