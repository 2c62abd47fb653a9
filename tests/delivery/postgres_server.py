"""A real PostgreSQL server of its own for the tests, in a temporary directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEMORY = Path("/dev/shm")  # a directory in memory: fsync costs nothing there
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_min_messages": "panic",
}


class NoPostgresError(Exception):
    """There is no server to be had here; the text says why."""


class PostgresServer:
    """A server that listens on a socket in its own directory only.

    Parameters
    ----------
    in_memory : bool, default=True
        Whether that directory lies in memory, where there is such a place.
    place : Path, optional
        Where it lies instead.
    initdb : sequence of str
        More options for the program that makes it.
    """

    def __init__(
        self, *, in_memory: bool = True, place: Path | None = None, initdb: Sequence[str] = ()
    ) -> None:
        self._programs = _find_programs()
        self._user = _unprivileged()
        memory = MEMORY if in_memory and MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="crmlib-pg-", dir=place or memory))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run(
            [
                *(self._programs / "initdb", "--pgdata", self._data, "--username=crm"),
                *("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C"),
                *initdb,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self.folder,
        )
        self.start()

    def start(
        self,
        environment: Mapping[str, str] = MappingProxyType({}),
        settings: Mapping[str, str] = MappingProxyType({}),
        database: str = "postgres",
    ) -> None:
        """Start it, with more variables and settings, and wait until *database* answers."""
        options = [f"--{name}={value}" for name, value in (SETTINGS | settings).items()]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, "-k", self.folder, *options],
            user=self._user,
            cwd=self.folder,
            env=os.environ | environment,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1", database)
            except psycopg.OperationalError:
                assert self._process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.01)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: at once and without a word (SIGQUIT), or with farewells (SIGINT)."""
        self._process.send_signal(how)
        self._process.wait(timeout=60)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it with all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=60)

    def close(self) -> None:
        """Stop it and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """Give the URL of *database*."""
        return f"postgresql://crm@/{database}?host={self.folder}"

    def make_database(self, template: str = "template0") -> str:
        """Make a database like *template*, which is empty, and give its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def back_up(self, place: Path) -> None:
        """Copy the files of the server, which is stopped, to *place*."""
        shutil.copytree(self._data, place)

    def restore(self, place: Path) -> None:
        """Write the files at *place* back."""
        subprocess.run(["rm", "-r", self._data], check=True)
        subprocess.run(["cp", "-r", place, self._data], check=True)
        self._data.chmod(0o700)
        if self._user is not None:
            subprocess.run(["chown", "-R", self._user, self._data], check=True)

    def write_file(self, path: str, content: bytes) -> None:
        """Have one of its files hold *content*."""
        Path(path).write_bytes(content)
        Path(path).chmod(0o600)
        if self._user is not None:
            shutil.chown(path, self._user)

    def make_standby(self) -> None:
        """Have the server, which is stopped, begin as a standby."""
        (self._data / "standby.signal").touch()
        if self._user is not None:
            shutil.chown(self._data / "standby.signal", self._user)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the administrator."""
        with psycopg.connect(
            dbname=database, user="crm", host=str(self.folder), autocommit=True
        ) as connection:
            connection.execute(statement)


def _find_programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgresError("PostgreSQL is not installed here: apt-get install postgresql")


def _unprivileged() -> str | None:
    """Name somebody who is not root, whom the server refuses to run as."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise NoPostgresError("root may not start PostgreSQL, and there is no user postgres or nobody")
