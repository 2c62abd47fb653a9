"""The power fails at any write or sync: what was handed over has its claim on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from postgres_server import NoPostgresError
from power_cut import Disk, Entry, NoCompilerError
from power_cut_fates import everything, luck, newest_alone, nothing, torn
from power_cut_judge import COLUMNS, FAULTS, total
from power_cut_sweep import Setting, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from power_cut_fates import Fate
    from power_cut_judge import Verdict
    from power_cut_sweep import Cuts

ON_FILES = [
    Setting("sqlite", 1),
    Setting("sqlite", 4, is_keyed=True),
    Setting("sqlite", 1, level="OFF"),
    Setting("sqlite", 1, level="NORMAL"),
]
ON_A_SERVER = [Setting("postgres", 4), Setting("postgres", 4, level="OFF")]


@pytest.fixture(scope="module")
def files() -> Iterator[dict[Setting, Cuts]]:
    """Deliver on ledgers in files while their writes are noted."""
    try:
        with record(ON_FILES) as found:
            yield found
    except NoCompilerError as error:
        pytest.skip(f"NO POWER CUT WAS TRIED: {error}")


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[Setting, Cuts]]:
    """Deliver on servers, in databases that commit early by default."""
    try:
        with record(ON_A_SERVER) as found:
            yield found
    except NoPostgresError as error:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {error}")
    except NoCompilerError as error:
        pytest.skip(f"NO POWER CUT WAS TRIED: {error}")


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[Setting, list[Verdict]], None]:
    """Print what was cut: the proof."""

    def show_row(setting: Setting, verdicts: list[Verdict]) -> None:
        sums = ", ".join(f"{column} {total(verdicts, column)}" for column in COLUMNS)
        with capsys.disabled():
            print(f"\npower cuts: {setting}: {len(verdicts)} cuts, {sums}")  # noqa: T201

    return show_row


@pytest.mark.parametrize(
    ("stored", "number", "times"), [("files", 0, 6), ("files", 1, 6), ("servers", 0, 3)]
)
def test_a_power_cut_takes_no_claim_of_what_was_handed_over(
    request: pytest.FixtureRequest,
    show: Callable[..., None],
    stored: str,
    number: int,
    times: int,
) -> None:
    """Whatever of the unsynced writes is lost, nothing goes twice and nothing is lost."""
    setting, cuts = list(request.getfixturevalue(stored).items())[number]
    verdicts = cuts.cut(spread(cuts.marks, times))
    show(setting, verdicts)

    assert [verdict.trouble for verdict in verdicts if verdict.broken] == []
    assert {fault: total(verdicts, fault) for fault in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert len({verdict.handed_over for verdict in verdicts}) >= 3
    assert (total(verdicts, "unknown") > 0) == (not setting.is_keyed)
    assert (total(verdicts, "repeats") > 0) == setting.is_keyed


@pytest.mark.parametrize(
    ("stored", "number", "times"), [("files", 2, 4), ("files", 3, 4), ("servers", 1, 2)]
)
def test_a_ledger_that_does_not_sync_is_caught(
    request: pytest.FixtureRequest,
    show: Callable[..., None],
    stored: str,
    number: int,
    times: int,
) -> None:
    """Without the sync of each claim a cut shows messages that left unclaimed."""
    setting, cuts = list(request.getfixturevalue(stored).items())[number]
    verdicts = cuts.cut(spread(cuts.marks, times))
    show(setting, verdicts)

    assert setting.is_villain
    assert total(verdicts, "unclaimed") > 0


def spread(marks: list[int], times: int) -> list[int]:
    """Take so many of *marks*, each by two entries later after it than the one before."""
    step = len(marks) // times
    return [mark + 2 * number for number, mark in enumerate(marks[step - 1 :: step])]


# The simulation itself


@pytest.mark.parametrize("stored", ["files", "servers"])
def test_the_book_is_whole(request: pytest.FixtureRequest, stored: str) -> None:
    """What the book says was written is what lies in the files."""
    found = request.getfixturevalue(stored).values()

    assert [cuts.unnoted for cuts in found] == [[]] * len(found)


def entries(*said: tuple[str, str] | tuple[str, str, int, bytes]) -> list[Entry]:
    """Give entries of one process."""
    return [Entry(kind.encode(), 1, path, *(rest or (0, b""))) for kind, path, *rest in said]


def after(fate: Fate, *said: tuple) -> dict[str, bytes]:
    """Give what a cut after *said* leaves of a disk that held ``/d/old``."""
    disk = Disk({"/d/old": b"old"})
    for entry in entries(*said):
        disk.take(entry)
    return disk.after_cut(fate)


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


OTHER = ("W", "/d/old", 0, b"O")
LONG = ("W", "/d/old", 0, b"new" * 512)


@pytest.mark.parametrize(
    ("fate", "said", "left"),
    [
        (newest_alone, [OTHER, WRITE], b"oew"),
        (newest_alone, [WRITE, OTHER], b"Old"),
        (torn(is_end=False), [OTHER, WRITE], b"Old"),
        (torn(is_end=True), [OTHER, WRITE], b"Oew"),
        (torn(is_end=False), [LONG], (b"new" * 512)[:512]),
        (torn(is_end=True), [LONG], b"old" + bytes(509) + (b"new" * 512)[512:]),
    ],
    ids=["later first", "the other way", "all but it", "all", "its beginning", "its end"],
)
def test_writes_are_reordered_and_torn(fate: Fate, said: list[tuple], left: bytes) -> None:
    """The last write may be alone on the disk, or only half of it be there."""
    assert after(fate, *said) == {"/d/old": left}


def test_the_sync_of_a_new_file_may_bring_its_name_along() -> None:
    """That is what file systems do for PostgreSQL; a file without a sync stays nameless."""
    disk = Disk({}, names_come_along=True)
    for entry in entries(*NEW, *SYNC_NEW, ("C", "/d/other")):
        disk.take(entry)

    assert disk.after_cut(nothing) == {"/d/new": b"new"}


def test_two_threads_may_sync_one_file_at_once() -> None:
    """Each sync brings to the disk what came before it began."""
    disk = Disk(OLD)
    for thread, kind, *rest in [
        (1, "B"),
        (1, "W", 0, b"O"),
        (2, "B"),
        (2, "W", 1, b"L"),
        (1, "S"),
        (2, "S"),
    ]:
        disk.take(Entry(kind.encode(), thread, "/d/old", *(rest or (0, b""))))

    assert disk.after_cut(nothing) == {"/d/old": b"Old"}
