"""What the operator of a campaign types: canary, worker, status, log, resend, settle, test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from crmlib.campaigns import Plan
from crmlib.cli._ledger_options import ledger_option
from crmlib.cli._stopping import Stopping
from crmlib.delivery import Ledger
from crmlib.tables import read_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run = Any
PLANNING = "2026-07-01T07:00:00+09:00"
LAST_DAY = "2026-07-07T12:00:00+09:00"


@pytest.fixture
def made(crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path) -> Plan:
    """Make a plan, and let its last day come."""
    at(PLANNING)
    crmlib("plan", campaign)
    at(LAST_DAY)
    return Plan.load(tmp_path / "winback.plan")


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell whoever would wait to stop."""
    monkeypatch.setattr(Stopping, "wait", lambda _, seconds: seconds > 0)


def execute(statement: str) -> None:
    """Change the ledger past its own code."""
    with Ledger("sqlite:///crm.db") as book, book.store.write() as connection:
        connection.exec_driver_sql(statement)


def test_a_canary_goes_and_an_operator_lets_the_others_go(
    crmlib: Run, made: Plan, tmp_path: Path
) -> None:
    """Send, status, resume, send: each says what is now, and the log says who did it."""
    approved = ("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    by_mina = ("--operator", "mina")
    first = crmlib(*approved, "--canary", "0.1", *by_mina)
    held = crmlib("status", "--log").out
    crmlib("pause", "winback", "--note", "a moment", *by_mina)
    lifted = crmlib("resume", "winback", "--note", "go on", *by_mina)
    still = crmlib(*approved)
    resumed = crmlib("resume", "winback", "--note", "fine", *by_mina)
    rest = crmlib(*approved)
    status = crmlib("status", "--log", "--json").json
    people = crmlib("recipients", "winback", "--out", "who.csv")
    log = crmlib("log", "winback", "--json").json

    sends = int((made.table["decision"] == "send").sum())
    assert (first.code, resumed.code, rest.code, people.code) == (0, 0, 0, 0)
    assert f"of {sends:,} went first" in first.out
    assert "wait for the canary, which goes first" in first.out
    assert "their moment" not in first.out
    assert "wait for the canary" in held
    assert "its canary is still out: the others wait" in lifted.out
    assert f"of {sends:,} went first" in still.out
    assert resumed.out.startswith("the canary of winback is released: all others may go")
    assert "to go on: crmlib resume winback" in held
    assert "mina     canary" not in held
    assert "all settled" in rest.out
    assert status["campaigns"][0]["accepted"] == sends
    assert [(row["operator"], row["action"]) for row in status["log"]] == [
        ("mina", "approve"),
        ("crmlib", "canary"),
        ("mina", "pause"),
        ("mina", "resume"),
        ("crmlib", "canary"),
        ("mina", "release canary"),
    ]
    assert log == status["log"]
    assert read_csv(tmp_path / "who.csv")["got_it"].to_list() == ["yes"] * sends
    both = crmlib("recipients", "winback", "--json", "--out", "again.csv").json
    assert [row["got_it"] for row in both] == ["yes"] * sends
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "who.csv").read_bytes()
    assert crmlib("recipients", "winback", "--state", "dead", "--json").json == []


def test_too_many_are_named(crmlib: Run, made: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that writes to unusually many has an exit code, and goes when its number is named."""
    monkeypatch.setattr("crmlib.delivery._blast_radius.FIRST_MOST", 1)
    sends = int((made.table["decision"] == "send").sum())
    approved = ("send", "winback.plan", "--approve", made.digest)
    refused = crmlib(*approved)
    monkeypatch.setenv("CRMLIB_FILE_PATH", "outbox.jsonl")
    sent = crmlib(*approved, "--recipients", sends)

    assert refused.code == 4
    assert f"--recipients {sends}" in refused.err
    assert sent.code == 0


@pytest.mark.usefixtures("_no_waiting")
def test_a_worker_sends_what_was_handed_over(crmlib: Run, made: Plan) -> None:
    """Handed over, worked on, and nothing left for a second worker; a broken one is told of."""
    handed = crmlib(
        *("enqueue", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    )
    worked = crmlib("work")
    again = crmlib("work", "--until", "23:59")
    plain = crmlib("enqueue", "winback.plan", "--approve", made.digest, "--json")
    execute("UPDATE crmlib_deliveries SET state = 'planned'")
    mute = crmlib("work")

    sends = int((made.table["decision"] == "send").sum())
    assert "winback is handed over" in handed.out
    assert f"winback: {sends} sent, all settled" in worked.out
    assert worked.out.endswith(f"{sends:,} messages were accepted\n")
    assert again.out == "0 messages were accepted\n"
    assert plain.json["digest"] == made.digest
    assert mute.out == "0 messages were accepted\n"
    assert mute.err.startswith("error: 2026-07-07 12:00:00 winback: channels.file must be")


@pytest.mark.usefixtures("_no_waiting")
def test_sending_until_a_time_ends_when_it_is_told(
    crmlib: Run, at: Callable[[str], None], made: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is due in the early morning, so it waits, is told to stop, and says so."""
    at(PLANNING)
    approved = ("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    waited = crmlib(*approved, "--until", "settled", "--json")
    monkeypatch.setattr(Stopping, "wait", lambda *_: True)
    told = crmlib(*approved, "--until", "2026-07-01T09:00:00+09:00")
    wrong = [crmlib(*approved, "--until", text) for text in ("soon", "2026-07-01T09:00:00")]

    assert (waited.code, waited.json["sent_now"]) == (0, 0)
    assert "told to stop: what was in hand is recorded" in told.err
    assert [answer.code for answer in wrong] == [3, 3]
    assert "--until must be a time such as 18:00" in wrong[0].err


def test_unknown_and_dead_messages_are_dealt_with(crmlib: Run, made: Plan) -> None:
    """Listed, looked up, settled one by one, and sent again: each command says what it did."""
    approved = ("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    crmlib(*approved)
    none = crmlib("settle", "winback")
    execute("UPDATE crmlib_deliveries SET state = 'unknown' WHERE id = 1")
    execute("UPDATE crmlib_deliveries SET state = 'dead' WHERE id = 2")
    execute("UPDATE crmlib_deliveries SET state = 'dead', not_after = 0 WHERE id = 3")
    advice = crmlib("status").out
    (row,) = crmlib("settle", "winback", "--json").json
    listed = crmlib("settle", "winback").out
    ask = ("--look-up", "winback.plan", "--campaign", "campaign.toml")
    asked = crmlib("settle", "winback", *ask)
    counts = crmlib("settle", "winback", *ask, "--json").json
    other = crmlib("settle", "spring", "--look-up", "winback.plan")
    half = crmlib("settle", "winback", "--key", row["message_key"])
    settled = crmlib(
        *("settle", "winback", "--key", row["message_key"]),
        *("--outcome", "accepted", "--note", "in their log"),
    )
    execute("UPDATE crmlib_deliveries SET state = 'unknown' WHERE id = 1")
    retried = crmlib(
        *("settle", "winback", "--key", row["message_key"]),
        *("--outcome", "retry", "--note", "not in their log"),
    )
    nothing = crmlib("resend", "winback", "--note", "x", "--state", "rejected")
    again = crmlib("resend", "winback", "--note", "mended")
    later = crmlib(
        *("resend", "winback", "--note", "mended", "--state", "dead"),
        *("--not-after", "2026-07-09T12:00:00+09:00"),
    )

    assert none.out == "winback has no message that is unknown\n"
    assert "crmlib settle winback lists them" in advice
    assert "crmlib resend winback" in advice
    assert row["message_key"] in listed
    assert "1 by file cannot be looked up" in asked.err
    assert counts == {"accepted": 0, "rejected": 0, "unknown": 0, "not_asked": {"file": 1}}
    assert (other.code, half.code) == (3, 3)
    assert settled.out == f"{row['message_key']} is accepted now\n"
    waits = "waits again and goes at the next crmlib send"
    assert retried.out == f"{row['message_key']} {waits}\n"
    assert nothing.out == "no message of winback that is rejected can go again\n"
    assert again.out.startswith("1 message of winback waits again")
    assert "1 dead stay as they are" in again.err
    assert later.out.startswith("1 message of winback waits again")


def test_a_test_goes_to_oneself(crmlib: Run, made: Plan, tmp_path: Path) -> None:
    """Before there is a ledger and after; what was not accepted has an exit code."""
    customer = made.table.index[made.table["decision"] == "send"][0]
    test = ("test-send", "winback.plan", "--customer", customer, "--to", "me@example.org")
    first = crmlib(*test, "--campaign", "campaign.toml")
    Ledger(f"sqlite:///{tmp_path}/crm.db").close()
    second = crmlib(*test, "--campaign", "campaign.toml")
    (tmp_path / "outbox.jsonl").unlink()
    (tmp_path / "outbox.jsonl").mkdir()
    failed = crmlib(*test, "--campaign", "campaign.toml")

    mistyped = crmlib(*test[:-1], "me at shop", "--campaign", "campaign.toml")
    nobody = crmlib("preview", "winback.plan", "--customer", "NOPE")

    assert mistyped.code == 3
    assert "--to must be an address for the field email (" in mistyped.err
    assert "got 'me at shop'" in mistyped.err
    assert "no customer in this plan 'NOPE'; next to it in the order are ['C" in nobody.err
    assert first.out.startswith(f"The message of {customer} to you: accepted, key test-")
    assert "so the test is not logged" in first.err
    assert crmlib("log").out.count(" test  winback: message of ") >= 1
    assert second.err == ""
    assert failed.code != 0


def test_an_empty_ledger_has_nothing_to_tell(crmlib: Run, tmp_path: Path) -> None:
    """No campaign, and no deed."""
    Ledger(f"sqlite:///{tmp_path}/crm.db").close()

    assert "The ledger is empty" in crmlib("status").out
    assert "Nobody has done anything" in crmlib("log").out


def test_a_worker_without_a_ledger_names_what_makes_one(crmlib: Run) -> None:
    """Before the first enqueue there is none."""
    refused = crmlib("work")

    assert refused.code == 5
    assert "crmlib send or crmlib enqueue wrote" in refused.err


def test_status_of_one_campaign(crmlib: Run, made: Plan) -> None:
    """It is named as for pause and settle; another name is refused with those known."""
    crmlib("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    told = crmlib("status", "winback")
    refused = crmlib("status", "winbak")

    assert told.out.startswith("winback: ")
    assert (refused.code, "did you mean 'winback'?" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ("smtp", "smtp cannot be asked"),
        ("solapi", "solapi can be asked: crmlib settle winback --look-up PLAN"),
        ("fax of ours", "fax of ours cannot be asked"),
    ],
)
def test_the_unknown_are_listed_with_the_way_out_of_their_channel(
    crmlib: Run, made: Plan, channel: str, told: str
) -> None:
    """Looking up is only named where it can be done."""
    crmlib("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    execute(f"UPDATE crmlib_deliveries SET state = 'unknown', channel = '{channel}' WHERE id = 1")
    listed = crmlib("settle", "winback")

    assert told in " ".join(listed.err.split())
    assert f"by {channel} at" in listed.out


def test_ctrl_c_while_loading_leaves_no_traceback() -> None:
    """The signal comes in the middle of the imports."""
    program = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from crmlib.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "Aborted.\n")


def test_the_first_signal_asks_to_stop() -> None:
    """It is heard once, within the block; then the handlers are as they were."""
    before = signal.getsignal(signal.SIGTERM)
    with Stopping() as stopping:
        early = stopping.is_told()
        os.kill(os.getpid(), signal.SIGTERM)
        told = stopping.wait(60)
        after = signal.getsignal(signal.SIGTERM)

    assert (early, told) == (False, True)
    assert after == before == signal.getsignal(signal.SIGTERM)


def test_a_new_plan_says_whose_message_ended(crmlib: Run, made: Plan, tmp_path: Path) -> None:
    """Planned anew with the ledger, whom the provider refused is told of, and gets nothing."""
    crmlib("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    execute("UPDATE crmlib_deliveries SET state = 'rejected', detail = '550 no' WHERE id < 3")
    told = crmlib("plan", "campaign.toml", "--ledger", "crm.db")
    anew = Plan.load(tmp_path / "winback.plan").table
    ended = anew[anew["reason"] == "ALREADY_ENDED"]

    assert ended["decision"].to_list() == ["send"] * 2
    assert "2 of the" in told.err
    assert "get nothing by this plan and stay in to be measured" in told.err
    assert "was rejected on 2026-07-07 (550 no): a new plan does not begin it anew" in " ".join(
        told.err.split()
    )


def test_what_was_refused_says_why_and_has_an_exit_code(crmlib: Run, made: Plan) -> None:
    """Where a server refuses all, send and status give its words, and resend the way out."""
    approved = ("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    crmlib(*approved)
    execute("UPDATE crmlib_deliveries SET state = 'rejected', detail = '550 relaying denied'")
    refused = crmlib(*approved)
    told = crmlib("status").out
    resent = crmlib("resend", "winback", "--note", "the server is mended")
    execute("UPDATE crmlib_deliveries SET state = 'accepted' WHERE id = 1")
    some = crmlib(*approved, "--json")

    sends = int((made.table["decision"] == "send").sum())
    words = f"      {sends} x 550 relaying denied"
    assert (refused.code, some.code) == (6, 0)
    assert words in refused.out.splitlines()
    assert words in told.splitlines()
    assert some.json["refused"] == {"rejected": {"550 relaying denied": sends - 1}}
    assert f"note: {sends} rejected: they can, with --state rejected\n" in resent.err


def test_an_address_is_suppressed_by_hand(crmlib: Run, made: Plan) -> None:
    """Who asked by phone gets nothing from then on, and the log says who was told, and how."""
    Ledger("sqlite:///crm.db").close()
    address = made.table.loc[made.table["decision"] == "send", "address"].iloc[0]
    by_mina = ("--operator", "mina", "--note", "asked by phone")
    told = [crmlib("suppress", each, *by_mina) for each in (address, address, "+82 10-1234-5678")]
    wrong = crmlib("suppress", "010-1234-5678", *by_mina)
    sent = crmlib(
        *("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml"),
        "--json",
    ).json
    log = crmlib("log", "--json")

    assert [answer.code for answer in told] == [0, 0, 0]
    assert told[0].out.startswith("this e-mail address is suppressed: no campaign")
    assert told[2].out.startswith("this phone number is suppressed")
    assert wrong.code == 3
    assert (sent["blocked"] if "blocked" in sent else sent["counts"]["blocked"]) == 1
    deeds = [(row["operator"], row["action"], row["note"]) for row in log.json]
    assert deeds[:2] == [("mina", "suppress", "asked by phone")] * 2
    assert address not in log.out


def test_a_copy_of_a_ledger_is_adopted(crmlib: Run, made: Plan, tmp_path: Path) -> None:
    """It is refused with the command that adopts it, and then it is a ledger."""
    approved = ("send", "winback.plan", "--approve", made.digest, "--campaign", "campaign.toml")
    crmlib(*approved)
    (tmp_path / "copy.db").write_bytes((tmp_path / "crm.db").read_bytes())
    refused = crmlib("status", "--ledger", "copy.db")
    adopted = crmlib("adopt", "copy.db", "--operator", "mina")
    log = crmlib("log", "--ledger", "copy.db", "--json").json
    nothing = crmlib("adopt", "none.db")

    assert (refused.code, adopted.code, nothing.code) == (5, 0, 5)
    assert "crmlib adopt" in refused.err
    assert adopted.out.startswith(
        "copy.db is adopted: 0 that the original may have sent are unknown"
    )
    assert (log[-1]["operator"], log[-1]["action"]) == ("mina", "adopt")
    assert crmlib(*approved, "--ledger", "copy.db", "--json").json["sent_now"] == 0


def test_advice_names_the_ledger(crmlib: Run, made: Plan) -> None:
    """What is to be typed next works with the ledger that was named, and shows no password."""
    named = ("--ledger", "my crm.db")
    handed = crmlib("enqueue", "winback.plan", "--approve", made.digest, *named)
    paused = crmlib("pause", "winback", "--note", "wrong price", *named)
    status = crmlib("status", *named)

    assert 'crmlib work --queue queue --ledger "my crm.db" sends it' in handed.out
    assert 'crmlib resume winback --ledger "my crm.db" --note ...' in paused.out
    assert 'to go on: crmlib resume winback --ledger "my crm.db" --note ...' in status.out
    assert (ledger_option("crm.db"), ledger_option(None)) == ("", "")
    assert ledger_option("crm.db", default=None) == " --ledger crm.db"  # duties takes none itself
    assert ledger_option("postgresql://crm:secret@db.example/crm") == (
        ' --ledger "postgresql://crm:***@db.example/crm"'
    )
