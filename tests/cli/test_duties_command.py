"""``crmlib duties``: from what the law wants to notices that were sent, on the made-up shop."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib.campaigns import Plan
from crmlib.delivery import Ledger
from crmlib.opt_out_links import OptOutKeys

Run = Callable[..., Any]
PLANNING = "2026-06-10T09:00+09:00"
SENDING = "2026-06-11T10:30+09:00"  # past ten in every zone
TERMS = ("--done-before", "2026-05-01")


def test_notices_are_owed_planned_checked_and_sent(
    crmlib: Run, campaign: Path, at: Callable[[str], None], tmp_path: Path
) -> None:
    """What is owed is told to each, lawfully and once; then it is owed no longer."""
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.replace('policy = "KR"', 'policy = ["KR", "US"]'), encoding="utf-8")
    asked = ("duties", campaign, "--now", PLANNING, *TERMS)
    at(SENDING)

    before = crmlib(*asked, "--json")
    made = crmlib(*asked, "--notice", "result-notice", "--json").json
    checked = crmlib("check", made["plan"], "--campaign", campaign)
    sent = crmlib(
        "send", made["plan"], "--approve", made["digest"], "--campaign", campaign, "--json"
    )
    after = crmlib(*asked, "--ledger", "crm.db", "--json")

    owed = {row["duty"]: row for row in before.json["duties"] if row["event"] == "consent"}
    outbox = [json.loads(line) for line in Path("outbox.jsonl").read_text("utf-8").splitlines()]
    assert before.code == 8
    assert before.json["owed"] > before.json["overdue"] > 0
    assert set(owed) == {"result-notice", "consent-reminder"}
    assert {row["duty"] for row in before.json["duties"]} == {*owed, "heed-withdrawal"}
    assert made["plan"] == "winback-result-notice-2026-06-10.plan"
    assert checked.code == 0
    assert sent.json["sent_now"] == made["notices"] == len(outbox) > 0
    assert all("(광고)" not in message["body"] for message in outbox)
    assert any("수신 동의: 처리 완료" in message["body"] for message in outbox)
    left = {(row["duty"], row["event"]) for row in after.json["duties"]}
    assert ("heed-withdrawal", "withdrawal") not in left
    table = Plan.load(tmp_path / made["plan"]).table
    told = set(table.index[table["decision"] == "send"])
    assert ("result-notice", "consent") not in left
    crmlib(*asked, "--ledger", "crm.db", "--csv", "owed.csv")
    rest = pd.read_csv("owed.csv")
    assert not set(rest.loc[rest["duty"] == "result-notice", "customer_id"]) & told
    again = crmlib(*asked, "--ledger", "crm.db", "--notice", "result-notice", "--json")
    assert again.json["plan"] is None
    assert "nobody is owed a result-notice that is not on its way" in again.err


def test_what_is_overdue_is_an_exit_code(crmlib: Run, campaign: Path) -> None:
    """A script sees 8; a person sees what, how much, by when, and by which law."""
    late = crmlib("duties", campaign, "--now", "2026-07-10T09:00+09:00")

    assert late.code == 8
    assert "note: without --ledger nothing that crmlib sent or recorded counts as done" in late.err
    assert "What KR wants done, as of 2026-07-10" in late.out
    assert "result-notice: tell the customer the result" in late.out
    assert "(KR Network Act art. 50(7))" in late.out
    assert f"crmlib duties {campaign} --notice" in late.out


def test_notices_of_others_count(crmlib: Run, campaign: Path) -> None:
    """A table of notices that another system sent discharges them; nothing is owed then."""
    consents = pd.read_csv("shop/consents.csv")
    duties = ("result-notice", "consent-reminder")
    notices = [
        {"customer_id": who, "duty": duty, "at": "2026-06-10T00:00:00Z"}
        for who in consents["customer_id"].unique()
        for duty in duties
    ]
    pd.DataFrame(notices).to_csv("notices.csv", index=False)
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.replace("[data]\n", '[data]\nnotices = "notices.csv"\n'), "utf-8")

    found = crmlib(
        "duties", campaign, "--now", PLANNING, "--done-before", "2026-06-10", "--ahead", "0"
    )

    assert found.code == 0
    assert "Nothing is owed." in found.out


def test_a_plan_is_shown_with_the_way_on(crmlib: Run, campaign: Path) -> None:
    """The answer to --notice ends with the command that sends."""
    notice = ("--notice", "consent-reminder", "--out", "r.plan")
    Ledger("sqlite:///other.db").close()
    shown = crmlib("duties", campaign, "--now", PLANNING, *TERMS, *notice, "--ledger", "other.db")

    digest = Plan.load("r.plan").digest
    assert "Plan of the notices consent-reminder" in shown.out
    assert "Read it:  crmlib preview r.plan" in shown.out
    assert (
        f"To send:  crmlib send r.plan --approve {digest} --campaign {campaign} --ledger other.db"
        in shown.out
    )


def test_channels_of_advertising_alone_are_refused(crmlib: Run, campaign: Path) -> None:
    """Where no channel carries notices the file is refused, with the way out."""
    text = campaign.read_text(encoding="utf-8")
    changed = text.replace('channels = ["file"]', 'channels = ["solapi-brand"]')
    campaign.write_text(changed, encoding="utf-8")

    refused = crmlib("duties", campaign, "--now", PLANNING, "--notice", "result-notice")

    assert refused.code == 3
    assert "campaign.channels is ['solapi-brand'], which carry advertising only" in refused.err


def test_a_ledger_that_is_not_there_is_told_with_the_way_on(crmlib: Run, campaign: Path) -> None:
    """Where a ledger can be left out the advice says so; no other command is spoken of."""
    owed = crmlib("duties", campaign, "--ledger", "new.db")
    settled = crmlib("settle", "winback", "--ledger", "new.db")
    listed = crmlib("recipients", "winback", "--ledger", "new.db")

    assert (owed.code, settled.code, listed.code) == (5, 5, 5)
    assert owed.err.endswith("there is none: leave --ledger out until then\n")
    assert settled.err.endswith("; before the first of them there is none\n")
    assert "crmlib plan" not in owed.err + settled.err + listed.err


def test_notices_have_signed_links(crmlib: Run, campaign: Path, tmp_path: Path) -> None:
    """The keys of the campaign file sign the way out of its notices as well."""
    crmlib("web", "keys", "keys.json")
    text = campaign.read_text(encoding="utf-8")
    signed = text.replace("{message_key}", '{opt_out_token}"\nopt_out_keys = "keys.json')
    campaign.write_text(signed, encoding="utf-8")

    crmlib("duties", campaign, "--now", PLANNING, *TERMS, "--notice", "result-notice")

    table = Plan.load(tmp_path / "winback-result-notice-2026-06-10.plan").table
    links = table.loc[table["decision"] == "send", "opt_out_url"]
    keys = OptOutKeys.load(tmp_path / "keys.json")
    read = [keys.read(link.rpartition("/")[2]) for link in links]
    assert read == table.loc[links.index, "message_key"].to_list()
    assert len(read) > 0


def test_notices_that_were_cancelled_are_planned_again_the_same_day(
    crmlib: Run, campaign: Path, at: Callable[[str], None]
) -> None:
    """A name of its own lets them go; what nobody cancelled keeps its name all day."""
    at(PLANNING)
    Ledger("sqlite:///crm.db").close()
    asked = ("duties", campaign, "--now", PLANNING, *TERMS, "--ledger", "crm.db")
    asked = (*asked, "--notice", "result-notice", "--json")
    made = [crmlib(*asked).json for _ in range(2)]
    send = ("--campaign", campaign, "--ledger", "crm.db", "--json")
    crmlib("send", made[0]["plan"], "--approve", made[0]["digest"], *send)
    cancelled = Path(made[0]["plan"]).stem
    crmlib("cancel", cancelled, "--note", "a wrong word", "--ledger", "crm.db")
    anew = crmlib(*asked).json
    at(SENDING)
    sent = crmlib("send", anew["plan"], "--approve", anew["digest"], *send)

    assert made[0]["plan"] == made[1]["plan"] == "winback-result-notice-2026-06-10.plan"
    assert anew["plan"] == "winback-result-notice-2026-06-10-2.plan"
    assert sent.json["sent_now"] == anew["notices"] == made[0]["notices"] > 0
