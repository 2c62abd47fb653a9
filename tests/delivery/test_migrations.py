"""A ledger that an older crmlib wrote opens, with every row; a newer one is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from another_program import execute
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from sqlalchemy import NullPool, create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from crmlib.delivery import Ledger, deliver
from crmlib.delivery import _migrations as migrations
from crmlib.delivery._schema import METADATA, SCHEMA_VERSION
from crmlib.delivery._schema_steps import STEPS
from crmlib.exceptions import (
    LedgerLineageError,
    LedgerUnavailableError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from postgres_server import PostgresServer

    from crmlib.interfaces import DeliveryReceipt
    from crmlib.messages import Message

SCHEMA_1 = Path(__file__).with_name("ledger_of_schema_1.sql")
"""What crmlib 0.1.0.dev0 wrote: C000 accepted, C001 planned for the day after."""
TOKEN = "e6aae29296f6df58a8fcd6b2acf80073"


@pytest.fixture
def old_ledger(tmp_path: Path) -> Path:
    """Make a ledger of schema 1, with its witness."""
    path = tmp_path / "crm.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(SCHEMA_1.read_text())
        made.execute("UPDATE crmlib_ledger SET home = ?", [str(path.stat().st_ino)])
        made.commit()
    path.with_name("crm.db.lineage").write_text(f"crmlib.lineage/1 {TOKEN} {1:020d}\n")
    return path


def read_all(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give the rows of every table, in the columns that schema 1 had."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(SCHEMA_1.read_text())
        names = [f"crmlib_{name}" for name in ("campaigns", "consents", "deliveries", "events")]
        names += ["crmlib_runs", "crmlib_suppressions"]
        columns = {
            name: ", ".join(row[1] for row in made.execute(f"PRAGMA table_info({name})"))
            for name in names
        }
    with closing(sqlite3.connect(path)) as book:
        return {
            name: book.execute(f"SELECT {kept} FROM {name}").fetchall()
            for name, kept in columns.items()
        }


def test_an_older_ledger_opens_with_every_row(old_ledger: Path) -> None:
    """Nothing that schema 1 held is lost or changed on the way up."""
    before = read_all(old_ledger)
    Ledger(f"sqlite:///{old_ledger}").close()

    assert read_all(old_ledger) == before
    assert {name: len(rows) for name, rows in before.items()} == {
        "crmlib_campaigns": 1,
        "crmlib_consents": 1,
        "crmlib_deliveries": 2,
        "crmlib_events": 4,
        "crmlib_runs": 1,
        "crmlib_suppressions": 1,
    }


def test_an_older_ledger_goes_on_where_it_stood(old_ledger: Path) -> None:
    """What was sent is not sent again, and what waited is sent."""
    plan = make_plan(2, rows={"C001": {"send_at": NOON + timedelta(days=1)}})
    channel = FakeChannel()
    with Ledger(f"sqlite:///{old_ledger}") as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=Clock(NOON + timedelta(days=1)),
        )

        assert ledger.suppressed("email", ["mina@example.com"])
        assert ledger.deliveries("winback")["state"].to_list() == ["accepted", "accepted"]
    assert channel.sent == ["winback-C001-example.com"]


def test_the_ladder_leads_to_what_a_new_ledger_is(old_ledger: Path, tmp_path: Path) -> None:
    """Tables, columns, keys and indexes are the same, whichever way they came about."""
    Ledger(f"sqlite:///{old_ledger}").close()
    Ledger(f"sqlite:///{tmp_path}/new.db").close()

    assert _describe(f"sqlite:///{old_ledger}") == _describe(f"sqlite:///{tmp_path}/new.db")
    assert list(STEPS) == list(range(1, SCHEMA_VERSION))


def _describe(url: str) -> dict[str, Any]:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    inspector = inspect(create_engine(parsed, poolclass=NullPool))
    return {
        table: (
            [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(index["name"] for index in inspector.get_indexes(table)),
            sorted(str(key["referred_table"]) for key in inspector.get_foreign_keys(table)),
        )
        for table in sorted(METADATA.tables)
    }


def test_a_step_that_fails_leaves_the_ledger_as_it_was(
    old_ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is one transaction: half of it never stays."""
    before = read_all(old_ledger)
    broken = {1: (*STEPS[1], "CREATE TABLE crmlib_runs (id INTEGER)")}
    with monkeypatch.context() as patch:
        patch.setattr("crmlib.delivery._migrations.STEPS", broken)
        with pytest.raises(OperationalError, match="already exists"):
            Ledger(f"sqlite:///{old_ledger}")
    after = read_all(old_ledger)
    Ledger(f"sqlite:///{old_ledger}").close()

    assert before == after == read_all(old_ledger)


def test_a_worker_who_comes_second_finds_it_done(
    old_ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers of the new crmlib may open the old ledger at once: one of them climbs."""
    look = migrations._step_from

    def let_another_climb_first(
        name: str, version: int
    ) -> tuple[str, ...] | Mapping[str, tuple[str, ...]]:
        monkeypatch.setattr(migrations, "_step_from", look)
        Ledger(f"sqlite:///{old_ledger}").close()
        return look(name, version)

    monkeypatch.setattr(migrations, "_step_from", let_another_climb_first)
    with Ledger(f"sqlite:///{old_ledger}") as ledger:
        assert ledger.status()["accepted"].to_list() == [1]


def test_a_copy_of_an_older_ledger_is_refused_and_left_as_it_is(old_ledger: Path) -> None:
    """Promise 7 comes first: what is refused is not written to."""
    copy = old_ledger.with_name("copy.db")
    copy.write_bytes(old_ledger.read_bytes())
    with pytest.raises(LedgerLineageError):
        Ledger(f"sqlite:///{copy}")

    with closing(sqlite3.connect(copy)) as book:
        assert book.execute("SELECT schema_version FROM crmlib_ledger").fetchone() == (1,)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (99, r"a newer crmlib \(schema 99, this one knows \d+\); install that version"),
        (0, r"no crmlib that was released \(schema 0, this one knows 1 to \d+\); open it with"),
    ],
    ids=["newer", "unknown"],
)
def test_a_ledger_of_another_crmlib_is_refused(ledger: Ledger, schema: int, problem: str) -> None:
    """A schema that is not known is not written to."""
    execute(ledger, f"UPDATE crmlib_ledger SET schema_version = {schema}")
    url = ledger.store.engine.url.render_as_string(hide_password=False)

    with pytest.raises(UnreadableFileError, match=problem):
        Ledger(url)


def test_a_sender_that_still_runs_stops_when_a_newer_crmlib_takes_over(ledger: Ledger) -> None:
    """What its tables mean now it does not know: it claims nothing, so it sends nothing."""
    plan = make_plan(3)

    def take_over(message: Message) -> DeliveryReceipt:
        execute(ledger, f"UPDATE crmlib_ledger SET schema_version = {SCHEMA_VERSION + 1}")
        return accepted(message)

    channel = FakeChannel(take_over)
    with pytest.raises(LedgerUnavailableError, match="another crmlib took it over meanwhile"):
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=Clock(),
            batch_size=1,
        )

    assert len(channel.sent) == 1
    assert ledger.status()[["accepted", "planned"]].to_numpy().tolist() == [[1, 2]]


def test_a_server_of_schema_6_is_brought_up_to_date(
    postgres_url: str, server: PostgresServer
) -> None:
    """On PostgreSQL, too, an older ledger has what a new one has, and its log is only added to."""
    new = server.url(server.make_database())
    for url in (postgres_url, new):
        Ledger(url).close()
    with Ledger(postgres_url) as ledger:
        for statement in (
            "DROP TABLE crmlib_calls",
            "DROP INDEX crmlib_deliveries_words",
            "DROP INDEX crmlib_deliveries_due_id",
            """CREATE INDEX crmlib_deliveries_due_id
                ON crmlib_deliveries (run_id, state, due_at, id)""",
            "DROP TABLE crmlib_canaries",
            "DROP TABLE crmlib_log",
            "ALTER TABLE crmlib_runs DROP COLUMN canary",
            "ALTER TABLE crmlib_runs DROP COLUMN topic",
            "ALTER TABLE crmlib_answers DROP COLUMN is_told",
            "UPDATE crmlib_ledger SET schema_version = 6",
        ):
            execute(ledger, statement)
    with Ledger(postgres_url) as ledger, pytest.raises(DBAPIError, match="only added to"):
        execute(ledger, "DELETE FROM crmlib_log")

    assert _describe(postgres_url) == _describe(new)
