"""How transactions begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

ALL_IN_USE: Final = ("all its connections are in use", "try again in a moment")
"""What is wrong, and the way out, where too many want a transaction at once."""


def begin_as_told(engine: Engine) -> None:
    """Begin each transaction of *engine* with the execution option ``crmlib_begin``."""
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options()["crmlib_begin"])
