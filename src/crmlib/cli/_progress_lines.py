"""Where a campaign stands, in lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmlib.channels import ReportKind
from crmlib.cli._output import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.delivery import CampaignProgress

_STATES: Final = {
    "accepted": "",
    "planned": "wait",
    "claimed": "in the hands of a sender",
    "unknown": "may have arrived: never sent again by itself",
    "rejected": "refused for good",
    "dead": "all attempts used up",
    "expired": "their last moment passed",
    "blocked": "opted out, suppressed or cancelled since the plan",
}
_WAITING: Final = {
    "due": "due now",
    "later": "not due yet",
    "rate": "due now: held back by the rate, or as their channel rests",
    "frequency cap": "put off: their cap is full",
    "suppressed": "put off: their address is paused after bounces",
    "quiet hours": "put off to the end of their quiet hours",
    "retry": "tried, not taken, to be tried again",
    "canary": "wait for the canary, which goes first and is looked at",
    "paused": "due, but the campaign is paused",
}

_COUNTABLE: Final = {ReportKind.HARD_BOUNCE, ReportKind.SOFT_BOUNCE, ReportKind.COMPLAINT}
"""The reports whose names are nouns."""


def describe_progress(found: CampaignProgress, option: str = "") -> list[str]:
    """Give a screen: the counts, what waits and why, rate and end, and what to do.

    *option* names the ledger in the commands that are to be typed.
    """
    lines = [f"{found.campaign}: {found.audience:,} messages, {_control(found)}"]
    reasons = describe_reasons(found)
    for state, meaning in _STATES.items():
        if count := found.counts[state]:
            lines.append(f"  {state:10}{count:>10,}   {meaning}".rstrip())
            lines += reasons.get(state, [])
    if found.not_entered:
        lines.append(f"  not entered{found.not_entered:>9,}   entered by the next crmlib send")
    lines.append(f"  {'sum':10}{found.audience:>10,}")
    if found.canary:
        told = ", ".join(f"{count:,} {state}" for state, count in found.canary.items())
        lines.append(f"  canary: {told}")
    if found.canary_reports:
        told = ", ".join(_reports(kind, count) for kind, count in found.canary_reports.items())
        lines.append(f"  what came back of it: {told}")
    return lines + _outlook(found) + _advice(found, option)


def describe_reasons(found: CampaignProgress) -> dict[str, list[str]]:
    """Give lines by state: what those that are planned wait for, and why others were refused."""
    return {"planned": _waiting(found)} | {
        state: _words(words) for state, words in found.refused.items()
    }


def _words(words: Mapping[str, int]) -> list[str]:
    return [f"      {count:,} x {said}" for said, count in words.items()]


def _waiting(found: CampaignProgress) -> list[str]:
    lines = []
    for reason, meaning in _WAITING.items():
        if reason in found.waiting:
            lines.append(f"    {reason:13}{found.waiting[reason]:>9,}   {meaning}")
        if reason == "rate":
            lines += [
                f"      {channel} takes no more before {_time(until)}: the rate, a wait that the "
                "provider asked for, or a rest after refusals"
                for channel, until in found.rests.items()
            ]
        if reason == "retry":
            lines += _words(found.failing)
    return lines


def _reports(kind: str, count: int) -> str:
    words = kind.replace("_", " ")
    return counted(count, words) if kind in _COUNTABLE else f"{count:,} {words}"


def _control(found: CampaignProgress) -> str:
    if found.control == "running":
        return "all settled" if not found.open else f"{found.open:,} still open"
    return f"{found.control}: {found.note}" if found.note else found.control


def _outlook(found: CampaignProgress) -> list[str]:
    lines = []
    if found.per_minute is not None:
        lines.append(f"  rate: {found.per_minute:,.0f} a minute, by what was accepted lately")
    if found.next_due_at is not None and found.control == "running":
        lines.append(f"  next due at {_time(found.next_due_at)}")
    if found.finishes_at is not None:
        lines.append(f"  all settled about {_time(found.finishes_at)}, if it goes on like this")
    elif found.waiting.get("due") and found.control == "running":
        lines.append(
            "  nothing was accepted in the last ten minutes: does crmlib send or crmlib work run?"
        )
    return lines


def _advice(found: CampaignProgress, option: str) -> list[str]:
    name = quoted(found.campaign) + option
    lines = []
    if found.control == "paused":
        lines.append(f"  to go on: crmlib resume {name} --note ...")
    if found.counts["unknown"]:
        lines.append(
            f"  unknown: crmlib settle {name} lists them and says how to learn what became of each"
        )
    if found.counts["rejected"]:
        lines.append(
            f"  rejected: crmlib recipients {name} --state rejected --out FILE.csv has the words "
            "of the provider"
        )
    if found.counts["dead"]:
        lines.append(f"  dead: mend the cause, then crmlib resend {name} --note ...")
    return lines


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
