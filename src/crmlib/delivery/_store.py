"""An open ledger: its transactions, and whether it is the one that it says it is."""

from __future__ import annotations

import secrets
import sqlite3
from abc import ABC, abstractmethod
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from crmlib.databases import ALL_IN_USE, begin_as_told
from crmlib.delivery._lineage import Lineage
from crmlib.delivery._schema import LEDGER, METADATA, SCHEMA_VERSION
from crmlib.exceptions import LedgerLineageError, LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine, Table

    from crmlib.delivery._lineage import Witness


class Store(ABC):
    """One open ledger.  The functions of this room work through it.

    Attributes
    ----------
    name : str
        What errors call it.
    engine : Engine
        Its connections.
    operator : str
        Who works with it, for the log.
    """

    insert: ClassVar[Callable[..., Any]]
    """The insert of the dialect, which knows what to do about rows that are there already."""

    def __init__(
        self,
        engine: Engine,
        witness: Witness,
        *,
        reading: Engine,
        writing: str,
        alone: str,
        turn: AbstractContextManager[object],
    ) -> None:
        self.name = witness.ledger
        self.engine = engine
        self._witness = witness
        self._reading = reading
        self._writing = engine.execution_options(crmlib_begin=writing)
        self._alone = engine.execution_options(crmlib_begin=alone)
        self._turn = turn
        self.operator = ""
        self._salt = b""
        self._token = ""
        begin_as_told(engine)

    @abstractmethod
    def find_home(self, connection: Connection) -> str:
        """Say where the database lives: a copy of it says something else."""

    @abstractmethod
    def is_made(self, connection: Connection) -> bool:
        """Say whether the tables of a ledger are there."""

    @abstractmethod
    def check_durable(self, connection: Connection) -> None:
        """Refuse a database that may lose what it has committed."""

    @abstractmethod
    def check_home(self, found: str, known: str) -> None:
        """Refuse a database that does not live where it says."""

    @abstractmethod
    def explain(self, cause: BaseException) -> Exception | None:
        """Give the error of crmlib that says what *cause* means, if it is one of the known."""

    def open(self) -> None:
        """Open the ledger, made anew if there is none, and check its lineage."""
        try:
            self._compare()
        except LedgerLineageError:  # another worker may be making it right now
            self._compare()

    def open_foreign(self) -> None:
        """Open the ledger as it is, without a look at its lineage."""
        with self.read() as connection:
            if not self.is_made(connection):
                raise LedgerUnavailableError(self.name, "it is not there", "check the name")
        self._read_row(None)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that may write; on the disk when it ends well.

        Others may write beside it, each to rows of its own.
        """
        with self._explained(), self._turn, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def write_alone(self) -> Iterator[Connection]:
        """Begin a transaction beside which nobody writes; on the disk when it ends well."""
        with self._explained(), self._turn, self._alone.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that sees one state of the ledger and hinders nobody."""
        with self._explained(), self._reading.begin() as connection:
            yield connection

    @abstractmethod
    def count_alone(self, connection: Connection) -> None:
        """Let no other claim that is capped come between counting and claiming."""

    def insert_new(self, table: Table) -> Any:
        """Give an insert into *table* that leaves rows that are there already as they are."""
        return type(self).insert(table).on_conflict_do_nothing()

    def endpoint_hash(self, address: str) -> bytes:
        """Hash a normalised *address* with the salt of this ledger."""
        return blake2b(address.encode(), key=self._salt, digest_size=16).digest()

    def advance(self, connection: Connection) -> Lineage:
        """Count one more claim, as the last thing in its transaction: others wait for it.

        Raises
        ------
        LedgerUnavailableError
            If a newer crmlib has changed the tables since they were opened.
        """
        connection.execute(update(LEDGER).values(generation=LEDGER.c.generation + 1))
        row = connection.execute(select(LEDGER.c.generation, LEDGER.c.schema_version)).one()
        if row.schema_version != SCHEMA_VERSION:
            raise LedgerUnavailableError(
                self.name,
                f"another crmlib took it over meanwhile (its schema is {row.schema_version}, this "
                f"one works with {SCHEMA_VERSION})",
                "install that version: pip install --upgrade crmlib; then run the same command",
            )
        return Lineage(token=self._token, generation=row.generation)

    def move_in(self, connection: Connection) -> Lineage:
        """Make this database, where it lives, a ledger in its own right."""
        self._token = secrets.token_hex(16)
        home = self.find_home(connection)
        connection.execute(update(LEDGER).values(token=self._token, home=home))
        return self.advance(connection)

    def witness(self, lineage: Lineage) -> None:
        """Write *lineage* where no restore of the database reaches it."""
        self._witness.write(lineage)

    def _compare(self) -> None:
        """Compare database and witness."""
        seen = self._witness.read()
        row = self._read_row(seen)
        with self.read() as connection:
            self.check_durable(connection)
            self.check_home(self.find_home(connection), row.home)
        lineage = Lineage(token=row.token, generation=row.generation)
        self._witness.check(lineage, seen)
        self.witness(lineage)

    def _read_row(self, seen: Lineage | None) -> Any:
        """Read what the ledger says of itself; make its tables first if it has none."""
        with self.read() as connection:
            is_made = self.is_made(connection)
        if not is_made:
            self._witness.check_vacant(seen)
            self._create()
        with self.read() as connection:
            row = connection.execute(select(LEDGER)).one()
        self._salt, self._token = row.salt, row.token
        return row

    def _create(self) -> None:
        """Make the tables, unless another worker was quicker."""
        with self.write_alone() as connection:
            METADATA.create_all(connection)
            connection.execute(
                self.insert_new(LEDGER).values(
                    id=1,
                    schema_version=SCHEMA_VERSION,
                    token=secrets.token_hex(16),
                    salt=secrets.token_bytes(32),
                    home=self.find_home(connection),
                    generation=0,
                )
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise LedgerUnavailableError(self.name, *ALL_IN_USE) from error
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            explained = self.explain(cause or error)
            if explained is None:
                raise
            raise explained from error
