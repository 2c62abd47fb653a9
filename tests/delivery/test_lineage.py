"""Promise 7: a copied or restored ledger is refused until somebody takes responsibility."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import Ledger, deliver
from crmlib.delivery._lineage import Lineage, Witness
from crmlib.exceptions import (
    InvalidParameterError,
    LedgerLineageError,
    LedgerUnavailableError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.delivery import DeliverySummary

PLAN = make_plan(4, rows={"C003": {"send_at": NOON + timedelta(days=1)}})
"""Three are due at noon and one the day after."""


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Say where a new file can lie."""
    return sqlite_url


def send(url: str, channel: FakeChannel, clock: Clock | None = None) -> DeliverySummary:
    """Open the ledger at *url* and deliver."""
    with Ledger(url) as ledger:
        return deliver(
            PLAN,
            ledger,
            approved=PLAN.digest,
            channels={"fake": channel},
            clock=clock or Clock(),
            batch_size=1,
        )


def enrol_only(url: str) -> None:
    """Enrol the plan before anything is due, so that nothing is claimed."""
    send(url, FakeChannel(), Clock(NOON - timedelta(hours=1)))


def test_a_restored_ledger_is_refused(url: str, tmp_path: Path) -> None:
    """Promise 7: a backup written back over the ledger does not know what was sent since."""
    enrol_only(url)
    shutil.copyfile(tmp_path / "crm.db", tmp_path / "backup")
    send(url, FakeChannel())
    shutil.copyfile(tmp_path / "backup", tmp_path / "crm.db")

    with pytest.raises(LedgerLineageError, match="it knows of 0 claims, and 3 were made"):
        Ledger(url)


def test_a_backup_moved_into_place_is_refused(url: str, tmp_path: Path) -> None:
    """Promise 7: a backup that takes the place of the ledger is another file."""
    send(url, FakeChannel())
    shutil.copyfile(tmp_path / "crm.db", tmp_path / "backup")
    (tmp_path / "backup").replace(tmp_path / "crm.db")

    with pytest.raises(LedgerLineageError, match="it is a copy of another ledger"):
        Ledger(url)


def test_a_copy_is_refused_even_with_its_witness(url: str, tmp_path: Path) -> None:
    """Promise 7: a clone beside the original, witness and all, cannot send what that will send."""
    enrol_only(url)
    (tmp_path / "clone").mkdir()
    for name in ("crm.db", "crm.db.lineage"):
        shutil.copyfile(tmp_path / name, tmp_path / "clone" / name)

    with pytest.raises(LedgerLineageError, match="adopt this one"):
        Ledger(f"sqlite:///{tmp_path}/clone/crm.db")


def test_a_ledger_without_its_witness_is_refused(url: str, tmp_path: Path) -> None:
    """Promise 7: without its witness a ledger cannot show that it is not a restored one."""
    send(url, FakeChannel())
    (tmp_path / "crm.db.lineage").unlink()

    with pytest.raises(LedgerLineageError, match=r"crm\.db\.lineage, which .* is missing"):
        Ledger(url)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("nonsense", "cannot be read"),
        (f"crmlib.lineage/1 {'0' * 32} {9:020d}\n", "is of another ledger"),
        ("", "is missing"),
    ],
    ids=["nonsense", "of another", "empty"],
)
def test_a_strange_witness_is_refused(
    url: str, tmp_path: Path, content: str, problem: str
) -> None:
    """Promise 7: a witness must be whole and of this ledger."""
    send(url, FakeChannel())
    (tmp_path / "crm.db.lineage").write_text(content)

    with pytest.raises(LedgerLineageError, match=problem):
        Ledger(url)


def test_a_ledger_that_vanished_is_not_replaced_silently(url: str, tmp_path: Path) -> None:
    """Promise 7: a witness without its ledger stops a new one that would send everything again."""
    send(url, FakeChannel())
    (tmp_path / "crm.db").unlink()

    with pytest.raises(LedgerLineageError, match=r"3 claims here.*delete crm\.db\.lineage"):
        Ledger(url)
    (tmp_path / "crm.db").unlink()
    (tmp_path / "crm.db.lineage").unlink()
    anew = send(url, FakeChannel())

    assert anew.sent_now == 3


@pytest.mark.parametrize("left", [None, b"", bytes(70)], ids=["nothing", "empty", "zeros"])
def test_a_ledger_that_never_claimed_needs_no_witness(
    url: str, tmp_path: Path, left: bytes | None
) -> None:
    """A crash or a power cut while the witness is made does no harm: nothing was sent."""
    enrol_only(url)
    path = tmp_path / "crm.db.lineage"
    path.unlink()
    if left is not None:
        path.write_bytes(left)

    assert send(url, FakeChannel()).sent_now == 3


def test_a_witness_that_is_behind_catches_up(url: str, tmp_path: Path) -> None:
    """A crash between claim and witness leaves the witness behind; nothing was sent then."""
    send(url, FakeChannel())
    path = tmp_path / "crm.db.lineage"
    up_to_date = path.read_text()
    path.write_text(up_to_date.replace("3\n", "2\n"))
    Ledger(url).close()

    assert path.read_text() == up_to_date


def test_a_ledger_may_move_with_its_witness(url: str, tmp_path: Path) -> None:
    """Within one file system file and witness move together, under another name too."""
    send(url, FakeChannel())
    (tmp_path / "crm.db").rename(tmp_path / "books.db")
    (tmp_path / "crm.db.lineage").rename(tmp_path / "books.db.lineage")
    channel = FakeChannel()
    summary = send(f"sqlite:///{tmp_path}/books.db", channel, Clock(NOON + timedelta(days=1)))

    assert channel.sent == ["winback-C003-example.com"]
    assert summary.counts["accepted"] == 4


def test_a_link_leads_to_the_one_witness(url: str, tmp_path: Path) -> None:
    """A ledger reached through a symbolic link is the same ledger."""
    send(url, FakeChannel())
    (tmp_path / "link.db").symlink_to(tmp_path / "crm.db")

    assert send(f"sqlite:///{tmp_path}/link.db", FakeChannel()).sent_now == 0
    assert not (tmp_path / "link.db.lineage").exists()


def test_an_adopted_copy_never_sends_what_its_original_may_have_sent(
    url: str, tmp_path: Path
) -> None:
    """Promise 7: after adoption what was due is unknown, and what is due later is sent once."""
    enrol_only(url)
    (tmp_path / "clone").mkdir()
    shutil.copyfile(tmp_path / "crm.db", tmp_path / "clone" / "crm.db")
    original, clone = FakeChannel(), FakeChannel()
    send(url, original)
    copy = f"sqlite:///{tmp_path}/clone/crm.db"
    with Ledger.adopt(copy, Clock(NOON + timedelta(hours=1))) as adopted:
        states = adopted.deliveries("winback")["state"].to_list()
        details = set(adopted.deliveries("winback")["detail"][:3])
    summary = send(copy, clone, Clock(NOON + timedelta(days=1)))

    assert states == ["unknown", "unknown", "unknown", "planned"]
    assert details == {"adopted: the original may have sent it"}
    assert set(original.sent).isdisjoint(clone.sent)
    assert clone.sent == ["winback-C003-example.com"]
    assert (summary.planned, summary.finished) == (4, True)


def test_adoption_settles_claims_in_hand(url: str) -> None:
    """Promise 7: what the original had in hand may be sent, whatever the time."""
    plan = make_plan(1)
    with Ledger(url) as ledger:
        deliver_and_adopt: list[str] = []

        def adopt_meanwhile(message: object) -> None:
            with Ledger.adopt(url, Clock(NOON - timedelta(days=1))) as adopted:
                deliver_and_adopt.extend(adopted.deliveries("winback")["state"])
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"fake": FakeChannel(adopt_meanwhile)},
                clock=Clock(),
            )

    assert deliver_and_adopt == ["unknown"]


def test_adoption_marks_page_after_page(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adoption reaches every row, however many pages they fill."""
    enrol_only(url)
    monkeypatch.setattr("crmlib.delivery._adoption._PAGE", 2)
    with Ledger.adopt(url, Clock(NOON)) as ledger:
        states = ledger.deliveries("winback")["state"].to_list()

    assert states == ["unknown", "unknown", "unknown", "planned"]


def test_only_a_ledger_can_be_adopted(tmp_path: Path) -> None:
    """Adopting what is not there makes no ledger, and adopting a text file says what it is."""
    with pytest.raises(LedgerUnavailableError, match="it is not there; check the path"):
        Ledger.adopt(f"sqlite:///{tmp_path}/none.db")
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    with pytest.raises(UnreadableFileError, match="no ledger, or a damaged one"):
        Ledger.adopt(f"sqlite:///{tmp_path}/notes.txt")
    with pytest.raises(InvalidParameterError, match="an aware datetime"):
        Ledger.adopt(f"sqlite:///{tmp_path}/none.db", lambda: NOON.replace(tzinfo=None))

    assert not (tmp_path / "none.db").exists()


def test_a_witness_never_goes_back(tmp_path: Path) -> None:
    """Of two workers the later claim stands in the witness, whoever writes last."""
    witness = Witness(
        path=tmp_path / "crm.db.lineage", ledger="crm.db", name="crm.db.lineage", is_beside=True
    )
    for generation in (5, 4):
        witness.write(Lineage(token="a" * 32, generation=generation))

    assert witness.read() == Lineage(token="a" * 32, generation=5)


def test_a_worker_who_opens_while_another_makes_the_ledger_is_let_in(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The witness is read before the database; made in between, it is looked at once more."""
    send(url, FakeChannel())
    answers = [None, Witness.read]

    def first_nothing(witness: Witness) -> Lineage | None:
        answer = answers.pop(0)
        return answer and answer(witness)

    monkeypatch.setattr(Witness, "read", first_nothing)
    Ledger(url).close()

    assert answers == []
