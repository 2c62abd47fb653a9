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

_OF_RUNS: Final = (
    "ALTER TABLE crmlib_runs ADD COLUMN purpose VARCHAR(13) DEFAULT 'advertising' NOT NULL",
    "ALTER TABLE crmlib_runs ADD COLUMN duty VARCHAR",
    "ALTER TABLE crmlib_runs ADD COLUMN told_until BIGINT",
)

STEPS: Final[Mapping[int, tuple[str, ...] | Mapping[str, tuple[str, ...]]]] = {
    1: (
        "ALTER TABLE crmlib_campaigns ADD COLUMN control VARCHAR(9) DEFAULT 'running' NOT NULL",
        "ALTER TABLE crmlib_campaigns ADD COLUMN control_note VARCHAR",
        """CREATE TABLE crmlib_limits (
            channel VARCHAR NOT NULL,
            sender VARCHAR NOT NULL,
            free_at BIGINT NOT NULL,
            PRIMARY KEY (channel, sender)
        )""",
        "CREATE INDEX crmlib_deliveries_to ON crmlib_deliveries (endpoint_hash, claimed_at)",
    ),
    2: (
        "DROP INDEX crmlib_deliveries_to",
        """CREATE INDEX crmlib_deliveries_to ON crmlib_deliveries (endpoint_hash, claimed_at)
        WHERE claimed_at IS NOT NULL""",
    ),
    3: {
        "sqlite": (  # which cannot change a key but by a new table
            """CREATE TABLE crmlib_consents_4 (
                id INTEGER NOT NULL,
                customer_id VARCHAR NOT NULL,
                medium VARCHAR NOT NULL,
                purpose VARCHAR NOT NULL,
                topic VARCHAR DEFAULT '' NOT NULL,
                at BIGINT NOT NULL,
                granted BOOLEAN NOT NULL,
                PRIMARY KEY (id),
                UNIQUE (customer_id, medium, purpose, topic, at, granted)
            )""",
            """INSERT INTO crmlib_consents_4 (id, customer_id, medium, purpose, at, granted)
                SELECT id, customer_id, medium, purpose, at, granted FROM crmlib_consents""",
            "DROP TABLE crmlib_consents",
            "ALTER TABLE crmlib_consents_4 RENAME TO crmlib_consents",
            *_OF_RUNS,
        ),
        "postgresql": (
            "ALTER TABLE crmlib_consents ADD COLUMN topic VARCHAR DEFAULT '' NOT NULL",
            """ALTER TABLE crmlib_consents
                DROP CONSTRAINT crmlib_consents_customer_id_medium_purpose_at_granted_key""",
            """ALTER TABLE crmlib_consents
                ADD UNIQUE (customer_id, medium, purpose, topic, at, granted)""",
            *_OF_RUNS,
        ),
    },
    4: {
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
"""From which schema, and what to run, by database where they differ.

It is text, as what is released never changes.  Schema 1 was on SQLite alone,
so its step is in the words of SQLite.
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
