"""``crmlib warranty``: from an order file to links, and back."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from crmlib.tables import read_csv

HEADER = (
    "customer_id,order_id,line_id,ordered_at,product_id,quantity,amount,sales_channel,status\n"
)
ROWS = (
    "s1,1,1a,2026-01-05T12:00Z,chair,2,80,shop,{}\n"
    "m1,7,7a,2026-01-05T12:00Z,chair,1,40,mall,{}\n"
    "m1,8,8a,2026-01-05T12:00Z,sofa,1,40,mall,\n"
)
ISSUE = ("warranty", "issue", "orders.csv", "--gtins", "gtins.csv", "--days", 36_500)


@pytest.fixture
def issue(crmlib: Callable, tmp_path: Path) -> Callable:
    """Run ``crmlib warranty issue`` on a small shop."""
    (tmp_path / "orders.csv").write_text(HEADER + ROWS.format("", ""))
    (tmp_path / "later.csv").write_text(HEADER + ROWS.format("", "returned"))
    (tmp_path / "gtins.csv").write_text("product_id,gtin\nchair,9506000134352\n")

    def run(*arguments: object) -> object:
        return crmlib(*ISSUE, "--domain", "https://id.example.com", *arguments)

    return run


def test_certificates_are_issued_verified_and_revoked(
    issue: Callable, crmlib: Callable, tmp_path: Path
) -> None:
    """Three chairs are three links; one that came back is refused from then on."""
    first = issue("--out", "links.csv", "--sheet", "sheet.html")
    again = issue("--out", "more.csv", "--json")
    written = read_csv(tmp_path / "links.csv")
    links = written["link"]
    tokens = [link.partition("?w=")[2] for link in links]

    assert "3 certificates issued" in first.out
    assert "1 line of products without a GTIN in gtins.csv, such as 'sofa'" in first.err
    assert written["order_id"].to_list() == ["1", "1", "7"]
    assert again.json == {"issued": 0, "out": "more.csv"}
    assert "0 certificates issued: each piece" in issue("--out", "none.csv").out
    assert (tmp_path / "sheet.html").read_text().count("<figure>") == 3
    assert "not registered yet" in crmlib("warranty", "verify", tokens[2]).out
    assert crmlib("warranty", "verify", tokens[0], "--json").json["registered"] is False
    assert "1 certificate revoked" in crmlib("warranty", "revoke", "later.csv").out
    nothing = crmlib("warranty", "revoke", "later.csv", "--json").json
    assert nothing == {"revoked": [], "unclear": []}
    refused = crmlib("warranty", "verify", tokens[2])
    assert (refused.code, "was revoked" in refused.err) == (3, True)


def test_the_log_is_shown_and_checked(issue: Callable, crmlib: Callable, tmp_path: Path) -> None:
    """The log lists what happened; one that was bent is told, and the exit code says so."""
    issue("--out", "links.csv")
    shown, listed = crmlib("warranty", "log"), crmlib("warranty", "log", "--json").json
    database = sqlite3.connect(tmp_path / "warranty.db")
    database.execute("DROP TRIGGER crmlib_warranty_events_no_update")
    database.execute("UPDATE crmlib_warranty_events SET kind = 'sold' WHERE number = 2")
    database.commit()
    database.close()
    bent = crmlib("warranty", "log")

    assert listed["head"] in shown.out
    assert [event["kind"] for event in listed["events"]] == ["issued"] * 3
    assert (bent.code, "bent at event 2" in bent.out) == (3, True)


def test_what_one_of_two_returns_is_for_a_person(
    issue: Callable, crmlib: Callable, tmp_path: Path
) -> None:
    """Where the file does not say which piece came back, their ids are printed."""
    issue("--out", "links.csv")
    row = "s1,1,1b,2026-01-09T12:00Z,chair,-1,-40,shop,\n"
    (tmp_path / "later.csv").write_text(HEADER + row)
    shown = crmlib("warranty", "revoke", "later.csv").out

    ids = read_csv(tmp_path / "links.csv")["warranty_id"]
    assert all(warranty_id in shown for warranty_id in ids[:2])


def test_wrong_files_are_told(issue: Callable, crmlib: Callable, tmp_path: Path) -> None:
    """A registry that is not there is not made; a file that is there is not written over."""
    missing = crmlib("warranty", "log", "--registry", "none.db")
    issue("--out", "links.csv")
    kept = issue("--out", "links.csv")

    assert (missing.code, "no such file" in missing.err) == (5, True)
    assert not (tmp_path / "none.db").exists()
    assert (kept.code, "a new file" in kept.err) == (3, True)
