"""A campaign of very many messages: enrolled, sent, killed, started again, counted.

Each step is a process of its own, forked from one that holds the plan, so that
its memory can be told from that of the plan.
"""

import multiprocessing
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import attrs
import pandas as pd
from fresh_process import peak_gb, resident_gb
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from sqlalchemy import update

from crmlib.campaigns._message_keys import message_keys
from crmlib.delivery import Ledger, deliver, read_progress
from crmlib.delivery._schema import DELIVERIES
from crmlib.messages import Reason

BATCH = 100
NIGHT = timedelta(hours=11)
BATCHES = 100  # that are really sent, in the middle of the campaign
WANTED_STATUS_SECONDS = 1.0
WANTED_RESUME_SECONDS = 15.0
MIB_PER_GB = 1e9 / 2**20
FORK = multiprocessing.get_context("fork")


@attrs.frozen(kw_only=True)
class Size:
    """What a campaign of one size took in one store."""

    enrolled: "Cost"
    sent: "Cost"
    resumed: "Cost"
    counted: "Cost"
    told: "Cost"

    def row(self, store: str, planned: int) -> str:
        """Give a row of the table."""
        sent = self.sent
        return (
            f"| {store} | {planned:,} | {self.enrolled} | {planned / self.enrolled.seconds:,.0f} "
            f"| {BATCHES * BATCH / sent.seconds:,.0f} ({BATCHES * BATCH / sent.cpu_seconds:,.0f}) "
            f"| {self.resumed} | {self.counted} | {self.told} "
            f"| {self.enrolled.mib:.0f} / {sent.mib:.0f} / {self.told.mib:.0f} |"
        )


@attrs.frozen
class Cost:
    """Seconds by the clock and of the sender's own work, and memory in MiB over that before."""

    seconds: float
    cpu_seconds: float
    mib: float = 0.0

    def __str__(self) -> str:
        return f"{self.seconds:.2f} ({self.cpu_seconds:.2f})"


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(start: tuple[float, float], before: float = 0.0) -> Cost:
    seconds, cpu_seconds = (now - then for now, then in zip(_now(), start, strict=True))
    return Cost(seconds, cpu_seconds, (peak_gb() - before) * MIB_PER_GB)


def measure_size(folder: str, server, planned: int) -> tuple[bool, str]:  # noqa: ANN001
    """Measure a tenth of *planned* and all of it in both stores; say whether it is kept."""
    rows, notes, kept = [], [], True
    for count in (planned // 10, planned):
        start = time.perf_counter()
        plan = make_large_plan(count)
        made, start = time.perf_counter() - start, time.perf_counter()
        digest = plan.digest
        notes.append(f"{count:,} rows: made in {made:.1f} s, {time.perf_counter() - start:.1f} s")
        urls = {
            "SQLite": f"sqlite:///{folder}/large_{count}.db",
            "PostgreSQL": server.url(server.make_database()),
        }
        for store, url in urls.items():
            size = measure_one(url, plan, digest, count)
            rows.append(size.row(store, count))
            print(rows[-1], flush=True)
            kept &= max(size.counted.seconds, size.told.seconds) < WANTED_STATUS_SECONDS
            kept &= size.resumed.seconds < WANTED_RESUME_SECONDS
    text = (
        f"A campaign of {planned:,} messages beside one of a tenth (claim: both counts under "
        f"{WANTED_STATUS_SECONDS:g} s, the first message after a kill within "
        f"{WANTED_RESUME_SECONDS:g} s, memory that does not grow with the campaign). In brackets "
        "by the processor time of the sender alone. Half of it is marked as sent and a quarter as "
        f"put off by quiet hours, {BATCHES} batches of {BATCH} are sent, and the sender is killed "
        "with one in hand, the next in its first call. *Resumed*: from the start of a new sender "
        "until it hands over its first message; the digest of the plan, which it checks first, is "
        "in it. *Counts*: `Ledger.status()`. *Progress*: `read_progress`, which is what `crmlib "
        "status` prints. *Memory*: the peak of enrolling / sending / progress over what the plan "
        "takes, which lies in memory as a whole.\n\n"
        "| store | planned | enrolled, s | enrolled/s | sent/s | resumed, s | counts, s "
        "| progress, s | memory, MiB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        + "\n".join(rows)
    )
    return kept, f"{text}\n\nThe plan by itself ({'; '.join(notes)} for its digest)."


def measure_one(url: str, plan, digest: str, count: int) -> Size:  # noqa: ANN001
    """Take one campaign from its enrolment to the status after a kill."""
    enrolled = _in_child(_enrol, url, plan, digest)
    with Ledger(url) as ledger, ledger.store.write_alone() as connection:
        half = update(DELIVERIES).where(DELIVERIES.c.id <= count // 2)
        values = {"state": "accepted", "attempts": 1, "claimed_at": NOON, "finished_at": NOON}
        connection.execute(half.values(values))
        last = update(DELIVERIES).where(DELIVERIES.c.id > count * 3 // 4)
        connection.execute(last.values(detail=Reason.QUIET_HOURS, due_at=NOON + NIGHT))
    sent, resumed, counted, told = (
        _in_child(work, url, plan, digest) for work in (_send_and_die, _resume, _count, _tell)
    )
    return Size(enrolled=enrolled, sent=sent, resumed=resumed, counted=counted, told=told)


def _in_child(work, url: str, plan, digest: str) -> Cost:  # noqa: ANN001
    """Have a child do *work* and tell what it cost; it may kill itself after that."""
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=work, args=(url, plan, digest, there))
    child.start()
    there.close()
    try:
        return here.recv()
    finally:
        child.join()


def _begin(plan) -> float:  # noqa: ANN001
    """Have the plan look up its messages, which is its own part, and give the memory so far."""
    plan.message(plan.table["message_key"].iloc[0])
    before = resident_gb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return before


def _deliver(url: str, plan, digest: str, channel: FakeChannel, clock: Clock) -> None:  # noqa: ANN001
    with Ledger(url, busy_timeout_seconds=60) as ledger:
        deliver(
            plan,
            ledger,
            approved=digest,
            channels={"fake": channel},
            clock=clock,
            recipients=len(plan.table),
        )


def _enrol(url: str, plan, digest: str, pipe) -> None:  # noqa: ANN001
    start = _now()
    before = _begin(plan)
    _deliver(url, plan, digest, FakeChannel(), Clock(NOON - timedelta(days=1)))
    pipe.send(_since(start, before))


def _send_and_die(url: str, plan, digest: str, pipe) -> None:  # noqa: ANN001
    before = _begin(plan)
    moments = []

    def answer(message):  # noqa: ANN001, ANN202
        moments.append(_now())
        if len(moments) == BATCHES * BATCH + BATCH // 2:
            pipe.send(_since(moments[BATCH // 2], before))
            os.kill(os.getpid(), signal.SIGKILL)
        return accepted(message)

    _deliver(url, plan, digest, FakeChannel(answer, batch_size=BATCH), Clock())


def _resume(url: str, plan, digest: str, pipe) -> None:  # noqa: ANN001
    start = _now()

    def stop(message):  # noqa: ANN001, ANN202, ARG001
        pipe.send(_since(start))
        os.kill(os.getpid(), signal.SIGKILL)

    _deliver(url, plan, digest, FakeChannel(stop, batch_size=BATCH), Clock())


def _count(url: str, plan, digest: str, pipe) -> None:  # noqa: ANN001, ARG001
    before = _begin(plan)
    start = _now()
    with Ledger(url) as ledger:
        counted = ledger.status()
    cost = _since(start, before)
    assert counted["claimed"].to_list() == [BATCH + 10]  # the second died in its first call
    assert counted["messages"].to_list() == [len(plan.table)]
    pipe.send(cost)


def _tell(url: str, plan, digest: str, pipe) -> None:  # noqa: ANN001, ARG001
    before = _begin(plan)
    start = _now()
    with Ledger(url) as ledger:
        (progress,) = read_progress(ledger, now=NOON)
    cost = _since(start, before)
    assert progress.audience == len(plan.table)
    assert progress.waiting["quiet hours"] == len(plan.table) - len(plan.table) * 3 // 4
    pipe.send(cost)


def make_large_plan(count: int):  # noqa: ANN201
    """Give a plan for *count* customers, made column by column."""
    small = make_plan(1)
    row = small.table.iloc[0]
    table = pd.DataFrame({name: [row[name]] * count for name in small.table.columns})
    numbers = [f"{number:07}" for number in range(count)]
    table.index = pd.Index([f"C{number}" for number in numbers])
    table["address"] = [f"c{number}@example.com" for number in numbers]
    table["message_key"] = message_keys(small.campaign, table["address"])
    table["message"] = [f"Hello, C{number}" for number in numbers]
    table["send_at"] = pd.Series([NOON] * count, index=table.index)
    return type(small)(header=small.header, table=table.astype({"night_consent": bool}))
