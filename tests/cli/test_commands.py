"""The commands, one after the other, as a marketer runs them."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmlib.campaigns import Plan, example_campaign
from crmlib.channels import FileChannel, load_channel
from crmlib.delivery import Ledger
from crmlib.exceptions import PluginLoadError
from crmlib.interfaces import Channel

Run = Callable[..., Any]
PLANNING = "2026-07-01T07:00:00+09:00"
LAST_DAY = "2026-07-07T12:00:00+09:00"


def test_a_campaign_runs_from_the_shell(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """A campaign goes from file to page by plan, preview, send, status and report."""
    at(PLANNING)
    made = crmlib("plan", campaign, "--json").json
    sends = next(row["customers"] for row in made["counts"] if row["decision"] == "send")
    page = crmlib("preview", made["plan"])
    early = crmlib("send", made["plan"], "--approve", made["digest"], "--campaign", campaign)
    at(LAST_DAY)
    approved = ("send", made["plan"], "--approve", made["digest"], "--campaign", campaign)
    sent = crmlib(*approved, "--json")
    again = crmlib(*approved, "--json")
    status = crmlib("status", "--json").json
    report = crmlib("report", made["plan"], "--campaign", campaign, "--json")

    assert page.code == 0
    assert made["digest"] in page.out
    assert (tmp_path / "winback.html").exists()
    assert "next due at 2026-07-01" in early.out
    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == sends
    assert again.json["sent_now"] == 0
    lines = (tmp_path / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == sends > 0
    assert all(json.loads(line)["subject"].startswith("(광고)") for line in lines)
    assert status[0]["accepted"] == status[0]["messages"] == sends
    assert report.json == {"report": "winback-report.html", "lift": None}
    assert "All money in" in (tmp_path / "winback-report.html").read_text(encoding="utf-8")


def test_messages_are_read_before_there_is_a_plan(crmlib: Run, campaign: Path) -> None:
    """Of a campaign file preview prints what real customers would read, and writes no file."""
    before = sorted(campaign.parent.iterdir())
    shown = crmlib("preview", campaign)

    assert shown.code == 0
    assert shown.out.startswith("By email:\n-----")
    assert "Why: template" in shown.out
    assert "customers get a message" in shown.out
    assert sorted(campaign.parent.iterdir()) == before


def test_people_get_tables(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """Without --json the same commands print tables and sentences."""
    at(PLANNING)
    planned = crmlib("plan", campaign, "--out", "my.plan")
    plan = Plan.load(tmp_path / "my.plan")
    someone = plan.table.index[0]
    explained = crmlib("preview", "my.plan", "--customer", someone)
    at(LAST_DAY)
    crmlib("send", "my.plan", "--approve", plan.digest, "--campaign", campaign)
    status = crmlib("status")
    later = ("--later-orders", "shop/orders-own-mall.csv")
    report = crmlib("report", "my.plan", "--campaign", campaign, *later)

    assert "customers looked at" in planned.out
    assert f"Digest:   {plan.digest}" in planned.out
    assert explained.out.startswith(someone)
    assert "winback" in status.out
    assert "Open in a browser:  winback-report.html" in report.out
    assert "held out" in report.out


def test_a_withdrawal_after_the_plan_is_obeyed(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """Who withdraws consent between plan and send gets nothing: send reads the file again."""
    at(PLANNING)
    crmlib("plan", campaign)
    plan = Plan.load(tmp_path / "winback.plan")
    withdrawn = plan.table.index[plan.table["decision"] == "send"][0]
    with (tmp_path / "shop" / "consents.csv").open("a", newline="", encoding="utf-8") as file:
        header = (tmp_path / "shop" / "consents.csv").read_text(encoding="utf-8").splitlines()[0]
        row = {
            "customer_id": withdrawn,
            "channel": "email",
            "purpose": "advertising",
            "granted": "False",
            "at": "2026-07-01T00:00:00Z",
        }
        csv.DictWriter(file, header.split(",")).writerow(row)
    at(LAST_DAY)
    sent = crmlib(
        "send", "winback.plan", "--approve", plan.digest, "--campaign", campaign, "--json"
    )

    assert sent.json["counts"]["blocked"] == 1
    assert withdrawn not in (tmp_path / "outbox.jsonl").read_text(encoding="utf-8")


def test_the_ledger_holds_suppressed_addresses(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """An address that the ledger suppresses is held when planning with --ledger."""
    at(PLANNING)
    crmlib("plan", campaign)
    plan = Plan.load(tmp_path / "winback.plan")
    sends = plan.table[plan.table["decision"] == "send"]
    with Ledger("sqlite:///crm.db") as ledger:
        ledger.suppress(
            "email", sends["address"].iloc[0], at=datetime(2026, 6, 30, tzinfo=UTC), source="test"
        )
    crmlib("plan", campaign, "--ledger", "crm.db")
    held = Plan.load(tmp_path / "winback.plan").table.loc[sends.index[0]]

    assert held["decision"] == "held"
    assert held["reason"] == "SUPPRESSED"


def test_without_a_campaign_file_settings_come_from_the_environment(
    crmlib: Run,
    at: Callable[[str], None],
    campaign: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``send`` alone reads CRMLIB_FILE_PATH, and says that it knows of no new withdrawals."""
    at(PLANNING)
    made = crmlib("plan", campaign, "--json").json
    at(LAST_DAY)
    monkeypatch.setenv("CRMLIB_FILE_PATH", str(tmp_path / "elsewhere.jsonl"))
    sent = crmlib("send", made["plan"], "--approve", made["digest"])

    assert sent.code == 0
    assert "without --campaign" in sent.err
    assert (tmp_path / "elsewhere.jsonl").exists()


def test_a_channel_without_a_table_has_its_defaults(
    crmlib: Run, at: Callable[[str], None], campaign: Path
) -> None:
    """A channel that the campaign file gives no settings works with its own."""
    text = campaign.read_text(encoding="utf-8").replace('["file"]', '["console"]')
    text = text.replace('[channels.file]\npath = "outbox.jsonl"\n', "")
    campaign.write_text(text, encoding="utf-8")
    at(PLANNING)
    made = crmlib("plan", campaign, "--json").json
    at(LAST_DAY)
    sent = crmlib("send", made["plan"], "--approve", made["digest"], "--campaign", campaign)

    assert sent.code == 0
    assert "It has been" in sent.out


def test_a_channel_that_may_have_sent_needs_a_person(
    crmlib: Run, at: Callable[[str], None], campaign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When messages end as unknown, the exit code says that somebody must look."""

    def break_off(self: FileChannel, messages: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(FileChannel, "send", break_off)
    at(PLANNING)
    made = crmlib("plan", campaign, "--json").json
    at(LAST_DAY)
    sent = crmlib("send", made["plan"], "--approve", made["digest"], "--campaign", campaign)

    assert sent.code == 6
    assert "unknown" in sent.out


def test_a_plan_that_is_made_again_voids_the_approval(crmlib: Run, campaign: Path) -> None:
    """Replacing a plan file is said, and the whole plan can be written as CSV."""
    crmlib("plan", campaign, "--now", PLANNING)
    again = crmlib("plan", campaign, "--now", PLANNING)
    page = crmlib("preview", "winback.plan", "--table", "plan.csv")
    rows = list(csv.DictReader(Path("plan.csv").read_text("utf-8").splitlines()))

    assert "winback.plan was there: it is replaced" in again.err
    assert "Written:            plan.csv" in page.out
    assert {row["decision"] for row in rows} == {"send", "hold-out", "held"}


def test_a_campaign_without_a_hold_out_says_so(crmlib: Run, campaign: Path) -> None:
    """Without a hold-out nothing can be measured, and the plan says it before it is too late."""
    text = campaign.read_text(encoding="utf-8").replace("holdout = 0.3", "holdout = 0")
    campaign.write_text(text, encoding="utf-8")

    assert "nobody is held out of winback" in crmlib("plan", campaign, "--now", PLANNING).err


def test_segment_reads_any_order_file(crmlib: Run, tmp_path: Path) -> None:
    """An order file with headers of its own is segmented, and written as CSV."""
    rows = [["Buyer", "order id", "date", "Paid"]]
    rows += [[f"C{i % 7}", str(i), f"2026-01-{i % 28 + 1:02}", f"{i}.50"] for i in range(40)]
    rows += [["C1", "41", "2026-01-02", "much"]]
    (tmp_path / "orders.csv").write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    columns = [
        f"--column={name}"
        for name in ("customer_id=Buyer", "order_id=order id", "ordered_at=date", "amount=Paid")
    ]
    answer = crmlib("segment", "orders.csv", *columns, "--json")
    table = crmlib("segment", "orders.csv", *columns, "--labels", "ko", "--out", "out.csv")
    by_days = crmlib("segment", "orders.csv", *columns, "--segment-map", "small-shop", "--json")
    written = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))

    assert answer.code == 0
    assert {row["order lines"]: row["rows"] for row in answer.json["orders"]} == {
        "used": 40,
        "unreadable amount": 1,
        "in": 41,
    }
    assert sum(row["customers"] for row in answer.json["segments"]) == 7
    assert "7 customers in" in table.out
    assert "Written: out.csv" in table.out
    assert {row["customer_id"] for row in written} == {f"C{i}" for i in range(7)}
    assert all(row["segment"] for row in written)
    assert {row["segment"]: row["customers"] for row in by_days.json["segments"]} == {"VIP": 7}


def test_channels_are_listed(crmlib: Run) -> None:
    """The channels are listed with their packages, what they carry and what they lack."""
    listed = {row["name"]: row for row in crmlib("channels", "--json").json}
    text = crmlib("channels").out

    assert {listed[name]["package"] for name in ("console", "file", "memory", "smtp")} == {
        "crmlib"
    }
    assert listed["nhncloud-alimtalk"]["capabilities"]["purposes"] == ["informational"]
    assert listed["nhncloud-alimtalk"]["missing_extra"] == ""
    assert listed["nhncloud-alimtalk"]["carries"] == (
        "registered texts, no ads, look-up, held for later, a key for 600 s"
    )
    assert "nhncloud-alimtalk" in text  # the rest folds on narrow terminals
    assert "subject, HTML" in text


def test_a_channel_without_its_extra_or_broken_is_listed_all_the_same(
    crmlib: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing, and which package is broken, is said below the list."""
    monkeypatch.setattr("crmlib.cli._channels.find_spec", lambda module: None)

    def load(name: str) -> type[Channel]:
        if name == "memory":
            raise PluginLoadError("channel", name, "crmlib", "no such module")
        return load_channel(name)

    monkeypatch.setattr("crmlib.cli._channels.load_channel", load)
    listed = {row["name"]: row for row in crmlib("channels", "--json").json}
    notes = crmlib("channels").err

    assert listed["fcm"]["missing_extra"] == "fcm"
    assert listed["memory"]["capabilities"] is None
    assert "webhook needs an extra: pip install 'crmlib[http]'" in notes
    assert "channel 'memory' of package 'crmlib' cannot be loaded (no such module)" in notes


def test_the_example_campaign_is_printed(crmlib: Run) -> None:
    """``crmlib plan --example`` prints what the documentation shows."""
    assert crmlib("plan", "--example").out == example_campaign()


def test_an_empty_ledger_says_so(crmlib: Run) -> None:
    """A ledger that nothing was sent from says so."""
    Ledger("sqlite:///crm.db").close()

    assert "ledger is empty" in crmlib("status").out


def test_the_version_is_shown(crmlib: Run) -> None:
    """``crmlib --version`` names the package and its version."""
    assert crmlib("--version").out.startswith("crmlib 0.")


def test_the_package_runs_as_a_module() -> None:
    """``python -m crmlib`` is the same command, where scripts are not on the path."""
    run = [sys.executable, "-m", "crmlib", "--version"]

    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout.startswith(
        "crmlib 0."
    )


@pytest.mark.parametrize(
    "command", ["demo", "segment", "plan", "preview", "send", "status", "report", "channels"]
)
def test_every_command_explains_itself(crmlib: Run, command: str) -> None:
    """Each command has a help page that names its options."""
    answer = crmlib(command, "--help")

    assert answer.code == 0
    assert "Usage:" in answer.out
    assert "--help" in answer.out


def test_the_demo_runs_all_of_it(crmlib: Run, tmp_path: Path) -> None:
    """The demo delivers to its own server, once each, and writes what it says it does."""
    answer = crmlib("demo", "--customers", "300", "--out", "demo")
    again = crmlib("demo", "--customers", "300", "--out", "demo")

    assert answer.code == 0
    assert "0 twice" in answer.out
    assert "held out" in answer.out
    for name in ("report.html", "preview.html", "crm.db", "winback.plan", "campaign.toml"):
        assert (tmp_path / "demo" / name).exists()
    assert again.out == answer.out


def test_the_demo_runs_on_real_orders(crmlib: Run, tmp_path: Path) -> None:
    """With --orders the demo keeps the last weeks back and measures on them."""
    rows = ["customer_id,order_id,ordered_at,amount"]
    rows += [
        f"C{i % 97},{i},2026-{i % 6 + 1:02}-{i % 27 + 1:02} {i % 13 + 8}:15,{i % 50 + 1}"
        for i in range(900)
    ]
    (tmp_path / "orders.csv").write_text("\n".join(rows), encoding="utf-8")
    answer = crmlib("demo", "--orders", "orders.csv", "--out", "demo", "--timezone", "UTC")

    assert answer.code == 0
    assert "0 twice" in answer.out
    assert "nobody was really written to" in answer.out


def test_the_demo_keeps_off_other_folders(crmlib: Run, tmp_path: Path) -> None:
    """A folder with somebody's files is not emptied."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    answer = crmlib("demo", "--out", "mine")

    assert answer.code == 3
    assert "--out must be an empty or a new folder" in answer.err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_the_demo_names_its_extra(crmlib: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without aiosmtpd the demo says which extra to install."""
    monkeypatch.setitem(sys.modules, "aiosmtpd.controller", None)

    assert "crmlib[demo]" in crmlib("demo").err
