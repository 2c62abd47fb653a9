"""Logs that the database itself lets nobody change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import DDL, event

if TYPE_CHECKING:
    from sqlalchemy import Table

_NO_CHANGE: Final = "CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} "
_ABORT: Final = "BEGIN SELECT RAISE(ABORT, 'the log of events is only added to'); END"
_CALL: Final = "FOR EACH STATEMENT EXECUTE FUNCTION crmlib_refuse()"
_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION crmlib_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE integrity_constraint_violation "
    "USING MESSAGE = 'the log of events is only added to'; END $$"
)


def keep_log(log: Table) -> None:
    """Have the database refuse to change what *log* says, once the table is made."""
    for what in ("update", "delete"):
        _after_create(log, "sqlite", f"{_NO_CHANGE}{_ABORT}".format(log.name, what))
    _after_create(log, "postgresql", _FUNCTION)
    for what in ("update", "delete", "truncate"):
        _after_create(log, "postgresql", f"{_NO_CHANGE}{_CALL}".format(log.name, what))


def _after_create(table: Table, dialect: str, statement: str) -> None:
    ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy gives no types here
    event.listen(table, "after_create", ddl)
