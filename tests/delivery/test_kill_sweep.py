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
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator

DRIVER = Path(__file__).with_name("kill_sweep_driver.py")
RECIPIENTS = 12


class Mailbox:
    """What really arrived, counted by recipient."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Take the message."""
        self.received.update(envelope.rcpt_tos)
        return "250 OK"


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
        self._drivers = []
        if self._controller.loop.is_running():
            self._controller.stop()


@pytest.fixture
def sweep(tmp_path: Path) -> Iterator[Sweep]:
    """A server and what delivers to it."""
    made = Sweep(tmp_path)
    yield made
    made.close()


def judge(mailbox: Mailbox, report: dict[str, Any]) -> tuple[int, int]:
    """Count doubles and silent losses of one run: not received, and nobody was told."""
    doubles = losses = 0
    for number in range(RECIPIENTS):
        received = mailbox.received[f"c{number:03}@run{report['run']}.example.com"]
        state = report["states"].get(f"C{number:03}", "accepted")  # what a villain believes
        doubles += received > 1
        losses += received == 0 and state == "accepted"
    return doubles, losses


def test_no_kill_makes_a_double_or_a_silent_loss(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at every step there is, each message arrives once or is flagged unknown."""
    (undisturbed,) = sweep.run("ledger", [[]])
    steps = undisturbed["steps"]
    # every fourth restart is killed as well, somewhere else each time
    kills = [
        [step] if step % 4 else [step, 1 + step * 7 % 40] for step in range(1, len(steps) + 1)
    ]
    reports = [undisturbed, *sweep.run("ledger", kills)]
    sweep.close()

    judged = [judge(sweep.mailbox, report) for report in reports]
    states = [Counter(report["states"].values()) for report in reports]
    signals = [report["signals"] for report in reports]
    with capsys.disabled():
        print(  # noqa: T201 -- the proof
            f"\nkill sweep: {len(steps)} steps, each killed; {len(reports)} runs, "
            f"{sum(run.count(9) for run in signals)} kills, "
            f"{sum(sweep.mailbox.received.values())} of {RECIPIENTS * len(reports)} received, "
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
    kinds = {step.split()[0] for step in steps}
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
    sweep: Sweep, design: str, makes_doubles: bool, loses: bool
) -> None:
    """The same kills show the doubles of one villain and the losses of the other."""
    (undisturbed,) = sweep.run(design, [[]])
    kills = [[step] for step in range(2, len(undisturbed["steps"]) + 1, 7)]
    reports = sweep.run(design, kills)
    sweep.close()
    judged = [judge(sweep.mailbox, report) for report in reports]

    assert any(doubles for doubles, _ in judged) is makes_doubles
    assert any(losses for _, losses in judged) is loses
