"""The SQLite file behind a ledger: opening it, its transactions, its errors in plain words."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from crmlib.delivery._lineage import (
    Lineage,
    check_lineage,
    check_vacant,
    inode_of,
    read_witness,
    write_witness,
)
from crmlib.delivery._schema import LEDGER, METADATA, SCHEMA_VERSION
from crmlib.exceptions import (
    InvalidParameterError,
    LedgerLineageError,
    LedgerUnavailableError,
    UnreadableFileError,
    UnsupportedFeatureError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class Store:
    """One open ledger file.  The functions of this room work through it.

    Attributes
    ----------
    path : Path
        The file, with links followed: one file has one witness.
    engine : Engine
        Its connections.
    """

    def __init__(self, path: Path, busy_timeout_seconds: float) -> None:
        self.path = path
        self.engine = _make_engine(path, busy_timeout_seconds)
        self._reading = self.engine.execution_options(crmlib_begin="BEGIN")
        self._salt = b""
        self._token = ""

    @classmethod
    def open(cls, url: str, *, busy_timeout_seconds: float) -> Self:
        """Open the ledger at *url*, made anew if there is none, and check its lineage."""
        self = cls(parse_url(url), busy_timeout_seconds)
        try:
            self._check_lineage()
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def open_foreign(cls, url: str, *, busy_timeout_seconds: float) -> Self:
        """Open the ledger at *url* as it is, without a look at its lineage."""
        path = parse_url(url)
        if not path.exists():
            raise LedgerUnavailableError(str(path), "it is not there", "check the path")
        self = cls(path, busy_timeout_seconds)
        try:
            self._read_row()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that alone may write; on the disk when it ends well."""
        with self._explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that sees one state of the ledger and hinders nobody."""
        with self._explained(), self._reading.begin() as connection:
            yield connection

    def endpoint_hash(self, address: str) -> bytes:
        """Hash a normalised *address* with the salt of this ledger."""
        return blake2b(address.encode(), key=self._salt, digest_size=16).digest()

    def advance(self, connection: Connection) -> Lineage:
        """Count one more claim, within its transaction."""
        connection.execute(update(LEDGER).values(generation=LEDGER.c.generation + 1))
        generation = connection.execute(select(LEDGER.c.generation)).scalar_one()
        return Lineage(token=self._token, generation=generation)

    def move_in(self, connection: Connection) -> Lineage:
        """Make this file, where it lies, a ledger in its own right."""
        self._token = secrets.token_hex(16)
        connection.execute(update(LEDGER).values(token=self._token, home=inode_of(self.path)))
        return self.advance(connection)

    def witness(self, lineage: Lineage) -> None:
        """Write *lineage* beside the ledger."""
        write_witness(self.path, lineage)

    def _check_lineage(self) -> None:
        """Compare file and witness; twice, as another worker may be making them right now."""
        try:
            self._compare()
        except LedgerLineageError:
            self._compare()

    def _compare(self) -> None:
        witness = read_witness(self.path)
        row = self._read_row(vacant_for=witness)
        lineage = Lineage(token=row.token, generation=row.generation)
        check_lineage(self.path, home=row.home, row=lineage, witness=witness)
        self.witness(lineage)

    def _read_row(self, vacant_for: Lineage | None = None) -> Any:
        """Read what the ledger says of itself; make its tables first if it has none."""
        with self.read() as connection:
            tables = inspect(connection).get_table_names()
        if not tables:
            check_vacant(self.path, vacant_for)
            self._create()
        elif LEDGER.name not in tables:
            raise UnreadableFileError(
                str(self.path),
                f"it is a database of another program (it has the table {tables[0]!r})",
                "give the ledger a file of its own",
            )
        with self.read() as connection:
            row = connection.execute(select(LEDGER)).one()
        if row.schema_version != SCHEMA_VERSION:
            is_newer = row.schema_version > SCHEMA_VERSION
            raise UnreadableFileError(
                str(self.path),
                f"it was made by {'a newer' if is_newer else 'an older'} crmlib "
                f"(schema {row.schema_version}, this one knows {SCHEMA_VERSION})",
                "install that version: pip install --upgrade crmlib"
                if is_newer
                else "open it with the crmlib that made it",
            )
        self._salt, self._token = row.salt, row.token
        return row

    def _create(self) -> None:
        """Make the tables, unless another worker was quicker."""
        with self.write() as connection:
            METADATA.create_all(connection)
            connection.execute(
                insert(LEDGER)
                .prefix_with("OR IGNORE")
                .values(
                    id=1,
                    schema_version=SCHEMA_VERSION,
                    token=secrets.token_hex(16),
                    salt=secrets.token_bytes(32),
                    home=inode_of(self.path),
                    generation=0,
                )
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            explained = _explain(str(self.path), error)
            if explained is None:
                raise
            raise explained from error


def parse_url(url: str) -> Path:
    """Give the path of the file that *url* names.

    Raises
    ------
    InvalidParameterError
        If it is no URL of a database.
    UnsupportedFeatureError
        If it names a database that no ledger can live in.
    """
    try:
        parsed: URL = make_url(url)
    except ArgumentError as error:
        raise InvalidParameterError("url", url, 'like "sqlite:///crm.db"') from error
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise UnsupportedFeatureError(
            f"a ledger on {parsed.drivername!r}",
            "be opened yet",
            'name a file, like "sqlite:///crm.db"',
        )
    name = parsed.database or ""
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise UnsupportedFeatureError(
            "a ledger in memory or behind a file: name",
            "keep its claims through a crash",
            'name a file, like "sqlite:///crm.db"',
        )
    return Path(name).resolve()


def _make_engine(path: Path, busy_timeout_seconds: float) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001 -- SQLAlchemy passes it
        connection.isolation_level = None  # sqlite3 begins no transaction: the listener below does
        for pragma in (
            f"busy_timeout = {round(busy_timeout_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("crmlib_begin", "BEGIN IMMEDIATE"))

    return engine


def _explain(ledger: str, error: DBAPIError | sqlite3.Error) -> Exception | None:
    """Give the error of crmlib that says what *error* means, if it is one of the known."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return UnreadableFileError(
            ledger, f"it is no ledger, or a damaged one ({cause})", "name the right file"
        )
    for beginnings, problem, way_out in _UNAVAILABLE:
        if name.startswith(beginnings):
            return LedgerUnavailableError(ledger, problem, f"{way_out}; nothing is sent twice")
    return None
