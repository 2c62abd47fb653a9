"""The steps from one schema of the ledger to the next; none of them loses a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from crmlib.delivery._schema import LEDGER, SCHEMA_VERSION
from crmlib.exceptions import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.delivery._store import Store

_CANARY: Final = (
    "ALTER TABLE crmlib_runs ADD COLUMN canary VARCHAR(8)",
    """CREATE TABLE crmlib_canaries (
        run_id INTEGER NOT NULL,
        delivery_id {row_id} NOT NULL,
        PRIMARY KEY (run_id, delivery_id),
        FOREIGN KEY(run_id) REFERENCES crmlib_runs (id),
        FOREIGN KEY(delivery_id) REFERENCES crmlib_deliveries (id)
    )""",
    """CREATE TABLE crmlib_log (
        id {key} NOT NULL,
        at BIGINT NOT NULL,
        operator VARCHAR NOT NULL,
        action VARCHAR(16) NOT NULL,
        campaign_id INTEGER,
        note VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(campaign_id) REFERENCES crmlib_campaigns (id)
    )""",
)

_OF_RUNS: Final = (
    "ALTER TABLE crmlib_runs ADD COLUMN purpose VARCHAR(13) DEFAULT 'advertising' NOT NULL",
    "ALTER TABLE crmlib_runs ADD COLUMN duty VARCHAR",
    "ALTER TABLE crmlib_runs ADD COLUMN told_until BIGINT",
)

_REPORTS: Final = (
    "ALTER TABLE crmlib_deliveries ADD COLUMN is_reported BOOLEAN DEFAULT {false} NOT NULL",
    "ALTER TABLE crmlib_suppressions ADD COLUMN until BIGINT",
    """CREATE TABLE crmlib_reports (
        id {key} NOT NULL,
        source VARCHAR NOT NULL,
        report_id VARCHAR NOT NULL,
        kind VARCHAR(11) NOT NULL,
        at BIGINT NOT NULL,
        recorded_at BIGINT NOT NULL,
        delivery_id {row_id},
        endpoint_hash {octets},
        message_key VARCHAR,
        provider_id VARCHAR,
        words VARCHAR,
        PRIMARY KEY (id),
        UNIQUE (source, report_id),
        FOREIGN KEY(delivery_id) REFERENCES crmlib_deliveries (id)
    )""",
    "CREATE INDEX ix_crmlib_reports_delivery_id ON crmlib_reports (delivery_id)",
    "CREATE INDEX crmlib_reports_on ON crmlib_reports (endpoint_hash, kind)",
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
            *(
                text.format(key="INTEGER", row_id="INTEGER", octets="BLOB", false="0")
                for text in _REPORTS
            ),
            *(
                f"CREATE TRIGGER crmlib_reports_no_{what} BEFORE {what} ON crmlib_reports "
                "BEGIN SELECT RAISE(ABORT, 'the log of events is only added to'); END"
                for what in ("update", "delete")
            ),
        ),
        "postgresql": (
            *(
                text.format(key="BIGSERIAL", row_id="BIGINT", octets="BYTEA", false="false")
                for text in _REPORTS
            ),
            *(
                f"CREATE TRIGGER crmlib_reports_no_{what} BEFORE {what} ON crmlib_reports "
                "FOR EACH STATEMENT EXECUTE FUNCTION crmlib_refuse()"
                for what in ("update", "delete", "truncate")
            ),
        ),
    },
    5: {
        "sqlite": (
            *(text.format(row_id="INTEGER", key="INTEGER") for text in _CANARY),
            *(
                f"CREATE TRIGGER crmlib_log_no_{what} BEFORE {what} ON crmlib_log "
                "BEGIN SELECT RAISE(ABORT, 'the log of events is only added to'); END"
                for what in ("update", "delete")
            ),
        ),
        "postgresql": (
            *(text.format(row_id="BIGINT", key="BIGSERIAL") for text in _CANARY),
            *(
                f"CREATE TRIGGER crmlib_log_no_{what} BEFORE {what} ON crmlib_log "
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
