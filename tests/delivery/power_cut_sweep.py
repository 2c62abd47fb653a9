"""Cut the power at the entries of a book, start again, and see what the ledger knows.

test_power_cut.py does so at some of them, benchmarks/power_cuts.py at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import attrs
from postgres_server import MEMORY
from power_cut import Book
from power_cut_fates import all_fates, everything
from power_cut_judge import go_on, judge
from power_cut_places import PostgresPlace, SqlitePlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from power_cut import Entry
    from power_cut_judge import Aftermath, Verdict
    from power_cut_places import Place

DRIVER = Path(__file__).with_name("power_cut_driver.py")


@attrs.frozen
class Setting:
    """Who delivers a campaign.

    Parameters
    ----------
    store : str
        sqlite or postgres.
    workers : int
    is_keyed : bool
        Whether the provider drops repeats.
    level : str
        How much is synced: FULL as the ledger has it, NORMAL or OFF by a villain.
    """

    store: str
    workers: int
    is_keyed: bool = False
    level: str = "FULL"

    @property
    def is_villain(self) -> bool:
        """Whether its cuts must show faults."""
        return self.level != "FULL"

    def __str__(self) -> str:
        """Name it."""
        villain = f"synchronous{'_commit' * (self.store == 'postgres')} = {self.level}"
        who = villain if self.is_villain else "ledger"
        provider = "keyed" if self.is_keyed else "plain"
        return f"{who}, {self.store}, {self.workers} worker{'s' * (self.workers > 1)}, {provider}"


@contextmanager
def record(settings: Sequence[Setting]) -> Iterator[dict[Setting, Cuts]]:
    """Deliver a campaign for each of *settings*, each on a ledger of its own, and note all.

    Raises
    ------
    NoCompilerError
        If nothing can be noted.
    NoPostgresError
        If there is no server to be had.
    """
    with ExitStack() as stack:
        memory = MEMORY if MEMORY.is_dir() else None
        place = stack.enter_context(TemporaryDirectory(dir=memory, prefix="crmlib-cuts-"))
        beside = Path(stack.enter_context(TemporaryDirectory(dir=memory)))
        folder = Path(place)
        for readable in (folder, beside):
            readable.chmod(0o755)  # a server runs as another user
        book = Book(folder, beside)
        places, arguments = {}, []
        for number, setting in enumerate(settings):
            name = f"campaign{number}"
            places[name] = make_place(setting, folder, name)
            stack.callback(places[name].close)
            places[name].start(book.environment)
            words = attrs.asdict(setting, filter=lambda field, _: field.name != "store")
            words |= {"campaign": name, "url": places[name].url, "state": places[name].state}
            arguments.append(json.dumps(words))
        noted = os.environ | book.environment
        subprocess.run([sys.executable, DRIVER, *arguments], check=True, env=noted)
        found = [place.stop() for place in places.values()]
        entries = list(book.entries())
        yield {
            setting: Cuts(name, places[name], setting, entries, left)
            for setting, name, left in zip(settings, places, found, strict=True)
        }


def make_place(setting: Setting, folder: Path, name: str) -> Place:
    """Give the ledger of *setting* a place in *folder*."""
    if setting.store == "sqlite":
        return SqlitePlace(folder / name)
    return PostgresPlace(folder, is_old=setting.is_keyed or setting.is_villain)


class Cuts:
    """Cuts of one campaign.

    Parameters
    ----------
    campaign : str
    place : Place
        Where its ledger lives.
    setting : Setting
        Who delivered it.
    entries : sequence of Entry
        What was noted, also of other campaigns.
    found : mapping of str to bytes
        Files as they were in the end.

    Attributes
    ----------
    unnoted : list of str
        Files that hold something else than the book says.
    """

    def __init__(
        self,
        campaign: str,
        place: Place,
        setting: Setting,
        entries: Sequence[Entry],
        found: dict[str, bytes],
    ) -> None:
        self._campaign = campaign
        self._place = place
        self._setting = setting
        self._entries = [
            entry
            for entry in entries
            if entry.path.startswith((f"{campaign}-", f"{place.folder}/"))
            or entry.path == str(place.folder)
        ]
        disk = place.make_disk()
        for entry in self._entries:
            disk.take(entry)
        noted = disk.after_cut(everything)
        self.unnoted = [path for path, content in found.items() if noted.get(path) != content]
        self._seen: dict[int, Aftermath] = {}

    @property
    def restarts(self) -> int:
        """How often something was started: once for all cuts that leave the same disk."""
        return len(self._seen)

    @property
    def moments(self) -> range:
        """After which entries the power can be cut."""
        return range(len(self._entries))

    @property
    def marks(self) -> list[int]:
        """The moments at which a message was about to leave."""
        return [number for number, entry in enumerate(self._entries) if entry.kind == b"M"]

    def cut(self, moments: Iterable[int]) -> list[Verdict]:
        """Cut at each of *moments*, which are in order, with each fate in turn."""
        disk, verdicts, taken = self._place.make_disk(), [], 0
        for moment in moments:
            for entry in self._entries[taken : moment + 1]:
                disk.take(entry)
            taken = moment + 1
            for fate in all_fates(disk.changes):
                aftermath = self._start_again(disk.after_cut(fate))
                verdicts.append(judge(disk.marks, aftermath, is_keyed=self._setting.is_keyed))
        return verdicts

    def _start_again(self, files: dict[str, bytes]) -> Aftermath:
        """Start on a disk; what comes of it does not depend on what had been handed over."""
        disk = hash(frozenset(files.items()))
        if disk not in self._seen:
            with self._place.start_again(files) as before:
                self._seen[disk] = go_on(
                    self._campaign, self._place.url, before, is_keyed=self._setting.is_keyed
                )
        return self._seen[disk]
