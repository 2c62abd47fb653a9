"""Promise 3: frequency caps are counted over all campaigns, in the transaction of the claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, answering, make_plan

from crmlib.delivery import DeliverySummary, Ledger, deliver
from crmlib.delivery._caps import Cap
from crmlib.messages import Outcome

DAILY = {"most": 1, "hours": 24}
SEOUL = "Asia/Seoul"


def send(
    ledger: Ledger,
    campaign: str,
    *,
    hours: float = 0,
    channel: FakeChannel | None = None,
    **plan: Any,
) -> DeliverySummary:
    """Deliver a plan for one customer, so many hours after noon."""
    made = make_plan(**({"count": 1, "campaign": campaign, "limits": {"caps": [DAILY]}} | plan))
    return deliver(
        made,
        ledger,
        approved=made.digest,
        channels={"fake": channel or FakeChannel()},
        clock=Clock(NOON + timedelta(hours=hours)),
    )


def test_a_cap_counts_what_other_campaigns_sent(ledger: Ledger) -> None:
    """Of two campaigns on one day the second waits until the first is a day old."""
    first = send(ledger, "first")
    second = send(ledger, "second", hours=2)
    too_early = send(ledger, "second", hours=23.9)
    later = send(ledger, "second", hours=24)
    events = ledger.events("second")["detail"].dropna().to_list()

    assert (first.sent_now, second.sent_now, too_early.sent_now, later.sent_now) == (1, 0, 0, 1)
    assert second.next_due_at == NOON + timedelta(hours=24)
    assert events == ["FREQUENCY_CAP: 1 in 24 h"]


def test_what_may_have_been_taken_counts_and_what_was_not_does_not(ledger: Ledger) -> None:
    """An unknown message is one that the customer may have; a refused one is none."""
    refused = FakeChannel(answering(Outcome.REJECTED))
    silent = FakeChannel(answering(Outcome.UNKNOWN))
    send(ledger, "refused", channel=refused)
    after_refusal = send(ledger, "unknown", channel=silent)
    after_unknown = send(ledger, "third")

    assert after_refusal.counts["unknown"] == 1
    assert after_unknown.counts["planned"] == 1


def test_a_message_that_could_go_only_too_late_expires(ledger: Ledger) -> None:
    """A cap that opens after the last moment of a message ends it, with its reason."""
    send(ledger, "first")
    summary = send(ledger, "second", not_after=NOON + timedelta(hours=20))

    assert summary.counts["expired"] == 1
    assert ledger.deliveries("second")["detail"].to_list() == ["FREQUENCY_CAP: 1 in 24 h"]


def test_a_cap_may_be_for_one_medium(ledger: Ledger) -> None:
    """A cap on text messages neither stops nor counts e-mails."""
    only_sms = {"most": 1, "per": "day", "medium": "sms", "tag": "sale"}
    send(ledger, "first", limits={"caps": [only_sms]})

    assert send(ledger, "second", limits={"caps": [only_sms]}).sent_now == 1


def test_information_is_not_capped(ledger: Ledger) -> None:
    """A campaign that informs counts for others, and goes whatever they sent."""
    send(ledger, "first")

    assert send(ledger, "recall", purpose="informational").sent_now == 1


def test_a_replay_is_not_counted_twice(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again under its key, a message is still the one that was counted."""

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    channel = FakeChannel(idempotency_seconds=48 * 3600)
    with monkeypatch.context() as patch:
        patch.setattr("crmlib.delivery._lane.record", die)
        with pytest.raises(KeyboardInterrupt):
            send(ledger, "first", channel=channel)

    assert send(ledger, "first", hours=1, channel=channel).counts["accepted"] == 1


@pytest.mark.parametrize(
    ("cap", "sent", "now", "opens"),
    [
        ({"most": 2, "hours": 72}, ["12-10 00:00"], "12-12 00:00", None),
        (
            {"most": 2, "hours": 72},
            ["12-10 00:00", "12-11 00:00"],
            "12-12 00:00",
            "12-13 00:00",
        ),
        ({"most": 1, "hours": 24}, ["12-11 00:00"], "12-12 00:00", None),
        # midnight in Seoul is 15:00 UTC
        ({"most": 1, "per": "day"}, ["12-12 14:50"], "12-12 15:10", None),
        ({"most": 1, "per": "day"}, ["12-11 15:00"], "12-12 03:00", "12-12 15:00"),
        ({"most": 1, "per": "week"}, ["12-11 15:00"], "12-15 03:00", "12-18 15:00"),
        (
            {"most": 1, "per": "month"},
            ["12-01 03:00"],
            "12-15 03:00",
            "12-31 15:00",
        ),
        ({"most": 1, "per": "month"}, ["11-30 14:00"], "12-15 03:00", None),
    ],
    ids=[
        *("two allowed", "two used", "just over", "day turned"),
        *("same day", "same week", "same month", "month turned"),
    ],
)
def test_a_cap_says_when_it_opens(
    cap: dict[str, Any], sent: list[str], now: str, opens: str | None
) -> None:
    """Hours roll; days, weeks from Monday and months are those of the recipient's clock."""
    moments = [
        datetime.fromisoformat(f"2011-{at}").replace(tzinfo=UTC)
        for at in (*sent, now, opens or now)
    ]

    assert Cap.from_dict(cap).opens_at(moments[:-2], moments[-2], SEOUL) == moments[-1]


def test_caps_open_again_without_end(ledger: Ledger) -> None:
    """Three campaigns that all wait for one cap go one a day."""
    for name in ("a", "b", "c"):
        send(ledger, name)
    sent = [
        [send(ledger, name, hours=hours).sent_now for name in ("a", "b", "c")]
        for hours in (24, 48)
    ]

    assert sent == [[0, 1, 0], [0, 0, 1]]
