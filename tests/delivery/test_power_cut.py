"""The power fails at any write or sync: what was handed over has its claim on the disk."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from postgres_server import MEMORY, NoPostgresError, PostgresServer
from power_cut import Disk, Entry, NoCompilerError, everything, luck, nothing
from power_cut_sweep import COLUMNS, PostgresCuts, run_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from power_cut_sweep import SqliteCuts, Verdict

SETTINGS = {
    "one": ("ledger", 1),
    "four": ("ledger", 4),
    "off": ("OFF", 1),
    "normal": ("NORMAL", 1),
}
FAULTS = ("unclaimed", "doubles", "losses", "refused")


@pytest.fixture(scope="module")
def sqlite_cuts() -> Iterator[dict[str, SqliteCuts]]:
    """Deliver on ledgers in files while their writes are noted."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        try:
            yield run_sqlite(Path(folder), SETTINGS)
        except NoCompilerError as error:
            pytest.skip(f"NO POWER CUT WAS TRIED: {error}")


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[str, list[Verdict]], None]:
    """Print what was cut: the proof."""

    def show_row(name: str, verdicts: list[Verdict]) -> None:
        sums = ", ".join(f"{column} {total(verdicts, column)}" for column in COLUMNS)
        with capsys.disabled():
            print(f"\npower cuts: {name}: {len(verdicts)} cuts, {sums}")  # noqa: T201

    return show_row


def total(verdicts: list[Verdict], column: str) -> int:
    """Sum a column."""
    return sum(getattr(verdict, column.replace(" ", "_")) for verdict in verdicts)


@pytest.mark.parametrize(("setting", "stride"), [("one", 23), ("four", 61)])
def test_a_power_cut_takes_no_claim_of_what_was_handed_over(
    sqlite_cuts: dict[str, SqliteCuts], show: Callable[..., None], setting: str, stride: int
) -> None:
    """SQLite: whatever of the unsynced writes is lost, nothing goes twice and nothing is lost."""
    verdicts = sqlite_cuts[setting].cut(stride)
    show(f"ledger, sqlite, {setting}", verdicts)

    assert {fault: total(verdicts, fault) for fault in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert len({verdict.handed_over for verdict in verdicts}) > 3
    assert total(verdicts, "unknown") > 0


@pytest.mark.parametrize("setting", ["off", "normal"])
def test_a_ledger_that_does_not_sync_is_caught(
    sqlite_cuts: dict[str, SqliteCuts], show: Callable[..., None], setting: str
) -> None:
    """SQLite: without the sync of each claim a cut shows messages that left unclaimed."""
    verdicts = sqlite_cuts[setting].cut(40)
    show(f"villain {setting}, sqlite", verdicts)

    assert total(verdicts, "unclaimed") > 0


def test_a_server_that_loses_its_power_keeps_the_claims(show: Callable[..., None]) -> None:
    """PostgreSQL: the same, in a database that commits early by default; a villain is caught."""
    try:
        server = PostgresServer()
    except NoPostgresError as error:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {error}")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server runs as another user
        try:
            cuts = PostgresCuts(server, Path(folder), ["OFF", "ledger"])
            verdicts = cuts.cut(3)
        except NoCompilerError as error:
            pytest.skip(f"NO POWER CUT WAS TRIED: {error}")
        finally:
            server.close()
    for name, found in verdicts.items():
        show(f"{name}, postgres", found)

    assert cuts.unnoted == []
    assert total(verdicts["OFF"], "unclaimed") > 0
    assert {fault: total(verdicts["ledger"], fault) for fault in FAULTS} == dict.fromkeys(
        FAULTS, 0
    )
    assert total(verdicts["ledger"], "unknown") > 0


# The simulation itself


def test_the_book_is_whole(sqlite_cuts: dict[str, SqliteCuts]) -> None:
    """What the book says was written is what lies in the files."""
    assert [cuts.unnoted for cuts in sqlite_cuts.values()] == [[]] * len(SETTINGS)


def entries(*said: tuple[str, str] | tuple[str, str, int, bytes]) -> list[Entry]:
    """Give entries of one process."""
    return [Entry(kind.encode(), 1, path, *(rest or (0, b""))) for kind, path, *rest in said]


def after(keep: Callable[[int], list[bool]], *said: tuple) -> dict[str, bytes]:
    """Give what a cut after *said* leaves of a disk that held ``/d/old``."""
    disk = Disk({"/d/old": b"old"})
    for entry in entries(*said):
        disk.take(entry)
    return disk.after_cut(keep)


WRITE = ("W", "/d/old", 1, b"ew")
SYNC = (("B", "/d/old"), ("S", "/d/old"))
NEW = (("C", "/d/new"), ("W", "/d/new", 0, b"new"))
SYNC_NEW = (("B", "/d/new"), ("S", "/d/new"))
SYNC_FOLDER = (("B", "/d"), ("S", "/d"))
OLD = {"/d/old": b"old"}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ([WRITE], OLD),
        ([WRITE, *SYNC], {"/d/old": b"oew"}),
        ([SYNC[0], WRITE, SYNC[1]], OLD),
        ([*NEW, *SYNC_NEW], OLD),
        ([*NEW, *SYNC_NEW, *SYNC_FOLDER], OLD | {"/d/new": b"new"}),
        ([*NEW, *SYNC_FOLDER], OLD | {"/d/new": b""}),
        ([("R", "/d/old", 0, b"/d/x")], OLD),
        ([("R", "/d/old", 0, b"/d/x"), *SYNC_FOLDER], {"/d/x": b"old"}),
        ([("R", "/d/strange", 0, b"/d/x"), *SYNC_FOLDER], OLD),
        ([("L", "/d/old", 0, b"/d/x"), *SYNC_FOLDER], OLD | {"/d/x": b"old"}),
        ([("U", "/d/old"), WRITE], OLD),
        ([("U", "/d/old"), *SYNC_FOLDER], {}),
        ([("T", "/d/old", 1, b""), *SYNC], {"/d/old": b"o"}),
        ([("T", "/d/old", 5, b""), *SYNC], {"/d/old": b"old\0\0"}),
    ],
    ids=[
        *("written", "synced", "while syncing", "name unsynced", "name synced", "name alone"),
        *("renamed", "rename synced", "rename of another", "linked", "unlinked", "unlink synced"),
        *("cut short", "made longer"),
    ],
)
def test_a_cut_leaves_what_was_synced(said: list[tuple], left: dict[str, bytes]) -> None:
    """What was changed after the sync began, or has a name that is not synced, is gone."""
    assert after(nothing, *said) == left


def test_a_cut_may_leave_more_than_was_synced() -> None:
    """With luck all of it is there, or some sectors; never what was not written."""
    said = ("W", "/d/old", 0, bytes(range(1, 256)) * 8)
    whole = bytes(range(1, 256)) * 8
    torn = {after(luck(seed), said)["/d/old"] for seed in range(40)}

    assert after(everything, said)["/d/old"] == whole
    assert {b"old", whole} < torn
    assert all(
        octet in {0, right} or (place < 3 and octet == b"old"[place])
        for found in torn
        for place, (octet, right) in enumerate(zip(found, whole, strict=False))
    )
