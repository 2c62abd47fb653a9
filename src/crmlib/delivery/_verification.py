"""Kill a delivery at each of its steps, start it again, and count what arrived."""

from __future__ import annotations

import itertools
import json
import secrets
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from signal import SIGKILL
from typing import IO, TYPE_CHECKING, Any, Final, cast

import attrs

from crmlib.delivery._verification_place import clear_all
from crmlib.delivery._verification_plan import RECIPIENTS, address_of, domain_of
from crmlib.delivery._verification_sink import Sink
from crmlib.delivery._verification_site import Site
from crmlib.exceptions import LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_WORKER: Final = (sys.executable, "-m", "crmlib.delivery._verification_worker")
_WORKERS: Final = 2
_WAY_OUT: Final = "name a database that is there and in which this user may make a schema"


@attrs.frozen(kw_only=True)
class Setting:
    """What is swept.

    Parameters
    ----------
    design : str
        ``"ledger"``, or one that the worker knows besides.
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


@attrs.frozen(kw_only=True)
class Verdict:
    """What became of one run.

    Parameters
    ----------
    doubles, losses, unknown : int
        Recipients that got two, or none and nobody was told; messages flagged.
    in_hand : int
        Messages that were in flight when their sender was killed.
    kills, received : int
        How often a sender was killed, and what arrived.
    states : Counter of str
        Where the messages stand in the end.
    steps : list of str
        What the last sender went through.
    is_clean : bool
        Whether every sender was killed or came to its end.
    """

    doubles: int
    losses: int
    unknown: int
    in_hand: int
    kills: int
    received: int
    states: Counter[str]
    steps: list[str]
    is_clean: bool


class Sweep:
    """Workers, one for each of two cores, and the sink that they deliver to.

    Parameters
    ----------
    folder : Path
        An empty folder.
    server : str, optional
        URL of a database on a server.
    worker : sequence of str, optional
        The command that starts a worker.

    Raises
    ------
    LedgerUnavailableError
        If no ledger can be made there.
    """

    def __init__(
        self, folder: Path, server: str | None = None, worker: Sequence[str] = _WORKER
    ) -> None:
        self._sink = Sink()
        self._site = Site(
            folder=str(folder),
            name=f"crmlib_verify_{secrets.token_hex(6)}",
            port=self._sink.port,
            server=server,
        )
        self._drivers = [_Driver(worker, self._site) for _ in range(_WORKERS)]
        self._runs = itertools.count()
        problems = [driver.wait() for driver in self._drivers]
        if any(problems):
            self._end()
            raise LedgerUnavailableError(
                "the store to be verified", f"no ledger can be made in it: {problems[0]}", _WAY_OUT
            )

    def sweep(
        self, setting: Setting, stride: int, advance: Callable[[int], object] = bool
    ) -> list[Verdict]:
        """Run undisturbed, by one; then killed at every *stride*-th step; every eighth once more.

        Where the clock jumps, every restart is killed.  *advance* is called
        after each run with how many there are in this sweep.
        """
        (undisturbed,) = self.run(attrs.evolve(setting, workers=1), [[]])
        kills = [
            [[step + 11 * worker for worker in range(setting.workers)]]
            for step in range(1, len(undisturbed.steps) + 1, stride)
        ]
        often = 1 if setting.has_jumps else 8
        for kill_at in kills[often - 1 :: often]:  # somewhere else each time
            kill_at.append([1 + first * 7 % 40 for first in kill_at[0]])
        return [undisturbed, *self.run(setting, kills, advance)]

    def run(
        self,
        setting: Setting,
        kills: list[list[list[int]]],
        advance: Callable[[int], object] = bool,
    ) -> list[Verdict]:
        """Deliver in *setting* once for each list of steps to be killed at, attempt by attempt."""
        free: SimpleQueue[_Driver] = SimpleQueue()
        for driver in self._drivers:
            free.put(driver)

        def run_one(kill_at: list[list[int]]) -> dict[str, Any]:
            driver = free.get()
            run, mailbox = next(self._runs), setting.mailbox
            if setting.channel == "keyed":
                mailbox += ".keyed"
            command = attrs.asdict(setting) | {"run": run, "mailbox": mailbox, "kill_at": kill_at}
            # the last hour is that of the last attempt, however many come before
            command["hours"] = [*setting.hours[: len(kill_at)], setting.hours[-1]]
            report = driver.run(command)
            free.put(driver)
            return report | {"domain": domain_of(run, mailbox)}

        reports = []
        with ThreadPoolExecutor(len(self._drivers)) as pool:
            for report in pool.map(run_one, kills):
                reports.append(report)
                advance(len(kills))
        self._sink.settle()
        return [self._judge(report) for report in reports]

    def close(self) -> None:
        """End the workers, then the sink, and leave nothing on the server."""
        self._end()
        if self._site.server is not None:
            clear_all(self._site.server, self._site.name)

    def _end(self) -> None:
        for driver in self._drivers:
            driver.close()
        self._sink.close()

    def _judge(self, report: dict[str, Any]) -> Verdict:
        """Count doubles and silent losses of one run: not received, and nobody was told."""
        received = {
            f"C{number:03}": self._sink.received[address_of(number, report["domain"])]
            for number in range(RECIPIENTS)
        }
        states = report["states"]
        # a design that keeps no states believes that all was accepted; a message
        # that the ledger has lost sight of altogether is a loss just as well
        believed = [who for who in received if states.get(who, "accepted") == "accepted"]
        signals = [signal for attempt in report["signals"] for signal in attempt]
        return Verdict(
            doubles=sum(count > 1 for count in received.values()),
            losses=sum(received[who] == 0 for who in believed),
            unknown=sum(state == "unknown" for state in states.values()),
            in_hand=report["in_hand"],
            kills=signals.count(SIGKILL),
            received=sum(received.values()),
            states=Counter(states.values()),
            steps=report["steps"],
            is_clean=not any(report["statuses"]) and set(signals) <= {0, SIGKILL},
        )


class _Driver:
    """A warm process that delivers and is killed, over and over."""

    def __init__(self, command: Sequence[str], site: Site) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own worker
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C ends it after its run, so that it can clear up
        )
        self._in = cast("IO[str]", self._process.stdin)
        self._out = cast("IO[str]", self._process.stdout)
        self._write(attrs.asdict(site))  # not as an argument: it may hold a password

    def wait(self) -> str | None:
        """Wait until it is warm; give what is in the way, if anything."""
        problem: str | None = self._read()["problem"]
        return problem

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Deliver, be killed, start again; give the report."""
        self._write(command)
        return self._read()

    def _read(self) -> dict[str, Any]:
        line = self._out.readline()
        if not line:
            raise ChildProcessError("the worker of the verification ended; what it said is above")
        report: dict[str, Any] = json.loads(line)
        return report

    def close(self) -> None:
        """Let it end by itself."""
        self._in.close()
        self._process.wait()
        self._out.close()

    def _write(self, value: dict[str, Any]) -> None:
        self._in.write(f"{json.dumps(value)}\n")
        self._in.flush()
