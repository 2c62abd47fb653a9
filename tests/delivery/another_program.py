"""What another program does to the database of a ledger, past the ledger's own code."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine

if TYPE_CHECKING:
    from crmlib.delivery import Ledger

LOCKS = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "LOCK TABLE crmlib_deliveries"}


def execute(ledger: Ledger, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement, commit it, and give its rows."""
    engine = create_engine(ledger.store.engine.url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []


def delete(ledger: Ledger, statement: str) -> None:
    """Delete rows that others refer to, as a careless administrator can."""
    careless = {"sqlite": "", "postgresql": "SET session_replication_role = replica; "}
    execute(ledger, careless[ledger.store.engine.dialect.name] + statement)


class Lock:
    """Keep the deliveries from being written to."""

    def __init__(self, ledger: Ledger) -> None:
        engine = create_engine(ledger.store.engine.url, poolclass=NullPool)
        self._connection = engine.connect()
        self._statement = LOCKS[engine.dialect.name]

    def take(self) -> None:
        """Lock them."""
        self._connection.exec_driver_sql(self._statement)

    def release(self) -> None:
        """Let them go."""
        with closing(self._connection):
            self._connection.rollback()
