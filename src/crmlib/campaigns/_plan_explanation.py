"""What a row of a plan says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.campaigns._earlier_plans import NOTHING_MORE
from crmlib.messages import Decision

if TYPE_CHECKING:
    import pandas as pd


def explain_row(customer_id: str, row: pd.Series[Any], verdict: str | None) -> str:
    """Say why a customer gets this text at this minute, or nothing: a sentence per line.

    *verdict* is what the planner found of choosing, None where nothing is chosen.
    """
    lines = [f"{customer_id} {_outcome(row)}"]
    for word, column in (("Who", "why_who"), ("What", "why_what"), ("When", "why_when")):
        if row[column] is not None:
            lines.append(f"{word}: {str(row[column]).rstrip('.')}.")
    is_new = row["reason"] not in NOTHING_MORE
    if row["decision"] == Decision.SEND and is_new and row["detail"] is not None:
        lines.append(f"How: {row['detail']}.")
    found = (verdict or "").rstrip(".")
    # where the gate is shut, that is why the customer gets this message
    if found and found.partition("; ")[0] not in str(row["why_what"]):
        lines.append(f"Does choosing pay: {found}.")
    return "\n".join(lines)


def _outcome(row: pd.Series[Any]) -> str:
    if row["decision"] == Decision.HELD:
        return f"gets nothing: {row['detail'] or 'no detail was given'} ({row['reason']})."
    if row["decision"] == Decision.SEND and row["reason"] in NOTHING_MORE:
        return f"gets nothing more: {row['detail']} ({row['reason']})."
    moment = row["send_at"].tz_convert(row["timezone"] or "UTC")
    what = (
        f"template {row['template']!r} by {row['medium']} ({row['channel']}) on "
        f"{moment:%A %Y-%m-%d at %H:%M} {row['timezone'] or 'UTC'}"
    )
    if row["decision"] == Decision.HOLD_OUT:
        return f"is held out to measure the effect, and would have got {what}."
    return f"gets {what}."
