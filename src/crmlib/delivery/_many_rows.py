"""Write many rows in one go: with a statement of SQLAlchemy each row costs more than in the disk.

SQLite takes a tuple for each row; PostgreSQL takes an array for each column,
in one statement and one round trip.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, String

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

    Columns = Mapping[str, Sequence[Any]]


def insert_rows(connection: Connection, table: Table, columns: Columns) -> None:
    """Add rows to *table*, given column by column, instants in microseconds."""
    _run(connection, _insert(connection.dialect.name, table, tuple(columns)), columns)


def insert_new_rows(connection: Connection, table: Table, columns: Columns) -> None:
    """Add those rows that clash with none; the others, and what is there, stay as they are."""
    text = _insert(connection.dialect.name, table, tuple(columns))
    _run(connection, f"{text} ON CONFLICT DO NOTHING", columns)


def update_rows(
    connection: Connection, table: Table, ids: Sequence[int], columns: Columns
) -> None:
    """Change the rows of *table* with these *ids*, each to its own values."""
    text = _update(connection.dialect.name, table, tuple(columns))
    _run(connection, text, {**columns, "id": ids})


def _run(connection: Connection, text: str, columns: Columns) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(text, list(zip(*columns.values(), strict=True)))
    else:
        connection.exec_driver_sql(text, {name: list(values) for name, values in columns.items()})


@lru_cache
def _insert(dialect: str, table: Table, names: tuple[str, ...]) -> str:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if dialect == "sqlite":
        return f"{into} VALUES ({', '.join('?' * len(names))})"
    return f"{into} SELECT * FROM {_arrays(table, names)}"  # noqa: S608 -- names of our own


@lru_cache
def _update(dialect: str, table: Table, names: tuple[str, ...]) -> str:
    if dialect == "sqlite":
        changes = ", ".join(f"{name} = ?" for name in names)
        return f"UPDATE {table.name} SET {changes} WHERE id = ?"  # noqa: S608 -- names of our own
    changes = ", ".join(f"{name} = given.{name}" for name in names)
    arrays = _arrays(table, (*names, "id"))
    return (
        f"UPDATE {table.name} SET {changes} FROM {arrays} AS given ({', '.join(names)}, id) "  # noqa: S608 -- names of our own
        f"WHERE {table.name}.id = given.id"
    )


def _arrays(table: Table, names: tuple[str, ...]) -> str:
    return f"unnest({', '.join(f'%({name})s::{_kind(table, name)}[]' for name in names)})"


def _kind(table: Table, name: str) -> str:
    kind = table.c[name].type
    if isinstance(kind, String):
        return "text"  # a cast to its own length would cut off without a word
    return "bytea" if isinstance(kind, LargeBinary) else "bigint"
