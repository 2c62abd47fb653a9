"""A small shop, segmented and planned for, and its lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from crmlib.campaigns import PLAN_COLUMNS, Plan
from crmlib.datasets import Shop, make_shop
from crmlib.features import summarize_customers
from crmlib.measurement import LiftResult, measure
from crmlib.policies import load
from crmlib.segmenters import RFMSegmenter
from crmlib.tables import make_transactions

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Give a shop of 300 customers."""
    return make_shop(300, seed=3)


@pytest.fixture(scope="session")
def transactions(shop: Shop) -> pd.DataFrame:
    """Give the lines of the shop that can be used."""
    return make_transactions(shop.orders, timezone=shop.timezone).table


@pytest.fixture(scope="session")
def customers(shop: Shop, transactions: pd.DataFrame) -> pd.DataFrame:
    """Give a row per customer of the shop."""
    return summarize_customers(transactions, snapshot_date=shop.end_date, timezone=shop.timezone)


@pytest.fixture(scope="session")
def rfm(customers: pd.DataFrame) -> RFMSegmenter:
    """Give a fitted segmenter with Korean names."""
    return RFMSegmenter(labels="ko").fit(customers)


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., Plan]:
    """Give a function that makes a plan from (decision, reason, send_at, zone) per customer."""

    def make(rows: list[tuple[str, str, str | None, str | None]], name: str = "test") -> Plan:
        ids = [f"C{number:05}" for number in range(1, len(rows) + 1)]
        lines = []
        for customer_id, (decision, reason, send_at, zone) in zip(ids, rows, strict=True):
            line = dict.fromkeys(PLAN_COLUMNS) | {
                "decision": decision,
                "reason": reason,
                "night_consent": False,
            }
            if decision != "held":
                line |= {
                    "channel": "memory",
                    "medium": "email",
                    "message": f"Hello, customer {customer_id}",
                    "message_key": f"key-{customer_id}",
                    "name": f"Name of {customer_id}",
                    "address": f"{customer_id.lower()}@example.com",
                    "send_at": send_at,
                    "not_after": "2026-07-09T00:00Z",
                    "timezone": zone,
                }
            lines.append(line)
        header = {
            "format": "crmlib.plan/1",
            "campaign": name,
            "created_at": "2026-06-30T23:00:00Z",
            "not_after": "2026-07-09T00:00:00Z",
            "purpose": "advertising",
            "policy": load("KR").to_dict(),
            "sender": None,
            "channels": ["memory"],
            "holdout": {"share": 0.2, "salt": "test"},
        }
        table = pd.DataFrame(lines, index=ids, columns=list(PLAN_COLUMNS))
        return Plan(header=header, table=table)

    return make


@pytest.fixture(scope="session")
def plan(make_plan: Callable[..., Plan], shop: Shop) -> Plan:
    """Give a plan for all customers of the shop."""
    luck = np.random.default_rng(8).random(len(shop.truth))
    rows = [
        ("held", "NOT_IN_AUDIENCE", None, None)
        if u < 0.2
        else ("held", "NO_CONSENT", None, None)
        if u < 0.25
        else (
            "hold-out" if u < 0.4 else "send",
            "HOLD_OUT" if u < 0.4 else "ALLOWED",
            "2026-07-02T11:30Z",
            "Asia/Seoul",
        )
        for u in luck
    ]
    return make_plan(rows, "winback <2026>")


@pytest.fixture(scope="session")
def lift(plan: Plan, shop: Shop) -> LiftResult:
    """Give the lift of that plan."""
    return measure(plan, None, shop.respond(plan))
