"""``crmlib serve`` and ``crmlib web``: keys, answers, requests, and a plan that knows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crmlib.campaigns import Plan
from crmlib.delivery import (
    Answer,
    Ledger,
    find_recipient,
    list_requests,
    record_answers,
    request_erasure,
)
from crmlib.opt_out_links import OptOutKeys
from crmlib.tables import check_consents, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = "2026-07-01T00:00+00:00"
LATER = datetime(2026, 7, 2, tzinfo=UTC)

SETTINGS = """
[web]
ledger = "{}"
opt_out_keys = "keys.json"
[brand]
name = "Shop"
email = "shop@example.com"
"""


def test_keys_are_made_once_and_changed_on_demand(crmlib: Callable, tmp_path: Path) -> None:
    """Running it again shows them, and changes nothing."""
    made = crmlib("web", "keys", "keys.json")
    first = OptOutKeys.load(tmp_path / "keys.json")
    shown = crmlib("web", "keys", "keys.json")
    rotated = crmlib("web", "keys", "keys.json", "--rotate")
    withdrawn = crmlib("web", "keys", "keys.json", "--withdraw", 0)
    both = crmlib("web", "keys", "keys.json", "--withdraw", 1, "--rotate")

    assert made.out == shown.out == "keys.json: key 0 signs\n"
    assert rotated.out == "keys.json: key 1 signs; 0 verify too\n"
    assert withdrawn.out == "keys.json: key 1 signs\n"
    assert OptOutKeys.load(tmp_path / "keys.json").read(first.sign("0" * 32)) is None
    assert (both.code, "--rotate" in both.err) == (3, True)


@pytest.fixture
def signed(crmlib: Callable, campaign: Path, at: Callable) -> Plan:
    """Plan and send a campaign whose links are signed."""
    text = campaign.read_text(encoding="utf-8")
    text = text.replace("{message_key}", '{opt_out_token}"\nopt_out_keys = "keys.json')
    campaign.write_text(text, encoding="utf-8")
    at(NOW)
    crmlib("web", "keys", "keys.json")
    made = crmlib("plan", campaign, "--out", "a.plan", "--json")
    assert made.code == 0, made.err
    sent = crmlib("send", "a.plan", "--approve", made.json["digest"], "--campaign", campaign)
    assert sent.code == 0, sent.err
    return Plan.load("a.plan")


def test_what_was_said_by_links_is_listed_and_planned_with(
    crmlib: Callable, campaign: Path, signed: Plan, tmp_path: Path
) -> None:
    """Who opted out by a link is held by the next plan; the file of answers is one of consents."""
    rows = signed.table[signed.table["decision"] == "send"]
    token = rows["opt_out_url"].iloc[0].rpartition("/")[2]
    nothing = crmlib("web", "answers")
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as book:
        key = OptOutKeys.load(tmp_path / "keys.json").read(token)
        recipient = find_recipient(book, key)
        no = Answer(
            medium=recipient.medium, purpose="advertising", granted=False, wording="w/ko/1"
        )
        record_answers(book, recipient, [no], at=LATER, source="opt-out page")
    shown = crmlib("web", "answers")
    listed = crmlib("web", "answers", "--json").json
    written = crmlib("web", "answers", "--out", "said.csv")
    later = ("--now", LATER + timedelta(days=1), "--ledger", "crm.db")
    crmlib("plan", campaign, "--out", "b.plan", *later)
    held = Plan.load(tmp_path / "b.plan").table.loc[rows.index[0]]

    assert "Nobody has answered" in nothing.out
    assert "opt-out page" in shown.out
    assert [row["customer_id"] for row in listed] == [rows.index[0]]
    assert "1 answers: said.csv" in written.out
    assert check_consents(read_csv(tmp_path / "said.csv"))["granted"].to_list() == [False]
    assert held["reason"] == "NO_CONSENT"
    assert "withdrawn" in held["detail"]


@pytest.mark.parametrize("is_told", [True, False], ids=["page", "one-click"])
def test_an_answer_is_owed_a_notice_unless_its_page_was_one(
    crmlib: Callable, campaign: Path, signed: Plan, tmp_path: Path, is_told: bool
) -> None:
    """``crmlib duties`` knows what was said by links, and whom the page told the result."""
    key = signed.table.loc[signed.table["decision"] == "send", "message_key"].iloc[0]
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as book:
        who = find_recipient(book, key)
        no = Answer(medium="*", purpose="advertising", granted=False, wording="w/ko/1")
        record_answers(book, who, [no], at=LATER, source="test", is_told=is_told)
    terms = ("--now", LATER + timedelta(days=1), "--ledger", "crm.db", "--csv", "owed.csv")
    crmlib("duties", campaign, *terms)
    owed = read_csv(tmp_path / "owed.csv")
    theirs = owed[(owed["duty"] == "result-notice") & owed["since"].str.startswith("2026-07-02")]

    assert theirs["customer_id"].to_list() == ([] if is_told else [who.customer_id])


def test_requests_are_listed_and_done(crmlib: Callable, signed: Plan, tmp_path: Path) -> None:
    """Until a person says what was done, they wait."""
    nothing = crmlib("web", "requests")
    key = signed.table.loc[signed.table["decision"] == "send", "message_key"].iloc[0]
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as book:
        request_erasure(book, find_recipient(book, key), at=LATER)
    waiting = crmlib("web", "requests")
    done = crmlib("web", "done", 1, "--note", "erased")
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as book:
        notes = list_requests(book)["note"].to_list()

    assert "Nobody has asked" in nothing.out
    assert "Waiting:  1" in waiting.out
    assert done.out == "Request 1 is done.\n"
    assert notes == ["erased"]
    assert crmlib("web", "requests", "--json").json[0]["note"] == "erased"


def test_a_campaign_file_needs_the_keys_that_sign(crmlib: Callable, campaign: Path) -> None:
    """The error says which key of the file, and how to make them."""
    text = campaign.read_text(encoding="utf-8").replace("{message_key}", "{opt_out_token}")
    campaign.write_text(text, encoding="utf-8")
    without = crmlib("plan", campaign)
    named = text.replace("{opt_out_token}", '{opt_out_token}"\nopt_out_keys = "none.json')
    campaign.write_text(named, encoding="utf-8")
    missing = crmlib("plan", campaign)

    assert (without.code, missing.code) == (3, 3)
    assert (
        "sender.opt_out_keys is missing; name the file that `crmlib web keys` wrote" in without.err
    )
    assert "make it: crmlib web keys none.json" in missing.err


def test_serving_begins_with_a_ledger_that_is_there(
    crmlib: Callable, signed: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong path would serve an empty ledger, and refuse every link."""
    served: list[Any] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda server: served.append(server.config))
    (tmp_path / "web.toml").write_text(SETTINGS.format("crm.db"))
    right = crmlib("serve", "web.toml")
    (tmp_path / "web.toml").write_text(SETTINGS.format("none.db"))
    wrong = crmlib("serve", "web.toml")

    assert (right.code, wrong.code) == (0, 5)
    assert "serving on http://127.0.0.1:8080" in right.err
    assert [config.access_log for config in served] == [False]
    assert "none.db" in wrong.err


def test_a_click_is_owed_a_notice(crmlib: Callable, campaign: Path, signed: Plan) -> None:
    """Who opts out by a link is told the result, as who does so elsewhere is."""
    sent = signed.table[signed.table["decision"] == "send"].iloc[0]
    with Ledger("sqlite:///crm.db") as ledger:
        recipient = find_recipient(ledger, sent["message_key"])
        nothing = Answer(medium="*", purpose="advertising", granted=False, wording="v1")
        record_answers(ledger, recipient, [nothing], at=LATER, source="test")
    asked = ("duties", campaign, "--now", "2026-07-03T00:00+00:00", "--done-before", "2026-07-14")
    told = crmlib(*asked, "--ledger", "crm.db", "--json").json["duties"]
    untold = crmlib(*asked, "--json").json["duties"]

    def withdrawn(duties: list[dict[str, Any]]) -> int:
        return sum(row["owed"] for row in duties if row["event"] == "withdrawal")

    assert withdrawn(told) == withdrawn(untold) + 1
