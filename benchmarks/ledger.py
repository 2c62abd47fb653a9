"""What the ledger costs: beside the same sender without one, by four workers, with 1M messages.

Claims: with an SQLite ledger at batches of 100 at least half of the
throughput of the same sender without a ledger; on PostgreSQL four workers
send at least twice as fast as one; with 1M planned messages the status
answers in under a second, and a sender that starts again after a kill claims
within seconds and in flat memory.  Loopback SMTP; files on the disk, not in
memory.  Give a number to plan so many instead of 1,000,000.
"""

import multiprocessing
import os
import resource
import socket
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

import pandas as pd
from aiosmtpd.controller import Controller
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from postgres_server import PostgresServer
from results import describe_machine, write_section

from crmlib.channels import SmtpChannel
from crmlib.delivery import Ledger, deliver

BATCH = 100
MESSAGES = 3_000
PROVIDER_MS = 30  # one request of a hundred messages to a provider over the internet
WANTED_SHARE = 0.5
WANTED_SPEEDUP = 2.0
WANTED_STATUS_SECONDS = 1.0
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
    server = PostgresServer(in_memory=False)
    sink = Sink()
    with TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        share, share_text = compare_with_none(folder, sink.port)
        print(share_text, flush=True)
        speedup, speedup_text = compare_workers(server, sink.port)
        print(f"\n{speedup_text}\n", flush=True)
        seconds, size_text = measure_size(folder, server, planned)
    sink.close()
    server.close()
    text = "\n\n".join(
        [share_text, speedup_text, size_text, describe_machine("crmlib", "sqlalchemy", "psycopg")]
    )
    write_section("ledger", text)
    print(f"\n{size_text}")
    is_kept = share >= WANTED_SHARE and speedup >= WANTED_SPEEDUP
    sys.exit(not (is_kept and seconds < WANTED_STATUS_SECONDS))


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
        rates = {}
        for workers in (1, 4):
            url = server.url(server.make_database())
            plan = make_plan(MESSAGES, channel="fake" if where is None else "smtp")
            enrol(url, plan)
            children = [
                FORK.Process(target=_work, args=(url, plan, where)) for _ in range(workers)
            ]
            start = time.perf_counter()
            for child in children:
                child.start()
            for child in children:
                child.join()
            rates[workers] = MESSAGES / (time.perf_counter() - start)
            with Ledger(url) as ledger:
                assert ledger.status()["accepted"].to_list() == [MESSAGES]
        speedups[name] = rates[4] / rates[1]
        lines.append(f"| {name} | {rates[1]:,.0f} | {rates[4]:,.0f} | {speedups[name]:.2f} |")
    text = (
        f"PostgreSQL, {MESSAGES:,} messages, batches of {BATCH} "
        f"(claim: four workers at least {WANTED_SPEEDUP:g} times one where a provider takes "
        "its time; to a sink on the same two cores the cores bind: worker, sink and server "
        "share them).\n\n"
        "| to | 1 worker, messages/s | 4 workers | times |\n|---|---:|---:|---:|\n"
        + "\n".join(lines)
    )
    return max(speedups.values()), text


def measure_size(folder: str, server: PostgresServer, planned: int) -> tuple[float, str]:
    """Plan very many, start again as after a kill, and ask for the status."""
    start = time.perf_counter()
    plan = make_large_plan(planned)
    made = time.perf_counter() - start
    digested = _time_to_digest(plan)
    print(f"{planned:,} planned in {made:.0f} s, digest in {digested:.1f} s", flush=True)
    lines, slowest = [], 0.0
    urls = {"SQLite": f"sqlite:///{folder}/large.db"}
    urls["PostgreSQL"] = server.url(server.make_database())
    for name, url in urls.items():
        start = time.perf_counter()
        enrol(url, plan)
        enrolled = time.perf_counter() - start
        print(f"{name}: enrolled in {enrolled:.0f} s", flush=True)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        first = _time_to_first_call(url, plan)
        with Ledger(url) as ledger:
            ledger.status()
            start = time.perf_counter()
            counted = ledger.status()["messages"].sum()
            status = time.perf_counter() - start
        assert counted == planned
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        slowest = max(slowest, status)
        lines.append(
            f"| {name} | {planned / enrolled:,.0f} | {first:.2f} | {status:.2f} | {grown:.0f} |"
        )
        print(lines[-1], flush=True)
    text = (
        f"{planned:,} planned messages (claim: the status under {WANTED_STATUS_SECONDS:g} s). "
        "*First call*: from the start of a sender that begins again after a kill until its "
        "first batch is handed over. *Memory*: by how much the peak of the process, which holds "
        "the plan, grows by that and by the status.\n\n"
        "| store | enrolled/s | first call, s | status, s | memory grown, MiB |\n"
        "|---|---:|---:|---:|---:|\n" + "\n".join(lines)
    )
    return slowest, text


def _time_to_digest(plan) -> float:  # noqa: ANN001
    start = time.perf_counter()
    assert plan.digest
    return time.perf_counter() - start


class _FirstCallError(BaseException):
    """The first batch was handed over."""


def _time_to_first_call(url: str, plan) -> float:  # noqa: ANN001
    def stop(message) -> None:  # noqa: ANN001, ARG001
        raise _FirstCallError

    approved = plan.digest
    start = time.perf_counter()
    try:
        with Ledger(url) as ledger:
            deliver(
                plan,
                ledger,
                approved=approved,
                channels={"fake": FakeChannel(stop, batch_size=BATCH)},
                clock=Clock(),
            )
    except _FirstCallError:
        return time.perf_counter() - start
    raise AssertionError


def make_large_plan(count: int):  # noqa: ANN201
    """Give a plan for *count* customers, made column by column."""
    small = make_plan(1)
    row = small.table.iloc[0]
    numbers = pd.Series(range(count)).astype(str)
    table = pd.DataFrame({name: [row[name]] * count for name in small.table.columns})
    table.index = pd.Index("C" + numbers)
    table["address"] = ("c" + numbers + "@example.com").to_numpy()
    table["message_key"] = ("key-" + numbers).to_numpy()
    table["send_at"] = pd.Series([NOON] * count, index=table.index)
    return type(small)(header=small.header, table=table.astype({"night_consent": bool}))


if __name__ == "__main__":
    main()
