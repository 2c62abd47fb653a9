"""The steps from one schema of the ledger to the next; none of them loses a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from crmlib.delivery._schema import LEDGER, SCHEMA_VERSION
from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.delivery._store import Store

_ANSWERS: Final = (
    """CREATE TABLE crmlib_answers (
        id {key} NOT NULL,
        endpoint_hash {bytes} NOT NULL,
        customer_id VARCHAR NOT NULL,
        medium VARCHAR NOT NULL,
        purpose VARCHAR NOT NULL,
        topic VARCHAR NOT NULL,
        granted BOOLEAN NOT NULL,
        at BIGINT NOT NULL,
        source VARCHAR NOT NULL,
        wording VARCHAR NOT NULL,
        PRIMARY KEY (id)
    )""",
    "CREATE INDEX crmlib_answers_of ON crmlib_answers (endpoint_hash)",
    """CREATE TABLE crmlib_requests (
        id {key} NOT NULL,
        kind VARCHAR(8) NOT NULL,
        customer_id VARCHAR NOT NULL,
        endpoint_hash {bytes} NOT NULL,
        at BIGINT NOT NULL,
        done_at BIGINT,
        note VARCHAR,
        PRIMARY KEY (id)
    )""",
)

STEPS: Final[Mapping[int, Mapping[str, tuple[str, ...]]]] = {
    1: {
        "sqlite": (
            """ALTER TABLE crmlib_campaigns
                ADD COLUMN control VARCHAR(9) DEFAULT 'running' NOT NULL""",
            "ALTER TABLE crmlib_campaigns ADD COLUMN control_note VARCHAR",
            """CREATE TABLE crmlib_limits (
                channel VARCHAR NOT NULL,
                sender VARCHAR NOT NULL,
                free_at BIGINT NOT NULL,
                PRIMARY KEY (channel, sender)
            )""",
            "CREATE INDEX crmlib_deliveries_to ON crmlib_deliveries (endpoint_hash, claimed_at)",
        ),
    },
    2: {
        "sqlite": (
            *(text.format(key="INTEGER", bytes="BLOB") for text in _ANSWERS),
            *(
                f"CREATE TRIGGER crmlib_answers_no_{what} BEFORE {what} ON crmlib_answers "
                "BEGIN SELECT RAISE(ABORT, 'the log of events is only added to'); END"
                for what in ("update", "delete")
            ),
        ),
        "postgresql": (
            *(text.format(key="BIGSERIAL", bytes="BYTEA") for text in _ANSWERS),
            *(
                f"CREATE TRIGGER crmlib_answers_no_{what} BEFORE {what} ON crmlib_answers "
                "FOR EACH STATEMENT EXECUTE FUNCTION crmlib_refuse()"
                for what in ("update", "delete", "truncate")
            ),
        ),
    },
}
"""From which schema, and what to run in which database.

It is text, as what is released never changes.  Schema 1 was on SQLite alone.
"""


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
        statements = _step_from(store.name, version)[store.engine.dialect.name]
        with store.write_alone() as connection:
            if connection.execute(find_version).scalar_one() == version:  # else another was here
                for statement in statements:
                    connection.exec_driver_sql(statement)
                connection.execute(update(LEDGER).values(schema_version=version + 1))
        version += 1


def _step_from(ledger: str, version: int) -> Mapping[str, tuple[str, ...]]:
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
