"""Where the ledger of one run lies: in a folder, or in a schema of its own on a server."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy.engine import URL, make_url

from crmlib.exceptions import LedgerUnavailableError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS: Final = 60.0
"""On a busy machine no worker may give up."""
_STATES: Final = "SELECT customer_id, state FROM crmlib_deliveries"
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = %s"
)


@attrs.frozen
class Place:
    """A new place for a ledger; nothing else lies there, and nothing stays.

    Parameters
    ----------
    folder : Path
        A folder to be made; its name is that of the schema too.
    server : str, optional
        URL of a database on a server; without one it is an SQLite file.
    """

    folder: Path
    server: str | None = None

    @property
    def url(self) -> str:
        """Give what a ledger is opened with."""
        if self.server is None:
            return f"sqlite:///{self.folder}/crm.db"
        url = make_url(self.server)
        options = f"{url.query.get('options', '')} -csearch_path={self.folder.name}".strip()
        query = {"options": options, "application_name": self.folder.name}
        return url.update_query_dict(query).render_as_string(hide_password=False)

    def make(self) -> None:
        """Make room for it.

        Raises
        ------
        LedgerUnavailableError
            If the server cannot be reached, or lets nobody make a schema.
        """
        self.folder.mkdir()
        if self.server is not None:
            with connected(self.server) as connection:
                connection.execute(f"CREATE SCHEMA {self.folder.name}")

    def clear(self) -> None:
        """Take what lies on the server away again; the folder goes with the one it is in."""
        if self.server is not None:
            with connected(self.server) as connection:
                connection.execute(f"DROP SCHEMA {self.folder.name} CASCADE")

    def states(self) -> dict[str, str]:
        """Give the state of each customer's message, read past the ledger's own code."""
        if self.server is not None:
            return self._states_on_server()
        if not (self.folder / "crm.db").exists():
            return {}
        with closing(sqlite3.connect(self.folder / "crm.db")) as book:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'crmlib_ledger'"
            if not book.execute(query).fetchall():
                return {}
            return dict(book.execute(_STATES).fetchall())

    def _states_on_server(self) -> dict[str, str]:
        with connected(self.url) as book:
            # what a dead client had sent before is still carried out
            until = time.monotonic() + PATIENCE_SECONDS
            while book.execute(_OTHERS, [self.folder.name]).fetchone() != (0,):
                if time.monotonic() > until:
                    raise TimeoutError("a connection outlives its client")
                time.sleep(0.001)
            if book.execute("SELECT to_regclass('crmlib_ledger')").fetchone() == (None,):
                return {}
            return dict(book.execute(_STATES).fetchall())


def clear_all(server: str, beginning: str) -> None:
    """Drop all schemas on *server* whose name begins so: what an interruption left behind."""
    query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"
    with connected(server) as connection:
        for (name,) in connection.execute(query, [beginning]).fetchall():
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def connected(server: str) -> Iterator[Any]:
    """Connect to the database at the URL *server*, each statement for itself."""
    try:
        import psycopg  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("a ledger on PostgreSQL", "postgres") from error
    url = make_url(server)
    words: dict[str, Any] = url.translate_connect_args(username="user", database="dbname")
    words |= url.query | {"autocommit": True}
    try:
        with psycopg.connect(**words) as connection:
            yield connection
    except psycopg.Error as error:
        raise _unavailable(url, error) from error


def _unavailable(url: URL, error: Exception) -> LedgerUnavailableError:
    said = str(error).strip().partition("\n")[0]
    return LedgerUnavailableError(
        url.render_as_string(hide_password=True),
        f"no schema can be made and read there ({said})",
        "name a database that is there and in which this user may make a schema",
    )
