"""SQLite files whose transactions are on the disk when they end."""

from __future__ import annotations

import sqlite3
from time import monotonic, sleep
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Engine

_PAUSE_SECONDS: Final = 0.01


def make_sqlite_engine(
    path: Path,
    busy_timeout_seconds: float,
    pragmas: Mapping[str, int] = MappingProxyType({}),
) -> Engine:
    """Give an engine for the file at *path* that writes ahead and syncs fully.

    It begins no transaction by itself; *pragmas* are set on each connection
    besides.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        pool_timeout=busy_timeout_seconds,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001 -- SQLAlchemy passes it
        connection.isolation_level = None  # sqlite3 begins no transaction: the store does
        _write_ahead(connection, busy_timeout_seconds)
        settings = {
            "busy_timeout": round(busy_timeout_seconds * 1000),
            "synchronous": "FULL",
            "foreign_keys": "ON",
        }
        for name, value in {**settings, **pragmas}.items():
            connection.execute(f"PRAGMA {name} = {value}")

    return engine


def _write_ahead(connection: sqlite3.Connection, timeout_seconds: float) -> None:
    """Turn the log on; while others do so at the same time SQLite refuses without waiting."""
    connection.execute("PRAGMA busy_timeout = 0")
    until = monotonic() + timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or monotonic() >= until:
                raise
            sleep(_PAUSE_SECONDS)
        else:
            return
