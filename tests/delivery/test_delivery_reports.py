"""What came back, in the ledger: each report once, in any order, and never a second message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from another_program import execute
from hypothesis import given, settings
from hypothesis import strategies as st
from plans_to_deliver import NOON, Clock, FakeChannel, answering, make_plan
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from crmlib.channels import UNSIGNED_MAIL, DeliveryReport, ReportKind
from crmlib.delivery import (
    Ledger,
    RecordedReports,
    SoftBounceRule,
    deliver,
    list_engagements,
    read_progress,
    record_reports,
)
from crmlib.delivery._schema import DELIVERIES, REPORTS, SUPPRESSIONS
from crmlib.delivery._schema_steps import STEPS
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome
from crmlib.tables import check_engagements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.delivery import DeliverySummary
    from crmlib.messages import DeliveryReceipt, Message

PLAN = make_plan(2)
KEY = "winback-C000-example.com"
ADDRESS = "c000@example.com"
LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)


def send(
    ledger: Ledger,
    outcome: Outcome = Outcome.ACCEPTED,
    *,
    at: datetime = NOON,
    plan: Any = PLAN,
    channel: FakeChannel | None = None,
) -> DeliverySummary:
    """Deliver *plan* to a channel that answers *outcome*."""
    return deliver(
        plan,
        ledger,
        approved=plan.digest,
        channels={"fake": channel or FakeChannel(answering(outcome, provider_id=None))},
        clock=Clock(at),
    )


def report(kind: str, number: int = 1, **other: Any) -> DeliveryReport:
    """Give a report on the message to C000."""
    fields: dict[str, Any] = {
        "source": "mail",
        "report_id": f"{kind}/{number}",
        "kind": kind,
        "at": LATER + timedelta(minutes=number),
        "message_key": KEY,
        "words": f"said {kind}",
    }
    return DeliveryReport(**fields | other)


def record(ledger: Ledger, *reports: DeliveryReport, **other: Any) -> RecordedReports:
    """Record *reports* two hours after noon."""
    return record_reports(ledger, reports, at=NOON + timedelta(hours=2), **other)


def state_of(ledger: Ledger, customer: str = "C000") -> str:
    """Say where the message of *customer* stands."""
    rows = ledger.deliveries("winback").set_index("customer_id")
    return str(rows.loc[customer, "state"])


# what is settled


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["delivered"], "accepted"),
        (["accepted"], "accepted"),
        (["complaint"], "accepted"),
        (["hard_bounce"], "rejected"),
        (["soft_bounce"], "rejected"),
        (["failed"], "rejected"),
        (["opted_out"], "unknown"),
        (["accepted", "failed"], "rejected"),
        (["accepted", "failed", "delivered"], "accepted"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)
def test_reports_settle_what_is_unknown(
    sqlite_ledger: Ledger, kinds: list[str], state: str
) -> None:
    """What arrived was taken, what did not was not; what was settled is not sent again."""
    send(sqlite_ledger, Outcome.UNKNOWN)
    record(sqlite_ledger, *map(report, kinds))
    row = sqlite_ledger.deliveries("winback").iloc[0]

    assert (row["state"], state_of(sqlite_ledger, "C001")) == (state, "unknown")
    assert (row["detail"] or "").startswith("reported: ") == (state != "unknown")
    assert send(sqlite_ledger, at=LATER).sent_now == 0


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED], ids=str)
def test_what_the_sender_knows_stays(sqlite_ledger: Ledger, outcome: Outcome) -> None:
    """A report is kept beside what the sender was told, and changes no state."""
    send(sqlite_ledger, outcome)
    found = record(sqlite_ledger, report("hard_bounce"), report("delivered"))

    assert (state_of(sqlite_ledger), found.settled) == (str(outcome), 0)
    assert found.new == {"delivered": 1, "hard_bounce": 1}


def test_what_a_person_found_out_stays(sqlite_ledger: Ledger) -> None:
    """Once a person has said what became of a message, reports do not contradict."""
    send(sqlite_ledger, Outcome.UNKNOWN)
    sqlite_ledger.resolve("winback", KEY, "accepted", at=LATER, note="asked her")
    record(sqlite_ledger, report("failed"))

    assert state_of(sqlite_ledger) == "accepted"


def test_a_message_that_waits_and_has_arrived_does_not_leave_again(sqlite_ledger: Ledger) -> None:
    """A provider that says no and delivers all the same makes no double."""
    send(sqlite_ledger, Outcome.RETRY)
    record(sqlite_ledger, report("accepted"), report("soft_bounce"))
    assert state_of(sqlite_ledger) == "planned"

    record(sqlite_ledger, report("delivered"))
    channel = FakeChannel()
    send(sqlite_ledger, at=NOON + DAY, channel=channel)

    assert state_of(sqlite_ledger) == "accepted"
    assert channel.sent == ["winback-C001-example.com"]


@pytest.mark.parametrize(
    ("outcome", "kind", "state"),
    [
        (Outcome.UNKNOWN, "delivered", "accepted"),
        (Outcome.UNKNOWN, "failed", "rejected"),
        (Outcome.UNKNOWN, "opted_out", "unknown"),
        (Outcome.RETRY, "delivered", "accepted"),
        (Outcome.RETRY, "failed", "planned"),
        (Outcome.ACCEPTED, "failed", "accepted"),
    ],
)
def test_a_report_may_come_before_the_answer(
    sqlite_ledger: Ledger, outcome: Outcome, kind: str, state: str
) -> None:
    """A provider that reports while the request is still on its way is heard."""

    def answer(message: Message) -> DeliveryReceipt:
        if message.key == KEY:
            record(sqlite_ledger, report(kind))
        return answering(outcome)(message)

    send(sqlite_ledger, channel=FakeChannel(answer))

    assert (state_of(sqlite_ledger), state_of(sqlite_ledger, "C001")) == (
        state,
        str(outcome).replace("retry", "planned"),
    )


def test_a_sender_that_died_is_answered_for_by_reports(ledger: Ledger) -> None:
    """A claim that nobody comes back for is what its report says, not unknown."""

    class Died(BaseException):
        pass

    def die(message: Message) -> DeliveryReceipt:
        raise Died

    with pytest.raises(Died):
        send(ledger, channel=FakeChannel(die))
    execute(ledger, "UPDATE crmlib_deliveries SET state = 'claimed', finished_at = NULL")
    record(ledger, report("delivered"))
    assert state_of(ledger) == "claimed"

    send(ledger, at=LATER)
    assert (state_of(ledger), state_of(ledger, "C001")) == ("accepted", "unknown")


def test_the_log_says_what_was_reported(sqlite_ledger: Ledger) -> None:
    """Each change by a report is in the log, with the words of the provider."""
    send(sqlite_ledger, Outcome.UNKNOWN)
    record(sqlite_ledger, report("failed"))
    said = sqlite_ledger.events("winback").iloc[-1]

    assert (said["state"], said["detail"]) == ("rejected", "reported: failed: said failed")
    assert said["at"] == NOON + timedelta(hours=2)


# which message


def test_a_report_without_words_or_key_finds_its_message(ledger: Ledger) -> None:
    """What the provider calls a message is enough, with the address or without."""
    send(
        ledger,
        channel=FakeChannel(lambda m: answering(Outcome.UNKNOWN, provider_id=f"id-{m.key}")(m)),
    )
    given = {"message_key": None, "words": None}
    found = record(
        ledger,
        report("delivered", provider_id=f"id-{KEY}", **given),
        report(
            "delivered",
            2,
            provider_id="id-winback-C001-example.com",
            address_field="email",
            address="C001@example.com",
            **given,
        ),
    )

    assert (found.settled, found.of_no_message) == (2, 0)
    assert ledger.deliveries("winback")["detail"].unique().tolist() == ["reported: delivered"]


def test_a_report_on_no_message_is_kept_and_counted(sqlite_ledger: Ledger) -> None:
    """An unknown message stops nothing: the others are recorded, and so is this one."""
    send(sqlite_ledger, Outcome.UNKNOWN)
    strangers = [
        report("delivered", message_key="of-somebody-else"),
        report("failed", message_key=None, provider_id="id-of-somebody-else"),
        report("hard_bounce", message_key=None, address_field="email", address="not an address"),
        report("complaint", message_key=None, address_field="pigeon", address="coo"),
    ]
    found = record(sqlite_ledger, *strangers, report("delivered", 9))

    assert (found.of_no_message, found.settled, found.suppressed) == (4, 1, 0)
    assert len(execute(sqlite_ledger, "SELECT id FROM crmlib_reports")) == 5


def test_a_key_of_two_campaigns_needs_more_than_the_key(ledger: Ledger) -> None:
    """Where a key fits several messages, the address decides; without one it is none of them."""
    send(ledger, Outcome.UNKNOWN)
    twin = make_plan(
        1, campaign="spring", domain="example.net", rows={"C000": {"message_key": KEY}}
    )
    send(ledger, Outcome.UNKNOWN, plan=twin)
    bare = record(ledger, report("delivered"))
    told = record(
        ledger, report("delivered", 2, address_field="email", address="c000@example.net")
    )

    assert (bare.of_no_message, bare.settled, told.settled) == (1, 0, 1)
    assert ledger.deliveries("spring")["state"].to_list() == ["accepted"]
    assert state_of(ledger) == "unknown"


# who is not written to any more


@pytest.mark.parametrize(
    ("kind", "source"),
    [("hard_bounce", "hard bounce"), ("complaint", "complaint"), ("opted_out", "opted out")],
)
def test_some_reports_suppress_for_good(ledger: Ledger, kind: str, source: str) -> None:
    """The address that the message went to is not written to again, and it is kept why."""
    send(ledger)
    found = record(ledger, report(kind, address_field="email", address="elsewhere@example.net"))
    again = send(ledger, plan=make_plan(2, campaign="spring"), at=LATER)

    assert found.suppressed == 1
    assert execute(ledger, "SELECT source, until FROM crmlib_suppressions") == [(source, None)]
    assert ledger.suppressed("email", [ADDRESS, "elsewhere@example.net"]) == {ADDRESS}
    assert (again.counts["blocked"], again.counts["accepted"]) == (1, 1)


@pytest.mark.parametrize("kind", ["delivered", "accepted", "failed", "soft_bounce"])
def test_other_reports_suppress_nobody(sqlite_ledger: Ledger, kind: str) -> None:
    """What is no fault of the address, or happened once, costs it nothing."""
    send(sqlite_ledger)

    assert record(sqlite_ledger, report(kind)).suppressed == 0
    assert not sqlite_ledger.suppressed("email", [ADDRESS])


def test_an_address_alone_can_be_suppressed(ledger: Ledger) -> None:
    """Who calls the 080 number opts out, whoever wrote to them."""
    gone = report("opted_out", message_key=None, address_field="phone", address="+82 10-1234-5678")
    found = record(ledger, gone)

    assert (found.of_no_message, found.suppressed) == (1, 1)
    assert ledger.suppressed("phone", ["+821012345678"])


def test_an_earlier_entry_stays(sqlite_ledger: Ledger) -> None:
    """Of two reasons the older one is kept, whichever came first; by hand or by report."""
    sqlite_ledger.suppress("email", ADDRESS, at=NOON, source="asked on the phone")
    send(sqlite_ledger)
    found = record(sqlite_ledger, report("hard_bounce"))
    older = record(sqlite_ledger, report("complaint", at=NOON - DAY))

    assert (found.suppressed, older.suppressed) == (0, 1)
    assert execute(sqlite_ledger, "SELECT source FROM crmlib_suppressions") == [("complaint",)]


# mail that nothing signs


def unsigned(kind: str, day: float) -> DeliveryReport:
    """Give a report on C000 that anyone can have written, so many days after noon."""
    return report(kind, int(day * 100), at=NOON + day * DAY, source=UNSIGNED_MAIL)


def test_a_hard_bounce_without_proof_pauses(ledger: Ledger) -> None:
    """Forged, it costs an address thirty days, and again each time; the reason is kept."""
    send(ledger)
    first = record(ledger, unsigned("hard_bounce", 1))
    again = record(ledger, unsigned("hard_bounce", 40))

    assert (first.suppressed, first.paused, first.unproven) == (0, 1, 1)
    assert (again.suppressed, again.paused, again.unproven) == (0, 1, 1)
    for days, names in ((69.9, {ADDRESS}), (70, set())):
        assert ledger.suppressed("email", [ADDRESS], at=NOON + days * DAY) == names
    assert execute(ledger, "SELECT source FROM crmlib_suppressions") == [
        ("hard bounce by unsigned mail",)
    ]


@pytest.mark.parametrize(
    ("others", "listed"),
    [
        ([unsigned("delivered", 2)], []),
        ([report("delivered", at=NOON + DAY / 2)], [("hard bounce by unsigned mail", False)]),
        ([report("hard_bounce", at=NOON + 2 * DAY)], [("hard bounce", True)]),
        ([unsigned("complaint", 2)], [("complaint", True)]),
        ([unsigned("opted_out", 2)], [("opted out", True)]),
        (
            [report("soft_bounce", day, at=NOON + day * DAY) for day in range(2, 6)],
            [("soft bounces", False)],
        ),
    ],
    ids=["receipt", "receipt before", "proven", "complaint", "opt-out", "soft bounces"],
)
def test_what_else_is_known_outweighs_it(
    sqlite_ledger: Ledger, others: list[DeliveryReport], listed: list[tuple[str, bool]]
) -> None:
    """A receipt ends the pause, a proof makes an end of it; so do a complaint and an opt-out."""
    send(sqlite_ledger)
    record(sqlite_ledger, unsigned("hard_bounce", 1), *others)

    assert [
        (source, until is None)
        for source, until in execute(
            sqlite_ledger, "SELECT source, until FROM crmlib_suppressions"
        )
    ] == listed


# soft bounces


def soft(day: float, kind: str = "soft_bounce") -> DeliveryReport:
    """Give a report on C000 so many days after noon."""
    return report(kind, int(day * 100), at=NOON + day * DAY)


def test_soft_bounces_pause_an_address_for_a_time(ledger: Ledger) -> None:
    """The fourth day within thirty pauses it, for thirty days; then all is well again."""
    send(ledger)
    assert record(ledger, *map(soft, (0, 0.1, 0.2, 7, 14))).paused == 0
    assert record(ledger, soft(21)).paused == 1
    [(at, until)] = execute(ledger, "SELECT at, until FROM crmlib_suppressions")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert epoch + timedelta(microseconds=until) == NOON + 51 * DAY
    assert epoch + timedelta(microseconds=at) == NOON + 21 * DAY
    for days, names in ((22, {ADDRESS}), (50.9, {ADDRESS}), (51, set())):
        assert ledger.suppressed("email", [ADDRESS], at=NOON + days * DAY) == names
    late = {"send_at": NOON + 22 * DAY, "not_after": NOON + 60 * DAY}
    after = send(ledger, plan=make_plan(2, campaign="after", **late), at=NOON + 51 * DAY)
    assert after.counts["accepted"] == 2


@pytest.mark.parametrize(
    ("last_day", "state", "due_day"),
    [(3.01, "planned", 3), (3, "expired", 2), (2.5, "expired", 2)],
    ids=["time enough", "its very end", "too late"],
)
def test_a_paused_address_gets_its_message_after_the_pause(
    ledger: Ledger, last_day: float, state: str, due_day: int
) -> None:
    """It is put off to the end of the pause and goes then; where that is too late it expires."""
    send(ledger)
    record(ledger, soft(0), soft(1), soft_bounces=SoftBounceRule(days=2, pause_days=2))
    spring = make_plan(
        2, campaign="spring", send_at=NOON + 2 * DAY, not_after=NOON + last_day * DAY
    )
    channel = FakeChannel()
    summary = send(ledger, plan=spring, at=NOON + 2 * DAY, channel=channel)
    row = ledger.deliveries("spring").iloc[0]
    (told,) = read_progress(ledger, "spring", now=NOON + 2 * DAY)

    assert (summary.counts[state], summary.counts["accepted"]) == (1, 1)
    assert (row["state"], row["detail"]) == (state, "SUPPRESSED: for a time")
    assert row["due_at"] == NOON + due_day * DAY
    assert told.waiting == ({"suppressed": 1} if state == "planned" else {})

    send(ledger, plan=spring, at=NOON + 3 * DAY, channel=channel)
    assert len(channel.sent) == (2 if state == "planned" else 1)


def test_who_opts_out_while_paused_is_not_put_off(ledger: Ledger) -> None:
    """What is for good comes before what is for a time: the message is blocked."""
    send(ledger)
    record(ledger, soft(0), soft_bounces=SoftBounceRule(days=1, pause_days=3))
    ledger.record_consents(
        pd.DataFrame(
            {
                "customer_id": ["C000"],
                "channel": ["email"],
                "purpose": ["advertising"],
                "granted": [False],
                "at": [NOON],
            }
        )
    )
    spring = make_plan(2, campaign="spring")
    summary = send(ledger, plan=spring, at=LATER)

    assert (summary.counts["blocked"], summary.counts["planned"]) == (1, 0)
    assert ledger.deliveries("spring")["detail"].iloc[0] == "NO_CONSENT"


def test_a_receipt_ends_a_pause(sqlite_ledger: Ledger) -> None:
    """What arrived shows that the address works; told late, it still counts at its time."""
    send(sqlite_ledger)
    record(sqlite_ledger, *map(soft, (0, 1, 2, 3)))
    between = record(sqlite_ledger, soft(1.5, "delivered"))

    assert between.paused == 0
    assert execute(sqlite_ledger, "SELECT at FROM crmlib_suppressions") == []
    assert record(sqlite_ledger, *map(soft, (4, 5))).paused == 1
    assert record(sqlite_ledger, soft(6, "delivered")).paused == 0
    assert execute(sqlite_ledger, "SELECT at FROM crmlib_suppressions") == []


def test_a_pause_becomes_an_end(sqlite_ledger: Ledger) -> None:
    """A hard bounce, or a person who asks, outweighs a pause; soft bounces do not end an end."""
    send(sqlite_ledger)
    rule = SoftBounceRule(days=1)
    record(sqlite_ledger, soft(0), soft(1), soft_bounces=rule)
    sqlite_ledger.suppress("email", ADDRESS, at=NOON + 2 * DAY, source="asked")
    assert execute(sqlite_ledger, "SELECT source, until FROM crmlib_suppressions") == [
        ("asked", None)
    ]

    record(sqlite_ledger, soft(3), soft(4, "delivered"), soft_bounces=rule)
    assert execute(sqlite_ledger, "SELECT source, until FROM crmlib_suppressions") == [
        ("asked", None)
    ]


def test_a_pause_that_is_told_again_stays(sqlite_ledger: Ledger) -> None:
    """A report that changes nothing about a pause leaves it as it is."""
    send(sqlite_ledger)
    rule = SoftBounceRule(days=2)
    first = record(sqlite_ledger, soft(0), soft(1), soft_bounces=rule)
    again = record(sqlite_ledger, soft(0.5), soft_bounces=rule)

    assert (first.paused, again.paused, again.new) == (1, 0, {"soft_bounce": 1})


# laws

_KINDS = st.sampled_from([str(kind) for kind in ReportKind])
_REPORTS = st.lists(
    st.builds(
        lambda kind, day, who, source: report(
            kind,
            day,
            report_id=f"{kind}/{day}/{who}/{source}",
            at=NOON + day * DAY,
            message_key=f"winback-C00{who}-example.com",
            source=source,
        ),
        _KINDS,
        st.integers(0, 40),
        st.integers(0, 2),
        st.sampled_from(["mail", UNSIGNED_MAIL]),
    ),
    max_size=12,
)


def picture(ledger: Ledger) -> tuple[Any, ...]:
    """Give all of the ledger that reports may change."""
    table, listed, told = DELIVERIES.c, SUPPRESSIONS.c, REPORTS.c
    with ledger.store.read() as connection:
        return tuple(
            sorted(map(tuple, connection.execute(query)), key=repr)
            for query in (
                select(table.id, table.state, table.detail, table.is_reported, table.finished_at),
                select(listed.endpoint_hash, listed.at, listed.source, listed.until),
                select(told.source, told.report_id, told.kind, told.at, told.delivery_id),
            )
        )


@pytest.fixture(scope="module")
def quick_ledger() -> Iterator[Ledger]:
    """Make a ledger in memory, with a message each that is unknown, taken and waiting."""
    place = Path("/dev/shm")
    outcomes = [Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.RETRY]

    def answer(message: Message) -> DeliveryReceipt:
        return answering(outcomes[int(message.recipient.customer_id[-1])])(message)

    with (
        TemporaryDirectory(dir=place if place.is_dir() else None) as folder,
        Ledger(f"sqlite:///{folder}/crm.db") as made,
    ):
        send(made, plan=make_plan(3), channel=FakeChannel(answer))
        execute(made, "DROP TRIGGER crmlib_reports_no_delete")
        execute(made, "CREATE TABLE as_sent AS SELECT * FROM crmlib_deliveries")
        yield made


def forget(ledger: Ledger) -> None:
    """Bring the ledger back to where nothing had been reported."""
    with ledger.store.write() as connection:
        for statement in (
            "DELETE FROM crmlib_reports",
            "DELETE FROM crmlib_suppressions",
            """UPDATE crmlib_deliveries SET (state, detail, is_reported, finished_at) =
            (SELECT state, detail, is_reported, finished_at FROM as_sent
            WHERE as_sent.id = crmlib_deliveries.id)""",
        ):
            connection.exec_driver_sql(statement)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), reports=_REPORTS, days=st.integers(1, 4))
def test_neither_order_nor_repetition_matters(
    quick_ledger: Ledger, data: st.DataObject, reports: list[DeliveryReport], days: int
) -> None:
    """Any order and multiplicity of the same reports, in any pieces, gives the same ledger."""
    known = list({each.report_id: each for each in reports}.values())
    again = data.draw(st.lists(st.sampled_from(known), max_size=8)) if known else []
    shuffled = data.draw(st.permutations(known + again))
    size = data.draw(st.integers(1, 5))
    pictures = []
    for pieces in ([known], [shuffled[at : at + size] for at in range(0, len(shuffled), size)]):
        forget(quick_ledger)
        for piece in pieces:
            record(quick_ledger, *piece, soft_bounces=SoftBounceRule(days=days))
        pictures.append(picture(quick_ledger))

    assert pictures[0] == pictures[1]
    assert len(pictures[0][2]) == len(known)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=12),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_a_pause_does_not_depend_on_the_order(
    moments: list[tuple[int, bool]], days: int, random: Any
) -> None:
    """Bounces and receipts in any order give the same pause, which follows its last bounce."""
    rule = SoftBounceRule(days=days, within_days=20, pause_days=5)

    def ask() -> tuple[datetime, datetime] | None:
        bounces = [NOON + day * DAY for day, is_receipt in moments if not is_receipt]
        receipts = [NOON + day * DAY for day, is_receipt in moments if is_receipt]
        return rule.pause(bounces, receipts)

    first = ask()
    random.shuffle(moments)

    assert ask() == first
    assert first is None or first[1] - first[0] == 5 * DAY


# the table of engagements, the tables


def test_engagements_tell_what_became_of_messages(ledger: Ledger) -> None:
    """Each event of a message stands there once, at its first time, in canonical columns."""
    send(
        ledger,
        channel=FakeChannel(lambda m: answering(Outcome.ACCEPTED, provider_id=f"id-{m.key}")(m)),
    )
    record(
        ledger,
        report("accepted"),
        report("delivered", 3),
        report("delivered", 2),
        report("complaint", 5),
        report("opted_out", 6),
        report("soft_bounce", 1, message_key=None, provider_id="id-winback-C001-example.com"),
        report("opted_out", 7, message_key=None, address_field="phone", address="+821012345678"),
    )
    table = list_engagements(ledger, NOON)
    told = [
        (row.customer_id, row.event, (row.at - LATER) // timedelta(minutes=1))
        for row in table.itertuples()
    ]

    assert told == [
        ("C000", "sent", -60),
        ("C001", "sent", -60),
        ("C001", "bounced", 1),
        ("C000", "delivered", 2),
        ("C000", "complained", 5),
        ("C000", "opted_out", 6),
    ]
    assert check_engagements(table).equals(table)
    assert list_engagements(ledger, LATER)["event"].to_list() == [each[1] for each in told[2:]]


def test_a_report_that_came_before_the_name_is_an_engagement(sqlite_ledger: Ledger) -> None:
    """A receipt that knows only what the provider calls the message is found afterwards."""

    def answer(message: Message) -> DeliveryReceipt:
        name = f"id-{message.key}"
        record(
            sqlite_ledger, report("delivered", report_id=name, message_key=None, provider_id=name)
        )
        return answering(Outcome.ACCEPTED, provider_id=name)(message)

    send(sqlite_ledger, channel=FakeChannel(answer))
    events = list_engagements(sqlite_ledger, NOON)

    assert sorted(zip(events["customer_id"], events["event"], strict=True)) == [
        (customer, event) for customer in ("C000", "C001") for event in ("delivered", "sent")
    ]


def test_reports_are_only_added(ledger: Ledger) -> None:
    """The database itself refuses to change or forget what was reported."""
    send(ledger)
    record(ledger, report("delivered"))

    for statement in ("UPDATE crmlib_reports SET kind = 'failed'", "DELETE FROM crmlib_reports"):
        with pytest.raises(IntegrityError, match="only added to"):
            execute(ledger, statement)


def test_a_moment_needs_its_zone(sqlite_ledger: Ledger) -> None:
    """Instants without a zone are refused."""
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        record_reports(sqlite_ledger, [], at=naive)
    with pytest.raises(InvalidParameterError, match="since must be an aware datetime"):
        list_engagements(sqlite_ledger, naive)
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        sqlite_ledger.suppressed("email", [], at=naive)


def test_nothing_to_record_is_no_trouble(sqlite_ledger: Ledger) -> None:
    """No reports, or none that is new, change nothing."""
    assert record(sqlite_ledger).summary() == "0 reports recorded, 0 known already"
    record(sqlite_ledger, report("failed"))
    assert record(sqlite_ledger, report("failed")).to_dict() == {
        "new": {},
        "repeated": 1,
        "of_no_message": 0,
        "settled": 0,
        "suppressed": 0,
        "paused": 0,
        "unproven": 0,
    }


def test_many_reports_are_taken_in_piece_by_piece(sqlite_ledger: Ledger) -> None:
    """More reports than one transaction takes are all recorded, repetitions across pieces too."""
    send(sqlite_ledger)
    many = [report("delivered", number % 700) for number in range(1200)]
    found = record(sqlite_ledger, *many)

    assert (found.new, found.repeated) == ({"delivered": 700}, 500)


def test_the_step_to_reports_makes_what_a_new_ledger_has(url: str) -> None:
    """A ledger of the schema before reports gets the same tables, in a file and on a server."""

    def describe(ledger: Ledger) -> dict[str, Any]:
        with ledger.store.read() as connection:
            look = inspect(connection)
            return {
                table: (
                    [{**each, "type": str(each["type"])} for each in look.get_columns(table)],
                    sorted(each["name"] for each in look.get_indexes(table)),
                    sorted(each["column_names"] for each in look.get_unique_constraints(table)),
                    sorted(each["referred_table"] for each in look.get_foreign_keys(table)),
                )
                for table in ("crmlib_reports", "crmlib_suppressions")
            }

    step: Any = next(step for step in STEPS.values() if "crmlib_reports" in str(step))
    with Ledger(url) as made:
        new = describe(made)
        for statement in (
            "DROP TABLE crmlib_reports",
            "ALTER TABLE crmlib_suppressions DROP COLUMN until",
            "ALTER TABLE crmlib_deliveries DROP COLUMN is_reported",
            *step[made.store.engine.dialect.name],
        ):
            execute(made, statement)
        send(made, Outcome.UNKNOWN)
        record(made, report("delivered"))

        assert describe(made) == new
        assert state_of(made) == "accepted"
        with pytest.raises(IntegrityError, match="only added to"):
            execute(made, "DELETE FROM crmlib_reports")
