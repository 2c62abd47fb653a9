"""Open the ledger that a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from crmlib.delivery._migrations import climb
from crmlib.delivery._postgres_store import PostgresStore
from crmlib.delivery._sqlite_store import SqliteStore
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import URL

    from crmlib.delivery._store import Store

_STORES: Final[dict[str, Callable[[URL, float], Store]]] = {
    "sqlite": SqliteStore,
    "sqlite+pysqlite": SqliteStore,
    "postgres": PostgresStore,
    "postgresql": PostgresStore,
    "postgresql+psycopg": PostgresStore,
}


def open_store(url: str, busy_timeout_seconds: float, *, is_foreign: bool = False) -> Store:
    """Open the ledger at *url*, made anew if there is none, and check its lineage.

    A foreign one must be there and is opened as it is.

    Raises
    ------
    InvalidParameterError
        If it is no URL of a database, or the timeout is negative.
    UnsupportedFeatureError
        If it names a database that no ledger can live in.
    MissingExtraError
        If it names a server and the driver for it is not installed.
    UnreadableFileError
        If it is no ledger, or that of a newer crmlib.
    """
    if not 0 <= busy_timeout_seconds < float("inf"):
        raise InvalidParameterError(
            "busy_timeout_seconds", busy_timeout_seconds, "0 or more seconds"
        )
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidParameterError("url", url, 'like "sqlite:///crm.db"') from error
    if parsed.drivername not in _STORES:
        raise UnsupportedFeatureError(
            f"a ledger on {parsed.drivername!r}",
            "be opened",
            'name a file, like "sqlite:///crm.db", or a database on a server, like '
            '"postgresql://crm@db.example/crm"',
        )
    store = _STORES[parsed.drivername](parsed, busy_timeout_seconds)
    try:
        if is_foreign:
            store.open_foreign()
        else:
            store.open()
        climb(store)
    except BaseException:
        store.close()
        raise
    return store
