"""A plan as one page that a person reads before approving it.

The page loads nothing from elsewhere and runs no script; the HTML part of a
message is shown in a sandboxed frame, so that neither a template nor the name
of a customer can act on the reader.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

from crmlib.campaigns._earlier_plans import NOTHING_MORE
from crmlib.campaigns._registered import read_registered
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import REASON_WORDS, Decision, Reason

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns._plan import Plan

_LABELS = {
    Decision.SEND: "get a message",
    Decision.HOLD_OUT: "held out to measure the effect",
    Decision.HELD: "held, each with a reason",
}

_BEGUN = {
    Reason.ALREADY_SENT: "to be sent, but have this message, or may have it",
    Reason.ALREADY_ENDED: "to be sent, but their message ended before, without being taken",
}


def render_preview(plan: Plan, n: int) -> str:
    """Give the page of *plan* with at most *n* messages."""
    if n < 1:
        raise InvalidParameterError("n", n, "1 or more")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    source = files("crmlib.campaigns").joinpath("data", "preview.html.jinja")
    template = environment.from_string(source.read_text(encoding="utf-8"))
    table, header = plan.table, plan.header
    planned = table[table["decision"] != Decision.HELD]
    begun = (table["decision"] == Decision.SEND) & table["reason"].isin(NOTHING_MORE)
    decided = table.loc[~begun, "decision"].value_counts()
    reasons = table.loc[begun, "reason"].value_counts()
    return template.render(
        campaign=plan.campaign,
        purpose=header["purpose"],
        channels=header["channels"],
        policy=plan.policy.jurisdictions,
        sender=header["sender"],
        created_at=_readable(header["created_at"]),
        not_after=_readable(header["not_after"]),
        digest=plan.digest,
        verdict=plan.verdict,
        looked_at=len(table),
        sending=int(decided.get(Decision.SEND.value, 0)),
        tiles=[
            {"decision": key.value, "label": label, "customers": int(decided.get(key, 0))}
            for key, label in _LABELS.items()
        ]
        + [
            {"decision": "had", "label": label, "customers": int(reasons[reason])}
            for reason, label in _BEGUN.items()
            if reason in reasons
        ],
        funnel=_funnel(plan),
        samples=[_sample(str(key), row) for key, row in _choose(planned, n).iterrows()],
    )


def _readable(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%a %Y-%m-%d %H:%M} UTC"


def _funnel(plan: Plan) -> list[dict[str, Any]]:
    first = plan.table.drop_duplicates(["decision", "reason"])
    examples = dict(
        zip(zip(first["decision"], first["reason"], strict=True), first["detail"], strict=True)
    )
    return [
        {
            "decision": decision,
            "reason": reason,
            "words": REASON_WORDS.get(reason, "other"),
            "customers": customers,
            "example": examples[decision, reason] or "",
        }
        for decision, reason, customers in plan.counts().itertuples(index=False)
    ]


def _choose(planned: pd.DataFrame, n: int) -> pd.DataFrame:
    """Take *n* rows, one of each kind before the second of any."""
    kinds = ["segment", "template", "channel", "locale"]
    ranked = planned.assign(held_out=planned["decision"] != Decision.SEND)
    ranked = ranked.sort_values("held_out", kind="stable")
    ranked["turn"] = ranked.groupby(kinds, dropna=False).cumcount()
    ranked = ranked.sort_values(["turn", "held_out", "segment"], kind="stable")
    return ranked.head(n)


def _sample(customer_id: str, row: pd.Series[Any]) -> dict[str, Any]:
    zone = row["timezone"] or "UTC"
    return {
        "customer_id": customer_id,
        "segment": row["segment"],
        "channel": row["channel"],
        "decision": row["decision"],
        "send_at": f"{row['send_at'].tz_convert(zone):%a %Y-%m-%d %H:%M} {zone}",
        "subject": row["subject"],
        "message": row["message"],
        "html": row["html"],
        "button": row["button_label"],
        "button_url": row["button_url"],
        "registered": read_registered(row["registered_code"], row["registered_variables"]),
        "whys": [row[column] for column in ("why_who", "why_what", "why_when") if row[column]],
    }
