"""Whom a verification sends to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd

from crmlib import policies
from crmlib.campaigns import PLAN_COLUMNS, Plan

RECIPIENTS: Final = 12
NOON: Final = datetime(2011, 12, 12, 3, 0, tzinfo=UTC)  # 12:00 in Seoul
_WEEK: Final = timedelta(days=7)


def domain_of(run: object, mailbox: str) -> str:
    """Give the domain of the recipients of a run."""
    return f"run{run}.{mailbox}.example.com"


def address_of(number: int, domain: str) -> str:
    """Give the address of the *number*-th recipient."""
    return f"c{number:03}@{domain}"


def make_plan(campaign: str, domain: str) -> Plan:
    """Give a plan that sends to :data:`RECIPIENTS` customers, C000, C001, …, at once."""
    rows = {}
    for number in range(RECIPIENTS):
        customer = f"C{number:03}"
        rows[customer] = dict.fromkeys(PLAN_COLUMNS) | {
            "segment": "At Risk",
            "decision": "send",
            "reason": "ALLOWED",
            "channel": "smtp",
            "medium": "email",
            "address": address_of(number, domain),
            "name": f"Name {number}",
            "timezone": "Asia/Seoul",
            "template": "winback",
            "subject": "We miss you",
            "message": f"Hello, {customer}",
            "send_at": NOON,
            "not_after": NOON + _WEEK,
            "message_key": f"{campaign}-{customer}-{domain}",
            "night_consent": False,
        }
    header = {
        "format": "crmlib.plan/1",
        "campaign": campaign,
        "created_at": "2011-12-10T00:00:00+00:00",
        "purpose": "advertising",
        "policy": policies.load("KR").to_dict(),
        "sender": {"name": "Moonlight Shop", "email": "shop@example.com"},
        "channels": ["smtp"],
        "holdout": {"share": 0.0, "salt": campaign},
        "not_after": (NOON + _WEEK).isoformat(),
    }
    table = pd.DataFrame(rows.values(), index=list(rows), columns=list(PLAN_COLUMNS))
    return Plan(header=header, table=table.astype({"night_consent": bool}))
