"""A test goes to its own address, says what the customer would read, and counts for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan

from crmlib.channels import DeliveryReport, ReportKind
from crmlib.delivery import (
    Ledger,
    SoftBounceRule,
    deliver,
    list_actions,
    record_reports,
    send_test,
)
from crmlib.exceptions import InvalidAddressError, InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from crmlib.messages import DeliveryReceipt, Message

URL = "https://shop.example/out/winback-C000-example.com"
ROW = {
    "opt_out_url": URL,
    "message": f"Hello, C000. Opt out: {URL}",
    "html": f'<a href="{URL}">out</a>',
    "button_label": "Come in",
    "button_url": "https://shop.example/?m=winback-C000-example.com",
    "registered_code": "A1",
    "registered_variables": '{"link": "winback-C000-example.com"}',
}
PLAN = make_plan(2, rows={"C000": ROW, "C009": {"decision": "held", "reason": "NO_CONSENT"}})


class Keeper(FakeChannel):
    """Keep the messages."""

    def __init__(self) -> None:
        super().__init__(self.keep)
        self.capabilities = attrs.evolve(self.capabilities, button=True, registered_templates=True)
        self.kept: list[Message] = []

    def keep(self, message: Message) -> DeliveryReceipt:
        """Keep one."""
        self.kept.append(message)
        return accepted(message)


def test_a_test_is_the_message_to_the_letter_but_for_its_key(ledger: Ledger) -> None:
    """With the key put back and the address, the test is the message; the log knows of it."""
    channel = Keeper()
    receipt = send_test(
        PLAN, "C000", to="Me@Example.org", ledger=ledger, channels={"fake": channel}, clock=Clock()
    )
    (sent,), real = channel.kept, PLAN.message("winback-C000-example.com")

    def back(text: str | None) -> str:
        return (text or "").replace(sent.key, real.key)

    assert receipt.outcome == "accepted"
    assert sent.key.startswith("test-")
    assert sent.recipient == attrs.evolve(real.recipient, address="me@example.org")
    assert real.key not in repr(attrs.astuple(sent))
    assert back(repr(attrs.astuple(sent))).replace("me@example.org", real.recipient.address) == (
        repr(attrs.astuple(real))
    )
    (deed,) = list_actions(ledger).itertuples()
    assert (deed.action, deed.campaign) == ("test", None)
    assert deed.note == "winback: message of C000 by fake: accepted"


def test_a_test_counts_for_nothing(ledger: Ledger) -> None:
    """The customer still gets the message, under any cap; the ledger's counts are as they were."""
    plan = make_plan(1, limits={"caps": [{"most": 1, "hours": 24}]})
    channel = FakeChannel()
    send_test(plan, "C000", to="c000@example.com", channels={"fake": channel})
    deliver(plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock())
    send_test(
        plan,
        "C000",
        to="c000@example.com",
        ledger=ledger,
        channels={"fake": channel},
        clock=Clock(),
    )

    assert len(channel.sent) == 3
    assert ledger.status()["messages"].to_list() == [1]
    assert list_actions(ledger, "winback")["note"].to_list()[-1] == (
        "message of C000 by fake: accepted"
    )


def test_a_test_goes_nowhere_else(ledger: Ledger) -> None:
    """No address, a suppressed one, a customer without message or none of the plan: refused."""
    channel = FakeChannel()
    ledger.suppress("email", "me@example.org", at=NOON, source="test")
    given = {"ledger": ledger, "channels": {"fake": channel}, "clock": Clock()}
    with pytest.raises(InvalidAddressError):
        send_test(PLAN, "C001", to="nobody", **given)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="one that is not suppressed"):
        send_test(PLAN, "C001", to="me@example.org", **given)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="this one is held: NO_CONSENT"):
        send_test(PLAN, "C009", to="you@example.org", **given)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="no customer in this plan 'C777'"):
        send_test(PLAN, "C777", to="you@example.org", **given)  # type: ignore[arg-type]
    assert channel.sent == []


def test_a_test_goes_where_a_pause_is_over(ledger: Ledger) -> None:
    """An address that bounced for a time is refused while its pause lasts, and not after it."""
    bounce = DeliveryReport(
        source="mail",
        report_id="1",
        kind=ReportKind.SOFT_BOUNCE,
        at=NOON,
        address="me@example.org",
        address_field="email",
    )
    record_reports(ledger, [bounce], at=NOON, soft_bounces=SoftBounceRule(days=1, pause_days=2))
    given: dict[str, Any] = {"ledger": ledger, "channels": {"fake": FakeChannel()}}
    with pytest.raises(InvalidParameterError, match="one that is not suppressed"):
        send_test(PLAN, "C001", to="me@example.org", clock=Clock(), **given)
    after = Clock(NOON + timedelta(days=2))

    assert send_test(PLAN, "C001", to="me@example.org", clock=after, **given).outcome == "accepted"
