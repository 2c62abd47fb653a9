"""Bad input on the command line: one line that says what to do, never a traceback."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmlib.campaigns import Plan
from crmlib.delivery import Ledger

Run = Callable[..., Any]
PLANNING = "2026-07-01T07:00:00+09:00"
HEADER = "customer_id,order_id,ordered_at,amount\n"


def refused(answer: Any, code: int, *words: str) -> None:
    """Check that *answer* is an error of one line that says *words*."""
    lines = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert answer.code == code, answer
    assert len(lines) == 1, answer.err
    assert "Traceback" not in answer.out + answer.err
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", ["empty"], id="an empty file"),
        pytest.param(b"customer_id,order_id,amount\nC1,1,5\n", ["ordered_at"], id="no dates"),
        pytest.param("고객,주문\n".encode("utf-16"), ["orders.csv"], id="a wrong encoding"),
        pytest.param(b"\x00\x01\x02\xff" * 99, ["orders.csv"], id="no text at all"),
    ],
)
def test_an_order_file_that_cannot_be_read(
    crmlib: Run, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    """A file that holds no order lines ends in an error that names what it lacks."""
    (tmp_path / "orders.csv").write_bytes(content)

    refused(crmlib("segment", "orders.csv"), 3, *words)


def test_an_order_file_that_is_not_there(crmlib: Run) -> None:
    """A path that leads nowhere is named."""
    refused(crmlib("segment", "nowhere.csv"), 3, "nowhere.csv")


@pytest.mark.parametrize(
    "options",
    [
        ["orders.csv", "--out", "orders.csv"],
        ["*.csv", "--set-aside", "orders.csv"],
        [".", "--out", "customers.csv"],
        ["orders.csv", "--out", "../new.csv", "--set-aside", "../new.csv"],
    ],
    ids=["the file", "a pattern", "among the files of a folder", "twice"],
)
def test_order_files_are_never_written_over(
    crmlib: Run, tmp_path: Path, options: list[str]
) -> None:
    """What is written is no order file, and lies where nobody reads it as one next time."""
    (tmp_path / "orders.csv").write_text(HEADER + "C1,1,2026-01-01,5\n")

    refused(crmlib("segment", *options), 3, "--", "apart from the order files")
    assert (tmp_path / "orders.csv").read_text() == HEADER + "C1,1,2026-01-01,5\n"
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


def test_a_mapping_and_single_columns_are_not_mixed(crmlib: Run, tmp_path: Path) -> None:
    """One of them would be ignored."""
    (tmp_path / "orders.csv").write_text(HEADER + "C1,1,2026-01-01,5\n")
    options = ("--mapping", "shop.toml", "--column", "customer_id=Buyer")

    refused(crmlib("segment", "orders.csv", *options), 3, "--column", "--mapping")


def test_rows_that_cannot_be_used_are_counted(crmlib: Run, tmp_path: Path) -> None:
    """NaN, infinite and unreadable cells are set aside with their reasons; the rest is used."""
    rows = "C1,1,2026-01-01,5\nC2,2,2026-01-02,NaN\nC3,3,2026-01-03,inf\nC4,4,soon,1\n"
    (tmp_path / "orders.csv").write_text(HEADER + rows)
    answer = crmlib("segment", "orders.csv", "--json")

    counts = {row["order lines"]: row["rows"] for row in answer.json["orders"]}
    assert counts.pop("in") == 4
    assert counts.pop("used") == 1
    assert sum(counts.values()) == 3
    assert len(counts) == 2


def test_lines_after_the_snapshot_are_counted(crmlib: Run, tmp_path: Path) -> None:
    """Lines after the snapshot date are left out, and a note counts them."""
    (tmp_path / "orders.csv").write_text(HEADER + "C1,1,2026-01-01,5\nC1,2,2026-01-03,5\n")
    answer = crmlib("segment", "orders.csv", "--snapshot-date", "2026-01-02")

    assert answer.code == 0
    assert "note: 1 " in answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--timezone", "Asia/Soul"], ["Asia/Soul"], id="an unknown zone"),
        pytest.param(["--labels", "fr"], ["labels", "fr"], id="a language it lacks"),
        pytest.param(["--column", "amount"], ["NAME=HEADER"], id="half a mapping"),
        pytest.param(["--column", "amount=Paid"], ["Paid"], id="a header that is not there"),
        pytest.param(["--snapshot-date", "soon"], ["snapshot_date"], id="no date"),
    ],
)
def test_an_option_that_cannot_be(
    crmlib: Run, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    """An option with a value that it cannot have names the value and what would do."""
    (tmp_path / "orders.csv").write_text(HEADER + "C1,1,2026-01-01,5\n")

    refused(crmlib("segment", "orders.csv", *arguments), 3, *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("holdout", "holdot", ["campaign.holdot", "'holdout'"], id="a typo"),
        pytest.param("0.3", "1.3", ["campaign.holdout", "1.3", "0.9"], id="too large a share"),
        pytest.param('["file"]', '["fax"]', ["campaign.channels", "fax"], id="an unknown channel"),
        pytest.param('"KR"', '"XX"', ["campaign.policy", "XX"], id="an unknown law"),
        pytest.param("At Risk", "At Rsk", ["audience", "At Risk"], id="an unknown segment"),
        pytest.param("Asia/Seoul", "Seoul", ["timezone", "Seoul"], id="an unknown zone"),
        pytest.param("{recency_days}", "{recency", ["templates.default"], id="an open brace"),
        pytest.param("[campaign]", "[campaign", ["TOML"], id="no TOML"),
        pytest.param("profiles.csv", "people.csv", ["people.csv"], id="a file that is not there"),
        pytest.param("hour = 10", "hour = 25", ["timing", "hour", "25"], id="no hour"),
    ],
)
def test_a_campaign_file_that_is_wrong(
    crmlib: Run, campaign: Path, old: str, new: str, words: list[str]
) -> None:
    """A campaign file that cannot be carried out names the key, the value and the way out."""
    text = campaign.read_text(encoding="utf-8")
    assert old in text
    campaign.write_text(text.replace(old, new), encoding="utf-8")

    refused(crmlib("plan", campaign, "--now", PLANNING), 3, *words)


def test_a_field_that_nobody_has_holds_the_rows(crmlib: Run, campaign: Path) -> None:
    """A template with an unknown field makes a plan that holds those rows, with the reason."""
    text = campaign.read_text(encoding="utf-8").replace("{recency_days}", "{shoe_size}")
    campaign.write_text(text, encoding="utf-8")
    answer = crmlib("plan", campaign, "--now", PLANNING, "--json")
    counts = answer.json["counts"]
    plan = Plan.load("winback.plan")

    assert "send" not in {row["decision"] for row in counts}
    assert "NO_MESSAGE" in {row["reason"] for row in counts}
    assert "are held NO_MESSAGE, the first because: " in answer.err
    assert "shoe_size" in answer.err
    assert "shoe_size" in plan.table.loc[plan.table["reason"] == "NO_MESSAGE", "detail"].iloc[0]


@pytest.mark.parametrize("now", ["soon", "2026-07-01T07:00:00"], ids=["no time", "no offset"])
def test_a_moment_without_a_zone(crmlib: Run, campaign: Path, now: str) -> None:
    """The moment of planning needs its offset."""
    refused(crmlib("plan", campaign, "--now", now), 3, "--now", now)


def test_plan_wants_a_file(crmlib: Run) -> None:
    """``crmlib plan`` alone is wrong usage."""
    answer = crmlib("plan")

    assert answer.code == 2
    assert "--example" in answer.err


class TestSending:
    """Nothing leaves that should not."""

    @pytest.fixture
    def plan(self, crmlib: Run, at: Callable[[str], None], campaign: Path) -> Plan:
        """Make a plan that is due."""
        at(PLANNING)
        assert crmlib("plan", campaign).code == 0
        at("2026-07-07T12:00:00+09:00")
        return Plan.load("winback.plan")

    def test_an_unapproved_plan(self, crmlib: Run, plan: Plan, campaign: Path) -> None:
        """Another approval is refused, and nothing is sent."""
        answer = crmlib("send", "winback.plan", "--approve", "0" * 64, "--campaign", campaign)

        refused(answer, 4, plan.digest)
        assert not Path("outbox.jsonl").exists()

    def test_an_altered_plan(self, crmlib: Run, plan: Plan, campaign: Path) -> None:
        """A plan file that somebody edited is refused."""
        text = Path("winback.plan").read_text(encoding="utf-8")
        Path("winback.plan").write_text(text.replace("It has been", "Buy now!"), encoding="utf-8")
        answer = crmlib("send", "winback.plan", "--approve", plan.digest, "--campaign", campaign)

        refused(answer, 4, "winback.plan")
        assert not Path("outbox.jsonl").exists()

    def test_a_locked_ledger(
        self, crmlib: Run, plan: Plan, campaign: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A ledger that another program keeps locked stops the sending."""
        crmlib("send", "winback.plan", "--approve", "0" * 64, "--campaign", campaign)
        monkeypatch.setattr("crmlib.cli._send.Ledger", partial(Ledger, busy_timeout_seconds=0))
        with sqlite3.connect("crm.db") as other:
            other.execute("BEGIN EXCLUSIVE")
            answer = crmlib(
                "send", "winback.plan", "--approve", plan.digest, "--campaign", campaign
            )

        refused(answer, 5, "crm.db")
        assert not Path("outbox.jsonl").exists()

    def test_a_copied_ledger(self, crmlib: Run, plan: Plan, campaign: Path) -> None:
        """A copy of a ledger is refused: its original may have sent already."""
        send = ("send", "winback.plan", "--approve", plan.digest, "--campaign", campaign)
        assert crmlib(*send).code == 0
        Path("copy.db").write_bytes(Path("crm.db").read_bytes())

        refused(crmlib(*send, "--ledger", "copy.db"), 5, "copy.db")

    def test_a_server_that_is_not_there(
        self, crmlib: Run, at: Callable[[str], None], campaign: Path
    ) -> None:
        """A mail server that does not answer leaves the messages planned, to be tried again."""
        text = campaign.read_text(encoding="utf-8").replace('["file"]', '["smtp"]')
        text = text.replace("[channels.file]", "[channels.smtp]")
        text = text.replace('path = "outbox.jsonl"', 'host = "127.0.0.1"\nport = 9')
        campaign.write_text(text, encoding="utf-8")
        at(PLANNING)
        digest = crmlib("plan", campaign, "--json").json["digest"]
        at("2026-07-07T12:00:00+09:00")
        answer = crmlib(
            "send", "winback.plan", "--approve", digest, "--campaign", campaign, "--json"
        )

        assert answer.json["counts"]["planned"] == answer.json["planned"]
        assert answer.json["sent_now"] == 0
        assert "could not be handed over and will be tried again" in answer.err


def test_a_file_of_another_campaign(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """A plan is neither sent nor reported with the file of another campaign."""
    at(PLANNING)
    digest = crmlib("plan", campaign, "--json").json["digest"]
    other = tmp_path / "other.toml"
    text = campaign.read_text(encoding="utf-8")
    other.write_text(text.replace('name = "winback"', 'name = "other"'), encoding="utf-8")
    Ledger("sqlite:///crm.db").close()

    sent = crmlib("send", "winback.plan", "--approve", digest, "--campaign", other)
    refused(sent, 3, "campaign.name", "'winback'")
    refused(crmlib("report", "winback.plan", "--campaign", other), 3, "campaign.name")


def test_a_file_without_a_usable_line(crmlib: Run, tmp_path: Path) -> None:
    """If no line can be used, the reasons are counted in the error, and can be written down."""
    (tmp_path / "orders.csv").write_text(HEADER + "C1,1,soon,5\n=C2,2,later,6\n")
    answer = crmlib("segment", "orders.csv", "--set-aside", "aside.csv")

    refused(answer, 3, "unreadable date: 2")
    assert "'=C2" in (tmp_path / "aside.csv").read_text()


def test_profiles_without_zones_and_orders_without_names(crmlib: Run, campaign: Path) -> None:
    """What the documentation calls optional is optional: zones, product names."""
    for name, columns in (("profiles", ["timezone"]), ("orders-own-mall", ["product_name"])):
        file = campaign.parent / "shop" / f"{name}.csv"
        pd.read_csv(file, dtype=str).drop(columns=columns).to_csv(file, index=False)

    assert crmlib("plan", campaign, "--now", PLANNING).code == 0


def test_a_ledger_that_is_not_there(crmlib: Run) -> None:
    """Looking at a ledger makes none."""
    refused(crmlib("status", "--ledger", "none.db"), 5, "none.db")
    assert not Path("none.db").exists()


def test_a_file_that_is_no_ledger(crmlib: Run) -> None:
    """A file that is something else is left alone."""
    Path("notes.txt").write_text("buy milk" * 200)

    refused(crmlib("status", "--ledger", "notes.txt"), 3, "notes.txt")
    assert Path("notes.txt").read_text().startswith("buy milk")


def test_a_plan_that_is_none(crmlib: Run) -> None:
    """A file that is no plan is refused."""
    Path("no.plan").write_text("hello")

    refused(crmlib("preview", "no.plan"), 4, "no.plan")


def test_a_customer_that_is_not_in_the_plan(crmlib: Run, campaign: Path) -> None:
    """A customer whom nobody looked at is named."""
    crmlib("plan", campaign, "--now", PLANNING)

    refused(crmlib("preview", "winback.plan", "--customer", "C99999"), 3, "C99999")


def test_a_full_disk(crmlib: Run, campaign: Path) -> None:
    """A plan that does not fit on the disk is an error, and no half of it stays."""
    answer = crmlib("plan", campaign, "--now", PLANNING, "--out", "/dev/full/winback.plan")

    assert answer.code in {1, 3}
    refused(answer, answer.code, "/dev/full")


def test_a_defect_is_said_to_be_one(crmlib: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw is one line too, and says how to see where it is."""
    monkeypatch.setattr("crmlib.cli._channels.list_channels", lambda: 1 / 0)
    monkeypatch.delenv("CRMLIB_TRACEBACK", raising=False)

    refused(crmlib("channels"), 70, "ZeroDivisionError", "CRMLIB_TRACEBACK")
    monkeypatch.setenv("CRMLIB_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        crmlib("channels")
