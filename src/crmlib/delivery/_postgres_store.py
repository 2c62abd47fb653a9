"""A ledger in a PostgreSQL database, for workers on many machines."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.dialects.postgresql import insert

from crmlib.delivery._lineage import Witness
from crmlib.delivery._schema import LEDGER
from crmlib.delivery._store import Store
from crmlib.exceptions import (
    LedgerLineageError,
    LedgerUnavailableError,
    MissingExtraError,
    UnsupportedFeatureError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Dialect, Engine
    from sqlalchemy.engine import URL

_LOCK: Final = int.from_bytes(b"crmlib")
"""The advisory lock that those who write share, and that who writes alone has for itself."""
_COUNT_LOCK: Final = int.from_bytes(b"crmcaps")
"""The advisory lock of a claim that counts what other campaigns send."""
_BEGIN: Final = (
    "SELECT set_config('lock_timeout', '{timeout}', true), "
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
    "WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true), {lock}"
)
"""For this transaction alone, so that it holds behind a pool of connections too."""
_HOME: Final = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()), "
    "(SELECT oid::bigint FROM pg_database WHERE datname = current_database()), "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)
_LOST: Final = "see that it runs, where it listens, and who may come in"
_BUSY: Final = (
    "another program keeps it locked",
    "wait for that program or end it",
)
_UNAVAILABLE: Final = (
    (("55P03", "40001", "40P01"), *_BUSY),
    (("53",), "the server has no room (disk, memory or connections)", "make room"),
    (
        ("25006", "55000"),
        "it may not be written: the server is a standby or read-only",
        "name the primary",
    ),
    (("42501",), "it may not be written", "give this user the rights to its tables"),
    (("08", "57P"), "the server is gone", _LOST),
)
"""Beginnings of SQLSTATE, what they mean, and the way out."""
_PAUSE_SECONDS: Final = 0.05


class PostgresStore(Store):
    """A database on a server, which many write to at once."""

    insert = staticmethod(insert)

    def __init__(self, url: URL, busy_timeout_seconds: float) -> None:
        engine = _make_engine(url, busy_timeout_seconds)
        timeout = max(1, round(busy_timeout_seconds * 1000))  # 0 would be to wait for ever
        name = url.set(drivername="postgresql").render_as_string(hide_password=True)
        path = state_folder(os.environ) / f"{_digest(url)}.lineage"
        super().__init__(
            engine,
            Witness(path=path, ledger=name, name=str(path), is_beside=False),
            reading=engine.execution_options(
                crmlib_begin="SELECT 1",
                isolation_level="REPEATABLE READ",
                postgresql_readonly=True,
            ),
            writing=_BEGIN.format(timeout=timeout, lock=f"pg_advisory_xact_lock_shared({_LOCK})"),
            alone=_BEGIN.format(timeout=timeout, lock=f"pg_advisory_xact_lock({_LOCK})"),
            turn=nullcontext(),
        )

    def find_home(self, connection: Connection) -> str:
        """Name cluster, database and timeline.

        A dump that is read back lives in another database; a backup that is
        brought up, or a standby that takes over, begins a timeline.
        """
        return "/".join(map(str, connection.execute(_HOME).one()))

    def is_made(self, connection: Connection) -> bool:
        """Say whether the tables are there; they may lie beside those of others."""
        return inspect(connection).has_table(LEDGER.name)

    def check_durable(self, connection: Connection) -> None:
        """Refuse a server that says "committed" too early, or whose pages a crash may tear."""
        for setting in ("fsync", "full_page_writes"):
            if connection.exec_driver_sql(f"SHOW {setting}").scalar_one() != "on":
                raise UnsupportedFeatureError(
                    f"a server with {setting} = off",
                    "keep its claims through a power cut",
                    f"set {setting} = on in postgresql.conf",
                )

    def check_home(self, found: str, known: str) -> None:
        """Refuse a clone, and a server on another timeline: claims may be missing there."""
        if found.rpartition("/")[0] != known.rpartition("/")[0]:
            raise LedgerLineageError(self.name, "it is a copy of another ledger")
        if found != known:
            raise LedgerLineageError(
                self.name,
                "its server was restored, or a standby took over, and its last claims may be "
                "missing",
            )

    def count_alone(self, connection: Connection) -> None:
        """Take the lock of those who count; it is given back with the end of the transaction."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_COUNT_LOCK})")

    def witness(self, lineage: Any) -> None:
        """Write *lineage* in the folder of this machine for what programs remember."""
        self._witness.path.parent.mkdir(parents=True, exist_ok=True)
        super().witness(lineage)

    def explain(self, cause: BaseException) -> Exception | None:
        """Say what an error of PostgreSQL means."""
        state = getattr(cause, "sqlstate", None) or ""
        if not state and _is_lost(cause):
            said = str(cause).strip().partition("\n")[0]
            return self._unavailable(f"no connection to its server ({said})", _LOST)
        for beginnings, problem, way_out in _UNAVAILABLE:
            if state.startswith(beginnings):
                return self._unavailable(problem, way_out)
        return None

    def _unavailable(self, problem: str, way_out: str) -> LedgerUnavailableError:
        return LedgerUnavailableError(
            self.name,
            problem,
            f"{way_out}, then run the same command again; nothing is sent twice",
        )


def state_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder for what crmlib is to remember on this machine.

    That of the service where systemd gives one (``StateDirectory=``), else
    that of the user.
    """
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    home = environment.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "crmlib"


def _digest(url: URL) -> str:
    """Tell databases apart, not those who log in to them."""
    place = url.set(drivername="postgresql", username=None, password=None)
    return blake2b(place.render_as_string().encode(), digest_size=8).hexdigest()


def _is_lost(cause: BaseException) -> bool:
    from psycopg import InterfaceError, OperationalError  # noqa: PLC0415 -- an extra

    return isinstance(cause, InterfaceError | OperationalError)


def _make_engine(url: URL, busy_timeout_seconds: float) -> Engine:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            isolation_level="READ COMMITTED",  # who waits for a lock sees what was done meanwhile
            pool_pre_ping=True,
            pool_timeout=busy_timeout_seconds,
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("a ledger on PostgreSQL", "postgres") from error

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, record: object, args: Any, options: Any) -> Any:  # noqa: ARG001 -- SQLAlchemy passes it
        """Connect, and wait for a server that is being restarted."""
        until = time.monotonic() + busy_timeout_seconds
        while True:
            try:
                return dialect.connect(*args, **options)
            except dialect.loaded_dbapi.OperationalError:
                if time.monotonic() >= until:
                    raise
                time.sleep(_PAUSE_SECONDS)

    return engine
