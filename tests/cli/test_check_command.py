"""``crmlib check``: what the law would stop, with an exit code for scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib.campaigns import Plan
from crmlib.delivery import Ledger, utc_now

Run = Callable[..., Any]
PLANNING = "2026-07-01T09:00+09:00"


def test_a_lawful_plan_passes(crmlib: Run, campaign: Path) -> None:
    """A plan under the law that it was made under passes, with exit code 0."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json

    checked = crmlib("check", made["plan"], "--campaign", campaign)

    assert checked.code == 0
    assert "messages to send, checked against KR" in checked.out
    assert "The law stops none of them." in checked.out


def test_another_law_stops_it(crmlib: Run, campaign: Path) -> None:
    """Under another law it exits with 7 and says what, whom, why and by which source."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json

    told = crmlib("check", made["plan"], "--policy", "KR", "--policy", "SG")
    found = crmlib("check", made["plan"], "--policy", "SG", "--json")

    assert told.code == found.code == 7
    assert "LABEL_MISSING" in told.out
    assert "the subject does not begin with '(광고) <ADV>'" in told.out
    assert "(KR Network Act art. 50(4), decree art. 61(3) and annex 6; " in told.out
    assert found.json["policy"] == ["SG"]
    assert found.json["stopped"] == found.json["messages"] > 0
    kinds = {row["finding"] for row in found.json["findings"]}
    assert kinds == {"LABEL_MISSING", "OPT_OUT_MISSING"}


def test_the_ledger_is_asked_for_suppressed_addresses(
    crmlib: Run, campaign: Path, tmp_path: Path
) -> None:
    """An address suppressed since the plan is found."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    table = Plan.load(tmp_path / made["plan"]).table
    address = table.loc[table["decision"] == "send", "address"].iloc[0]
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as ledger:
        ledger.suppress("email", address, at=utc_now(), source="test")

    found = crmlib("check", made["plan"], "--ledger", "crm.db", "--json")

    assert found.code == 7
    assert found.json["stopped"] == 1
    assert found.json["findings"][0]["finding"] == "SUPPRESSED"


def test_the_ledger_is_asked_who_opted_out(crmlib: Run, campaign: Path, tmp_path: Path) -> None:
    """A withdrawal that the ledger learned since the plan is found, without a campaign file."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    table = Plan.load(tmp_path / made["plan"]).table
    who = table.index[table["decision"] == "send"][0]
    withdrawal = {"customer_id": [who], "channel": ["*"], "purpose": ["advertising"]}
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as ledger:
        ledger.record_consents(pd.DataFrame(withdrawal | {"granted": [False], "at": [utc_now()]}))

    found = crmlib("check", made["plan"], "--ledger", "crm.db", "--json")

    assert found.code == 7
    assert found.json["stopped"] == 1
    (row,) = found.json["findings"]
    assert (row["finding"], row["example"]) == ("NO_CONSENT", who)
    assert row["detail"] == "refused or withdrawn, as the ledger knows"


def test_withdrawals_that_were_recorded_count_beside_a_campaign_file(
    crmlib: Run, campaign: Path, tmp_path: Path
) -> None:
    """Whom the ledger knows to have withdrawn is stopped, unless the file knows a later yes."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    table = Plan.load(tmp_path / made["plan"]).table
    gone, back = table.index[table["decision"] == "send"][:2]
    words = pd.DataFrame(
        [(who, "*", "advertising", False, "2026-07-02T00:00Z") for who in (gone, back)],
        columns=["customer_id", "channel", "purpose", "granted", "at"],
    )
    with Ledger(f"sqlite:///{tmp_path}/crm.db") as ledger:
        ledger.record_consents(words)
    with (tmp_path / "shop" / "consents.csv").open("a", encoding="utf-8") as file:
        file.write(f"{back},*,advertising,True,2026-07-03T00:00:00Z,,\n")

    found = crmlib("check", made["plan"], "--campaign", campaign, "--ledger", "crm.db", "--json")
    later = ("--now", "2026-07-04T09:00+09:00", "--out", "later.plan")
    crmlib("plan", campaign, "--ledger", "crm.db", *later)
    anew = Plan.load(tmp_path / "later.plan").table

    (row,) = found.json["findings"]
    assert (found.json["stopped"], row["finding"], row["example"]) == (1, "NO_CONSENT", gone)
    assert anew["reason"][gone] == "NO_CONSENT"
    assert anew["reason"][back] == "ALLOWED"


def test_channels_are_learned_from_engagements(crmlib: Run, campaign: Path) -> None:
    """With learn_channels and engagements the plan is made; without them the file is refused."""
    text = campaign.read_text(encoding="utf-8")
    learning = text.replace('channels = ["file"]', 'channels = ["file"]\nlearn_channels = true')
    campaign.write_text(learning, encoding="utf-8")
    refused = crmlib("plan", campaign, "--now", PLANNING)
    engagements = campaign.parent / "engagements.csv"
    engagements.write_text(
        "customer_id,message_key,channel,event,at\nC1,a,email,sent,2026-06-01T00:00Z\n",
        encoding="utf-8",
    )
    campaign.write_text(
        learning.replace("[data]\n", '[data]\nengagements = "engagements.csv"\n'), encoding="utf-8"
    )

    assert refused.code == 3
    assert "campaign.learn_channels is true, and there is nothing to learn from" in refused.err
    assert crmlib("plan", campaign, "--now", PLANNING).code == 0


def test_a_finding_names_its_sources_once(crmlib: Run, campaign: Path, tmp_path: Path) -> None:
    """Where the detail has the sources in it they do not follow a second time."""
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    table = Plan.load(tmp_path / made["plan"]).table
    who = table.index[table["decision"] == "send"][0]
    with (tmp_path / "shop" / "consents.csv").open("a", encoding="utf-8") as file:
        file.write(f"{who},*,advertising,False,2026-07-02T00:00:00Z,,\n")

    asked = crmlib("check", made["plan"], "--campaign", campaign).out

    (told,) = (line for line in asked.splitlines() if line.startswith("NO_CONSENT: "))
    assert told.count("KR Network Act art. 50(2)") == 1
