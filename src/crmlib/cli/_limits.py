"""The limits of a plan, and how near its moments are to the best, in plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.messages import Decision
from crmlib.timing import FrequencyCap

if TYPE_CHECKING:
    from crmlib.campaigns import Plan


def describe_limits(header: dict[str, Any]) -> list[str]:
    """Give a line for the limits, if there are any, and one for each channel with a rate."""
    limits = header["limits"]
    parts = [str(FrequencyCap(**cap)) for cap in limits["caps"]]
    if limits["spacing_hours"]:
        parts.append(f"{limits['spacing_hours']:g} h apart")
    parts += [f"{rate} a minute by {channel}" for channel, rate in limits["per_minute"].items()]
    if limits["holidays"]:
        parts.append(f"not on holidays of {', '.join(limits['holidays'])}")
    lines = [f"Limits:   {'; '.join(parts)}"] if parts else []
    for channel, found in header["schedule"].items():
        if channel in limits["per_minute"]:
            gap = found["gap"]
            told = "proven the best" if not gap else f"at most {gap:.2%} from the best"
            lines.append(f"Moments:  by {channel} {told}")
    return lines


def pick_example(plan: Plan) -> str | None:
    """Explain one customer to be sent to: the first of those for whom there is most to tell."""
    why = plan.table.loc[plan.table["decision"] == Decision.SEND, "why_when"]
    return plan.explain(str(why.str.count(";").idxmax())) if len(why) else None
