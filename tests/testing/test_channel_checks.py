"""The checks of channels catch what they promise to catch."""
# ruff: noqa: D101, D102 -- the name of a villain and its promise say what it does

import socket
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from unittest import mock

import attrs
import pytest
from verdict import broken_promises

from crmlib.exceptions import (
    ConformanceError,
    InvalidParameterError,
    UnknownNameError,
    UnsupportedFeatureError,
)
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Message, Outcome, Purpose
from crmlib.testing import channel_checks, example_messages

EMAIL = Capabilities(
    medium="email", address_field="email", batch_size=20, subject=True, html=True, button=True
)
SMS = Capabilities(medium="sms", address_field="phone", batch_size=5)
SECRET = "canary-hunter-2"


class HonestChannel(Channel):
    """Takes everything that it says it takes."""

    name = "honest"
    capabilities = EMAIL

    def __init__(self, password: str = SECRET) -> None:
        self.password = password
        self.is_open = False

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        for message in messages:
            for part in ("subject", "html", "button"):
                if getattr(message, part) is not None and not getattr(self.capabilities, part):
                    raise UnsupportedFeatureError(self.name, f"carry a {part}", "leave it out")
            if message.registered_template and not self.capabilities.registered_templates:
                raise UnsupportedFeatureError(self.name, "send a registered template", "drop it")
        self.is_open = True
        return [self.hand_over(message) for message in messages]

    def hand_over(self, message: Message) -> DeliveryReceipt:
        return DeliveryReceipt(key=message.key, outcome=Outcome.ACCEPTED)

    def close(self) -> None:
        self.is_open = False


class HonestTextChannel(HonestChannel):
    name = "honest-text"
    capabilities = SMS


class NamelessChannel(HonestChannel):
    name = "My Channel"


class LateCapabilitiesChannel(HonestChannel):
    capabilities = None

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = EMAIL


class ReversingChannel(HonestChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send(messages)[::-1]


class SortingChannel(HonestChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return sorted(super().send(messages), key=lambda receipt: receipt.key)


class LookalikeChannel(HonestChannel):
    """Gives receipts that are no DeliveryReceipt."""

    def hand_over(self, message: Message) -> DeliveryReceipt:
        return _Lookalike(message.key, Outcome.ACCEPTED)


@attrs.frozen
class _Lookalike:
    key: str
    outcome: Outcome


class TextOutcomeChannel(HonestChannel):
    def hand_over(self, message: Message) -> DeliveryReceipt:
        return DeliveryReceipt(key=message.key, outcome="accepted")


class NothingToSayChannel(HonestChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send(messages) if messages else None


class DemandingChannel(HonestChannel):
    """Raises on an empty batch."""

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        messages[0]
        return super().send(messages)


class BoastingChannel(HonestChannel):
    """Takes ten messages of the twenty that it declares."""

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send(messages[:10])


class EmptyingChannel(HonestChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        receipts = super().send(messages)
        messages.clear()
        return receipts


class RememberingChannel(HonestChannel):
    def __init__(self, password: str = SECRET) -> None:
        super().__init__(password)
        self.seen = set()

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        fresh = [message for message in messages if message.key not in self.seen]
        self.seen.update(message.key for message in messages)
        return super().send(fresh)


class DroppingChannel(HonestTextChannel):
    """Sends a message without the subject that it cannot carry."""

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send([attrs.evolve(message, subject=None) for message in messages])


class DroppingHtmlChannel(HonestTextChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send([attrs.evolve(message, html=None) for message in messages])


class DroppingTemplateChannel(HonestTextChannel):
    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return super().send([attrs.evolve(each, registered_template=None) for each in messages])


class HastyChannel(HonestTextChannel):
    """Looks at each message as it sends it, so that those before are on their way already."""

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        return [
            receipt
            for message in messages
            for receipt in super(HastyChannel, self).send([message])
        ]

    def hand_over(self, message: Message) -> DeliveryReceipt:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.connect(("127.0.0.1", 9))
        return super().hand_over(message)


class HushedHastyChannel(HastyChannel):
    """Takes whatever goes wrong for a message that may be tried again."""

    def hand_over(self, message: Message) -> DeliveryReceipt:
        try:
            return super().hand_over(message)
        except Exception:  # noqa: BLE001 -- this is its villainy
            return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY)


class FirstOnlyChannel(HonestTextChannel):
    """Looks at the first message and drops what the others have too much."""

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        rest = [attrs.evolve(message, subject=None, html=None) for message in messages[1:]]
        return super().send([*messages[:1], *rest])


class AnyPurposeChannel(HonestTextChannel):
    """Advertises by what is for information only."""

    capabilities = attrs.evolve(SMS, purposes=[Purpose.INFORMATIONAL])


class CuttingChannel(HonestTextChannel):
    """Cuts a text that is too long, as some providers do."""

    capabilities = attrs.evolve(SMS, text_limit="korean-sms")


class SilentLookUpChannel(HonestChannel):
    """Declares a look-up that it does not have."""

    capabilities = attrs.evolve(EMAIL, look_up=True)


class SecretLookUpChannel(HonestChannel):
    """Has a look-up that nobody knows of."""

    def look_up(self, messages: list[Message], *, since: datetime) -> list[DeliveryReceipt]:
        return [self.hand_over(message) for message in messages]


class ForgetfulLookUpChannel(SecretLookUpChannel):
    capabilities = attrs.evolve(EMAIL, look_up=True)

    def look_up(self, messages: list[Message], *, since: datetime) -> list[DeliveryReceipt]:
        return super().look_up(messages[1:], since=since)


class EmptyPromiseChannel(HonestChannel):
    """Declares that it holds messages, and does not."""

    capabilities = attrs.evolve(EMAIL, schedule_seconds=(60, 3600))


class SecretHoldingChannel(HonestChannel):
    """Holds messages, which nobody knows of."""

    def schedule(self, messages: list[Message], *, at: datetime) -> list[DeliveryReceipt]:
        return [self.hand_over(message) for message in messages]

    def cancel(self, receipts: list[DeliveryReceipt]) -> list[DeliveryReceipt]:
        return list(receipts)


class LossyHoldingChannel(SecretHoldingChannel):
    capabilities = EmptyPromiseChannel.capabilities

    def schedule(self, messages: list[Message], *, at: datetime) -> list[DeliveryReceipt]:
        return super().schedule(messages[1:], at=at)


class LossyCancelChannel(SecretHoldingChannel):
    capabilities = EmptyPromiseChannel.capabilities

    def cancel(self, receipts: list[DeliveryReceipt]) -> list[DeliveryReceipt]:
        return super().cancel(receipts[1:])


class GossipingChannel(HonestChannel):
    def hand_over(self, message: Message) -> DeliveryReceipt:
        return attrs.evolve(
            super().hand_over(message), detail=f"250 OK <{message.recipient.address}>"
        )


class IndiscreetChannel(HonestChannel):
    def __repr__(self) -> str:
        return f"IndiscreetChannel(password={self.password!r})"


class IndiscreetReceiptChannel(HonestChannel):
    def hand_over(self, message: Message) -> DeliveryReceipt:
        return attrs.evolve(super().hand_over(message), detail=f"AUTH {self.password}")


class EasyGoingChannel(HonestChannel):
    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        return cls()


class ConnectingChannel(HonestChannel):
    def __init__(self) -> None:
        super().__init__()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.connect(("127.0.0.1", 9))


class WritingChannel(HonestChannel):
    def __init__(self) -> None:
        super().__init__()
        Path("/dev/null").write_text("hello", encoding="utf-8")


class HushedChannel(HonestChannel):
    """Swallows what goes wrong when it opens a file too early."""

    def __init__(self) -> None:
        super().__init__()
        try:
            Path("/nowhere/file").touch()
        except Exception:  # noqa: BLE001 -- this is its villainy
            self.is_open = False


class OnceOnlyChannel(HonestChannel):
    """Cannot be closed a second time."""

    def __init__(self, password: str = SECRET) -> None:
        super().__init__(password)
        self.connection = object()

    def close(self) -> None:
        if self.connection is None:
            raise ValueError("closed already")
        self.connection = None


class EnteringNothingChannel(HonestChannel):
    def __enter__(self) -> None:
        return None


class LeftOpenChannel(HonestChannel):
    def __exit__(self, *exc_info: object) -> None:
        return None


class SwallowingChannel(HonestChannel):
    def __exit__(self, *exc_info: object) -> bool:
        self.close()
        return True


VILLAINS = [
    ("has_a_name_to_type", NamelessChannel),
    ("declares_its_capabilities", LateCapabilitiesChannel),
    ("opens_nothing_when_made", ConnectingChannel),
    ("opens_nothing_when_made", WritingChannel),
    ("opens_nothing_when_made", HushedChannel),
    ("gives_a_receipt_for_each_message", ReversingChannel),
    ("gives_a_receipt_for_each_message", SortingChannel),
    ("gives_a_receipt_for_each_message", LookalikeChannel),
    ("says_how_far_each_message_got", TextOutcomeChannel),
    ("answers_an_empty_batch", NothingToSayChannel),
    ("answers_an_empty_batch", DemandingChannel),
    ("takes_a_full_batch", BoastingChannel),
    ("leaves_the_messages_alone", EmptyingChannel),
    ("remembers_nothing", RememberingChannel),
    ("refuses_what_it_cannot_carry", DroppingChannel),
    ("refuses_what_it_cannot_carry", DroppingHtmlChannel),
    ("refuses_what_it_cannot_carry", DroppingTemplateChannel),
    ("refuses_what_it_cannot_carry", HastyChannel),
    ("refuses_what_it_cannot_carry", HushedHastyChannel),
    ("refuses_what_it_cannot_carry", FirstOnlyChannel),
    ("refuses_what_it_cannot_carry", AnyPurposeChannel),
    ("refuses_what_it_cannot_carry", CuttingChannel),
    ("looks_up_as_declared", SilentLookUpChannel),
    ("looks_up_as_declared", SecretLookUpChannel),
    ("looks_up_as_declared", ForgetfulLookUpChannel),
    ("holds_messages_as_declared", EmptyPromiseChannel),
    ("holds_messages_as_declared", SecretHoldingChannel),
    ("holds_messages_as_declared", LossyHoldingChannel),
    ("holds_messages_as_declared", LossyCancelChannel),
    ("keeps_addresses_out_of_its_receipts", GossipingChannel),
    ("keeps_its_secrets", IndiscreetChannel),
    ("keeps_its_secrets", IndiscreetReceiptChannel),
    ("refuses_unknown_settings", EasyGoingChannel),
    ("closes_twice", OnceOnlyChannel),
    ("enters_as_itself", EnteringNothingChannel),
    ("closes_at_the_end_of_its_block", LeftOpenChannel),
    ("lets_errors_out_of_its_block", SwallowingChannel),
]


class HonestLookUpChannel(SecretLookUpChannel):
    capabilities = attrs.evolve(EMAIL, look_up=True)


class HonestHoldingChannel(SecretHoldingChannel):
    capabilities = EmptyPromiseChannel.capabilities


@pytest.mark.parametrize(
    "channel", [HonestChannel, HonestTextChannel, HonestLookUpChannel, HonestHoldingChannel]
)
@pytest.mark.parametrize("position", range(len(channel_checks(HonestChannel, secrets=[SECRET]))))
def test_an_honest_channel_keeps_every_promise(channel: type[Channel], position: int) -> None:
    """No check finds fault with a channel that does as the interface says."""
    channel_checks(channel, secrets=[SECRET])[position]()


@pytest.mark.parametrize(
    ("promise", "villain"), VILLAINS, ids=[villain.__name__ for _, villain in VILLAINS]
)
def test_a_channel_villain_is_caught_by_exactly_its_check(
    promise: str, villain: type[Channel]
) -> None:
    """A channel that breaks one promise fails that check and no other."""
    assert broken_promises(channel_checks(villain, secrets=[SECRET])) == [promise]


def test_every_channel_check_has_a_villain() -> None:
    """No promise of channels goes untested."""
    assert {str(check) for check in channel_checks(HonestChannel, secrets=[SECRET])} == {
        promise for promise, _ in VILLAINS
    }


def test_without_secrets_there_is_no_check_of_secrets() -> None:
    """A check that has nothing to look for is not in the list."""
    names = [str(check) for check in channel_checks(HonestChannel)]

    assert "keeps_its_secrets" not in names
    assert len(names) == len(channel_checks(HonestChannel, secrets=[SECRET])) - 1


def test_own_messages_are_sent_instead_of_the_examples() -> None:
    """A channel of another address field is tried on the messages that its author brings."""
    sent = []

    class FaxChannel(HonestChannel):
        capabilities = Capabilities(medium="fax", address_field="fax", batch_size=7)

        def hand_over(self, message: Message) -> DeliveryReceipt:
            sent.append(message)
            return super().hand_over(message)

    messages = example_messages(SMS, 2)

    assert broken_promises(channel_checks(FaxChannel, messages=messages)) == []
    assert {message.recipient for message in sent} == {message.recipient for message in messages}
    with pytest.raises(ConformanceError, match="no example address 'fax'") as caught:
        channel_checks(FaxChannel)[2]()
    assert isinstance(caught.value.__cause__, UnknownNameError)


def test_no_messages_of_ones_own_are_refused() -> None:
    """An empty list of messages proves nothing, so it is an error."""
    with pytest.raises(InvalidParameterError, match="messages must be at least one message"):
        channel_checks(HonestChannel, messages=[])


def test_making_the_checks_makes_no_channel() -> None:
    """The channel is made when a check runs, so a server may be started in between."""
    make_channel = mock.Mock(spec_set=HonestChannel)

    checks = channel_checks(make_channel)

    assert checks
    assert not make_channel.called
