"""Plans and later orders in the smallest form that shows a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.campaigns import PLAN_COLUMNS, Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SENT_AT = "2026-07-01T09:00Z"


@pytest.fixture(scope="session")
def hillstrom(shared_data: Path) -> pd.DataFrame:
    """Give the MineThatData e-mail challenge, a row per customer."""
    return pd.read_csv(shared_data / "hillstrom.csv.gz")


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    """Give a function that makes a plan of C000, C001, … from decisions in order."""

    def make(
        decisions: list[str], *, share: float = 0.5, send_at: list[str] | None = None
    ) -> Plan:
        ids = [f"C{i:03}" for i in range(len(decisions))]
        moments = send_at or [SENT_AT] * len(decisions)
        same = dict.fromkeys(PLAN_COLUMNS) | {"night_consent": False, "detail": "held"}
        planned = {
            "channel": "memory",
            "medium": "email",
            "message": "Hello",
            "not_after": "2026-07-31T09:00Z",
        }
        rows = []
        for customer_id, decision, moment in zip(ids, decisions, moments, strict=True):
            row = same | {"decision": decision, "segment": "At Risk", "reason": "ALLOWED"}
            if decision != "held":
                key, address = f"key-{customer_id}", f"{customer_id.lower()}@example.com"
                row |= planned | {"message_key": key, "address": address, "send_at": moment}
            rows.append(row)
        header = {
            "format": "crmlib.plan/1",
            "campaign": "winback",
            "created_at": "2026-07-01T00:00:00Z",
            "not_after": "2026-07-31T09:00:00Z",
            "purpose": "advertising",
            "policy": {},
            "sender": None,
            "channels": ["memory"],
            "holdout": {"share": share, "salt": "winback"},
        }
        table = pd.DataFrame(rows, index=ids, columns=list(PLAN_COLUMNS))
        return Plan(header=header, table=table)

    return make


@pytest.fixture
def make_orders() -> Callable[..., pd.DataFrame]:
    """Give a function that makes transactions from (customer, order, instant, amount)."""

    def make(*lines: tuple[str, str, str, float], currency: str | None = None) -> pd.DataFrame:
        table = pd.DataFrame(
            lines, columns=["customer_id", "order_id", "ordered_at", "amount"]
        ).astype({"customer_id": "str", "order_id": "str", "amount": "float64"})
        table["ordered_at"] = pd.to_datetime(
            table["ordered_at"], utc=True, format="ISO8601"
        ).dt.as_unit("us")
        return table if currency is None else table.assign(currency=currency)

    return make
