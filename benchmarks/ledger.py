"""What the ledger costs: beside a sender without one, by batch, by four workers, with 1M messages.

Claims: with an SQLite ledger at batches of 100 at least half of the
throughput of the same sender without a ledger; on PostgreSQL four workers
send at least twice as fast as one; with 1M planned messages the status
answers in under a second, and a sender that starts again after a kill claims
within seconds and in flat memory.  Loopback SMTP; files on the disk, not in
memory.  Give a number to plan so many instead of 1,000,000, at least 500,000.
"""

import multiprocessing
import os
import socket
import sqlite3
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

from aiosmtpd.controller import Controller
from ledger_size import measure_size
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from postgres_server import PostgresServer
from results import describe_machine, write_section
from sqlalchemy import event

from crmlib.channels import SmtpChannel
from crmlib.delivery import Ledger, deliver

BATCH = 100
MESSAGES = 3_000
MESSAGES_OF_WORKERS = 12_000  # so many that their start is no matter
PROVIDER_MS = 30  # one request of a hundred messages to a provider over the internet
WANTED_SHARE = 0.5
WANTED_SPEEDUP = 2.0
FIGURES = {1: 222, 10: 2_756, 100: 9_682}
MESSAGES_BY_BATCH = {1: 500, 10: 3_000, 100: 10_000}
FORK = multiprocessing.get_context("fork")


class Sink:
    """A server that takes all, in a process of its own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        ready = FORK.Event()
        self._process = FORK.Process(target=_serve, args=(self.port, ready), daemon=True)
        self._process.start()
        ready.wait()

    def close(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.join()


class TakesAll:
    """The handler of the sink."""

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ANN001, ARG002, N802 -- aiosmtpd's
        """Take the message."""
        return "250 OK"


def _serve(port, ready) -> None:  # noqa: ANN001
    Controller(TakesAll(), hostname="127.0.0.1", port=port).start()
    ready.set()
    time.sleep(3600)


class SlowProvider(FakeChannel):
    """A provider that takes a hundred messages in a request, and its time."""

    def __init__(self) -> None:
        super().__init__(accepted, batch_size=BATCH)

    def send(self, messages):  # noqa: ANN001, ANN201
        """Wait as one waits for the internet."""
        time.sleep(PROVIDER_MS / 1000)
        return super().send(messages)


def main() -> None:
    """Measure, print and keep the result; exit with 1 if a claim does not hold."""
    planned = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with (
        closing(PostgresServer(in_memory=False)) as server,
        closing(Sink()) as sink,
        TemporaryDirectory() as folder,
    ):
        os.environ["XDG_STATE_HOME"] = folder
        share, share_text = compare_with_none(folder, sink.port)
        print(share_text, flush=True)
        speedup, speedup_text = compare_workers(server, sink.port)
        print(f"\n{speedup_text}\n", flush=True)
        claims_text = measure_claims(folder)
        print(f"{claims_text}\n", flush=True)
        is_kept, size_text = measure_size(folder, server, planned)
    text = "\n\n".join(
        [
            share_text,
            speedup_text,
            claims_text,
            size_text,
            describe_machine("crmlib", "sqlalchemy", "psycopg"),
        ]
    )
    write_section("ledger", text)
    print(f"\n{size_text}")
    is_kept &= share >= WANTED_SHARE and speedup >= WANTED_SPEEDUP
    sys.exit(not is_kept)


def compare_with_none(folder: str, port: int) -> tuple[float, str]:
    """Send with and without a ledger in turns, and compare the best of each."""
    with_ledger, without = [], []
    for turn in range(3):
        plan = make_plan(MESSAGES, campaign=f"turn {turn}", channel="smtp")
        with SmtpChannel("127.0.0.1", port) as channel:
            start = time.perf_counter()
            keys = plan.table["message_key"].to_list()
            for first in range(0, MESSAGES, BATCH):
                channel.send([plan.message(key) for key in keys[first : first + BATCH]])
            without.append(time.perf_counter() - start)
        enrol(f"sqlite:///{folder}/share.db", plan)
        with_ledger.append(_work(f"sqlite:///{folder}/share.db", plan, port))
    share = min(without) / min(with_ledger)
    text = (
        f"SQLite, loopback SMTP, batches of {BATCH}, {MESSAGES:,} messages, best of 3 in turns: "
        f"{MESSAGES / min(without):,.0f} messages/s without a ledger, "
        f"{MESSAGES / min(with_ledger):,.0f} with one: {share:.2f} of it "
        f"(claim: at least {WANTED_SHARE})."
    )
    return share, text


def enrol(url: str, plan) -> None:  # noqa: ANN001
    """Enter the plan before anything is due."""
    with Ledger(url, busy_timeout_seconds=60) as ledger:
        _deliver(plan, ledger, FakeChannel(), Clock(NOON - timedelta(days=1)))


def _deliver(plan, ledger, channel, clock):  # noqa: ANN001, ANN202
    name = plan.header["channels"][0]
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={name: channel},
        clock=clock,
        batch_size=BATCH,
        recipients=len(plan.table),
    )


def _work(url: str, plan, port: int | None) -> float:  # noqa: ANN001
    """Deliver and give the seconds; without a port by the slow provider."""
    with (
        SlowProvider() if port is None else SmtpChannel("127.0.0.1", port) as channel,
        Ledger(url, busy_timeout_seconds=60) as ledger,
    ):
        start = time.perf_counter()
        _deliver(plan, ledger, channel, Clock())
        return time.perf_counter() - start


def compare_workers(server: PostgresServer, port: int) -> tuple[float, str]:
    """Send by one worker and by four, to the sink and to a provider that takes its time."""
    lines, speedups = [], {}
    for name, where in (("loopback SMTP", port), (f"{PROVIDER_MS} ms a request", None)):
        measured = [(workers, *_by_workers(server, where, workers)) for workers in (1, 4, 1, 4)]
        best = {workers: max(m[1:] for m in measured if m[0] == workers) for workers in (1, 4)}
        speedups[name] = best[4][0] / best[1][0]
        lines.append(
            f"| {name} | {best[1][0]:,.0f} | {best[4][0]:,.0f} | {speedups[name]:.2f} "
            f"| {best[1][1]:.1f} / {best[4][1]:.1f} |"
        )
    text = (
        f"PostgreSQL, {MESSAGES_OF_WORKERS:,} messages, batches of {BATCH}, best of 2 in turns "
        f"(claim: four workers at least {WANTED_SPEEDUP:g} times one where a provider takes "
        "its time; to a sink on the same two cores the cores bind: workers, sink and server "
        "share them).\n\n"
        "| to | 1 worker, messages/s | 4 workers | times | cores busy, 1 / 4 workers |\n"
        "|---|---:|---:|---:|---:|\n" + "\n".join(lines)
    )
    return max(speedups.values()), text


def _by_workers(server: PostgresServer, where: int | None, workers: int) -> tuple[float, float]:
    """Give messages per second, and how many cores were busy."""
    url = server.url(server.make_database())
    plan = make_plan(MESSAGES_OF_WORKERS, channel="fake" if where is None else "smtp")
    enrol(url, plan)
    children = [FORK.Process(target=_work, args=(url, plan, where)) for _ in range(workers)]
    start, busy = time.perf_counter(), _busy_seconds()
    for child in children:
        child.start()
    for child in children:
        child.join()
    seconds = time.perf_counter() - start
    with Ledger(url) as ledger:
        assert ledger.status()["accepted"].to_list() == [MESSAGES_OF_WORKERS]
    return MESSAGES_OF_WORKERS / seconds, (_busy_seconds() - busy) / seconds


def _busy_seconds() -> float:
    """Give the time that all cores of the machine have worked so far."""
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    user, nice, system, _, _, irq, soft = map(int, first.split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def measure_claims(folder: str) -> str:
    """Claim and record by an SQLite ledger in batches of 1, 10 and 100."""
    rows = []
    for batch, figure in FIGURES.items():
        count = MESSAGES_BY_BATCH[batch]
        url = f"sqlite:///{folder}/claims_{batch}.db"
        plan = make_plan(count, campaign=f"by {batch}")
        enrol(url, plan)
        with Ledger(url) as ledger:
            statements = [0]
            event.listen(ledger.store.engine, "before_cursor_execute", _counter(statements))
            written, start = _written_bytes(), time.perf_counter()
            deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"fake": FakeChannel(batch_size=batch)},
                clock=Clock(),
                batch_size=batch,
            )
            rate = count / (time.perf_counter() - start)
            kib = (_written_bytes() - written) / count / 1024
        bare = _bare_commits(folder, batch, count)
        rows.append(
            f"| {batch} | {rate:,.0f} | {bare:,.0f} | {figure:,} | {rate / bare:.2f} "
            f"| {statements[0] / (count / batch):.0f} | {kib:.1f} |"
        )
    return (
        "Claims by SQLite, each on the disk before and after, with a channel that takes all at "
        "once. *Bare*: a table of three columns and two synced commits a batch, on this disk "
        "in this run; *figure*: what others measured of that. The ledger's include the plan, "
        "its hashes, consents, suppressions, quiet hours, the log of events and the witness "
        "(a third sync).\n\n"
        "| batch | ledger, messages/s | bare | figure | ledger of bare | statements a batch "
        "| written, KiB a message |\n|---:|---:|---:|---:|---:|---:|---:|\n" + "\n".join(rows)
    )


def _counter(count: list[int]):  # noqa: ANN202
    def note(*_: object) -> None:
        count[0] += 1

    return note


def _written_bytes() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def _bare_commits(folder: str, batch: int, count: int) -> float:
    """Give the messages per second of the least that keeps the promise."""
    with closing(sqlite3.connect(f"{folder}/bare_{batch}.db", isolation_level=None)) as book:
        book.execute("PRAGMA journal_mode = WAL")
        book.execute("PRAGMA synchronous = FULL")
        book.execute("CREATE TABLE sends (id INTEGER PRIMARY KEY, state TEXT, hash BLOB)")
        book.execute("BEGIN")
        rows = [(number, b"\0" * 16) for number in range(count)]
        book.executemany("INSERT INTO sends VALUES (?, 'planned', ?)", rows)
        book.execute("COMMIT")
        start = time.perf_counter()
        for first in range(0, count, batch):
            ids = [(number,) for number in range(first, first + batch)]
            for state in ("claimed", "accepted"):
                book.execute("BEGIN IMMEDIATE")
                book.executemany(f"UPDATE sends SET state = '{state}' WHERE id = ?", ids)
                book.execute("COMMIT")
        return count / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
