"""The promises of delivery, one by one, as crmlib.delivery states them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from another_program import Lock, delete, execute
from plans_to_deliver import (
    NOON,
    Clock,
    FakeChannel,
    accepted,
    answering,
    make_plan,
)
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from crmlib.campaigns import Plan
from crmlib.delivery import DeliverySummary, Ledger, deliver
from crmlib.delivery._schema import DELIVERIES
from crmlib.exceptions import (
    ChannelBrokenError,
    InvalidTableError,
    LedgerUnavailableError,
    UnsupportedFeatureError,
)
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Message


def send(plan: Plan, ledger: Ledger, channel: FakeChannel, **other: Any) -> DeliverySummary:
    """Deliver *plan* at noon, approved."""
    options = {"clock": Clock(), "channels": {"fake": channel}} | other
    return deliver(plan, ledger, approved=plan.digest, **options)


def states(ledger: Ledger, campaign: str = "winback") -> list[str]:
    """Give the state of each customer's message, in the order of the customers."""
    return ledger.deliveries(campaign).sort_values("customer_id")["state"].to_list()


# Promise 1


def test_delivering_twice_sends_once(ledger: Ledger) -> None:
    """Promise 1: a plan that is delivered again sends nothing again."""
    plan, channel = make_plan(3), FakeChannel()

    first = send(plan, ledger, channel)
    second = send(plan, ledger, channel)

    assert len(channel.sent) == len(set(channel.sent)) == 3
    assert (first.sent_now, second.sent_now) == (3, 0)
    assert second.counts == first.counts


def test_a_new_plan_of_a_campaign_spares_who_had_one(ledger: Ledger) -> None:
    """Promise 1: planned anew, a campaign sends only to endpoints that it never sent to."""
    channel = FakeChannel()
    send(make_plan(2), ledger, channel)

    summary = send(make_plan(3, text="Hello again"), ledger, channel)

    assert channel.sent[2:] == ["winback-C002-example.com"]
    assert (summary.planned, summary.enrolled_before, summary.sent_now) == (3, 2, 1)
    assert "had by an earlier plan" in summary.summary()


def test_another_key_for_one_endpoint_changes_nothing(ledger: Ledger) -> None:
    """Promise 1: it is the endpoint that counts, whatever key a plan gives it."""
    channel = FakeChannel()
    send(make_plan(1), ledger, channel)
    renamed = make_plan(1, rows={"C000": {"message_key": "another"}})

    summary = send(renamed, ledger, channel)

    assert len(channel.sent) == 1
    assert summary.enrolled_before == 1


def test_one_endpoint_twice_in_a_plan_is_sent_to_once(ledger: Ledger) -> None:
    """Promise 1: a plan by hand that names an endpoint twice sends to it once."""
    channel = FakeChannel()

    plan = make_plan(2, rows={"C001": {"address": "c000@example.com"}})
    summary = send(plan, ledger, channel)

    assert channel.sent == ["winback-C000-example.com"]
    assert (summary.planned, summary.enrolled_before) == (2, 1)


def test_the_database_itself_refuses_a_double(ledger: Ledger) -> None:
    """Promise 1: no code path can enter an endpoint of a campaign twice."""
    send(make_plan(1), ledger, FakeChannel())
    with ledger.store.read() as connection:
        row = dict(connection.execute(DELIVERIES.select()).one()._mapping)

    with pytest.raises(IntegrityError), ledger.store.write() as connection:
        connection.execute(insert(DELIVERIES).values(row | {"id": 99, "message_key": "other"}))


def test_two_campaigns_may_write_to_one_endpoint(ledger: Ledger) -> None:
    """Promise 1 is one message per campaign, not one for ever."""
    channel = FakeChannel()
    send(make_plan(1), ledger, channel)
    send(make_plan(1, campaign="spring"), ledger, channel)

    assert channel.sent == ["winback-C000-example.com", "spring-C000-example.com"]


def test_two_senders_at_once_send_once(url: str) -> None:
    """Promise 1: two senders of one plan share the work, and no message goes out twice."""
    plan, channels = make_plan(40), [FakeChannel(), FakeChannel()]

    def work(channel: FakeChannel) -> DeliverySummary:
        with Ledger(url, busy_timeout_seconds=30) as book:
            return send(plan, book, channel, batch_size=3)

    with ThreadPoolExecutor(2) as pool:
        summaries = list(pool.map(work, channels))

    sent = [key for channel in channels for key in channel.sent]
    assert len(sent) == len(set(sent)) == 40
    assert sum(summary.sent_now for summary in summaries) == 40


def test_what_still_waits_gets_the_text_of_the_newer_plan(ledger: Ledger) -> None:
    """Promise 1: a newer plan takes over what was not taken yet, and the older lets go of it."""
    refusing = FakeChannel(answering(Outcome.RETRY))
    old, new = make_plan(2), make_plan(2, text="Corrected")
    send(old, ledger, refusing)
    texts: list[str] = []

    def note(message: Message) -> DeliveryReceipt:
        texts.append(message.body)
        return accepted(message)

    summary = send(new, ledger, FakeChannel(note))
    older = send(old, ledger, FakeChannel(note))

    assert texts == ["Corrected, C000", "Corrected, C001"]
    assert (summary.sent_now, summary.enrolled_before) == (2, 0)
    assert (older.handed_over, older.sent_now, older.finished) == (2, 0, True)
    assert "taken over by a later plan" in older.summary()


def test_what_the_older_plan_gives_back_goes_with_the_newer(ledger: Ledger) -> None:
    """Promise 1: what was in hand when the newer plan came in does not stay behind."""
    old, new = make_plan(2), make_plan(2, text="Corrected")
    channel = FakeChannel()

    def put_off(message: Message) -> DeliveryReceipt:
        send(new, ledger, channel)
        return answering(Outcome.RETRY)(message)

    waiting = send(old, ledger, FakeChannel(put_off))
    summary = send(new, ledger, channel)
    older = send(old, ledger, channel)

    assert waiting.open == 2
    assert (summary.counts["accepted"], summary.enrolled_before) == (2, 0)
    assert (older.handed_over, older.sent_now) == (2, 0)
    assert len(channel.sent) == len(set(channel.sent)) == 2


# Promise 2


def test_the_claim_is_on_the_disk_when_the_channel_is_called(ledger: Ledger) -> None:
    """Promise 2: another process sees claim, payload hash and witness while the bytes leave."""
    seen: list[tuple[Any, ...]] = []

    def look(message: Message) -> DeliveryReceipt:
        (row,) = execute(
            ledger,
            "SELECT state, attempts, length(payload_hash), message_key, generation "
            "FROM crmlib_deliveries, crmlib_ledger",
        )
        seen.append((*row, int(witness.read_text().split()[2])))
        return accepted(message)

    witness = ledger.store._witness.path
    send(make_plan(1), ledger, FakeChannel(look))

    assert seen == [("claimed", 1, 32, "winback-C000-example.com", 1, 1)]


def test_without_a_claim_nothing_leaves(ledger: Ledger) -> None:
    """Promise 2: a ledger that is locked when it comes to claiming lets nothing leave."""
    plan, channel = make_plan(1), FakeChannel()
    lock = Lock(ledger)
    calls: list[int] = []

    def lock_after_enrolment(done: int, planned: int) -> None:
        lock.take()
        calls.append(planned)

    with pytest.raises(LedgerUnavailableError, match="another program keeps it locked"):
        send(plan, ledger, channel, progress=lock_after_enrolment)
    lock.release()

    assert calls == [1]
    assert channel.sent == []
    assert send(plan, ledger, channel).sent_now == 1


def test_without_room_on_the_disk_nothing_leaves(sqlite_ledger: Ledger) -> None:
    """Promise 2: with a full disk nothing is claimed, nothing leaves, and nothing is lost."""
    ledger, plan, channel = sqlite_ledger, make_plan(400), FakeChannel()
    send(plan, ledger, channel, clock=Clock(NOON - timedelta(days=1)))
    with ledger.store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(LedgerUnavailableError, match="the disk is full; make room"):
        send(plan, ledger, channel, batch_size=400)
    after_failure = list(channel.sent)
    with ledger.store.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    summary = send(plan, ledger, channel, batch_size=400)

    assert after_failure == []
    assert summary.counts["accepted"] == len(set(channel.sent)) == len(channel.sent) == 400


def test_without_a_witness_nothing_leaves(ledger: Ledger) -> None:
    """Promise 2: if the witness beside the ledger cannot be written, the claim is given back."""
    plan, channel = make_plan(2), FakeChannel()
    witness = ledger.store._witness.path
    witness.unlink()
    witness.mkdir()

    with pytest.raises(LedgerUnavailableError, match=r"\.lineage (beside it )?cannot be written"):
        send(plan, ledger, channel)
    witness.rmdir()
    given_back = ledger.deliveries("winback")
    summary = send(plan, ledger, channel)

    assert given_back["state"].to_list() == ["planned", "planned"]
    assert given_back["attempts"].to_list() == [0, 0]
    assert summary.sent_now == len(channel.sent) == 2


# Promise 3


def test_who_was_suppressed_after_planning_gets_nothing(ledger: Ledger) -> None:
    """Promise 3: an address suppressed between plan and claim is blocked, in any spelling."""
    channel = FakeChannel()
    ledger.suppress("email", " C001@Example.COM", at=NOON, source="opt-out page")

    send(make_plan(3), ledger, channel)

    assert states(ledger) == ["accepted", "blocked", "accepted"]
    assert "winback-C001-example.com" not in channel.sent
    assert ledger.deliveries("winback")["detail"].to_list() == [None, "SUPPRESSED", None]


def consents(*events: tuple[str, str, str, bool, int]) -> pd.DataFrame:
    """Give a consents table of (customer, medium, purpose, granted, minutes before noon)."""
    table = pd.DataFrame(
        events, columns=["customer_id", "channel", "purpose", "granted", "minutes"]
    )
    minutes = pd.to_timedelta(table.pop("minutes"), unit="min")
    return table.assign(at=pd.Timestamp(NOON) - minutes)


def test_who_withdrew_after_planning_gets_nothing(ledger: Ledger) -> None:
    """Promise 3: the last word up to the claim counts; at one instant the withdrawal.

    A withdrawal dated by a clock that is ahead counts at once.
    """
    ledger.record_consents(
        consents(
            ("C000", "email", "advertising", False, 5),
            ("C001", "*", "advertising", False, 5),
            ("C002", "sms", "advertising", False, 5),
            ("C003", "email", "advertising", False, 5),
            ("C003", "email", "advertising", True, 4),
            ("C004", "email", "advertising", True, 5),
            ("C004", "*", "advertising", False, 5),
            ("C005", "email", "advertising", False, -5),
            ("C006", "email", "night", False, 5),
            ("C007", "email", "advertising", False, 5),
            ("C007", "email", "advertising", True, -5),
            ("C008", "email", "advertising", False, -24 * 60 - 1),
        )
    )

    send(make_plan(9), ledger, FakeChannel())

    blocked, went = "blocked", "accepted"
    expected = [blocked, blocked, went, went, blocked, blocked, went, blocked, went]
    assert states(ledger) == expected


def test_an_informational_message_needs_no_consent(ledger: Ledger) -> None:
    """Promise 3 asks what the law asks: a withdrawal of advertising stops no order notice."""
    ledger.record_consents(consents(("C000", "*", "advertising", False, 5)))

    send(make_plan(1, purpose="informational"), ledger, FakeChannel())

    assert states(ledger) == ["accepted"]


def test_quiet_hours_put_a_message_off(ledger: Ledger) -> None:
    """Promise 3: at 22:00 in Seoul a text waits until 08:00, and goes then."""
    evening = Clock(NOON + timedelta(hours=10, minutes=1))
    plan, channel = make_plan(1, medium="sms"), FakeChannel()

    late = send(plan, ledger, channel, clock=evening)
    evening.advance(hours=9, minutes=59)
    morning = send(plan, ledger, channel, clock=evening)

    assert (late.sent_now, late.next_due_at) == (0, NOON + timedelta(hours=20))
    assert (morning.sent_now, morning.finished) == (1, True)
    details = ledger.events("winback")["detail"].to_list()
    assert details == [None, "QUIET_HOURS", None, None]


def test_quiet_hours_end_to_the_minute(ledger: Ledger) -> None:
    """Promise 3: what is put off waits for the minute in which the quiet hours end, not longer."""
    header = make_plan(1, medium="sms").header
    quiet = NOON + timedelta(hours=10, minutes=1, seconds=30)
    odd = json.loads(json.dumps(header).replace("08:00", "08:07"))
    plan = Plan(header=odd, table=make_plan(1, medium="sms").table)

    summary = send(plan, ledger, FakeChannel(), clock=Clock(quiet))

    assert summary.next_due_at == NOON + timedelta(hours=20, minutes=7)


def test_the_memory_of_quiet_minutes_is_bounded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3: forgetting what was asked before changes no answer."""
    monkeypatch.setattr("crmlib.delivery._gate._MEMORY", 1)
    plan = make_plan(2, medium="sms", rows={"C001": {"timezone": "Asia/Tokyo"}})

    summary = send(plan, ledger, FakeChannel(), clock=Clock(NOON + timedelta(hours=10)))

    assert summary.next_due_at == NOON + timedelta(hours=20)


def test_quiet_hours_to_the_end_let_a_message_expire(ledger: Ledger) -> None:
    """Promise 3: a message whose last moment lies in the night expires, with the reason."""
    evening = NOON + timedelta(hours=10)
    plan = make_plan(1, medium="sms", not_after=evening + timedelta(hours=1))

    summary = send(plan, ledger, FakeChannel(), clock=Clock(evening))

    assert summary.counts["expired"] == 1
    assert ledger.deliveries("winback")["detail"][0].startswith("QUIET_HOURS")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "accepted"),
        ([("C000", "sms", "night", False, 5)], "planned"),
        ([("C000", "*", "night", True, 5)], "accepted"),
        ([("C000", "sms", "advertising", False, 5)], "blocked"),
        (
            [("C000", "sms", "advertising", False, 9), ("C000", "sms", "advertising", True, 5)],
            "planned",
        ),
    ],
    ids=["nothing new", "withdrawn", "given again", "all withdrawn", "came back, not for nights"],
)
def test_the_consent_for_the_night_is_asked_again(
    ledger: Ledger, words: list[Any], expected: str
) -> None:
    """Promise 3: who held a consent for the night when planned may have withdrawn it since."""
    ledger.record_consents(consents(*words))
    plan = make_plan(1, medium="sms", rows={"C000": {"night_consent": True}})

    send(plan, ledger, FakeChannel(), clock=Clock(NOON + timedelta(hours=10)))

    assert states(ledger) == [expected]


def test_quiet_hours_that_begin_while_sending_stop_the_rest(ledger: Ledger) -> None:
    """Promise 3: what is in hand when the night begins goes back, and waits for the morning."""
    clock = Clock(NOON + timedelta(hours=8, minutes=49))  # 20:49, quiet from 20:50 with the margin

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=20)
        return accepted(message)

    summary = send(
        make_plan(5, medium="sms"), ledger, FakeChannel(slow, batch_size=1), clock=clock
    )

    assert (summary.counts["accepted"], summary.counts["planned"]) == (3, 2)
    assert summary.next_due_at == NOON + timedelta(hours=20)
    assert ledger.deliveries("winback")["attempts"].to_list() == [1, 1, 1, 0, 0]


# Promise 4


def test_only_what_was_not_taken_is_tried_again(ledger: Ledger) -> None:
    """Promise 4: of the four outcomes, retry alone leads to a second attempt."""
    outcomes = dict(zip(("C000", "C001", "C002", "C003"), Outcome, strict=True))

    def answer(message: Message) -> DeliveryReceipt:
        return DeliveryReceipt(
            key=message.key, outcome=outcomes[message.recipient.customer_id], detail="450 later"
        )

    plan, channel, clock = make_plan(4), FakeChannel(answer), Clock()
    send(plan, ledger, channel, clock=clock)
    clock.advance(days=1)
    send(plan, ledger, channel, clock=clock)

    assert channel.sent[4:] == ["winback-C002-example.com"]
    assert states(ledger) == ["accepted", "rejected", "planned", "unknown"]


def test_the_wait_grows_and_has_an_end(ledger: Ledger) -> None:
    """Promise 4: 1, 4, 16 minutes and a little more between attempts, then dead."""
    plan, clock = make_plan(1), Clock()
    channel = FakeChannel(answering(Outcome.RETRY, detail="421 too busy"))
    waits = []
    summary = send(plan, ledger, channel, clock=clock, max_attempts=4)
    while summary.next_due_at is not None:
        waits.append((summary.next_due_at - clock.now) / timedelta(minutes=1))
        clock.now = summary.next_due_at
        summary = send(plan, ledger, channel, clock=clock, max_attempts=4)

    assert [round(wait / base, 1) for wait, base in zip(waits, (1, 4, 16), strict=True)] == (
        pytest.approx([1.1, 1.1, 1.1], abs=0.11)
    )
    assert (len(channel.sent), summary.counts["dead"]) == (4, 1)
    assert ledger.deliveries("winback")["detail"].to_list() == ["421 too busy"]


def test_the_wait_that_a_provider_asks_for_is_kept(ledger: Ledger) -> None:
    """Promise 4: Retry-After is honoured, never earlier and at most a tenth later."""
    channel = FakeChannel(answering(Outcome.RETRY, retry_after_seconds=600))

    summary = send(make_plan(1), ledger, channel)

    assert summary.next_due_at is not None
    assert 600 <= (summary.next_due_at - NOON).total_seconds() <= 660


@pytest.mark.parametrize("asked", [0, -5, float("inf"), "soon", 10**400, b"", "30"], ids=repr)
def test_a_wait_that_is_none_burns_no_attempts(ledger: Ledger, asked: object) -> None:
    """Promise 4: whatever a provider asks for, there is one attempt a call and some wait."""
    channel = FakeChannel(answering(Outcome.RETRY, retry_after_seconds=asked))

    summary = send(make_plan(1), ledger, channel)

    assert len(channel.sent) == 1
    assert summary.next_due_at is not None
    assert summary.next_due_at - NOON >= timedelta(seconds=30)


@pytest.mark.parametrize(
    "odd", [{"provider_id": 12345}, {"detail": b"250 ok"}, {"detail": "\ud800"}], ids=repr
)
def test_odd_words_of_a_channel_do_not_stop_the_books(ledger: Ledger, odd: dict[str, Any]) -> None:
    """Promise 8: a receipt whose words are of the wrong kind still says what became of it."""
    channel = FakeChannel(answering(Outcome.ACCEPTED, **odd))

    send(make_plan(2), ledger, channel)

    assert states(ledger) == ["accepted", "accepted"]


def test_a_retry_after_the_last_moment_expires_at_once(ledger: Ledger) -> None:
    """Promise 4: what could only be tried too late is expired, with the provider's words."""
    plan = make_plan(1, not_after=NOON + timedelta(minutes=5))
    channel = FakeChannel(answering(Outcome.RETRY, retry_after_seconds=600, detail="450 later"))

    summary = send(plan, ledger, channel)

    assert (summary.counts["expired"], summary.finished) == (1, True)
    assert ledger.deliveries("winback")["detail"].to_list() == ["450 later"]


# Promise 5


class Crash(BaseException):
    """The process ends here, as far as the ledger can tell."""


def crash_while_sending(plan: Plan, ledger: Ledger, **other: Any) -> None:
    """Claim a batch of *plan*, send nothing of it, and never come back."""

    def die(*args: Any, **kwargs: Any) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmlib.delivery._lane.Lane._carry", die)
        with pytest.raises(Crash):
            send(plan, ledger, FakeChannel(**other), batch_size=2)


def test_a_claim_that_nobody_came_back_for_is_unknown(ledger: Ledger) -> None:
    """Promise 5: when the lease is over a stale claim is unknown, and is not sent again."""
    plan, channel, clock = make_plan(3), FakeChannel(), Clock()
    crash_while_sending(plan, ledger)

    during = send(plan, ledger, channel, clock=clock)
    clock.now = NOON + timedelta(minutes=10)
    after = send(plan, ledger, channel, clock=clock)

    assert (during.counts["claimed"], during.sent_now, during.finished) == (2, 1, False)
    assert during.next_due_at == clock.now
    assert (after.counts["unknown"], after.counts["accepted"], after.finished) == (2, 1, True)
    assert channel.sent == ["winback-C002-example.com"]
    assert ledger.deliveries("winback")["detail"][0] == "its sender did not come back"


def test_a_newer_plan_flags_what_the_older_left_in_hand(ledger: Ledger) -> None:
    """Promise 5: a stale claim of an earlier plan becomes unknown, and the newer spares it."""
    crash_while_sending(make_plan(2), ledger)
    clock, channel = Clock(NOON + timedelta(hours=1)), FakeChannel()

    summary = send(make_plan(2, text="New"), ledger, channel, clock=clock)

    assert states(ledger) == ["unknown", "unknown"]
    assert (summary.enrolled_before, channel.sent) == (2, [])


def test_within_the_life_of_its_key_a_claim_is_sent_again(ledger: Ledger) -> None:
    """Promise 5: a stale claim goes out again under a key that the provider still drops."""
    plan, channel, clock = make_plan(2), FakeChannel(idempotency_seconds=86400), Clock()
    crash_while_sending(plan, ledger, idempotency_seconds=86400)
    clock.advance(minutes=10)

    summary = send(plan, ledger, channel, clock=clock)

    assert summary.counts["accepted"] == 2
    assert channel.sent == ["winback-C000-example.com", "winback-C001-example.com"]


@pytest.mark.parametrize(
    ("hours", "options"),
    [(23.9, {}), (25, {}), (1, {"max_attempts": 1})],
    ids=["key ends within the new lease", "key is forgotten", "attempts used up"],
)
def test_beyond_the_life_of_its_key_a_claim_is_unknown(
    ledger: Ledger, hours: float, options: dict[str, int]
) -> None:
    """Promise 5: a key that the provider may have forgotten protects nobody."""
    plan, channel, clock = make_plan(2), FakeChannel(idempotency_seconds=86400), Clock()
    crash_while_sending(plan, ledger, idempotency_seconds=86400)
    clock.advance(hours=hours)

    summary = send(plan, ledger, channel, clock=clock, **options)

    assert summary.counts["unknown"] == 2
    assert channel.sent == []


def test_a_replay_that_may_not_go_is_unknown_not_blocked(ledger: Ledger) -> None:
    """Promise 5: who opted out after a crash may have the message already; nobody may say no."""
    plan, channel, clock = make_plan(1), FakeChannel(idempotency_seconds=86400), Clock()
    crash_while_sending(plan, ledger, idempotency_seconds=86400)
    ledger.suppress("email", "c000@example.com", at=NOON, source="opt-out page")
    clock.advance(minutes=10)

    send(plan, ledger, channel, clock=clock)

    assert states(ledger) == ["unknown"]
    assert ledger.deliveries("winback")["detail"].to_list() == ["not sent again: SUPPRESSED"]


def test_a_late_sender_may_still_tell_what_it_knows(ledger: Ledger) -> None:
    """Promise 5: a receipt that comes after the lease turns unknown into what it is."""
    plan, clock = make_plan(2), Clock()
    seen: list[dict[str, int]] = []

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(minutes=20)
        seen.append(send(plan, ledger, FakeChannel(), clock=clock).counts)
        outcome = Outcome.ACCEPTED if message.recipient.customer_id == "C000" else Outcome.UNKNOWN
        return DeliveryReceipt(key=message.key, outcome=outcome)

    summary = send(plan, ledger, FakeChannel(slow), clock=clock)

    assert [counts["unknown"] for counts in seen] == [2, 2]
    assert (summary.counts["accepted"], summary.counts["unknown"]) == (1, 1)
    words = ledger.events("winback").groupby("message_key")["state"].agg(list).to_list()
    assert words == [
        ["planned", "claimed", "unknown", "accepted"],
        ["planned", "claimed", "unknown"],
    ]


def test_a_late_sender_has_no_say_in_a_claim_that_is_not_its_own(ledger: Ledger) -> None:
    """Promise 5: once claimed again, only the new sender's receipt counts."""
    plan, clock = make_plan(1), Clock()
    other = FakeChannel(idempotency_seconds=86400)

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(minutes=20)
        send(plan, ledger, other, clock=clock)
        return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY)

    summary = send(plan, ledger, FakeChannel(slow, idempotency_seconds=86400), clock=clock)

    assert other.sent == ["winback-C000-example.com"]
    assert summary.counts["accepted"] == 1


# Promise 6


def test_the_states_always_add_up_to_what_was_planned(ledger: Ledger) -> None:
    """Promise 6: planned = the sum of all states, after each call, and the log agrees."""
    answers = [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.RETRY, Outcome.UNKNOWN]

    def answer(message: Message) -> DeliveryReceipt:
        number = int(message.recipient.customer_id[1:])
        return DeliveryReceipt(key=message.key, outcome=answers[number % 4])

    plan = make_plan(40, rows={"C039": {"send_at": NOON + timedelta(days=1)}})
    summary = send(plan, ledger, FakeChannel(answer), batch_size=7)

    assert summary.counts == {
        "planned": 11,
        "claimed": 0,
        "accepted": 10,
        "rejected": 10,
        "unknown": 9,
        "expired": 0,
        "blocked": 0,
        "dead": 0,
    }
    assert (summary.planned, summary.open, summary.finished) == (40, 11, False)
    last = ledger.events("winback").groupby("message_key")["state"].last()
    assert last.value_counts().to_dict() == {k: n for k, n in summary.counts.items() if n}


def test_a_row_that_vanished_is_noticed(ledger: Ledger) -> None:
    """Promise 6: finished is computed from counts, so a missing row is an error, not the end."""
    plan = make_plan(3)
    send(plan, ledger, FakeChannel())
    delete(ledger, "DELETE FROM crmlib_deliveries WHERE customer_id = 'C001'")

    with pytest.raises(InvalidTableError, match="knows 2 of the 3 messages of 'winback'"):
        send(plan, ledger, FakeChannel())


def test_the_log_is_only_added_to(ledger: Ledger) -> None:
    """Promise 6: the database refuses to change or delete what the log says."""
    send(make_plan(1), ledger, FakeChannel())

    for statement in ("UPDATE crmlib_events SET state = 'dead'", "DELETE FROM crmlib_events"):
        with (
            pytest.raises(IntegrityError, match="only added to"),
            ledger.store.write() as connection,
        ):
            connection.exec_driver_sql(statement)


# Promise 7 (copies and restores: test_lineage.py)


def test_a_message_whose_last_moment_passed_expires(ledger: Ledger) -> None:
    """Promise 7: at not_after a message is expired; a moment before it still goes."""
    end = NOON + timedelta(hours=1)
    early, late = make_plan(1, not_after=end), make_plan(1, campaign="late", not_after=end)

    first = send(early, ledger, FakeChannel(), clock=Clock(end - timedelta(microseconds=1)))
    second = send(late, ledger, FakeChannel(), clock=Clock(end))

    assert first.counts["accepted"] == 1
    assert (second.counts["expired"], second.sent_now) == (1, 0)


def test_an_earlier_plan_expires_with_the_newer(ledger: Ledger) -> None:
    """Promise 7: what waits in a plan that nobody delivers any more expires all the same."""
    send(make_plan(3), ledger, FakeChannel(answering(Outcome.RETRY)))
    later = make_plan(1, domain="example.org", not_after=NOON + timedelta(days=30))

    send(later, ledger, FakeChannel(), clock=Clock(NOON + timedelta(days=7)))

    assert sorted(states(ledger)) == ["accepted", "expired", "expired", "expired"]


def test_a_message_that_expires_in_hand_does_not_leave(ledger: Ledger) -> None:
    """Promise 7: the last moment is looked at once more before each call of the channel."""
    clock = Clock()

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(minutes=2)
        return accepted(message)

    plan = make_plan(3, not_after=NOON + timedelta(minutes=3))
    summary = send(plan, ledger, FakeChannel(slow, batch_size=1), clock=clock)

    assert (summary.counts["accepted"], summary.counts["expired"]) == (2, 1)


# Promise 8


def strange(*receipts: Any) -> FakeChannel:
    """Give a channel that answers each call with *receipts*, whatever was asked."""

    class Strange(FakeChannel):
        def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
            super().send(messages)
            return list(receipts) if receipts != (None,) else None

    return Strange(batch_size=2)


YES = DeliveryReceipt(key="winback-C000-example.com", outcome=Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (strange(YES), ["accepted", "unknown"]),
        (strange(), ["unknown", "unknown"]),
        (strange(None), ["unknown", "unknown"]),
        (strange(YES, YES), ["unknown", "unknown"]),
        (strange(YES, "250 OK"), ["accepted", "unknown"]),
        (
            strange(YES, DeliveryReceipt(key="foreign", outcome=Outcome.ACCEPTED)),
            ["accepted", "unknown"],
        ),
        (
            strange(DeliveryReceipt(key=YES.key, outcome="sent"), YES),
            ["accepted", "unknown"],
        ),
    ],
    ids=["missing", "none", "no list", "twice", "no receipt", "foreign", "no outcome"],
)
def test_a_receipt_that_is_missing_means_unknown(
    ledger: Ledger, channel: FakeChannel, expected: list[str]
) -> None:
    """Promise 8: each recipient has its own outcome; without exactly one it is unknown."""
    send(make_plan(2), ledger, channel)

    assert states(ledger) == expected


def test_receipts_may_come_in_any_order(ledger: Ledger) -> None:
    """Promise 8: a receipt belongs to the message whose key it bears."""
    no = DeliveryReceipt(key="winback-C001-example.com", outcome=Outcome.REJECTED)

    send(make_plan(2), ledger, strange(no, YES))

    assert states(ledger) == ["accepted", "rejected"]


def test_a_message_that_breaks_the_channel_is_unknown_and_alone(ledger: Ledger) -> None:
    """Promise 8: a poison message takes nobody with it but those in the same call."""

    def poison(message: Message) -> DeliveryReceipt:
        if message.recipient.customer_id == "C001":
            raise RuntimeError(f"cannot write to {message.recipient.address}")
        return accepted(message)

    send(make_plan(4), ledger, FakeChannel(poison, batch_size=1))

    assert states(ledger) == ["accepted", "unknown", "accepted", "accepted"]
    assert ledger.deliveries("winback")["detail"][1] == "the channel raised RuntimeError"


def test_a_message_that_a_channel_cannot_carry_is_refused_alone(ledger: Ledger) -> None:
    """Promise 8: what a channel has not declared is refused before anything is handed over."""
    channel = FakeChannel(batch_size=3, html=False)
    send(make_plan(3, rows={"C001": {"html": "<p>Hello"}}), ledger, channel)

    assert states(ledger) == ["accepted", "rejected", "accepted"]
    assert ledger.deliveries("winback")["detail"][1] == (
        "channel 'fake' cannot carry HTML; leave the HTML part out"
    )
    assert channel.calls == [["winback-C000-example.com", "winback-C002-example.com"]]


def test_a_channel_that_finds_out_late_what_it_cannot_do_gets_nothing_again(
    ledger: Ledger,
) -> None:
    """Promise 8: whatever a channel raises in mid-batch, part of it may have gone: all unknown."""

    def picky(message: Message) -> DeliveryReceipt:
        if message.recipient.customer_id == "C001":
            raise UnsupportedFeatureError("the channel 'fake'", "carry it", "shorten the text")
        return accepted(message)

    channel = FakeChannel(picky, batch_size=3)
    send(make_plan(4), ledger, channel)

    assert states(ledger) == ["unknown", "unknown", "unknown", "accepted"]
    assert [len(call) for call in channel.calls] == [3, 1]
    assert ledger.deliveries("winback")["detail"][0] == (
        "the channel raised UnsupportedFeatureError"
    )


def test_a_broken_channel_is_stopped(ledger: Ledger) -> None:
    """Promise 8: after three failures in a row sending stops, and the rest still waits."""

    def broken(message: Message) -> DeliveryReceipt:
        raise RuntimeError

    channel = FakeChannel(broken, batch_size=1)
    with pytest.raises(ChannelBrokenError, match="'fake' raised RuntimeError again"):
        send(make_plan(10), ledger, channel)

    assert states(ledger) == ["unknown"] * 3 + ["planned"] * 7
    assert ledger.deliveries("winback")["attempts"].to_list() == [1] * 3 + [0] * 7


def test_an_interrupted_sender_loses_nothing_that_it_knows(ledger: Ledger) -> None:
    """Promise 8: Ctrl-C in mid-batch records what is known and gives back what never left."""

    def interrupted(message: Message) -> DeliveryReceipt:
        if message.recipient.customer_id == "C001":
            raise KeyboardInterrupt
        return accepted(message)

    with pytest.raises(KeyboardInterrupt):
        send(make_plan(3), ledger, FakeChannel(interrupted, batch_size=1))

    assert states(ledger) == ["accepted", "unknown", "planned"]
