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
