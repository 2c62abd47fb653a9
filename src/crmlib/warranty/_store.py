"""The database behind a registry: one transaction at a time writes to it."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from crmlib.databases import ALL_IN_USE, begin_as_told, make_sqlite_engine
from crmlib.exceptions import (
    InvalidParameterError,
    LedgerUnavailableError,
    MissingExtraError,
    UnreadableFileError,
    UnsupportedFeatureError,
)
from crmlib.warranty._schema import METADATA, REGISTRY, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

NO_HASH: Final = "0" * 64
_LOCK: Final = int.from_bytes(b"crmwarr")
_EXAMPLE: Final = 'name a file, like "sqlite:///warranty.db", or postgresql://…'


class RegistryStore:
    """One open registry.

    Attributes
    ----------
    name : str
        What errors call it.
    """

    def __init__(self, url: str, busy_timeout_seconds: float) -> None:
        parsed = _parse(url)
        self.name = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite":
            path = Path(parsed.database or "").resolve()
            engine = make_sqlite_engine(path, busy_timeout_seconds)
            self._reading, writing = (
                engine.execution_options(crmlib_begin="BEGIN"),
                "BEGIN IMMEDIATE",
            )
        else:
            engine = _make_postgres_engine(parsed, busy_timeout_seconds)
            writing = f"SELECT pg_advisory_xact_lock({_LOCK})"
            self._reading = engine.execution_options(
                crmlib_begin="SELECT 1", isolation_level="REPEATABLE READ"
            )
        self._engine = engine
        self._writing = engine.execution_options(crmlib_begin=writing)
        begin_as_told(engine)
        self._salt = b""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction beside which nobody writes; on the disk when it ends well."""
        with self._explained(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that sees one state of the registry and hinders nobody."""
        with self._explained(), self._reading.begin() as connection:
            yield connection

    def hash(self, *texts: str) -> bytes:
        """Hash *texts* with the salt of this registry."""
        content = "\x00".join(texts).encode()
        return blake2b(content, key=self._salt, digest_size=32).digest()

    def _open(self) -> None:
        with self.write() as connection:
            if not inspect(connection).has_table(REGISTRY.name):
                METADATA.create_all(connection)
                row = {
                    "id": 1,
                    "schema_version": SCHEMA_VERSION,
                    "salt": secrets.token_bytes(32),
                    "events": 0,
                    "head": NO_HASH,
                }
                connection.execute(insert(REGISTRY).values(row))
            found = connection.execute(select(REGISTRY)).one()
        if found.schema_version != SCHEMA_VERSION:
            raise UnreadableFileError(
                self.name,
                f"it was made by another crmlib (schema {found.schema_version}, "
                f"this one knows {SCHEMA_VERSION})",
                "open it with the crmlib that made it",
            )
        self._salt = found.salt

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise LedgerUnavailableError(self.name, *ALL_IN_USE) from error
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
            raise LedgerUnavailableError(
                self.name,
                f"the database refused ({code or type(cause).__name__})",
                "see that it is there, a registry, and neither read-only nor locked",
            ) from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidParameterError("url", url, 'like "sqlite:///warranty.db"') from error
    kind = parsed.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise UnsupportedFeatureError(f"a registry on {kind!r}", "be opened", _EXAMPLE)
    name = parsed.database or ""
    if kind == "sqlite" and (name in {"", ":memory:"} or name.startswith("file:")):
        raise UnsupportedFeatureError("a registry in memory", "outlive its program", _EXAMPLE)
    return parsed


def _make_postgres_engine(url: URL, busy_timeout_seconds: float) -> Engine:
    timeout = max(1, round(busy_timeout_seconds * 1000))  # 0 would be to wait for ever
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            isolation_level="READ COMMITTED",  # who waits for a lock sees what was done meanwhile
            pool_timeout=busy_timeout_seconds,
            connect_args={"options": f"-c lock_timeout={timeout}"},
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("a registry on PostgreSQL", "postgres") from error
