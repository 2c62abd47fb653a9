"""A warm process that delivers in forked children and has them killed at a chosen step.

Started by test_kill_sweep.py.  It reads one JSON object per line: which run,
which design, at which step to kill; and answers with one line on what was in
hand at the kill and where each message stands after the restart.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import smtplib
import sqlite3
import sys
import traceback
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from plans_to_deliver import NOON, Clock, make_plan
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
        for method in ("do_execute", "do_executemany"):
            self.before(DefaultDialect, method, _is_write)
        self.before(DefaultDialect, "do_commit")
        for function in ("pwrite", "ftruncate", "fsync"):
            self.before(os, function)
        for method in ("connect", "putcmd", "getreply"):
            self.before(smtplib.SMTP, method)
        self.halve()


def _is_write(statement: str) -> bool:
    return statement.split(maxsplit=1)[0] in {"CREATE", "INSERT", "UPDATE"}


def deliver_by_ledger(plan: Plan, folder: Path, hours: int, channel: Channel) -> None:
    """Do it the way crmlib does."""
    with Ledger(f"sqlite:///{folder}/crm.db") as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"smtp": channel},
            clock=Clock(NOON + timedelta(hours=hours)),
            batch_size=BATCH,
        )


def record_after_batch(plan: Plan, folder: Path, hours: int, channel: Channel) -> None:
    """Be a villain: send a batch, then write down that it was sent."""
    book = folder / "done"
    done = _read(book)
    keys = plan.table["message_key"].to_list()
    for start in range(done, RECIPIENTS, BATCH):
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])
        _write(book, start + BATCH)


def checkpoint_at_fetch(plan: Plan, folder: Path, hours: int, channel: Channel) -> None:
    """Be a villain: move the checkpoint when a batch is fetched, then send it."""
    book = folder / "done"
    done = _read(book)
    keys = plan.table["message_key"].to_list()
    for start in range(done, RECIPIENTS, BATCH):
        _write(book, start + BATCH)
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])


def _read(book: Path) -> int:
    return int(book.read_text() or 0) if book.exists() else 0


def _write(book: Path, position: int) -> None:
    handle = os.open(book, os.O_WRONLY | os.O_CREAT)
    os.pwrite(handle, f"{position:02}".encode(), 0)
    os.fsync(handle)
    os.close(handle)


DESIGNS: dict[str, Callable[[Plan, Path, int, Channel], None]] = {
    "ledger": deliver_by_ledger,
    "record after batch": record_after_batch,
    "checkpoint at fetch": checkpoint_at_fetch,
}


def in_child(
    deliver_plan: Callable[[Channel], None], folder: Path, port: int, kill_at: int
) -> int:
    """Deliver in a child that dies at the step *kill_at*; give its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        steps = Steps(kill_at)
        steps.install()
        with SmtpChannel("127.0.0.1", port, ehlo_name="sender.test") as channel:
            deliver_plan(channel)
            (folder / "steps").write_text(json.dumps(steps.names))
    except BaseException:  # noqa: BLE001 -- it must not come back as a second driver
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def states_of(folder: Path) -> dict[str, str]:
    """Give the state of each customer's message, read past the ledger's own code."""
    if not (folder / "crm.db").exists():
        return {}
    with closing(sqlite3.connect(folder / "crm.db")) as book:
        if not book.execute("SELECT 1 FROM sqlite_master WHERE name = 'crmlib_ledger'").fetchall():
            return {}
        return dict(book.execute("SELECT customer_id, state FROM crmlib_deliveries").fetchall())


def sweep_one(folder: Path, port: int, command: dict[str, Any]) -> dict[str, Any]:
    """Run, kill, look, and start again until nothing kills it."""
    run = command["run"]
    home = folder / str(run)
    home.mkdir()
    plan = make_plan(
        RECIPIENTS, campaign=f"run {run}", domain=f"run{run}.example.com", channel="smtp"
    )
    signals, in_hand = [], 0
    for hours, kill_at in enumerate([*command["kill_at"], 0]):
        before = states_of(home)
        start = partial(DESIGNS[command["design"]], plan, home, hours)
        status = in_child(start, home, port, kill_at)
        signals.append(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
        after = states_of(home)
        # what was in hand before is settled by now: its lease is over
        in_hand += sum(state == "claimed" and before.get(c) != state for c, state in after.items())
    return {
        "run": run,
        "signals": signals,
        "status": status,
        "in_hand": in_hand,
        "states": states_of(home),
        "steps": json.loads((home / "steps").read_text()),
    }


def warm_up(port: int) -> None:
    """Deliver once in this process, so that each child finds everything loaded."""
    with TemporaryDirectory() as folder, SmtpChannel("127.0.0.1", port) as channel:
        deliver_by_ledger(make_plan(1, channel="smtp"), Path(folder), 0, channel)
    gc.freeze()  # children then share these pages


def main() -> None:
    """Answer line by line."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    warm_up(port)
    for line in sys.stdin:
        print(json.dumps(sweep_one(folder, port, json.loads(line))), flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
