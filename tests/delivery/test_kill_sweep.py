"""SIGKILL at every step of a delivery over a real SMTP server: no doubles, no silent losses."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
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
    """The warm process that delivers and is killed, over and over."""

    def __init__(self, folder: Path, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(folder), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._runs = 0

    def run(self, design: str, *kill_at: int) -> dict[str, Any]:
        """Deliver by *design*, killed at each of *kill_at* and started again after it."""
        self._runs += 1
        command = {"run": self._runs, "design": design, "kill_at": kill_at}
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let it end by itself."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox()
    box.port = port
    box.controller = Controller(box, hostname="127.0.0.1", port=port)
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture
def driver(mailbox: Mailbox, tmp_path: Path) -> Iterator[Driver]:
    """The process that delivers to that server."""
    made = Driver(tmp_path, mailbox.port)
    yield made
    made.close()


def judge(mailbox: Mailbox, report: dict[str, Any]) -> tuple[int, int]:
    """Count doubles and silent losses of one run: not received, and nobody was told."""
    doubles = losses = 0
    for number in range(RECIPIENTS):
        customer = f"C{number:03}"
        received = mailbox.received[f"c{number:03}@run{report['run']}.example.com"]
        state = report["states"].get(customer, "accepted")  # what a villain believes
        doubles += received > 1
        losses += received == 0 and state == "accepted"
    return doubles, losses


def test_no_kill_makes_a_double_or_a_silent_loss(
    mailbox: Mailbox, driver: Driver, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at every step there is, each message arrives once or is flagged unknown."""
    undisturbed = driver.run("ledger")
    steps = undisturbed["steps"]
    reports = [undisturbed]
    for step in range(1, len(steps) + 1):
        # every fourth restart is killed as well, somewhere else each time
        second = [1 + step * 7 % (len(steps) // 2)] if step % 4 == 0 else []
        reports.append(driver.run("ledger", step, *second))
    driver.close()
    mailbox.controller.stop()

    judged = [judge(mailbox, report) for report in reports]
    states = [Counter(report["states"].values()) for report in reports]
    unknown = sum(count["unknown"] for count in states)
    with capsys.disabled():
        print(  # noqa: T201 -- the proof
            f"\nkill sweep: {len(steps)} steps, each killed at least once, {len(reports)} runs, "
            f"{sum(len(r['signals']) - 1 for r in reports)} kills, "
            f"{sum(mailbox.received.values())} received, {unknown} unknown, "
            f"{sum(d for d, _ in judged)} doubles, {sum(n for _, n in judged)} silent losses"
        )

    assert judged == [(0, 0)] * len(reports)
    assert [r["signals"] for r in reports] == [
        [9] * (len(r["signals"]) - 1) + [0] for r in reports
    ]
    assert [sum(count.values()) for count in states] == [RECIPIENTS] * len(reports)
    assert all(set(count) <= {"accepted", "unknown"} for count in states)
    assert [count["unknown"] for count in states] == [report["in_hand"] for report in reports]
    assert max(report["in_hand"] for report in reports) > 0
    kinds = {" ".join(name.split()[:2]) for name in steps}
    assert {"before do_commit", "after do_commit", "after fsync", "before connect"} <= kinds
    assert {"between the", "before putcmd", "after getreply", "before do_execute"} <= kinds


@pytest.mark.parametrize(
    ("design", "is_double", "is_lost"),
    [("record after batch", True, False), ("checkpoint at fetch", False, True)],
)
def test_the_sweep_catches_naive_designs(
    mailbox: Mailbox, driver: Driver, design: str, is_double: bool, is_lost: bool
) -> None:
    """The same kills show the doubles of one villain and the losses of the other."""
    steps = driver.run(design)["steps"]
    reports = [driver.run(design, step) for step in range(2, len(steps) + 1, 7)]
    driver.close()
    mailbox.controller.stop()
    judged = [judge(mailbox, report) for report in reports]

    assert any(doubles for doubles, _ in judged) is is_double
    assert any(losses for _, losses in judged) is is_lost
