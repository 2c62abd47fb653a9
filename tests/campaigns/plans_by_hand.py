"""A plan made by hand, so that what is under test did not make it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlib import policies
from crmlib.campaigns import PLAN_COLUMNS, Plan

HEADER: dict[str, Any] = {
    "format": "crmlib.plan/1",
    "campaign": "winback",
    "created_at": "2011-12-10T00:00:00+00:00",
    "purpose": "advertising",
    "policy": policies.load("KR").to_dict(),
    "sender": {"name": "Moonlight Shop", "email": "shop@example.com"},
    "channels": ["smtp"],
    "holdout": {"share": 0.1, "salt": "winback"},
    "not_after": "2011-12-17T00:00:00+00:00",
}


def sent_row(name: str = "Mina", **other: Any) -> dict[str, Any]:
    """Give a row of somebody who gets a message."""
    row: dict[str, Any] = dict.fromkeys(PLAN_COLUMNS)
    return (
        row
        | {
            "segment": "At Risk",
            "decision": "send",
            "reason": "ALLOWED",
            "channel": "smtp",
            "medium": "email",
            "address": f"{name.lower()}@example.com",
            "name": name,
            "locale": "ko-KR",
            "timezone": "Asia/Seoul",
            "template": "winback",
            "propensity": 0.1 + 0.2,
            "subject": f"We miss you, {name}",
            "message": f"Hello {name}",
            "html": f"<p>Hello {name}</p>",
            "send_at": pd.Timestamp("2011-12-12T11:17:00Z"),
            "not_after": pd.Timestamp("2011-12-17T00:00:00Z"),
            "message_key": f"key-{name}",
            "night_consent": False,
            "why_who": "segment At Risk",
            "why_what": "template 'winback' is for the segment At Risk",
            "why_when": "buys most around 20:00",
        }
        | other
    )


def held_row(
    reason: str = "NO_CONSENT", detail: str = "no consent", **other: Any
) -> dict[str, Any]:
    """Give a row of somebody who gets nothing."""
    row: dict[str, Any] = dict.fromkeys(PLAN_COLUMNS)
    return (
        row
        | {
            "segment": "At Risk",
            "decision": "held",
            "reason": reason,
            "detail": detail,
            "night_consent": False,
            "why_who": "segment At Risk",
        }
        | other
    )


def make_plan(rows: dict[str, dict[str, Any]], **header: Any) -> Plan:
    """Give the plan of *rows*, a row per customer_id."""
    table = pd.DataFrame(rows.values(), index=list(rows), columns=list(PLAN_COLUMNS), dtype=object)
    return Plan(header=HEADER | header, table=table)
