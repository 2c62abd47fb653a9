"""``crmlib bounces``: what came back, from mailboxes and files."""

from __future__ import annotations

import json
import mailbox
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sqlalchemy import insert, select

from crmlib.channels import Secret
from crmlib.channels._message_mark import write_mark
from crmlib.delivery import Ledger
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, REPORTS, RUNS
from crmlib.tables import check_engagements, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shell_campaign import Answer

NOON = datetime(2011, 12, 12, 3, 0, tzinfo=UTC)
SECRET = Secret("the secret of the return path")


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """Make a ledger with one message, k0, to mina@example.com, of which nothing is known."""
    path = tmp_path / "crm.db"
    with Ledger(f"sqlite:///{path}") as ledger, ledger.store.write() as connection:
        connection.execute(insert(CAMPAIGNS).values(id=1, name="winback"))
        connection.execute(
            insert(RUNS).values(id=1, campaign_id=1, digest="d", approved_at=NOON, planned=1)
        )
        connection.execute(
            insert(DELIVERIES).values(
                campaign_id=1,
                run_id=1,
                message_key="k0",
                endpoint_hash=ledger.store.endpoint_hash("mina@example.com"),
                payload_hash=bytes(32),
                customer_id="C0",
                channel="smtp",
                medium="email",
                state="unknown",
                attempts=1,
                due_at=NOON,
                not_after=NOON + timedelta(days=7),
                claimed_at=NOON,
            )
        )
    return path


def bounce(mark: str = "k0") -> bytes:
    """Give the notice that k0 found nobody."""
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mail.example.com\nSubject: failure notice\n"
        "Date: Mon, 12 Dec 2011 12:05:00 +0900\nMessage-ID: <1@mail.example.com>\n\n"
        f"<mina@example.com>: 550 5.1.1 no such user\n\nX-Crmlib-Key: {mark}\n"
    ).encode()


LETTER = b"From: mina@example.com\nSubject: Hello\n\nWhen does it come?\n"


@pytest.fixture(params=["mbox", "maildir", "folder", "file"])
def mails(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """Say where mails lie, and how many of them are no reports."""
    place = tmp_path / "mails"
    if request.param == "file":
        place.write_bytes(bounce())
        return place, 0
    if request.param == "folder":
        place.mkdir()
        (place / "a.eml").write_bytes(bounce())
        (place / "b.eml").write_bytes(LETTER)
        (place / "notes.txt").write_text("no mail", encoding="utf-8")
        (place / "more.eml").mkdir()
        return place, 1
    box = {"mbox": mailbox.mbox, "maildir": mailbox.Maildir}[request.param](place)
    for raw in (bounce(), LETTER):
        box.add(raw)
    box.close()
    return place, 1


def test_mailboxes_of_all_kinds_are_read(
    crmlib: Callable[..., Answer], ledger_file: Path, mails: tuple[Path, int]
) -> None:
    """Notices in mbox, maildir, a folder or a file are recorded, and the rest is counted."""
    place, letters = mails
    answer = crmlib("bounces", place, "--ledger", ledger_file)
    unproven, *others = [line for line in answer.err.splitlines() if line]

    assert answer.code == 0
    assert [line.split()[:2] for line in answer.out.splitlines()] == [
        ["1", "report"],
        ["hard_bounce", "1"],
        ["settled", "1"],
        ["paused", "1"],
        ["unproven", "1"],
    ]
    assert others == (["note: 1 set aside: no report"] if letters else [])
    assert unproven.startswith(
        "note: 1 report taken without proof: anyone who can mail the return"
    )
    assert unproven.endswith(
        "[channels.smtp], and the same in CRMLIB_SMTP_RETURN_PATH_SECRET here"
    )
    with Ledger(f"sqlite:///{ledger_file}") as ledger:
        assert ledger.deliveries("winback")["state"].to_list() == ["rejected"]
        for days, names in ((29, {"mina@example.com"}), (30, set())):
            end = NOON + timedelta(days=days, minutes=5)
            assert ledger.suppressed("email", ["mina@example.com"], at=end) == names


def test_reading_again_changes_nothing(
    crmlib: Callable[..., Answer], ledger_file: Path, tmp_path: Path
) -> None:
    """The same mailbox read twice counts once; in JSON, with what was set aside."""
    place = tmp_path / "mails"
    box = mailbox.mbox(place)
    for raw in (bounce(), bounce(), LETTER):
        box.add(raw)
    box.close()
    first, second = (
        crmlib("bounces", place, "--ledger", ledger_file, "--json").json for _ in range(2)
    )

    assert first == {
        "new": {"hard_bounce": 1},
        "repeated": 1,
        "of_no_message": 0,
        "settled": 1,
        "suppressed": 0,
        "paused": 1,
        "unproven": 1,
        "set_aside": {"no report": 1},
    }
    assert (second["new"], second["repeated"], second["settled"]) == ({}, 2, 0)


def test_engagements_are_written(
    crmlib: Callable[..., Answer], ledger_file: Path, tmp_path: Path
) -> None:
    """The table can be named in a campaign file; it can be had without reading anything."""
    place = tmp_path / "bounce.eml"
    place.write_bytes(bounce())
    told = crmlib("bounces", place, "--ledger", ledger_file, "--engagements", "events.csv")
    again = crmlib(
        "bounces", "--ledger", ledger_file, "--engagements", tmp_path / "again.csv", "--json"
    )
    table = check_engagements(read_csv(tmp_path / "events.csv"))

    assert "2 events in events.csv" in told.out
    assert 'engagements = "events.csv"' in told.out
    assert table["event"].to_list() == ["sent", "bounced"]
    assert table["at"].to_list() == [pd.Timestamp(NOON), pd.Timestamp(NOON + timedelta(minutes=5))]
    assert again.json["engagements"] == {"path": str(tmp_path / "again.csv"), "rows": 2}


def test_what_is_not_signed_is_set_aside(
    crmlib: Callable[..., Answer],
    ledger_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the secret of the channel in the environment, only notices on its messages count."""
    monkeypatch.setenv("CRMLIB_SMTP_RETURN_PATH_SECRET", SECRET.reveal())
    place = tmp_path / "bounce.eml"
    answers = []
    for mark in ("k0", write_mark("k0", SECRET)):
        place.write_bytes(bounce(mark))
        answers.append(crmlib("bounces", place, "--ledger", ledger_file, "--json"))
    seen = [each.json for each in answers]

    assert [each["set_aside"] for each in seen] == [{"not signed by us": 1}, {}]
    assert [each["settled"] for each in seen] == [0, 1]
    assert [(each["suppressed"], each["unproven"]) for each in seen] == [(0, 0), (1, 0)]
    assert not any("without proof" in each.err for each in answers)


def test_an_opt_out_needs_no_signature(
    crmlib: Callable[..., Answer],
    ledger_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the secret too, a wish holds for good; it is counted, and nobody is told to mend it."""
    monkeypatch.setenv("CRMLIB_SMTP_RETURN_PATH_SECRET", SECRET.reveal())
    place = tmp_path / "wish.eml"
    place.write_bytes(b"From: mina@example.com\nSubject: unsubscribe\n\n\n")
    answer = crmlib("bounces", place, "--ledger", ledger_file, "--json")

    assert (answer.json["suppressed"], answer.json["unproven"], answer.err) == (1, 1, "")


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        (
            "solapi",
            [{"data": {"messageId": "M", "statusCode": "4000", "customFields": {"key": "k0"}}}, 5],
        ),
        (
            "nhncloud",
            {
                "event": "MESSAGE_RESULT_UPDATE",
                "hooks": [
                    {"requestId": "R", "resultCode": "1000", "recipientGroupingKey": "k0"},
                    5,
                ],
            },
        ),
    ],
)
def test_what_a_provider_posted_is_read(
    crmlib: Callable[..., Answer], ledger_file: Path, tmp_path: Path, provider: str, body: object
) -> None:
    """A file with the body of a request is read as the provider writes it."""
    (tmp_path / "posted.json").write_text(json.dumps(body), encoding="utf-8")
    answer = crmlib(
        "bounces", "posted.json", "--provider", provider, "--ledger", ledger_file, "--json"
    )

    assert (answer.json["new"], answer.json["settled"]) == ({"delivered": 1}, 1)
    assert answer.json["set_aside"] == {"no object": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 3, "PATHS must be a mailbox, or --engagements a file to write, got 'none'"),
        (["nowhere.mbox"], 3, "nowhere.mbox: there is no such file or folder; check the path"),
        (["empty"], 3, "empty: it is no maildir, and no file in it ends in .eml; name an mbox"),
        (["x.json", "--provider", "solapi"], 1, "x.json: No such file"),
        (["x.json", "--provider", "pigeon"], 2, "Invalid value for '--provider'"),
        (["x.eml", "--ledger", "no.db"], 5, "no.db: there is no such file"),
    ],
)
@pytest.mark.usefixtures("ledger_file")
def test_what_cannot_be_read_is_told(
    crmlib: Callable[..., Answer],
    tmp_path: Path,
    arguments: list[str],
    code: int,
    text: str,
) -> None:
    """Each wrong use has its exit code and says the way out."""
    (tmp_path / "empty").mkdir()
    answer = crmlib("bounces", *arguments)

    assert (answer.code, text in " ".join(answer.err.split())) == (code, True), answer.err


def test_each_piece_is_recorded_at_its_own_time(
    crmlib: Callable[..., Answer],
    ledger_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a long run reads late was recorded late: it may be about what was sent meanwhile."""
    minutes = count(1)
    monkeypatch.setattr(
        "crmlib.cli._bounces.utc_now", lambda: NOON + timedelta(minutes=next(minutes))
    )
    monkeypatch.setattr("crmlib.cli._bounces._PIECE", 1)
    box = mailbox.mbox(tmp_path / "mails")
    for number in range(3):
        box.add(bounce().replace(b"<1@", f"<{number}@".encode()))
    box.close()
    answer = crmlib("bounces", tmp_path / "mails", "--ledger", ledger_file, "--json")
    with Ledger(f"sqlite:///{ledger_file}") as ledger, ledger.store.read() as connection:
        moments = list(connection.scalars(select(REPORTS.c.recorded_at).order_by(REPORTS.c.id)))

    assert moments == [NOON + timedelta(minutes=minute) for minute in (2, 4, 6)]
    assert answer.json["new"] == {"hard_bounce": 3}
    assert (answer.json["settled"], answer.json["paused"]) == (1, 3)
