"""Sent again is only what is known not to have arrived."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from plans_to_deliver import NOON, WEEK, Clock, FakeChannel, answering, make_plan
from test_progress import answer

from crmlib.channels import DeliveryReport, ReportKind
from crmlib.delivery import (
    Ledger,
    cancel_campaign,
    count_resendable,
    deliver,
    list_actions,
    record_reports,
    resend,
)
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import DeliveryReceipt, Message, Outcome

PLAN = make_plan(4)
HOUR = timedelta(hours=1)


def send(ledger: Ledger, channel: FakeChannel, *, at: Any = NOON, max_attempts: int = 1) -> None:
    """Deliver the plan."""
    deliver(
        PLAN,
        ledger,
        approved=PLAN.digest,
        channels={"fake": channel},
        clock=Clock(at),
        max_attempts=max_attempts,
    )


def test_only_what_is_known_not_to_have_arrived_is_sent_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dead and the rejected go once more, each when asked for; nobody else does."""
    monkeypatch.setattr("crmlib.delivery._resend._PAGE", 1)
    send(ledger, FakeChannel(answer))
    before = count_resendable(ledger, "winback")
    dead = resend(ledger, "winback", note="the server had no room", at=NOON)
    rejected = resend(ledger, "winback", ["rejected"], note="a wrong key", at=NOON)
    channel = FakeChannel()
    send(ledger, channel)

    assert before == {"dead": 1, "rejected": 1}
    assert (dead, rejected) == (1, 1)
    assert channel.sent == ["winback-C001-example.com", "winback-C003-example.com"]
    assert ledger.deliveries("winback")["state"].to_list() == [
        *("accepted", "accepted", "unknown", "accepted")
    ]
    assert list_actions(ledger)["note"].to_list()[1:] == [
        "1 dead wait again: the server had no room",
        "1 rejected wait again: a wrong key",
    ]
    assert resend(ledger, "winback", note="once more", at=NOON) == 0


def test_what_expired_needs_a_new_last_moment(ledger: Ledger) -> None:
    """Without one it stays as it is; with one it goes, and its moment moves."""
    late = NOON + WEEK + timedelta(days=1)
    send(ledger, FakeChannel(), at=late)
    without = resend(ledger, "winback", ["expired"], note="the shop was shut", at=late)
    last = late + timedelta(hours=6)
    count = resend(
        ledger, "winback", ["expired"], note="the shop was shut", at=late, not_after=last
    )
    channel = FakeChannel()
    send(ledger, channel, at=late)

    assert (without, count, len(channel.sent)) == (0, 4, 4)
    assert set(ledger.deliveries("winback")["not_after"]) == {last}


def test_what_is_sent_again_is_checked(ledger: Ledger) -> None:
    """Accepted and unknown messages, no note, a past moment, a cancelled campaign: refused."""
    send(ledger, FakeChannel(answer))
    for states in (["accepted"], ["unknown"], ["blocked"], [], "dead"):
        with pytest.raises(InvalidParameterError, match=r"\['dead', 'rejected', 'expired'\]"):
            resend(ledger, "winback", states, note="why", at=NOON)
    with pytest.raises(InvalidParameterError, match="note must be a word on why"):
        resend(ledger, "winback", note=" ", at=NOON)
    with pytest.raises(InvalidParameterError, match="not_after must be after 2011-12-12"):
        resend(ledger, "winback", note="why", at=NOON, not_after=NOON)
    cancel_campaign(ledger, "winback", note="sold out", at=NOON)
    with pytest.raises(InvalidParameterError, match="one that is not cancelled"):
        resend(ledger, "winback", note="why", at=NOON)


def report(kind: str, number: int, at: datetime = NOON) -> DeliveryReport:
    """Give a report on the message to C000."""
    return DeliveryReport(
        source="mail",
        report_id=f"{kind}/{number}",
        kind=ReportKind(kind),
        at=at,
        message_key="winback-C000-example.com",
    )


def fail_and_resend(ledger: Ledger) -> None:
    """Send without an answer, learn that it failed, and let it wait again."""
    send(ledger, FakeChannel(answering(Outcome.UNKNOWN)))
    record_reports(ledger, [report("soft_bounce", 1)], at=NOON + HOUR)
    assert resend(ledger, "winback", ["rejected"], note="full", at=NOON + HOUR) == 1


def state_of_first(ledger: Ledger) -> str:
    """Say where the message to C000 stands."""
    return str(ledger.deliveries("winback")["state"].iloc[0])


def test_a_bounce_from_before_does_not_speak_of_what_was_sent_again(ledger: Ledger) -> None:
    """The second time nobody knows either: unknown, as the first bounce is about the first."""
    fail_and_resend(ledger)
    send(ledger, FakeChannel(answering(Outcome.UNKNOWN)), at=NOON + 2 * HOUR)
    before = state_of_first(ledger)
    again = resend(ledger, "winback", ["rejected"], note="once more", at=NOON + 2 * HOUR)
    record_reports(ledger, [report("soft_bounce", 2, NOON + 2 * HOUR)], at=NOON + 3 * HOUR)

    assert (before, again) == ("unknown", 0)
    assert state_of_first(ledger) == "rejected"


def test_a_late_bounce_does_not_undo_what_was_sent_again(ledger: Ledger) -> None:
    """What the sender knows stays, also if reports had settled an earlier try."""
    fail_and_resend(ledger)
    send(ledger, FakeChannel(), at=NOON + 2 * HOUR)
    record_reports(ledger, [report("soft_bounce", 2)], at=NOON + 3 * HOUR)

    assert state_of_first(ledger) == "accepted"
    assert resend(ledger, "winback", ["rejected"], note="once more", at=NOON + 3 * HOUR) == 0


def test_a_late_bounce_does_not_take_a_message_out_of_hand(ledger: Ledger) -> None:
    """It comes in while what was sent again is claimed: the answer of the channel counts."""
    fail_and_resend(ledger)

    def bounce_meanwhile(message: Message) -> DeliveryReceipt:
        record_reports(ledger, [report("soft_bounce", 2)], at=NOON + 2 * HOUR)
        return DeliveryReceipt(key=message.key, outcome=Outcome.ACCEPTED)

    send(ledger, FakeChannel(bounce_meanwhile), at=NOON + 2 * HOUR)

    assert state_of_first(ledger) == "accepted"


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.RETRY], ids=["rejected", "dead"])
@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["delivered"], "accepted"),
        (["accepted"], "accepted"),
        (["accepted", "failed"], "planned"),
        (["failed"], "planned"),
        (["failed", "delivered"], "accepted"),
    ],
    ids="+".join,
)
def test_who_has_it_by_a_report_gets_no_second_one(
    ledger: Ledger, outcome: Outcome, kinds: list[str], state: str
) -> None:
    """What the sender was refused and a report says was taken is spared, and the log says so."""
    send(ledger, FakeChannel(answering(outcome)))
    record_reports(ledger, [report(kind, 1) for kind in kinds], at=NOON + HOUR)
    count = resend(ledger, "winback", ["dead", "rejected"], note="mended", at=NOON + HOUR)
    is_spared = state == "accepted"

    assert (state_of_first(ledger), count) == (state, 3 if is_spared else 4)
    assert ("(1 do not:" in list_actions(ledger)["note"].iloc[-1]) == is_spared

    channel = FakeChannel()
    send(ledger, channel, at=NOON + HOUR)
    assert ("winback-C000-example.com" in channel.sent) != is_spared


@pytest.mark.parametrize(
    ("earlier", "state"),
    [(["accepted"], "accepted"), (["accepted", "failed"], "planned"), ([], "planned")],
    ids=["on its way", "given up", "nothing"],
)
def test_what_an_earlier_attempt_set_going_is_not_sent_again(
    ledger: Ledger, earlier: list[str], state: str
) -> None:
    """A report on an attempt before the last spares too, unless that attempt is known to fail."""
    send(ledger, FakeChannel(answering(Outcome.RETRY)), max_attempts=2)
    record_reports(ledger, [report(kind, 1) for kind in earlier], at=NOON + HOUR)
    send(ledger, FakeChannel(answering(Outcome.RETRY)), at=NOON + 2 * HOUR, max_attempts=2)
    assert state_of_first(ledger) == "dead"
    resend(ledger, "winback", note="mended", at=NOON + 2 * HOUR)

    assert state_of_first(ledger) == state


def test_a_failure_told_after_all_frees_what_was_spared(ledger: Ledger) -> None:
    """On its way, and then lost after all: rejected, so that it can be sent again."""
    send(ledger, FakeChannel(answering(Outcome.RETRY)))
    record_reports(ledger, [report("accepted", 1)], at=NOON + HOUR)
    resend(ledger, "winback", note="mended", at=NOON + HOUR)
    record_reports(ledger, [report("failed", 2)], at=NOON + 2 * HOUR)

    assert state_of_first(ledger) == "rejected"
    assert resend(ledger, "winback", ["rejected"], note="once more", at=NOON + 2 * HOUR) == 1


@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, "unknown"), (60, "rejected")], ids=["earlier", "this one"]
)
def test_a_late_failure_is_that_of_the_attempt_in_which_it_happened(
    ledger: Ledger, seconds: int, expected: str
) -> None:
    """Told while a later attempt is under way, it does not make that one fit to be sent again."""
    plan = make_plan(1)
    clock = Clock()
    late = DeliveryReport(
        source="provider",
        report_id="1",
        kind=ReportKind.FAILED,
        at=NOON + timedelta(seconds=seconds),
        message_key="winback-C000-example.com",
    )

    def get_lost(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=1)
        record_reports(ledger, [late], at=clock())
        return answering(Outcome.UNKNOWN)(message)

    for answer_with in (answering(Outcome.REJECTED), get_lost):
        channels = {"fake": FakeChannel(answer_with)}
        deliver(plan, ledger, approved=plan.digest, channels=channels, clock=clock)
        if clock() == NOON:
            clock.advance(minutes=1)
            assert resend(ledger, "winback", ["rejected"], note="mended", at=clock()) == 1

    assert ledger.deliveries("winback")["state"].to_list() == [expected]
