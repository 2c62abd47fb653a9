"""Cut the power at the entries of a book, start again, and see what the ledger knows.

test_power_cut.py does so at some of them, benchmarks/kill_sweep.py at all.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from signal import SIGINT
from typing import TYPE_CHECKING
from unittest.mock import patch

import attrs
import psycopg
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan
from power_cut import Book, Disk, everything, luck, nothing, read_files
from power_cut_driver import RECIPIENTS

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import LedgerLineageError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from postgres_server import PostgresServer
    from power_cut import Entry, Luck

DRIVER = Path(__file__).with_name("power_cut_driver.py")
STATES = "SELECT message_key, state FROM crmlib_deliveries"
COLUMNS = ("handed over", "unclaimed", "unknown", "doubles", "losses", "refused")


@attrs.frozen(kw_only=True)
class Verdict:
    """What one power cut left.

    Parameters
    ----------
    handed_over : int
        Messages that the channel had been given before the cut.
    unclaimed : int
        How many of these have no claim on the disk.
    unknown, doubles, losses : int
        After the restart: flagged; given twice; said to be accepted and never given.
    refused : bool
        Whether the ledger was refused, because it lacks claims or is damaged.
    """

    handed_over: int
    unclaimed: int
    unknown: int = 0
    doubles: int = 0
    losses: int = 0
    refused: bool = False


def run_noted(book: Book, *arguments: str) -> None:
    """Have the driver do *arguments* while the book notes."""
    environment = os.environ | book.environment
    subprocess.run([sys.executable, DRIVER, *arguments], check=True, env=environment)


def run_sqlite(folder: Path, settings: dict[str, tuple[str, int]]) -> dict[str, SqliteCuts]:
    """Deliver a campaign for each of *settings*, design and workers, and note what is written."""
    place, files = folder / "book", folder / "files"
    place.mkdir()
    files.mkdir()
    book, arguments = Book(files, place), []
    for name, (design, workers) in settings.items():
        (files / name).mkdir()
        arguments.append(f"{design}|{name}|{workers}|sqlite:///{files}/{name}/crm.db")
    run_noted(book, *arguments)
    entries = list(book.entries())
    return {name: SqliteCuts(files / name, entries) for name in settings}


def fates(number: int) -> Iterator[Luck]:
    """Give what may become of the changes that were not synced at a cut."""
    yield from (nothing, luck(number), everything)


class SqliteCuts:
    """Cuts of one campaign whose ledger is a file in *folder*; the book has its entries.

    Parameters
    ----------
    folder : Path
        The folder in which it was delivered; it is written to.
    entries : sequence of Entry
        Also of other folders.

    Attributes
    ----------
    unnoted : list of str
        Files that hold something else than the book says.
    """

    def __init__(self, folder: Path, entries: Sequence[Entry]) -> None:
        self._folder = folder
        self._campaign = folder.name
        self._entries = [
            entry
            for entry in entries
            if entry.path.startswith((f"{self._campaign}-", f"{folder}/"))
            or entry.path == str(folder)
        ]
        self.unnoted = unnoted(Disk({}), self._entries, read_files(folder))
        # a disk keeps the numbers of its files: the ledger knows the one that it is in
        self._keeper = folder.with_name(f"{folder.name}.kept")
        os.link(folder / "crm.db", self._keeper)

    def cut(self, stride: int) -> list[Verdict]:
        """Cut after each *stride*-th entry, with each fate in turn."""
        for path in self._folder.iterdir():
            path.unlink()
        disk, verdicts = Disk({}), []
        for number, entry in enumerate(self._entries):
            disk.take(entry)
            if number % stride == stride - 1:
                for keep in fates(number):
                    self._restore(disk.after_cut(keep))
                    verdicts.append(judge(self._campaign, self._url, self._states(), disk.marks))
        return verdicts

    @property
    def _url(self) -> str:
        return f"sqlite:///{self._folder}/crm.db"

    def _restore(self, files: dict[str, bytes]) -> None:
        for path in self._folder.iterdir():
            path.unlink()
        for name, content in files.items():
            path = Path(name)
            if path.name == "crm.db":
                path.hardlink_to(self._keeper)
            path.write_bytes(content)

    def _states(self) -> dict[str, str]:
        path = self._folder / "crm.db"
        if not path.exists():
            return {}
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as book:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'crmlib_deliveries'"
            return dict(book.execute(STATES).fetchall() if book.execute(query).fetchall() else ())
        return {}  # damaged


class PostgresCuts:
    """Cuts of campaigns, one after the other, whose ledgers a server keeps.

    Server and sender lose their power together.

    Parameters
    ----------
    server : PostgresServer
        One that may be broken.
    place : Path
        An empty folder that the server may look into.
    designs : sequence of str

    Attributes
    ----------
    unnoted : list of str
        Files that hold something else than the book says.
    """

    def __init__(self, server: PostgresServer, place: Path, designs: Sequence[str]) -> None:
        self._server = server
        self._state = server.folder / "state"
        self._state.mkdir()
        names = {design: server.make_database() for design in designs}
        self._urls = {design: server.url(name) for design, name in names.items()}
        for name in names.values():  # what a ledger does not put up with, and a villain uses
            server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        server.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        book = Book(server.folder, place)
        server.execute("CHECKPOINT")
        server.stop(SIGINT)
        files = read_files(server.folder)
        self._disk = Disk(files)
        server.start(book.environment)
        with self._remembering():
            run_noted(book, *(f"{design}|{design}|1|{url}" for design, url in self._urls.items()))
        server.kill()
        self._entries = list(book.entries())
        found = {
            path: content
            for path, content in read_files(server.folder).items()
            if path.startswith((f"{server.folder}/data/base", f"{server.folder}/data/pg_wal"))
            and not path.endswith("pg_internal.init")  # a cache, written past the calls watched
        }
        self.unnoted = unnoted(Disk(files), self._entries, found)

    def cut(self, times: int) -> dict[str, list[Verdict]]:
        """Cut so many *times* while messages of each campaign are handed over."""
        verdicts = {}
        marks = [number for number, entry in enumerate(self._entries) if entry.kind == b"M"]
        taken = 0
        for design, url in self._urls.items():
            mine = [at for at in marks if self._entries[at].path.startswith(f"{design}-")]
            verdicts[design] = []
            for which in range(times):
                number = mine[0] + (mine[-1] - mine[0]) * which // max(1, times - 1)
                for entry in self._entries[taken : number + 1]:
                    self._disk.take(entry)
                taken = number + 1
                keep = list(fates(number))[which % 3]
                verdicts[design].append(self._start_again(design, url, keep))
        return verdicts

    def _start_again(self, design: str, url: str, keep: Luck) -> Verdict:
        files = self._disk.after_cut(keep)
        files.pop(f"{self._server.folder}/data/postmaster.pid", None)
        self._server.replace_files(files)
        self._server.start()
        with psycopg.connect(url) as book:
            found = book.execute("SELECT to_regclass('crmlib_deliveries')").fetchone()
            states = dict(book.execute(STATES).fetchall() if found != (None,) else ())
        marks = [key for key in self._disk.marks if key.startswith(f"{design}-")]
        with self._remembering():
            verdict = judge(design, url, states, marks)
        self._server.kill()
        return verdict

    def _remembering(self) -> AbstractContextManager[object]:
        """Keep what the machine remembers of servers on the disk that is cut."""
        return patch.dict(os.environ, STATE_DIRECTORY=str(self._state))


def unnoted(disk: Disk, entries: Sequence[Entry], found: dict[str, bytes]) -> list[str]:
    """Name those of the files *found* that hold something else than *entries* make of *disk*."""
    for entry in entries:
        disk.take(entry)
    noted = disk.after_cut(everything)
    return [path for path, content in found.items() if noted.get(path) != content]


def judge(campaign: str, url: str, states: dict[str, str], marks: list[str]) -> Verdict:
    """Compare what the disk says with what was handed over, and start again an hour later."""
    counts = Counter(marks)
    unclaimed = sum(states.get(key, "planned") == "planned" for key in counts)
    first = Verdict(handed_over=len(counts), unclaimed=unclaimed)
    plan, channel = make_plan(RECIPIENTS, campaign=campaign), FakeChannel()
    try:
        with Ledger(url, busy_timeout_seconds=10) as ledger:
            summary = deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"fake": channel},
                clock=Clock(NOON + timedelta(hours=1)),
            )
            after = ledger.deliveries(campaign).set_index("message_key")["state"]
    except (LedgerLineageError, UnreadableFileError):
        return attrs.evolve(first, refused=True)
    counts.update(channel.sent)
    assert summary.finished
    assert summary.planned == sum(summary.counts.values()) == RECIPIENTS
    return attrs.evolve(
        first,
        unknown=summary.counts["unknown"],
        doubles=sum(count > 1 for count in counts.values()),
        losses=sum(counts[key] == 0 for key in after[after == "accepted"].index),
    )
