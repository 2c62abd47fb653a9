"""Whatever the channel answers and wherever the sender dies: nothing twice, nothing lost."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from plans_to_deliver import NOON, WEEK, Clock, make_plan

from crmlib.channels import DeliveryReport, ReportKind
from crmlib.delivery import (
    Ledger,
    cancel_campaign,
    deliver,
    pause_campaign,
    record_reports,
    resume_campaign,
)
from crmlib.exceptions import ChannelBrokenError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crmlib.campaigns import Plan
    from crmlib.messages import Message

CUSTOMERS = 5
KEY_LIFE = timedelta(hours=1)
LEASE = timedelta(minutes=10)

LATE = 1.2 * KEY_LIFE.total_seconds()
"""A wait that a provider asks for, and in which it forgets the key."""

FATES = (
    *("accepted", "rejected", "retry", "retry late"),
    *("taken, no answer", "lost, no answer", "raises", "mute"),
)
fates = st.sampled_from([["accepted"] * CUSTOMERS, ["raises"] * CUSTOMERS]) | st.lists(
    st.sampled_from(FATES), min_size=CUSTOMERS, max_size=CUSTOMERS
)


ARRIVAL = st.sampled_from([ReportKind.DELIVERED, ReportKind.DELIVERED, ReportKind.COMPLAINT])


class Crash(BaseException):
    """The end of the process, as far as the ledger can tell."""


class Provider(Channel):
    """A provider with a memory of what it really took, and answers that do not always say so."""

    name = "fake"

    def __init__(self, idempotent: bool, clock: Clock) -> None:
        self.capabilities = Capabilities(
            medium="email",
            address_field="email",
            batch_size=2,
            subject=True,
            idempotency_seconds=int(KEY_LIFE.total_seconds()) if idempotent else 0,
        )
        self.arrived: Counter[str] = Counter()
        self.fates: list[str] = []
        self._clock = clock
        self._known_until: defaultdict[str, datetime] = defaultdict(lambda: NOON)

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Let each message have its fate."""
        fates = {message: self._fate(message) for message in messages}
        for message, fate in fates.items():
            if fate in {"accepted", "taken, no answer", "mute"}:
                self._take(message)
            if fate == "raises":
                raise RuntimeError
        return [_receipt(message, fate) for message, fate in fates.items() if fate != "mute"]

    def _fate(self, message: Message) -> str:
        """Give what was told; but of what it knows it says again what it said the first time."""
        fate = self.fates[int(message.recipient.customer_id[1:])]
        return "accepted" if fate == "rejected" and self._knows(message) else fate

    def _knows(self, message: Message) -> bool:
        """Say whether the key of *message* is remembered."""
        is_idempotent = self.capabilities.idempotency_seconds > 0
        return is_idempotent and self._clock() < self._known_until[message.key]

    def _take(self, message: Message) -> None:
        """Take it, unless its key is remembered."""
        is_known = self._knows(message)
        self.arrived[message.recipient.customer_id] += not is_known
        forgets_at = self._known_until[message.key] if is_known else self._clock() + KEY_LIFE
        self._known_until[message.key] = forgets_at


def _receipt(message: Message, fate: str) -> DeliveryReceipt:
    """Give the answer of the provider: nothing that it does not know."""
    outcome = fate.removesuffix(" late")
    return DeliveryReceipt(
        key=message.key,
        outcome=Outcome(outcome if outcome in list(Outcome) else "unknown"),
        retry_after_seconds=LATE if fate == "retry late" else None,
    )


class DeliveryMachine(RuleBasedStateMachine):
    """Plans, crashes, leases, reports, opt-outs, operators and clocks in any order."""

    def __init__(self, place_ledger: Callable[[], str]) -> None:
        super().__init__()
        self.place_ledger = place_ledger

    @initialize(idempotent=st.booleans())
    def begin(self, idempotent: bool) -> None:
        """Start with one plan, at noon."""
        self.url = self.place_ledger()
        self.clock = Clock()
        self.provider = Provider(idempotent, self.clock)
        self.plans: list[Plan] = []
        self.enrolled: set[str] = set()
        self.suppressed_with: dict[str, int] = {}
        self.withdrawn_with: dict[str, int] = {}
        self.control = "running"
        self.latest = self.clock.now
        self.make_plan(CUSTOMERS)

    @rule(count=st.integers(1, CUSTOMERS))
    def make_plan(self, count: int) -> None:
        """Plan the campaign anew, with another text and for others."""
        self.plans.append(make_plan(count, text=f"Version {len(self.plans)}"))

    @rule(fates=fates, data=st.data(), batch_size=st.integers(1, 3))
    def deliver(self, fates: list[str], data: st.DataObject, batch_size: int) -> None:
        """Deliver one of the plans; the channel may break."""
        self._deliver(fates, data, batch_size)

    @rule(fates=fates, data=st.data(), batch_size=st.integers(1, 3))
    def die_before_the_bytes_leave(
        self, fates: list[str], data: st.DataObject, batch_size: int
    ) -> None:
        """Die after the claim was committed and before the channel was called."""
        with (
            patch("crmlib.delivery._sending.Courier.carry", side_effect=Crash),
            patch("crmlib.delivery._lane.record", side_effect=Crash),
        ):
            self._deliver(fates, data, batch_size)

    @rule(fates=fates, data=st.data(), batch_size=st.integers(1, 3))
    def die_after_the_bytes_left(
        self, fates: list[str], data: st.DataObject, batch_size: int
    ) -> None:
        """Die after the channel answered and before that was recorded."""
        with patch("crmlib.delivery._lane.record", side_effect=Crash):
            self._deliver(fates, data, batch_size)

    @rule(fates=fates, data=st.data(), batch_size=st.integers(1, 3))
    def be_put_off_until_the_key_is_forgotten(
        self, fates: list[str], data: st.DataObject, batch_size: int
    ) -> None:
        """Die after the bytes left, be told at the replay to wait too long, and come back then."""
        self.die_after_the_bytes_left(["accepted"] * CUSTOMERS, data, batch_size)
        self.wait(minutes=10)
        self.deliver(["retry late"] * CUSTOMERS, data, batch_size)
        self.wait(minutes=120)
        self.deliver(fates, data, batch_size)

    @rule(minutes=st.sampled_from([1, 10, 30, 120]))
    def wait(self, minutes: int) -> None:
        """Let time pass: leases end, retries fall due, keys are forgotten."""
        self.clock.advance(minutes=minutes)

    @precondition(lambda self: self.enrolled)
    @rule(outcome=st.sampled_from(["rejected", "retry"]))
    def find_out(self, outcome: str) -> None:
        """Tell the ledger the truth of all that is unknown."""
        missed = outcome if self.clock.now < NOON + WEEK else "rejected"
        with Ledger(self.url) as ledger:
            rows = ledger.deliveries("winback")
            for row in rows[rows["state"] == "unknown"].itertuples():
                has_arrived = self.provider.arrived[row.customer_id]
                ledger.resolve(
                    "winback",
                    row.message_key,
                    "accepted" if has_arrived else missed,
                    at=self.clock.now,
                    note="asked the provider",
                )

    @precondition(lambda self: self.provider.arrived.total())
    @rule(data=st.data())
    def reports_come(self, data: st.DataObject) -> None:
        """Have reports on what arrived come in any order, some again, some before the receipt."""
        arrived = sorted(who for who, count in self.provider.arrived.items() if count)
        told = data.draw(st.lists(st.tuples(st.sampled_from(arrived), ARRIVAL), max_size=6))
        reports = [
            DeliveryReport(
                source="fake",
                report_id=f"{who}/{kind}",
                kind=kind,
                at=self.clock.now,
                message_key=f"winback-{who}-example.com",
            )
            for who, kind in told
        ]
        with Ledger(self.url) as ledger:
            record_reports(ledger, reports, at=self.clock.now)
        for who, kind in told:
            if kind is ReportKind.COMPLAINT:
                self.suppressed_with.setdefault(who, self.provider.arrived[who])

    @rule(customer=st.integers(0, CUSTOMERS - 1))
    def opt_out(self, customer: int) -> None:
        """Suppress an address; what arrived before stays."""
        with Ledger(self.url) as ledger:
            ledger.suppress("email", f"c{customer:03}@example.com", at=NOON, source="opt-out page")
        name = f"C{customer:03}"
        self.suppressed_with.setdefault(name, self.provider.arrived[name])

    @rule(customer=st.integers(0, CUSTOMERS - 1))
    def withdraw(self, customer: int) -> None:
        """Withdraw consent; what arrived before stays."""
        name = f"C{customer:03}"
        self._record_consent(name, granted=False)
        self.withdrawn_with.setdefault(name, self.provider.arrived[name])

    @rule(customer=st.integers(0, CUSTOMERS - 1))
    def consent(self, customer: int) -> None:
        """Consent again, after whatever was said before."""
        self.clock.now = max(self.clock.now, self.latest) + timedelta(minutes=1)
        self._record_consent(f"C{customer:03}", granted=True)
        self.withdrawn_with.pop(f"C{customer:03}", None)

    @precondition(lambda self: self.enrolled and self.control != "cancelled")
    @rule()
    def pause(self) -> None:
        """Hold the campaign up."""
        with Ledger(self.url) as ledger:
            pause_campaign(ledger, "winback", note="wrong price")
        self.control = "paused"

    @precondition(lambda self: self.enrolled and self.control != "cancelled")
    @rule()
    def resume(self) -> None:
        """Let it go on."""
        with Ledger(self.url) as ledger:
            resume_campaign(ledger, "winback", note="price is right")
        self.control = "running"

    @precondition(lambda self: self.enrolled and self.control != "cancelled")
    @rule(is_meant=st.sampled_from([True, False, False, False]))
    def cancel(self, is_meant: bool) -> None:
        """End it for good, now and then."""
        if is_meant:
            with Ledger(self.url) as ledger:
                cancel_campaign(ledger, "winback", note="sold out", at=self.clock.now)
            self.control = "cancelled"

    # the life of a key is told by the clock of the provider, which nobody puts back
    @precondition(lambda self: not self.provider.capabilities.idempotency_seconds)
    @rule(minutes=st.sampled_from([1, 30, 180]))
    def put_the_clock_back(self, minutes: int) -> None:
        """Have the clock of this machine go back."""
        self.latest = max(self.latest, self.clock.now)
        self.clock.advance(minutes=-minutes)

    @precondition(lambda self: self.clock.now < NOON + WEEK)
    @rule()
    def let_all_expire(self) -> None:
        """Go beyond the last moment of every message."""
        self.clock.now = NOON + WEEK

    def _record_consent(self, customer: str, *, granted: bool) -> None:
        word = {"channel": "email", "purpose": "advertising", "granted": granted}
        word |= {"customer_id": customer, "at": self.clock.now}
        self.latest = max(self.latest, self.clock.now)
        with Ledger(self.url) as ledger:
            ledger.record_consents(pd.DataFrame([word]))

    def _deliver(self, fates: list[str], data: st.DataObject, batch_size: int) -> None:
        plan = data.draw(st.sampled_from(self.plans))
        before = self.provider.arrived.total()
        self.provider.fates = fates
        self.enrolled |= set(plan.table.index)
        try:
            with Ledger(self.url) as ledger:
                summary = deliver(
                    plan,
                    ledger,
                    approved=plan.digest,
                    channels={"fake": self.provider},
                    clock=self.clock,
                    batch_size=batch_size,
                    max_attempts=3,
                    lease=LEASE,
                )
        except Crash:
            return
        except ChannelBrokenError:
            with Ledger(self.url) as ledger:
                resume_campaign(ledger, "winback", note="the channel is mended")
            return

        assert self.control == "running" or self.provider.arrived.total() == before
        assert summary.finished == (summary.open == 0) == (summary.next_due_at is None)

    @invariant()
    def nothing_arrives_twice(self) -> None:
        """No customer ever gets the campaign twice."""
        assert not [who for who, count in self.provider.arrived.items() if count > 1]

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every message that was planned is in one state, and the states tell the truth."""
        if not self.enrolled:
            return
        with Ledger(self.url) as ledger:
            status = ledger.status("winback").iloc[0]
            rows = ledger.deliveries("winback").set_index("customer_id")["state"]
            log = ledger.events("winback").groupby("message_key")["state"].last()

        assert set(rows.index) == self.enrolled
        assert status["messages"] == len(rows) == status.iloc[2:].sum()
        assert Counter(log) == Counter(rows)
        for who, state in rows.items():
            if state == "accepted":
                assert self.provider.arrived[who] == 1
            if state not in {"accepted", "unknown", "claimed"}:
                assert self.provider.arrived[who] == 0

    @invariant()
    def who_opted_out_gets_nothing_more(self) -> None:
        """After an opt-out or a withdrawal is committed nothing arrives, whatever the time."""
        for who, count in [*self.suppressed_with.items(), *self.withdrawn_with.items()]:
            assert self.provider.arrived[who] == count


@pytest.fixture(params=["sqlite", "postgres"])
def place_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Give a function that says where a new ledger can lie."""
    numbers = itertools.count()
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db"
    server = request.getfixturevalue("server")
    return lambda: server.url(server.make_database())


def test_the_promises_hold_in_every_order_of_events(place_ledger: Callable[[], str]) -> None:
    """Promises 1 and 3 to 8 hold whatever comes after what."""
    run_state_machine_as_test(
        lambda: DeliveryMachine(place_ledger),
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
