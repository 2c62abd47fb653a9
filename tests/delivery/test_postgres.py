"""What holds for a ledger on a server in particular: durable, fenced, refused when restored."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from signal import SIGINT
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from postgres_server import PostgresServer
from sqlalchemy import event, insert
from sqlalchemy.engine import make_url

from crmlib.delivery import Ledger, deliver
from crmlib.delivery._postgres_store import state_folder
from crmlib.delivery._schema import SUPPRESSIONS
from crmlib.exceptions import (
    LedgerLineageError,
    LedgerUnavailableError,
    MissingExtraError,
    UnsupportedFeatureError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery import DeliverySummary
    from crmlib.messages import DeliveryReceipt, Message


_WAITS = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def send(
    url: str, channel: FakeChannel, *, campaign: str = "winback", clock: Clock | None = None
) -> DeliverySummary:
    """Open the ledger at *url* and deliver to three."""
    plan = make_plan(3, campaign=campaign)
    with Ledger(url) as ledger:
        return deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=clock or Clock(),
            batch_size=1,
        )


def test_commits_are_on_the_disk_whatever_the_server_is_used_to(
    server: PostgresServer, postgres_url: str
) -> None:
    """A server that says "committed" too early by default does not do so to a claim."""
    database = make_url(postgres_url).database
    server.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    with Ledger(postgres_url) as ledger:
        for transaction in (ledger.store.write, ledger.store.write_alone):
            with transaction() as connection:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_commits_is_refused(
    own_server: PostgresServer, setting: str
) -> None:
    """Without syncing a claim could vanish with the power, without whole pages in its log too."""
    own_server.stop(SIGINT)
    own_server.start(settings={setting: "off"})

    with pytest.raises(UnsupportedFeatureError, match=rf"{setting} = off .* set {setting} = on"):
        Ledger(own_server.url(own_server.make_database()))


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_who_opts_out_while_a_claim_waits_gets_nothing(server: PostgresServer, level: str) -> None:
    """Promise 3: a claim sees what it waited for, whatever isolation the server is used to."""
    database = server.make_database()
    server.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = '{level}'")
    url = server.url(database)
    plan, channel = make_plan(1), FakeChannel()
    threads: list[Thread] = []
    with Ledger(url) as ledger, Ledger(url) as page:
        entry = {
            "endpoint_hash": page.store.endpoint_hash("c000@example.com"),
            "at": NOON,
            "source": "page",
        }
        in_hand = Event()

        def suppress() -> None:
            with page.store.write_alone() as connection:
                in_hand.set()
                with psycopg.connect(url, autocommit=True) as other:
                    while not other.execute(_WAITS).fetchall():
                        pass
                connection.execute(insert(SUPPRESSIONS), [entry])

        def before_claim() -> bool:
            if not threads:
                threads.append(Thread(target=suppress))
                threads[0].start()
                in_hand.wait()
            return False

        summary = deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=Clock(),
            stop=before_claim,
        )
        threads[0].join()

    assert summary.counts["blocked"] == 1
    assert channel.sent == []


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a server without its driver learns what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(MissingExtraError, match=r"crmlib\[postgres\]"):
        Ledger("postgresql://crm:secret@db.example/crm")


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    """Nobody answers: the ledger is unavailable, and the error holds no secret."""
    with pytest.raises(
        LedgerUnavailableError, match=r"no connection to its server \(.*; see that"
    ) as caught:
        Ledger(f"postgresql://crm:secret@/crm?host={tmp_path}", busy_timeout_seconds=0.1)

    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_is_said(server: PostgresServer) -> None:
    """The server lets in only to what it has."""
    with pytest.raises(LedgerUnavailableError, match='"nowhere" does not exist'):
        Ledger(server.url("nowhere"), busy_timeout_seconds=0)


def test_a_ledger_lies_beside_the_tables_of_others(postgres_url: str) -> None:
    """A database may be shared; what is there already stays as it is."""
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("CREATE TABLE orders (id integer)")

    assert send(postgres_url, FakeChannel()).sent_now == 3


def test_workers_on_one_plan_never_wait_for_one_another(postgres_url: str) -> None:
    """What another worker is just claiming is skipped: the next takes the next."""
    plan = make_plan(4)
    sent: list[str] = []

    def interleave(message: Message) -> DeliveryReceipt:
        if len(sent) < 3:
            sent.append(message.key)
            work()
        return accepted(message)

    def work() -> None:
        channel = FakeChannel(interleave, batch_size=1)
        with Ledger(postgres_url) as ledger:
            deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"fake": channel},
                clock=Clock(),
                batch_size=1,
            )

    work()
    with Ledger(postgres_url) as ledger:
        rows = ledger.deliveries("winback")

    assert len(set(sent)) == 3
    assert rows["state"].to_list() == ["accepted"] * 4
    assert rows["attempts"].to_list() == [1] * 4


def test_rows_that_another_is_claiming_are_skipped(postgres_url: str) -> None:
    """A claim that is not committed yet is passed over, and the rest is sent meanwhile."""
    plan, channel = make_plan(3), FakeChannel()
    with Ledger(postgres_url) as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": channel},
            clock=Clock(NOON - timedelta(hours=1)),
        )
        with psycopg.connect(postgres_url) as other:
            other.execute("SELECT FROM crmlib_deliveries WHERE customer_id = 'C000' FOR UPDATE")
            first = send(postgres_url, channel)
        second = send(postgres_url, channel)

    assert (first.sent_now, second.sent_now) == (2, 1)


def test_an_opt_out_and_a_claim_exclude_one_another(ledger_url_busy: tuple[str, Any]) -> None:
    """While a claim is being made an opt-out waits: what is committed was seen by every claim."""
    url, ledger = ledger_url_busy
    with (
        ledger.store.write(),
        Ledger(url, busy_timeout_seconds=0.05) as other,
        pytest.raises(LedgerUnavailableError, match="keeps it locked"),
    ):
        other.suppress("email", "mina@example.com", at=NOON, source="opt-out page")
    ledger.suppress("email", "mina@example.com", at=NOON, source="opt-out page")

    assert ledger.suppressed("email", ["mina@example.com"])


@pytest.fixture
def ledger_url_busy(postgres_url: str) -> Iterator[tuple[str, Ledger]]:
    """Open a ledger, and say where it is."""
    with Ledger(postgres_url) as ledger:
        yield postgres_url, ledger


# Promise 7


def test_a_clone_is_refused_until_it_is_adopted(server: PostgresServer, postgres_url: str) -> None:
    """Promise 7: a database made from that of the ledger is another one."""
    send(postgres_url, FakeChannel())
    clone = server.make_database(make_url(postgres_url).database)

    with pytest.raises(LedgerLineageError, match="it is a copy of another ledger"):
        Ledger(server.url(clone))
    Ledger.adopt(server.url(clone), Clock()).close()

    assert send(server.url(clone), FakeChannel()).sent_now == 0


def test_a_restored_server_is_refused(own_server: PostgresServer, tmp_path: Path) -> None:
    """Promise 7: files of the server written back know less than this machine remembers."""
    url = own_server.url(own_server.make_database())
    send(url, FakeChannel(), clock=Clock(NOON - timedelta(hours=1)))
    own_server.stop(SIGINT)
    own_server.back_up(tmp_path / "backup")
    own_server.start()
    send(url, FakeChannel())
    own_server.stop(SIGINT)
    own_server.restore(tmp_path / "backup")
    own_server.start()

    with pytest.raises(LedgerLineageError, match="it knows of 0 claims, and 3 were made"):
        Ledger(url)
    with Ledger.adopt(url, Clock()) as adopted:
        assert set(adopted.deliveries("winback")["state"]) == {"unknown"}


def test_a_standby_that_took_over_is_refused(own_server: PostgresServer) -> None:
    """Promise 7: the last claims may not have reached a standby, which until then is read-only."""
    url = own_server.url(own_server.make_database())
    send(url, FakeChannel())
    own_server.stop(SIGINT)
    own_server.make_standby()
    own_server.start()
    with pytest.raises(LedgerUnavailableError, match="is a standby or read-only"):
        Ledger(url)
    own_server.execute("SELECT pg_promote()")

    with pytest.raises(LedgerLineageError, match="or a standby took over"):
        Ledger(url)
    Ledger.adopt(url, Clock()).close()

    assert send(url, FakeChannel()).counts["accepted"] == 3


def test_a_database_that_vanished_is_not_replaced_silently(
    server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Promise 7: an empty database where this machine remembers claims is told."""
    send(postgres_url, FakeChannel())
    database = make_url(postgres_url).database
    server.execute(f"DROP DATABASE {database}")
    server.execute(f"CREATE DATABASE {database}")

    with pytest.raises(LedgerLineageError, match=r"made 3 claims here.*delete .*\.lineage"):
        Ledger(postgres_url)
    shutil.rmtree(tmp_path / "state")

    assert send(postgres_url, FakeChannel()).sent_now == 3


def test_another_machine_joins_without_a_witness(postgres_url: str, tmp_path: Path) -> None:
    """A machine that has never worked with the ledger begins to remember it."""
    send(postgres_url, FakeChannel())
    shutil.rmtree(tmp_path / "state")

    assert send(postgres_url, FakeChannel()).counts["accepted"] == 3
    assert len(list((tmp_path / "state").glob("crmlib/*.lineage"))) == 1


def test_only_a_ledger_can_be_adopted(postgres_url: str) -> None:
    """Adopting an empty database makes no ledger."""
    with pytest.raises(LedgerUnavailableError, match="it is not there; check the name"):
        Ledger.adopt(postgres_url)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/shop:/b", "XDG_STATE_HOME": "/x"}, "/var/lib/shop"),
        ({"XDG_STATE_HOME": "/x"}, "/x/crmlib"),
        ({}, f"{Path.home()}/.local/state/crmlib"),
    ],
    ids=["service", "desktop", "plain"],
)
def test_the_memory_of_a_machine_has_its_place(environment: dict[str, str], expected: str) -> None:
    """What a machine remembers lies where its kind of system keeps such things."""
    assert state_folder(environment) == Path(expected)


# Promise 2: faults of the server


@pytest.mark.parametrize(
    "end", [PostgresServer.stop, PostgresServer.kill], ids=["stopped at once", "killed"]
)
def test_a_restart_in_mid_campaign_loses_nothing(
    own_server: PostgresServer, end: Callable[[PostgresServer], None]
) -> None:
    """The server goes down without a word while bytes leave: all arrive once, and are recorded.

    It is told to stop at once, or killed with all its processes.
    """
    url = own_server.url(own_server.make_database())
    restarts = [1]

    def restart(message: Message) -> DeliveryReceipt:
        if restarts:
            restarts.pop()
            end(own_server)
            own_server.start()
        return accepted(message)

    channel = FakeChannel(restart)
    summary = send(url, channel)

    assert (summary.counts["accepted"], len(channel.sent)) == (3, 3)


def test_a_connection_lost_at_any_statement_makes_no_double_and_loses_nothing(
    server: PostgresServer, postgres_url: str
) -> None:
    """Cut off at each statement in turn, the campaign goes on when it is run again."""
    is_cut, steps = True, 0
    with Ledger(postgres_url) as ledger:
        while is_cut:
            steps += 1
            plan, channel = make_plan(2, campaign=f"cut {steps}"), FakeChannel()
            with _cut_off(server, ledger, steps) as left, suppress(LedgerUnavailableError):
                _deliver(plan, ledger, channel, NOON)
            is_cut = left == [0]
            summary = _deliver(plan, ledger, channel, NOON + timedelta(hours=1))
            arrived = Counter(channel.sent)

            assert set(arrived.values()) <= {1}
            assert summary.finished
            assert summary.counts["accepted"] + summary.counts["unknown"] == 2
            assert summary.counts["accepted"] <= len(arrived)

    assert steps > 20


@contextmanager
def _cut_off(server: PostgresServer, ledger: Ledger, step: int) -> Iterator[list[int]]:
    """Have the server end a connection before its statement *step*; give how many are left."""
    left = [step]

    def cut(connection: Any, *rest: Any) -> None:
        if left[0]:
            left[0] -= 1
            if not left[0]:
                pid = connection.connection.driver_connection.info.backend_pid
                server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")

    event.listen(ledger.store.engine, "before_cursor_execute", cut)
    yield left
    event.remove(ledger.store.engine, "before_cursor_execute", cut)


def _deliver(plan: Plan, ledger: Ledger, channel: FakeChannel, now: datetime) -> DeliverySummary:
    return deliver(
        plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock(now)
    )
