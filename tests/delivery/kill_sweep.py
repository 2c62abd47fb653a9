"""SIGKILL at every step of a delivery over a real SMTP server, and what arrived in spite of it.

test_kill_sweep.py runs a short form of it, benchmarks/kill_sweep.py the long one.
"""

from __future__ import annotations

import itertools
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import attrs
from aiosmtpd.controller import Controller

DRIVER = Path(__file__).with_name("kill_sweep_driver.py")
RECIPIENTS = 12
COLUMNS = ("kills", "received", "unknown", "doubles", "losses")
HEADINGS = " | ".join(("setting", "runs", *COLUMNS))
MUTE = "c003@"  # where replies are lost, the one to this recipient is
_MESSAGE_ID = re.compile(rb"(?im)^Message-ID: (.*)$")


@attrs.frozen(kw_only=True)
class Setting:
    """What is swept.

    Parameters
    ----------
    design : str
        ``"ledger"``, or the name of a villain.
    store : {"sqlite", "postgres"}
    workers : int
        How many deliver at once; each is killed at a step of its own.
    channel : {"plain", "keyed"}
        Whether the provider drops a repeated key.
    mailbox : {"steady", "mute"}
        Whether it answers each message, or falls silent after one.
    hours : tuple of int
        The clock of each attempt; it may go back.
    """

    design: str = "ledger"
    store: str = "sqlite"
    workers: int = 1
    channel: str = "plain"
    mailbox: str = "steady"
    hours: tuple[int, ...] = (0, 1, 2)

    @property
    def has_jumps(self) -> bool:
        """Whether the clock goes back."""
        return list(self.hours) != sorted(self.hours)

    def __str__(self) -> str:
        """Name it in a table."""
        clock = "clock jumps" if self.has_jumps else "clock runs"
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        return f"{self.design}, {self.store}, {workers}, {self.channel}, {self.mailbox}, {clock}"


class Mailbox:
    """What really arrived, counted by recipient."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self._keys: set[bytes] = set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Take the message; where keys are known, once."""
        (address,) = envelope.rcpt_tos
        key = _MESSAGE_ID.search(envelope.content)[1]
        if ".keyed." not in address or key not in self._keys:
            self.received[address] += 1
        self._keys.add(key)
        if ".mute." in address and address.startswith(MUTE):
            server.transport.abort()
        return "250 OK"


@attrs.frozen
class Verdict:
    """What became of one run."""

    doubles: int
    losses: int
    unknown: int
    in_hand: int
    kills: int
    received: int
    states: Counter[str]
    steps: list[str]
    is_clean: bool


class Driver:
    """A warm process that delivers and is killed, over and over."""

    def __init__(self, folder: Path, port: int, server: Path | None) -> None:
        extra = [] if server is None else [str(server)]
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(folder), str(port), *extra],
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

    def __init__(self, folder: Path, server: Path | None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._mailbox = Mailbox()
        self._controller = Controller(self._mailbox, hostname="127.0.0.1", port=port)
        self._controller.start()
        self._drivers = [Driver(folder, port, server) for _ in range(2)]
        self._runs = itertools.count()

    def sweep(self, setting: Setting, stride: int) -> list[Verdict]:
        """Run undisturbed, by one; then killed at every *stride*-th step; every eighth once more.

        Where the clock jumps, every restart is.
        """
        (undisturbed,) = self.run(attrs.evolve(setting, workers=1), [[]])
        kills = [
            [[step + 11 * worker for worker in range(setting.workers)]]
            for step in range(1, len(undisturbed.steps) + 1, stride)
        ]
        often = 1 if setting.has_jumps else 8
        for kill_at in kills[often - 1 :: often]:  # somewhere else each time
            kill_at.append([1 + first * 7 % 40 for first in kill_at[0]])
        return [undisturbed, *self.run(setting, kills)]

    def run(self, setting: Setting, kills: list[list[list[int]]]) -> list[Verdict]:
        """Deliver in *setting* once for each list of steps to be killed at, attempt by attempt."""
        free: SimpleQueue[Driver] = SimpleQueue()
        for driver in self._drivers:
            free.put(driver)

        def run_one(kill_at: list[list[int]]) -> dict[str, Any]:
            driver = free.get()
            command = {"run": next(self._runs), "kill_at": kill_at} | attrs.asdict(setting)
            if setting.channel == "keyed":
                command["mailbox"] += ".keyed"
            # the last hour is that of the last attempt, however many come before
            command["hours"] = [*setting.hours[: len(kill_at)], setting.hours[-1]]
            report = driver.run(command)
            free.put(driver)
            return report | {"domain": f"run{command['run']}.{command['mailbox']}.example.com"}

        with ThreadPoolExecutor(len(self._drivers)) as pool:
            return [self._judge(report) for report in pool.map(run_one, kills)]

    def close(self) -> None:
        """End the drivers, then the server."""
        for driver in self._drivers:
            driver.close()
        self._controller.stop()

    def _judge(self, report: dict[str, Any]) -> Verdict:
        """Count doubles and silent losses of one run: not received, and nobody was told."""
        received = {
            f"C{number:03}": self._mailbox.received[f"c{number:03}@{report['domain']}"]
            for number in range(RECIPIENTS)
        }
        states = report["states"]
        # a villain keeps no states: it believes that all was accepted
        believed = [who for who in received if states.get(who, "accepted") == "accepted"]
        signals = [signal for attempt in report["signals"] for signal in attempt]
        return Verdict(
            doubles=sum(count > 1 for count in received.values()),
            losses=sum(received[who] == 0 for who in believed),
            unknown=sum(state == "unknown" for state in states.values()),
            in_hand=report["in_hand"],
            kills=signals.count(9),
            received=sum(received.values()),
            states=Counter(states.values()),
            steps=report["steps"],
            is_clean=not any(report["statuses"]) and set(signals) <= {0, 9},
        )


def describe(name: object, verdicts: list[Verdict]) -> str:
    """Give a row of the table."""
    sums = [sum(getattr(verdict, column) for verdict in verdicts) for column in COLUMNS]
    return " | ".join(map(str, (name, len(verdicts), *sums)))
