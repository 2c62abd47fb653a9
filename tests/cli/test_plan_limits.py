"""Limits of a campaign file, from the shell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib.campaigns import Plan

Run = Callable[..., Any]
PLANNING = "2026-07-01T07:00:00+09:00"
LAST_DAY = "2026-07-07T12:00:00+09:00"
LIMITS = "\n[limits]\ncaps = [{ most = 1, hours = 480 }]\nper_minute = { file = 1 }\n"


def test_a_second_campaign_counts_what_the_ledger_sent(
    crmlib: Run, at: Callable[[str], None], campaign: Path, tmp_path: Path
) -> None:
    """Who got the first message is held for the cap; the limits and the proof are shown."""
    at(PLANNING)
    first = crmlib("plan", campaign, "--json").json
    at(LAST_DAY)
    crmlib("send", first["plan"], "--approve", first["digest"], "--campaign", campaign)
    text = campaign.read_text(encoding="utf-8").replace('"winback"', '"second"')
    campaign.write_text(text + LIMITS, encoding="utf-8")
    told = crmlib("plan", campaign, "--ledger", "crm.db")
    before, after = (Plan.load(tmp_path / f"{name}.plan").table for name in ("winback", "second"))
    sent = before.index[before["decision"] == "send"]
    capped = after.index[after["reason"] == "FREQUENCY_CAP"]

    assert len(capped) > 10
    assert set(capped) == set(sent)
    assert "Limits:   1 in 480 h; 1 a minute by file" in told.out
    assert "Moments:  by file proven the best" in told.out


def test_sends_among_the_engagements_count_once(
    crmlib: Run, campaign: Path, tmp_path: Path
) -> None:
    """The sends of the file of engagements count, and its opens do not."""
    without = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    plan = Plan.load(tmp_path / without["plan"]).table
    got, opened = plan.index[plan["decision"] != "held"][:2]
    row = {"message_key": "k", "channel": "email", "at": "2026-06-30T01:00:00Z"}
    pd.DataFrame(
        [
            row | {"customer_id": got, "event": "sent"},
            row | {"customer_id": opened, "event": "opened"},
        ]
    ).to_csv(tmp_path / "engagements.csv", index=False)
    text = campaign.read_text(encoding="utf-8")
    text = text.replace("[data]", '[data]\nengagements = "engagements.csv"') + LIMITS
    campaign.write_text(text + 'holidays = "KR"\nspacing_hours = 20\n', encoding="utf-8")
    made = crmlib("plan", campaign, "--now", PLANNING, "--json").json
    table = Plan.load(tmp_path / made["plan"]).table
    told = crmlib("plan", campaign, "--now", PLANNING).out

    assert table.loc[got, "reason"] == "FREQUENCY_CAP"
    assert table.loc[opened, "decision"] != "held"
    assert made["limits"]["caps"] == [{"most": 1, "hours": 480}]
    assert made["schedule"]["file"]["gap"] == 0
    assert "; 20 h apart; 1 a minute by file; not on holidays of KR" in told
