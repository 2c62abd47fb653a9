"""The lines of ``crmlib status``: what each state of a campaign looks like."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crmlib.cli._progress_lines import describe_progress
from crmlib.delivery import CampaignProgress

NOON = datetime(2011, 12, 12, 3, tzinfo=UTC)


def lines(**facts: Any) -> list[str]:
    """Describe a campaign that is called winback, changed by *facts*."""
    given: dict[str, Any] = {
        "campaign": "winback",
        "control": "running",
        "note": "",
        "counts": {"accepted": 2, "planned": 3},
        "not_entered": 0,
        "waiting": {"due": 3},
        "rests": {},
        "failing": {},
        "refused": {},
        "canary": {},
        "canary_reports": {},
        "per_minute": None,
        "next_due_at": NOON,
        "finishes_at": None,
    } | facts
    audience = sum(given["counts"].values()) + given["not_entered"]
    return describe_progress(CampaignProgress(audience=audience, **given))


def test_nobody_is_sending() -> None:
    """What is due and does not leave is said with the way out."""
    assert lines() == [
        "winback: 5 messages, 3 still open",
        "  accepted           2",
        "  planned            3   wait",
        "    due                  3   due now",
        "  sum                5",
        "  next due at 2011-12-12 03:00:00 UTC",
        "  nothing was accepted in the last ten minutes: does crmlib send or crmlib work run?",
    ]


def test_retries_rate_and_rows_that_are_missing_are_told() -> None:
    """The provider's words, the rate, the end, and what was not entered yet."""
    told = lines(
        campaign="spring sale",
        counts={"planned": 3, "unknown": 1},
        waiting={"retry": 3},
        failing={"450 busy": 3},
        not_entered=7,
        per_minute=1234.4,
        finishes_at=NOON,
    )

    assert told[0] == "spring sale: 11 messages, 10 still open"
    assert "      3 x 450 busy" in told
    assert "  not entered        7   entered by the next crmlib send" in told
    assert "  rate: 1,234 a minute, by what was accepted lately" in told
    assert "  all settled about 2011-12-12 03:00:00 UTC, if it goes on like this" in told
    assert any('crmlib settle "spring sale" lists them' in line for line in told)


def test_a_channel_that_rests_says_until_when() -> None:
    """Below those that it holds back stands which channel it is, and when it takes more."""
    told = lines(waiting={"rate": 2, "canary": 1}, rests={"smtp": NOON})

    assert told[3:6] == [
        "    rate                 2   due now: held back by the rate, or as their channel rests",
        (
            "      smtp takes no more before 2011-12-12 03:00:00 UTC: the rate, a wait that the "
            "provider asked for, or a rest after refusals"
        ),
        "    canary               1   wait for the canary, which goes first and is looked at",
    ]


def test_what_came_back_of_a_canary_stands_below_it() -> None:
    """The reports on those that went first are counted by kind."""
    told = lines(
        canary={"accepted": 2}, canary_reports={"delivered": 2, "hard_bounce": 1, "soft_bounce": 2}
    )

    assert told[5:7] == [
        "  canary: 2 accepted",
        "  what came back of it: 2 delivered, 1 hard bounce, 2 soft bounces",
    ]


def test_a_campaign_that_was_ended_is_told_with_or_without_a_note() -> None:
    """Its note stands behind the word."""
    assert lines(control="cancelled")[0] == "winback: 5 messages, cancelled"
    assert lines(control="cancelled", note="sold out")[0].endswith("cancelled: sold out")


def test_the_words_on_what_was_rejected_are_to_be_found() -> None:
    """Who sees messages refused for good is told where the provider's words stand."""
    told = lines(counts={"rejected": 2}, waiting={}, next_due_at=None)

    assert told[-1] == (
        "  rejected: crmlib recipients winback --state rejected --out FILE.csv has the words of "
        "the provider"
    )
