"""What was changed from one schema of the ledger to the next, as text: it never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "sqlite": {"key": "INTEGER", "row_id": "INTEGER", "octets": "BLOB", "false": "0"},
    "postgresql": {"key": "BIGSERIAL", "row_id": "BIGINT", "octets": "BYTEA", "false": "false"},
}
_REFUSAL: Final = {
    "sqlite": "BEGIN SELECT RAISE(ABORT, 'the log of events is only added to'); END",
    "postgresql": "FOR EACH STATEMENT EXECUTE FUNCTION crmlib_refuse()",
}
_CHANGES: Final = {
    "sqlite": ("update", "delete"),
    "postgresql": ("update", "delete", "truncate"),
}


def _in_both(statements: tuple[str, ...], log: str) -> dict[str, tuple[str, ...]]:
    """Write a step in the words of each database, and have it refuse to change a *log*."""
    return {
        dialect: (
            *(statement.format(**words) for statement in statements),
            *(
                f"CREATE TRIGGER {log}_no_{what} BEFORE {what} ON {log} {_REFUSAL[dialect]}"
                for what in _CHANGES[dialect]
            ),
        )
        for dialect, words in _WORDS.items()
    }


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
_ANSWERS: Final = (
    """CREATE TABLE crmlib_answers (
        id {key} NOT NULL,
        endpoint_hash {octets} NOT NULL,
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
        endpoint_hash {octets} NOT NULL,
        at BIGINT NOT NULL,
        done_at BIGINT,
        note VARCHAR,
        PRIMARY KEY (id)
    )""",
)
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
_CALLS: Final = (
    """CREATE TABLE crmlib_calls (
        id {key} NOT NULL,
        channel VARCHAR NOT NULL,
        sender VARCHAR NOT NULL,
        messages INTEGER NOT NULL,
        began_at BIGINT NOT NULL,
        ended_at BIGINT,
        PRIMARY KEY (id)
    )""",
    "CREATE INDEX crmlib_calls_of ON crmlib_calls (channel, sender)",
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
    4: _in_both(_REPORTS, "crmlib_reports"),
    5: _in_both(_ANSWERS, "crmlib_answers"),
    6: _in_both(_CANARY, "crmlib_log"),
    7: {
        dialect: (
            "ALTER TABLE crmlib_runs ADD COLUMN topic VARCHAR DEFAULT '' NOT NULL",
            f"""ALTER TABLE crmlib_answers
                ADD COLUMN is_told BOOLEAN DEFAULT {words["false"]} NOT NULL""",
        )
        for dialect, words in _WORDS.items()
    },
    8: {
        dialect: (
            f"DROP INDEX {index}",
            f"""CREATE INDEX {index}
                ON crmlib_deliveries (run_id, state, channel, due_at{last})""",
            *(statement.format(**_WORDS[dialect]) for statement in _CALLS),
        )
        for dialect, index, last in (
            ("sqlite", "crmlib_deliveries_due", ""),
            ("postgresql", "crmlib_deliveries_due_id", ", id"),
        )
    },
    9: dict.fromkeys(
        _WORDS,
        (
            """CREATE INDEX crmlib_deliveries_words
            ON crmlib_deliveries (run_id, state, channel, detail, attempts, due_at)
            WHERE state IN ('planned', 'rejected', 'dead')
            AND (attempts > 0 OR detail IS NOT NULL)""",
        ),
    ),
}
"""From which schema, and what to run, by database where they differ.

Schema 1 was on SQLite alone, so its step is in the words of SQLite.
"""
