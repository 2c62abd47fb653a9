"""A campaign file with steps: a plan for each that is due, sent by the newest plan."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

STEPS = """kind = "trigger"
event = "cart_left"
goals = ["ordered"]
[[timing.steps]]
name = "nudge"
after_minutes = 30
[[timing.steps]]
name = "benefit"
after_minutes = 180
[timing.steps.templates.default]
subject = "Free delivery"
body = "Today only."
"""


@pytest.fixture
def ladder(campaign: Path, tmp_path: Path) -> Path:
    """Give the shop's campaign steps, and let everybody leave a cart at noon in Seoul."""
    text = campaign.read_text(encoding="utf-8")
    text = text.replace('kind = "fixed"\nhour = 10\n', STEPS)
    text = text.replace('audience = ["At Risk", "Can\'t Lose Them", "Hibernating"]\n', "")
    text = text.replace("[segmenter]", 'events = "events.csv"\n[segmenter]')
    campaign.write_text(text, encoding="utf-8")
    profiles = pd.read_csv(tmp_path / "shop" / "profiles.csv", dtype=str)
    events = profiles[["customer_id"]].assign(event="cart_left", at="2026-07-01T12:00+09:00")
    events.to_csv(tmp_path / "events.csv", index=False)
    return campaign


def test_each_step_is_planned_when_it_is_due_and_sent_once(
    crmlib: Callable[..., Any], ladder: Path, at: Callable[[str], None]
) -> None:
    """Before half an hour nothing is due; a plan made again sends nobody twice."""
    early = crmlib("plan", ladder, "--now", "2026-07-01T12:10+09:00")
    sent = []
    for time in ("12:40", "12:50"):
        answer = crmlib("plan", ladder, "--now", f"2026-07-01T{time}+09:00", "--json")
        (made,) = answer.json["plans"]
        at(f"2026-07-01T{time}:30+09:00")
        send = ("send", made["plan"], "--approve", made["digest"], "--campaign", ladder)
        assert crmlib(*send).code == 0
        sent.append(Path("outbox.jsonl").read_text(encoding="utf-8").count("\n"))
    Path("plans").mkdir()
    later = crmlib("plan", ladder, "--now", "2026-07-01T15:00+09:00", "--out", "plans")
    lines = Path("outbox.jsonl").read_text(encoding="utf-8").splitlines()
    keys = [json.loads(line)["key"] for line in lines]

    assert "No step of winback is due now" in early.out
    assert made["plan"] == "winback-nudge-2026-07-01.plan"
    assert sent[0] == sent[1] > 5
    assert len(set(keys)) == len(keys)
    assert "plans/winback-benefit-2026-07-01.plan" in later.out


def test_the_words_of_each_step_are_read_before_there_is_a_plan(
    crmlib: Callable[..., Any], ladder: Path
) -> None:
    """The preview of a campaign file shows each step to those with an event, and its item."""
    text = ladder.read_text(encoding="utf-8")
    ladder.write_text(text.replace("Today only.", "For your {event_item}."), encoding="utf-8")
    events = pd.read_csv("events.csv", dtype=str).head(3).assign(item="coat")
    events.to_csv("events.csv", index=False)

    told = crmlib("preview", ladder).out

    nudge, benefit = told.split("Step benefit\n")
    assert nudge.startswith("Step nudge\n")
    assert "3 of 3 customers get a message" in nudge
    assert "For your" not in nudge
    assert benefit.count("For your coat.") == 3


def test_events_of_nobody_are_counted(crmlib: Callable[..., Any], ladder: Path) -> None:
    """An event of an id that the orders lack is answered by nothing, and a note says so."""
    with Path("events.csv").open("a", encoding="utf-8") as file:
        file.write("nobody,cart_left,2026-07-01T12:00+09:00\n")

    noted = crmlib("plan", ladder, "--now", "2026-07-01T12:40+09:00").err

    assert "of 301 events, 45 of nobody in the orders, such as " in noted
    assert "will not be answered" in noted


def test_an_event_that_never_happened_is_named(crmlib: Callable[..., Any], ladder: Path) -> None:
    """Where nothing is ever due, as no event has that name, a note says which names there are."""
    text = ladder.read_text(encoding="utf-8")
    ladder.write_text(text.replace('"cart_left"', '"cart_lft"'), encoding="utf-8")

    noted = crmlib("plan", ladder).err

    assert "no event is called 'cart_lft', so there is nothing to answer" in noted
    assert "there are ['cart_left', 'ordered']" in noted


def test_a_plan_takes_the_url_of_a_ledger(
    crmlib: Callable[..., Any], ladder: Path, at: Callable[[str], None]
) -> None:
    """``--ledger`` of plan is a file or a URL, as that of send; one that is not there is told."""
    now = ("--now", "2026-07-01T12:40+09:00")
    (made,) = crmlib("plan", ladder, *now, "--json").json["plans"]
    missing = crmlib("plan", ladder, *now, "--ledger", "crm.db")
    at("2026-07-01T12:40:30+09:00")
    send = ("send", made["plan"], "--approve", made["digest"], "--campaign", ladder)
    crmlib(*send, "--ledger", "sqlite:///crm.db")

    again = crmlib("plan", ladder, *now, "--ledger", "sqlite:///crm.db")

    assert (again.code, missing.code) == (0, 5)
    assert "before the first of them there is none: leave --ledger out until then" in missing.err
