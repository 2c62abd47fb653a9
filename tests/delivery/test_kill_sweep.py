"""SIGKILL at every step of a delivery over a real SMTP server: no doubles, no silent losses."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import attrs
import pytest
from aiosmtpd.controller import Controller

DRIVER = Path(__file__).with_name("kill_sweep_driver.py")
RECIPIENTS = 12
STRIDES = {"ledger": 1, "record after batch": 13, "checkpoint at fetch": 13}
"""Every how-manyth step of each design is killed."""


class Mailbox:
    """What really arrived, counted by recipient."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Take the message."""
        self.received.update(envelope.rcpt_tos)
        return "250 OK"


@attrs.frozen
class Swept:
    """The reports of each design, undisturbed run first, and what arrived."""

    reports: dict[str, list[dict[str, Any]]]
    mailbox: Mailbox

    def received(self, report: dict[str, Any]) -> Counter[str]:
        """Count what each customer of one run received."""
        addresses = {
            f"C{number:03}": f"c{number:03}@run{report['run']}.example.com"
            for number in range(RECIPIENTS)
        }
        return Counter({who: self.mailbox.received[to] for who, to in addresses.items()})

    def judge(self, report: dict[str, Any]) -> tuple[int, int]:
        """Count doubles and silent losses of one run: not received, and nobody was told."""
        received = self.received(report)
        doubles = sum(count > 1 for count in received.values())
        lost = [who for who, count in received.items() if count == 0]
        # a villain keeps no states: it believes that all was accepted
        return doubles, sum(report["states"].get(who, "accepted") == "accepted" for who in lost)


class Driver:
    """A warm process that delivers and is killed, over and over."""

    def __init__(self, folder: Path, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(folder), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Deliver, be killed, start again; give the report."""
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let it end by itself."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)


class Sweep:
    """Two drivers, one for each core, and the server that they deliver to."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.mailbox = Mailbox()
        self._controller = Controller(self.mailbox, hostname="127.0.0.1", port=port)
        self._controller.start()
        self._drivers = [Driver(folder, port) for _ in range(2)]
        self._runs = itertools.count()

    def run(self, design: str, kills: list[list[int]]) -> list[dict[str, Any]]:
        """Deliver by *design* once for each list of steps to be killed at."""
        free: SimpleQueue[Driver] = SimpleQueue()
        for driver in self._drivers:
            free.put(driver)

        def run_one(kill_at: list[int]) -> dict[str, Any]:
            driver = free.get()
            command = {"run": next(self._runs), "design": design, "kill_at": kill_at}
            report = driver.run(command)
            free.put(driver)
            return report

        with ThreadPoolExecutor(len(self._drivers)) as pool:
            return list(pool.map(run_one, kills))

    def close(self) -> None:
        """End the drivers, then the server: what is on the wire still counts."""
        for driver in self._drivers:
            driver.close()
        self._controller.stop()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Sweep all designs, until nothing is on the wire any more."""
    sweep = Sweep(tmp_path_factory.mktemp("sweep"))
    try:
        reports = {}
        for design, stride in STRIDES.items():
            (undisturbed,) = sweep.run(design, [[]])
            kills = [[step] for step in range(1, len(undisturbed["steps"]) + 1, stride)]
            # every eighth restart is killed as well, somewhere else each time
            for kill_at in kills[7::8]:
                kill_at.append(1 + kill_at[0] * 7 % 40)
            reports[design] = [undisturbed, *sweep.run(design, kills)]
    finally:
        sweep.close()
    return Swept(reports, sweep.mailbox)


def test_no_kill_makes_a_double_or_a_silent_loss(
    swept: Swept, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at every step there is, each message arrives once or is flagged unknown."""
    reports = swept.reports["ledger"]
    steps = reports[0]["steps"]
    judged = [swept.judge(report) for report in reports]
    states = [Counter(report["states"].values()) for report in reports]
    signals = [report["signals"] for report in reports]
    with capsys.disabled():
        print(  # noqa: T201 -- the proof
            f"\nkill sweep: {len(steps)} steps, each killed; {len(reports)} runs, "
            f"{sum(run.count(9) for run in signals)} kills, "
            f"{sum(swept.received(report).total() for report in reports)} of "
            f"{RECIPIENTS * len(reports)} received, "
            f"{sum(count['unknown'] for count in states)} unknown, "
            f"{sum(doubles for doubles, _ in judged)} doubles, "
            f"{sum(losses for _, losses in judged)} silent losses"
        )

    assert [run[0] for run in signals[1:]] == [9] * len(steps)
    assert {run[-1] for run in signals} == {0}
    assert judged == [(0, 0)] * len(reports)
    assert [sum(count.values()) for count in states] == [RECIPIENTS] * len(reports)
    assert all(set(count) <= {"accepted", "unknown"} for count in states)
    assert [count["unknown"] for count in states] == [report["in_hand"] for report in reports]
    assert {report["in_hand"] for report in reports} >= {0, 4}


def test_the_sweep_reaches_every_kind_of_step(swept: Swept) -> None:
    """Statements that write, commits, the witness, and each phase of SMTP are all killed at."""
    kinds = {step.split()[0] for step in swept.reports["ledger"][0]["steps"]}

    assert kinds == {
        *("do_execute", "do_executemany", "do_commit"),
        *("pwrite", "ftruncate", "fsync"),
        *("connect", "putcmd", "getreply", "push"),
    }


@pytest.mark.parametrize(
    ("design", "makes_doubles", "loses"),
    [("record after batch", True, False), ("checkpoint at fetch", False, True)],
)
def test_the_sweep_catches_naive_designs(
    swept: Swept, design: str, makes_doubles: bool, loses: bool
) -> None:
    """The same kills show the doubles of one villain and the losses of the other."""
    judged = [swept.judge(report) for report in swept.reports[design]]

    assert judged[0] == (0, 0)
    assert any(doubles for doubles, _ in judged) is makes_doubles
    assert any(losses for _, losses in judged) is loses
