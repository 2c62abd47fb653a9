"""From one schema of the ledger to the next; no step loses a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from crmlib.delivery._schema import LEDGER, SCHEMA_VERSION
from crmlib.delivery._schema_steps import STEPS
from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.delivery._store import Store


def climb(store: Store) -> None:
    """Bring the tables up to the schema of this crmlib, each step in a transaction of its own.

    Raises
    ------
    UnreadableFileError
        If they are of a newer crmlib, or of one that was never released.
    """
    find_version = select(LEDGER.c.schema_version)
    with store.read() as connection:
        version = connection.execute(find_version).scalar_one()
    while version != SCHEMA_VERSION:
        step = _step_from(store.name, version)
        statements = step if isinstance(step, tuple) else step[store.engine.dialect.name]
        with store.write_alone() as connection:
            if connection.execute(find_version).scalar_one() == version:  # else another was here
                for statement in statements:
                    connection.exec_driver_sql(statement)
                connection.execute(update(LEDGER).values(schema_version=version + 1))
        version += 1


def _step_from(ledger: str, version: int) -> tuple[str, ...] | Mapping[str, tuple[str, ...]]:
    if version > SCHEMA_VERSION:
        raise UnreadableFileError(
            ledger,
            f"it was made by a newer crmlib (schema {version}, this one knows {SCHEMA_VERSION})",
            "install that version: pip install --upgrade crmlib",
        )
    if version not in STEPS:
        raise UnreadableFileError(
            ledger,
            f"it was made by no crmlib that was released (schema {version}, this one knows "
            f"{min(STEPS)} to {SCHEMA_VERSION})",
            "open it with the crmlib that made it",
        )
    return STEPS[version]
