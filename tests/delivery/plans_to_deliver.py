"""Plans made by hand, and channels that do as they are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib import policies
from crmlib.campaigns import PLAN_COLUMNS, Plan
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.messages import Message

NOON = datetime(2011, 12, 12, 3, 0, tzinfo=UTC)  # 12:00 in Seoul
WEEK = timedelta(days=7)
KOREA = policies.load("KR").to_dict()


def make_plan(
    count: int = 3,
    *,
    campaign: str = "winback",
    domain: str = "example.com",
    text: str = "Hello",
    channel: str = "fake",
    medium: str = "email",
    purpose: str = "advertising",
    send_at: datetime = NOON,
    not_after: datetime = NOON + WEEK,
    rows: dict[str, dict[str, Any]] | None = None,
    limits: dict[str, Any] | None = None,
) -> Plan:
    """Give a plan that sends to *count* customers C000, C001, …, changed by *rows*."""
    table = {}
    for number in range(count):
        customer = f"C{number:03}"
        table[customer] = dict.fromkeys(PLAN_COLUMNS) | {
            "segment": "At Risk",
            "decision": "send",
            "reason": "ALLOWED",
            "channel": channel,
            "medium": medium,
            "address": f"{customer.lower()}@{domain}",
            "name": f"Name {number}",
            "timezone": "Asia/Seoul",
            "template": "winback",
            "subject": "We miss you",
            "message": f"{text}, {customer}",
            "send_at": send_at,
            "not_after": not_after,
            "message_key": f"{campaign}-{customer}-{domain}",
            "night_consent": False,
        }
    for customer, changed in (rows or {}).items():
        table[customer] = table.get(customer, {}) | changed
    header = {
        "format": "crmlib.plan/1",
        "campaign": campaign,
        "created_at": "2011-12-10T00:00:00+00:00",
        "purpose": purpose,
        "policy": KOREA,
        "sender": {"name": "Moonlight Shop", "email": "shop@example.com"},
        "channels": [channel],
        "holdout": {"share": 0.0, "salt": campaign},
        "not_after": not_after.isoformat(),
    }
    if limits is not None:
        header["limits"] = limits
    frame = pd.DataFrame(table.values(), index=list(table), columns=list(PLAN_COLUMNS))
    return Plan(header=header, table=frame.astype({"night_consent": bool}))


class FakeChannel(Channel):
    """Remember each call, and answer what it was told to, message by message."""

    name = "fake"

    def __init__(
        self,
        answer: Callable[[Message], DeliveryReceipt] | None = None,
        *,
        batch_size: int = 2,
        idempotency_seconds: int = 0,
        html: bool = True,
        messages_per_second: float | None = None,
    ) -> None:
        self.capabilities = Capabilities(
            medium="email",
            address_field="email",
            batch_size=batch_size,
            subject=True,
            html=html,
            idempotency_seconds=idempotency_seconds,
            messages_per_second=messages_per_second,
        )
        self.calls: list[list[str]] = []
        self.closed = 0
        self._answer = answer or accepted

    @property
    def sent(self) -> list[str]:
        """Keys that were handed over, in order."""
        return [key for call in self.calls for key in call]

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Note the keys, and answer."""
        self.calls.append([message.key for message in messages])
        return [self._answer(message) for message in messages]

    def close(self) -> None:
        """Count how often it was closed."""
        self.closed += 1


def accepted(message: Message) -> DeliveryReceipt:
    """Say yes."""
    return DeliveryReceipt(key=message.key, outcome=Outcome.ACCEPTED, provider_id="id-1")


def answering(outcome: Outcome, **other: Any) -> Callable[[Message], DeliveryReceipt]:
    """Say *outcome* to everything."""

    def answer(message: Message) -> DeliveryReceipt:
        return DeliveryReceipt(key=message.key, outcome=outcome, **other)

    return answer


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, **span: float) -> None:
        """Move it on."""
        self.now += timedelta(**span)
