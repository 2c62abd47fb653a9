"""Promise 3, of the law's own caps: one brand message to a recipient in a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan

from crmlib.delivery import deliver, list_sends

if TYPE_CHECKING:
    from crmlib.delivery import DeliverySummary, Ledger

LAW = "Kakao's terms of brand messages (브랜드 메시지), as resellers print them (secondary source)"


def send(
    ledger: Ledger,
    campaign: str,
    *,
    hours: float = 0,
    medium: str = "kakao",
    purpose: str = "",
    timezone: str = "Asia/Seoul",
) -> DeliverySummary:
    """Deliver a plan for one customer, so many hours after noon."""
    plan = make_plan(
        1,
        campaign=campaign,
        medium=medium,
        purpose=purpose or "advertising",
        rows={"C000": {"timezone": timezone}},
    )
    clock = Clock(NOON + timedelta(hours=hours))
    channels = {"fake": FakeChannel()}
    return deliver(plan, ledger, approved=plan.digest, channels=channels, clock=clock)


def test_one_brand_message_a_day(ledger: Ledger) -> None:
    """A second one waits for the recipient's next day, and then for the morning."""
    first = send(ledger, "first")
    second = send(ledger, "second", hours=2)
    at_midnight = send(ledger, "second", hours=12)
    in_the_morning = send(ledger, "second", hours=20)
    details = ledger.events("second")["detail"].dropna().to_list()

    assert (first.sent_now, second.sent_now) == (1, 0)
    assert second.next_due_at == NOON + timedelta(hours=12)
    assert (at_midnight.sent_now, in_the_morning.sent_now) == (0, 1)
    assert details == [f"FREQUENCY_CAP: 1 a day by kakao ({LAW})", "QUIET_HOURS"]


def test_the_day_is_that_of_korea_wherever_the_recipient_is(ledger: Ledger) -> None:
    """Midnight where the recipient lives begins no day of Kakao."""
    west = "Etc/GMT+8"  # midnight there is 17:00 in Seoul
    first = send(ledger, "first", timezone=west)
    second = send(ledger, "second", hours=6, timezone=west)

    assert (first.sent_now, second.sent_now) == (1, 0)
    assert second.next_due_at == NOON + timedelta(hours=12)


@pytest.mark.parametrize(
    ("medium", "purpose"),
    [("email", "advertising"), ("kakao", "informational")],
    ids=["another-medium", "alimtalk"],
)
def test_it_is_for_brand_messages_alone(ledger: Ledger, medium: str, purpose: str) -> None:
    """Neither another medium nor information counts, and neither is capped."""
    other = send(ledger, "other", medium=medium, purpose=purpose)
    brand = send(ledger, "brand", hours=1)
    another = send(ledger, "another", hours=2, medium=medium, purpose=purpose)

    assert [run.sent_now for run in (other, brand, another)] == [1, 1, 1]


def test_sends_tell_their_purpose(ledger: Ledger) -> None:
    """What a ledger tells to planning says which messages are no advertising."""
    send(ledger, "ad", medium="email")
    send(ledger, "news", medium="email", purpose="informational")

    sends = list_sends(ledger, NOON - timedelta(days=1)).set_index("campaign")
    assert sends["purpose"].to_dict() == {"ad": "advertising", "news": "informational"}
