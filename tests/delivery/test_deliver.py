"""deliver: its parameters, its approval, its channels, its progress."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from another_program import execute
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, answering, make_plan

from crmlib.delivery import DeliverySummary, deliver, utc_now
from crmlib.delivery._backoff import backoff
from crmlib.delivery._channel_settings import read_settings
from crmlib.exceptions import (
    ChannelBrokenError,
    InvalidParameterError,
    LedgerUnavailableError,
    PlanAlteredError,
    PlanNotApprovedError,
    UnknownNameError,
)
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from crmlib.delivery import Ledger
    from crmlib.messages import DeliveryReceipt, Message

PLAN = make_plan(5)


def send(ledger: Ledger, channel: FakeChannel, **other: Any) -> DeliverySummary:
    """Deliver PLAN at noon."""
    options: dict[str, Any] = {
        "approved": PLAN.digest,
        "clock": Clock(),
        "channels": {"fake": channel},
    }
    return deliver(PLAN, ledger, **(options | other))


def test_what_was_not_approved_is_not_sent(ledger: Ledger) -> None:
    """The digest that was approved must be that of the plan; else not even a row is entered."""
    channel = FakeChannel()

    with pytest.raises(PlanNotApprovedError) as caught:
        send(ledger, channel, approved="0" * 64)

    assert caught.value.digest == PLAN.digest
    assert channel.sent == []
    assert ledger.status().empty


def test_a_plan_that_was_altered_has_lost_its_approval(ledger: Ledger) -> None:
    """A plan made of the table that was approved, with another text, has another digest."""
    plan, channel = make_plan(2), FakeChannel()
    approved, table = plan.digest, plan.table
    table.loc["C001", "message"] = "Pay now"
    plan = attrs.evolve(plan, table=table)

    with pytest.raises(PlanNotApprovedError):
        deliver(plan, ledger, approved=approved, channels={"fake": channel}, clock=Clock())

    assert channel.sent == []


def test_a_message_that_is_not_the_enrolled_one_is_stopped(ledger: Ledger) -> None:
    """The payload of each message is compared, in the claim, with the hash that was enrolled."""
    channel = FakeChannel()
    send(ledger, channel, clock=Clock(NOON - timedelta(hours=1)))
    execute(
        ledger,
        "UPDATE crmlib_deliveries SET payload_hash = endpoint_hash WHERE customer_id = 'C001'",
    )

    with pytest.raises(PlanAlteredError, match=r"'winback-C001-example\.com' is not the one"):
        send(ledger, channel)

    assert channel.sent == []
    assert set(ledger.deliveries("winback")["state"]) == {"planned"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("batch_size", 10_001),
        ("max_attempts", 0),
        ("lease", timedelta()),
        ("clock", lambda: NOON.replace(tzinfo=None)),
        ("clock", lambda: "noon"),
    ],
)
def test_a_parameter_out_of_range_is_said(ledger: Ledger, name: str, value: object) -> None:
    """Each parameter says what it may be."""
    with pytest.raises(InvalidParameterError, match=name):
        send(ledger, FakeChannel(), **{name: value})


def test_a_channel_that_is_missing_stops_before_anything_is_entered(ledger: Ledger) -> None:
    """All channels of the plan must be there before the first row is enrolled."""
    with pytest.raises(UnknownNameError, match=r"no channel 'fake'; .*'smtp'"):
        send(ledger, FakeChannel(), channels={"smtp": FakeChannel()})

    assert ledger.status().empty


def test_a_channel_that_is_not_given_is_loaded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Channels of the caller win; the others of the plan are loaded by name, and only those."""
    plan = make_plan(2, rows={"C001": {"channel": "console", "subject": None}})
    channel = FakeChannel()
    deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock())

    assert channel.sent == ["winback-C000-example.com"]
    assert "Hello, C001" in capsys.readouterr().out
    assert ledger.deliveries("winback")["state"].to_list() == ["accepted", "accepted"]


def test_a_channel_of_the_caller_stays_open(ledger: Ledger) -> None:
    """Who opened a channel closes it."""
    channel = FakeChannel()
    send(ledger, channel)

    assert channel.closed == 0


class PostChannel(FakeChannel):
    """A channel that is made from settings."""

    name = "fake"
    made: list[PostChannel] = []  # noqa: RUF012 -- the test looks at what was made

    def __init__(
        self, host: str, port: int = 25, timeout: float | None = None, tls: bool = False
    ) -> None:
        super().__init__()
        self.settings = (host, port, timeout, tls)
        self.made.append(self)


def test_channels_are_made_from_the_environment(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without channels given, they are loaded by name, set up from variables, and closed."""
    PostChannel.made.clear()
    monkeypatch.setattr("crmlib.channels.load_channel", lambda name: PostChannel)
    monkeypatch.setenv("CRMLIB_FAKE_HOST", "127.0.0.1")
    monkeypatch.setenv("CRMLIB_FAKE_PORT", "2525")
    monkeypatch.setenv("CRMLIB_FAKE_TIMEOUT", "1.5")
    monkeypatch.setenv("CRMLIB_FAKE_TLS", "yes")
    summary = send(ledger, FakeChannel(), channels=None)

    (channel,) = PostChannel.made
    assert channel.settings == ("127.0.0.1", 2525, 1.5, True)
    assert (summary.sent_now, channel.closed) == (5, 1)


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("CRMLIB_FAKE_PORT", "smtp", "a number, got 'smtp'"),
        ("CRMLIB_FAKE_TIMEOUT", "long", "a number, got 'long'"),
        ("CRMLIB_FAKE_TLS", "perhaps", "yes or no, got 'perhaps'"),
    ],
)
def test_a_setting_that_cannot_be_is_said(variable: str, text: str, expected: str) -> None:
    """The error names the variable, as the user wrote it."""
    with pytest.raises(InvalidParameterError, match=f"{variable} must be {expected}"):
        read_settings(PostChannel, {variable: text}, [])


def test_a_setting_that_is_unknown_is_said_by_the_name_of_its_variable() -> None:
    """A typo is answered with the variable that was meant, and its text is not repeated."""
    with pytest.raises(
        UnknownNameError,
        match=r"no setting of channel 'fake' 'CRMLIB_FAKE_HOTS'; "
        r"did you mean 'CRMLIB_FAKE_HOST'\? there are \['CRMLIB_FAKE_HOST', 'CRMLIB_FAKE_PORT'",
    ) as caught:
        read_settings(PostChannel, {"CRMLIB_FAKE_HOTS": "secret"}, ["fake"])

    assert "secret" not in str(caught.value)


def test_a_variable_belongs_to_the_longest_name_that_fits() -> None:
    """Of fake and fake-relay the longer name owns what begins with both; others own nothing."""
    settings = read_settings(
        PostChannel,
        {
            "CRMLIB_FAKE_HOST": "a",
            "CRMLIB_FAKE_RELAY_HOST": "b",
            "CRMLIB_SMTP_HOST": "c",
            "FAKE_HOST": "d",
        },
        ["fake", "fake-relay", "smtp"],
    )

    assert settings == {"host": "a"}


def test_progress_is_told_after_each_batch(ledger: Ledger) -> None:
    """Settled and planned, from what was settled before to the end."""
    told: list[tuple[int, int]] = []
    send(ledger, FakeChannel(), batch_size=2, progress=lambda *counts: told.append(counts))
    again: list[tuple[int, int]] = []
    send(ledger, FakeChannel(), progress=lambda *counts: again.append(counts))

    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert again == [(5, 5)]


def test_claims_are_no_larger_than_asked_and_calls_no_larger_than_the_channel(
    ledger: Ledger,
) -> None:
    """Five messages, three per claim, two per call: 2 + 1 and 2."""
    channel = FakeChannel(batch_size=2)
    send(ledger, channel, batch_size=3)

    assert [len(call) for call in channel.calls] == [2, 1, 2]


def test_each_message_goes_by_its_own_channel(ledger: Ledger) -> None:
    """A plan may use several channels; each gets its own."""
    plan = make_plan(4, rows={"C001": {"channel": "other"}, "C003": {"channel": "other"}})
    one, other = FakeChannel(), FakeChannel()
    deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": one, "other": other},
        clock=Clock(),
    )

    assert [key[8:12] for key in one.sent] == ["C000", "C002"]
    assert [key[8:12] for key in other.sent] == ["C001", "C003"]


def test_a_sender_whose_lease_runs_out_hands_over_no_more(ledger: Ledger) -> None:
    """After its lease another may have taken over: the rest goes back, and is sent once."""
    clock = Clock()

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=4)
        return accepted(message)

    channel = FakeChannel(slow, batch_size=1)
    summary = send(ledger, channel, clock=clock, lease=timedelta(seconds=8))

    assert [key[8:12] for key in channel.sent] == ["C000", "C001", "C002", "C003", "C004"]
    assert summary.counts["accepted"] == 5
    events = ledger.events("winback")
    assert events["detail"].to_list().count("not handed over") == 3


def test_what_is_in_hand_for_long_goes_back_and_is_asked_about_anew(ledger: Ledger) -> None:
    """Who opts out while a slow channel has others is not written to ten seconds later."""
    clock = Clock()

    def slow(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=4)
        ledger.suppress("email", "c004@example.com", at=clock(), source="page")
        return accepted(message)

    channel = FakeChannel(slow, batch_size=1)
    summary = send(ledger, channel, clock=clock)

    assert [key[8:12] for key in channel.sent] == ["C000", "C001", "C002", "C003"]
    assert (summary.counts["accepted"], summary.counts["blocked"]) == (4, 1)


def test_as_much_is_taken_in_hand_as_a_channel_takes_in_five_seconds(ledger: Ledger) -> None:
    """After a slow call there are few, after a quick one many again."""
    clock, seconds = Clock(), [10.0, 2.0, 0.01]

    def carry(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=seconds[0] if len(seconds) == 1 else seconds.pop(0))
        return accepted(message)

    plan, channel = make_plan(8), FakeChannel(carry, batch_size=1)
    deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=clock)
    events = ledger.events("winback")
    claims = events["at"][events["state"] == "claimed"].value_counts().sort_index()

    assert claims.to_list() == [8, 1, 2, 4]


def test_a_clock_that_is_put_back_teaches_no_pace(ledger: Ledger) -> None:
    """What took less than no time does not have all taken in hand at once."""
    clock, steps = Clock(NOON + timedelta(hours=1)), iter([0.5, -60.0])

    def carry(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=next(steps, 0.001))
        return accepted(message)

    plan, channel = make_plan(40), FakeChannel(carry, batch_size=1)
    deliver(
        plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=clock, batch_size=30
    )
    claimed = ledger.events("winback").query("state == 'claimed'")

    assert claimed["at"].value_counts(sort=False).to_list() == [10, 10, 20]


def test_a_slow_call_has_few_messages_from_the_first_on(ledger: Ledger) -> None:
    """A channel that takes a hundred at once shows with ten how long that would take."""
    clock = Clock()

    def carry(message: Message) -> DeliveryReceipt:
        clock.advance(seconds=0.4)
        return accepted(message)

    plan, channel = make_plan(60), FakeChannel(carry, batch_size=100)
    deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=clock)

    assert [len(call) for call in channel.calls] == [10, 12, 12, 12, 12, 2]


def test_a_clock_that_leaps_past_every_lease_ends_the_call(ledger: Ledger) -> None:
    """Where nothing can be handed over the call ends; it does not turn for ever."""
    clock = Clock()

    def leaping() -> Any:
        clock.advance(minutes=1)
        return clock.now

    channel = FakeChannel()
    summary = send(ledger, channel, clock=leaping, lease=timedelta(seconds=30))

    assert channel.sent == []
    assert (summary.counts["planned"], summary.finished) == (5, False)


def test_receipts_are_written_though_the_ledger_is_busy_for_a_while(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers in hand are worth three tries."""
    import crmlib.delivery._outcomes as outcomes  # noqa: PLC0415 -- to be patched

    real, failures = outcomes._record, [2]

    def busy(*args: Any) -> Any:
        if failures[0]:
            failures[0] -= 1
            raise LedgerUnavailableError("crm.db", "is busy", "wait")
        return real(*args)

    monkeypatch.setattr(outcomes, "_record", busy)

    assert send(ledger, FakeChannel()).counts["accepted"] == 5


def test_receipts_that_cannot_be_written_end_as_unknown(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the ledger stays unwritable after sending, nobody sends again what was sent."""
    channel, clock = FakeChannel(), Clock()

    def full(*args: Any) -> Any:
        raise LedgerUnavailableError("crm.db", "the disk is full", "make room")

    with monkeypatch.context() as patch:
        patch.setattr("crmlib.delivery._outcomes._record", full)
        with pytest.raises(LedgerUnavailableError):
            send(ledger, channel, clock=clock)
    clock.advance(hours=1)
    summary = send(ledger, channel, clock=clock)

    assert summary.counts["unknown"] == len(channel.sent) == 5


def test_hold_outs_and_held_customers_are_not_enrolled(ledger: Ledger) -> None:
    """Only rows that say send are planned."""
    plan = make_plan(3, rows={"C000": {"decision": "hold-out"}})
    channel = FakeChannel()
    summary = deliver(
        plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock()
    )

    assert summary.planned == len(channel.sent) == 2
    assert "winback-C000-example.com" not in channel.sent


def test_a_plan_of_many_rows_is_enrolled_piece_by_piece(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An enrolment that was cut off goes on where it stopped, and counts each row once."""
    import crmlib.delivery._enrolment as enrolment  # noqa: PLC0415 -- to be patched

    real, pieces = enrolment._enrol_chunk, [0]
    monkeypatch.setattr(enrolment, "_CHUNK", 2)

    def cut_off(*args: Any) -> bool:
        pieces[0] += 1
        if pieces[0] == 2:
            raise KeyboardInterrupt
        return real(*args)

    channel = FakeChannel()
    with monkeypatch.context() as patch:
        patch.setattr(enrolment, "_enrol_chunk", cut_off)
        with pytest.raises(KeyboardInterrupt):
            send(ledger, channel)
    entered = ledger.status()["messages"].to_list()
    summary = send(ledger, channel)

    assert entered == [2]
    assert (summary.planned, summary.sent_now, len(set(channel.sent))) == (5, 5, 5)


def test_a_plan_that_sends_to_nobody_is_finished(ledger: Ledger) -> None:
    """No rows to send: all settled at once."""
    plan = make_plan(1, rows={"C000": {"decision": "hold-out"}})
    summary = deliver(plan, ledger, approved=plan.digest, channels={}, clock=Clock())

    assert (summary.planned, summary.finished, summary.next_due_at) == (0, True, None)


def test_a_later_message_says_when_it_is_due(ledger: Ledger) -> None:
    """What is not due stays, and the summary tells when to come back."""
    summary = send(ledger, FakeChannel(), clock=Clock(NOON - timedelta(hours=1)))

    assert (summary.sent_now, summary.open, summary.next_due_at) == (0, 5, NOON)
    assert summary.summary() == (
        "winback: 5 planned, 5 still open, 0 sent now\n"
        "  planned          5   wait for their moment\n"
        "  next due at 2011-12-12 03:00:00 UTC"
    )


def test_a_summary_travels_as_json_and_pickle(ledger: Ledger) -> None:
    """The command line prints it; another process may get it."""
    summary = send(ledger, FakeChannel(answering(Outcome.RETRY)))

    plain = json.loads(json.dumps(summary.to_dict()))

    assert plain["counts"]["planned"] == plain["open"] == 5
    assert plain["next_due_at"].startswith("2011-12-12T03:01:0")
    assert plain["finished"] is False
    assert pickle.loads(pickle.dumps(summary)) == summary


def test_the_wait_hangs_on_key_and_attempt_alone() -> None:
    """Two runs wait equally long; two messages do not; four hours and a fifth is the most."""
    waits = {backoff(key, attempt, None) for key in ("a", "b") for attempt in (1, 1, 2)}

    assert len(waits) == 4
    assert timedelta(hours=4) <= backoff("a", 10_000, None) <= timedelta(hours=4.8)


@pytest.mark.parametrize(("tries", "hours"), [(5, 85 / 60), (9, 85 / 60 + 16)])
def test_the_tries_reach_as_far_as_deliver_says(tries: int, hours: float) -> None:
    """Five tries bridge an hour and a half, nine over 17 hours, and up to a fifth more."""
    waits = [backoff("a", attempt, None) for attempt in range(1, tries)]

    assert hours <= sum(waits, timedelta()) / timedelta(hours=1) <= 1.2 * hours


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(0, 60, 72), (-5, 60, 72), (1e300, 7 * 86400, 7.7 * 86400), (float("nan"), 60, 72)],
)
def test_a_strange_wait_does_no_harm(asked: float, least: float, most: float) -> None:
    """A provider that asks for nonsense gets what is sensible."""
    assert least <= backoff("a", 1, asked).total_seconds() <= most


def test_a_broken_channel_error_names_the_channel() -> None:
    """The error keeps its facts, also through pickling."""
    error = pickle.loads(pickle.dumps(ChannelBrokenError("fax", "OSError")))

    assert (error.channel, error.problem) == ("fax", "OSError")
    assert "repair the channel" in str(error)


def test_the_clock_of_the_wall_is_aware() -> None:
    """utc_now gives an instant, not a guess."""
    assert utc_now().utcoffset() == timedelta()
