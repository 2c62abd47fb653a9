"""A warm process that delivers in forked children and has them killed at a chosen step.

Started by kill_sweep.py.  It reads one JSON object per line: which run, which
design, store and channel, how many workers, at which step to kill each of
them; and answers with one line on what was in hand at the kill and where each
message stands after the restart.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import smtplib
import sqlite3
import sys
import time
import traceback
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import attrs
import psycopg
from plans_to_deliver import NOON, Clock, make_plan
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.engine.default import DefaultDialect

from crmlib.channels import SmtpChannel
from crmlib.channels._smtp_session import SmtpSession
from crmlib.delivery import Ledger, deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.campaigns import Plan
    from crmlib.interfaces import Channel

RECIPIENTS = 12
BATCH = 4
PATIENCE_SECONDS = 60.0  # on a busy machine no worker may give up
KEY_LIFE_SECONDS = 48 * 3600
DELIVERIES = "SELECT customer_id, state FROM crmlib_deliveries"


class Steps:
    """Count the steps of this process, and die at the chosen one without a word."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.names: list[str] = []

    def reach(self, name: str) -> None:
        """Note the step *name*."""
        self.names.append(name)
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner: Any, name: str, counts: Callable[[str], bool] = bool) -> None:
        """Make a step of each call of ``owner.name`` whose words count."""
        real = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            words = next((arg for arg in args if isinstance(arg, str)), name)
            if counts(words):
                self.reach(" ".join([name, *words.split()[:2]]))
            return real(*args, **kwargs)

        setattr(owner, name, wrapped)

    def halve(self) -> None:
        """Make steps before and in the middle of what goes on the wire."""

        def push(session: SmtpSession, octets: bytes) -> None:
            self.reach("push")
            session._smtp.sock.sendall(octets[: len(octets) // 2])
            self.reach("push the other half")
            session._smtp.sock.sendall(octets[len(octets) // 2 :])

        SmtpSession._push = push

    def install(self) -> None:
        """Watch all that can be seen from outside: writes, commits, the witness, the wire.

        To be killed after one of them is to be killed before the next, so each is one step.
        """
        for method in ("do_execute", "do_execute_no_params", "do_executemany"):
            self.before(DefaultDialect, method, _is_write)
        self.before(DefaultDialect, "do_commit")
        for function in ("pwrite", "ftruncate", "fsync"):
            self.before(os, function)
        for method in ("connect", "putcmd", "getreply"):
            self.before(smtplib.SMTP, method)
        self.halve()


def _is_write(statement: str) -> bool:
    return statement.split(maxsplit=1)[0] in {"CREATE", "INSERT", "UPDATE"}


class KeyedSmtpChannel(SmtpChannel):
    """SMTP to a server that drops a message whose Message-ID it has had already."""

    name = "smtp"
    capabilities = attrs.evolve(SmtpChannel.capabilities, idempotency_seconds=KEY_LIFE_SECONDS)


CHANNELS = {"plain": SmtpChannel, "keyed": KeyedSmtpChannel}


@attrs.frozen
class Place:
    """Where the ledger of one run is, in a file or on a server."""

    folder: Path
    server: Path | None = None

    @property
    def url(self) -> str:
        """Give what a ledger is opened with."""
        if self.server is None:
            return f"sqlite:///{self.folder}/crm.db"
        return f"postgresql://crm@/{self._database}?host={self.server}"

    @property
    def _database(self) -> str:
        return f"run_{self.folder.name}"

    def make(self) -> None:
        """Make room for it."""
        self.folder.mkdir()
        if self.server is not None:
            self._administer(f"CREATE DATABASE {self._database} TEMPLATE template0")

    def clear(self) -> None:
        """Take it away again."""
        if self.server is not None:
            self._administer(f"DROP DATABASE {self._database} WITH (FORCE)")

    def states(self) -> dict[str, str]:
        """Give the state of each customer's message, read past the ledger's own code."""
        if self.server is not None:
            return self._states_on_server()
        if not (self.folder / "crm.db").exists():
            return {}
        with closing(sqlite3.connect(self.folder / "crm.db")) as book:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'crmlib_ledger'"
            if not book.execute(query).fetchall():
                return {}
            return dict(book.execute(DELIVERIES).fetchall())

    def _states_on_server(self) -> dict[str, str]:
        with psycopg.connect(self.url, autocommit=True) as book:
            # what a dead client had sent before is still carried out
            until = time.monotonic() + PATIENCE_SECONDS
            others = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            others += "AND datname = current_database() AND backend_type = 'client backend'"
            while book.execute(others).fetchone() != (0,):
                assert time.monotonic() < until, "a connection outlives its client"
                time.sleep(0.001)
            if book.execute("SELECT to_regclass('crmlib_ledger')").fetchone() == (None,):
                return {}
            return dict(book.execute(DELIVERIES).fetchall())

    def _administer(self, statement: str) -> None:
        with psycopg.connect(
            dbname="postgres", user="crm", host=str(self.server), autocommit=True
        ) as connection:
            connection.execute(statement)


def deliver_by_ledger(plan: Plan, place: Place, hours: int, channel: Channel) -> None:
    """Do it the way crmlib does."""
    os.environ["XDG_STATE_HOME"] = str(place.folder)
    with Ledger(place.url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"smtp": channel},
            clock=Clock(NOON + timedelta(hours=hours)),
            batch_size=BATCH,
        )


def record_after_batch(plan: Plan, place: Place, hours: int, channel: Channel) -> None:
    """Be a villain: send a batch, then write down that it was sent."""
    book = Book(place)
    keys = plan.table["message_key"].to_list()
    for start in range(book.read(), RECIPIENTS, BATCH):
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])
        book.write(start + BATCH)


def checkpoint_at_fetch(plan: Plan, place: Place, hours: int, channel: Channel) -> None:
    """Be a villain: move the checkpoint when a batch is fetched, then send it."""
    book = Book(place)
    keys = plan.table["message_key"].to_list()
    for start in range(book.read(), RECIPIENTS, BATCH):
        book.write(start + BATCH)
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])


class Book:
    """The one number that a villain keeps, in the same kind of database as the ledger."""

    def __init__(self, place: Place) -> None:
        url = make_url(place.url)
        driver = {"postgresql": "postgresql+psycopg"}.get(url.drivername, url.drivername)
        self._engine = create_engine(url.set(drivername=driver))

    def read(self) -> int:
        """Say how many are done."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS done (position INTEGER)")
            query = "SELECT coalesce(max(position), 0) FROM done"
            return connection.exec_driver_sql(query).scalar_one()

    def write(self, position: int) -> None:
        """Say that so many are done."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO done VALUES ({position})")


DESIGNS: dict[str, Callable[[Plan, Place, int, Channel], None]] = {
    "ledger": deliver_by_ledger,
    "record after batch": record_after_batch,
    "checkpoint at fetch": checkpoint_at_fetch,
}


def in_children(
    deliver_plan: Callable[[Channel], None],
    folder: Path,
    make_channel: Callable[[], Channel],
    kill_at: list[int],
) -> list[int]:
    """Deliver in a child for each of *kill_at*, which dies at that step; give wait statuses."""
    children = []
    for step in kill_at:
        child = os.fork()
        if not child:
            _work(deliver_plan, folder, make_channel, step)
        children.append(child)
    return [os.waitpid(child, 0)[1] for child in children]


def _work(
    deliver_plan: Callable[[Channel], None],
    folder: Path,
    make_channel: Callable[[], Channel],
    kill_at: int,
) -> None:
    try:
        steps = Steps(kill_at)
        steps.install()
        with make_channel() as channel:
            deliver_plan(channel)
            (folder / "steps").write_text(json.dumps(steps.names))
    except BaseException:  # noqa: BLE001 -- it must not come back as a second driver
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def sweep_one(folder: Path, port: int, server: Path | None, command: Command) -> dict[str, Any]:
    """Run, kill, look, and start again until nothing kills it."""
    place = Place(folder / str(command.run), server if command.store == "postgres" else None)
    place.make()
    plan = make_plan(
        RECIPIENTS,
        campaign=f"run {command.run}",
        domain=f"run{command.run}.{command.mailbox}.example.com",
        channel="smtp",
    )
    make_channel = partial(CHANNELS[command.channel], "127.0.0.1", port, ehlo_name="sender.test")
    signals, in_hand = [], 0
    attempts = [*command.kill_at, [0] * command.workers]
    for kill_at, hours in zip(attempts, command.hours, strict=False):
        before = place.states()
        start = partial(DESIGNS[command.design], plan, place, hours)
        statuses = in_children(start, place.folder, make_channel, kill_at)
        signals.append([os.WTERMSIG(code) if os.WIFSIGNALED(code) else 0 for code in statuses])
        after = place.states()
        # what was in hand before is settled by now: its lease is over
        in_hand += sum(state == "claimed" and before.get(c) != state for c, state in after.items())
    place.clear()
    return {
        "run": command.run,
        "signals": signals,
        "statuses": statuses,
        "in_hand": in_hand,
        "states": after,
        "steps": json.loads((place.folder / "steps").read_text()),
    }


@attrs.frozen(kw_only=True)
class Command:
    """What one run is to be: the fields are those of the JSON object that asks for it.

    ``kill_at`` holds for each attempt at which step each worker is killed (0:
    at none), ``hours`` the clock of each attempt, ``mailbox`` how the server
    behaves.
    """

    run: int
    design: str
    store: str
    channel: str
    mailbox: str
    workers: int
    kill_at: list[list[int]]
    hours: list[int]


def warm_up(port: int, server: Path | None) -> None:
    """Deliver once in this process, so that each child finds everything loaded."""
    with TemporaryDirectory() as folder, SmtpChannel("127.0.0.1", port) as channel:
        for number, host in enumerate((None, server)):
            place = Place(Path(folder) / f"warm_{os.getpid()}_{number}", host)
            place.make()
            deliver_by_ledger(make_plan(1, channel="smtp"), place, 0, channel)
            place.clear()
    gc.freeze()  # children then share these pages


def main() -> None:
    """Answer line by line."""
    folder, port, *rest = sys.argv[1:]
    server = Path(rest[0]) if rest else None
    warm_up(int(port), server)
    for line in sys.stdin:
        command = Command(**json.loads(line))
        print(json.dumps(sweep_one(Path(folder), int(port), server, command)), flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
