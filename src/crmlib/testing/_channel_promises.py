"""The promises of :class:`crmlib.interfaces.Channel`, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.exceptions import (
    ConformanceError,
    InvalidParameterError,
    UnsupportedFeatureError,
)
from crmlib.messages import (
    Button,
    Capabilities,
    DeliveryReceipt,
    Outcome,
    Purpose,
    RegisteredTemplate,
)
from crmlib.testing._doors import shut_doors

if TYPE_CHECKING:
    from crmlib.messages import Message
    from crmlib.testing._channel_trial import ChannelTrial

_ENDLESS: Final = "x" * 20_000
"""Longer than any limit."""


def has_a_name_to_type(trial: ChannelTrial) -> None:
    """The class has a name that users can type: small letters, digits, - and _."""
    name = getattr(type(trial.make_channel()), "name", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ConformanceError(
            "a class attribute name of small letters, digits, - and _",
            repr(name),
            'write name = "fax" in the class, as in its entry point',
        )


def declares_its_capabilities(trial: ChannelTrial) -> None:
    """The class says what it can carry, so that it can be asked without an instance."""
    capabilities = getattr(type(trial.make_channel()), "capabilities", None)
    if not isinstance(capabilities, Capabilities):
        raise ConformanceError(
            "a class attribute capabilities of type crmlib.Capabilities",
            repr(capabilities),
            "write capabilities = Capabilities(medium=…, address_field=…) in the class",
        )


def gives_a_receipt_for_each_message(trial: ChannelTrial) -> None:
    """Sending gives a list with one receipt for each message, in the same order."""
    with closing(trial.make_channel()) as channel:
        messages = trial.small_batch(channel)
        receipts = channel.send(list(messages))
    if not isinstance(receipts, list) or not all(
        isinstance(receipt, DeliveryReceipt) for receipt in receipts
    ):
        raise ConformanceError(
            "a list of DeliveryReceipt", repr(receipts), "make one receipt in a loop over messages"
        )
    keys, wanted = [receipt.key for receipt in receipts], [message.key for message in messages]
    if keys != wanted:
        raise ConformanceError(
            f"receipts with the keys {wanted}",
            f"{keys}",
            "give each receipt key=message.key and keep the order of the messages",
        )


def says_how_far_each_message_got(trial: ChannelTrial) -> None:
    """The outcome of each receipt is one of crmlib.Outcome."""
    with closing(trial.make_channel()) as channel:
        receipts = channel.send(trial.small_batch(channel))
    for receipt in receipts:
        if not isinstance(receipt.outcome, Outcome):
            raise ConformanceError(
                f"an outcome among {[f'Outcome.{outcome.name}' for outcome in Outcome]}",
                repr(receipt.outcome),
                "translate the provider's answer; what may have been taken is Outcome.UNKNOWN",
            )


def answers_an_empty_batch(trial: ChannelTrial) -> None:
    """Sending no messages gives an empty list."""
    with closing(trial.make_channel()) as channel:
        receipts = channel.send([])
    if receipts != []:
        raise ConformanceError("[] for no messages", repr(receipts), "loop over the messages")


def takes_a_full_batch(trial: ChannelTrial) -> None:
    """A batch as large as capabilities.batch_size is answered whole."""
    with closing(trial.make_channel()) as channel:
        messages = trial.batch(channel.capabilities, channel.capabilities.batch_size)
        receipts = channel.send(list(messages))
    if len(receipts) != len(messages):
        raise ConformanceError(
            f"{len(messages)} receipts, as many as batch_size allows messages",
            f"{len(receipts)}",
            "send all of them, or declare a smaller batch_size",
        )


def leaves_the_messages_alone(trial: ChannelTrial) -> None:
    """Sending does not alter the list of messages."""
    with closing(trial.make_channel()) as channel:
        messages = trial.small_batch(channel)
        given = list(messages)
        channel.send(given)
    if given != messages:
        raise ConformanceError(
            f"the {len(messages)} messages as they were given",
            f"{len(given)} messages, altered",
            "work on a copy: list(messages)",
        )


def remembers_nothing(trial: ChannelTrial) -> None:
    """A message that is sent again is answered again: the ledger remembers, not the channel."""
    with closing(trial.make_channel()) as channel:
        messages = trial.batch(channel.capabilities, 1)
        channel.send(list(messages))
        receipts = channel.send(list(messages))
    if [receipt.key for receipt in receipts] != [messages[0].key]:
        raise ConformanceError(
            "a receipt for the message that is sent again",
            repr(receipts),
            "keep no list of what was sent; the ledger does",
        )


def refuses_what_it_cannot_carry(trial: ChannelTrial) -> None:
    """What the capabilities exclude is an UnsupportedFeatureError before anything leaves."""
    with closing(trial.make_channel()) as channel:
        # last in the batch, where a channel that looks as it sends finds it too late
        *supported, last = trial.small_batch(channel)
        for what, asking in _excluded(channel.capabilities, last).items():
            expected = f"an UnsupportedFeatureError for a batch whose last message has {what}"
            try:
                with shut_doors(
                    f"{expected}, before anything leaves", "look at all messages first"
                ):
                    receipts = channel.send([*supported, asking])
            except UnsupportedFeatureError:
                continue
            raise ConformanceError(
                expected,
                repr(receipts),
                "raise it before anything is sent, or declare that the channel carries it",
            )


def _excluded(capabilities: Capabilities, message: Message) -> dict[str, Message]:
    """Give *message* with each thing that *capabilities* exclude."""
    excluded = {}
    if not capabilities.subject:
        excluded["a subject"] = attrs.evolve(message, subject="Hello")
    if not capabilities.html:
        excluded["an HTML part"] = attrs.evolve(message, html="<p>Hello</p>")
    if not capabilities.button:
        button = Button(label="Look", url="https://shop.example/")
        excluded["a button"] = attrs.evolve(message, button=button)
    if not capabilities.registered_templates:
        template = RegisteredTemplate(code="hello", variables=(("name", "Mina"),))
        excluded["a registered template"] = attrs.evolve(message, registered_template=template)
    for purpose in set(Purpose) - set(capabilities.purposes):
        excluded[f"the purpose {purpose}"] = attrs.evolve(message, purpose=purpose)
    if capabilities.text_limit is not None:
        excluded["a text that is too long"] = attrs.evolve(message, body=_ENDLESS)
    return excluded


def keeps_addresses_out_of_its_receipts(trial: ChannelTrial) -> None:
    """No receipt repeats the address of a recipient."""
    with closing(trial.make_channel()) as channel:
        messages = trial.small_batch(channel)
        receipts = channel.send(list(messages))
    for message, receipt in zip(messages, receipts, strict=False):
        if message.recipient.address in repr(receipt):
            raise ConformanceError(
                "receipts without addresses: they are stored and printed",
                "one that repeats the address of its recipient",
                "take the address out of detail; the key names the message",
            )


def keeps_its_secrets(trial: ChannelTrial) -> None:
    """Neither the text of the channel nor that of its receipts shows a secret."""
    with closing(trial.make_channel()) as channel:
        receipts = channel.send(trial.small_batch(channel))
        texts = {"repr(channel)": repr(channel), "str(channel)": str(channel)}
    texts["a receipt"] = repr(receipts)
    for where, text in texts.items():
        if any(secret in text for secret in trial.secrets):
            raise ConformanceError(
                "texts without secrets: they end up in logs",
                f"a secret in {where}",
                "leave it out of __repr__ and of the receipts",
            )


def refuses_unknown_settings(trial: ChannelTrial) -> None:
    """A setting that the channel does not know is an InvalidParameterError of from_settings()."""
    channel_class = type(trial.make_channel())
    try:
        channel_class.from_settings({"no_such_setting": 1})
    except InvalidParameterError:
        return
    raise ConformanceError(
        "an InvalidParameterError for the setting 'no_such_setting'",
        "a channel",
        "inherit from_settings() and name each setting in __init__, without **kwargs",
    )


SENDING_PROMISES = [
    has_a_name_to_type,
    declares_its_capabilities,
    gives_a_receipt_for_each_message,
    says_how_far_each_message_got,
    answers_an_empty_batch,
    takes_a_full_batch,
    leaves_the_messages_alone,
    remembers_nothing,
    refuses_what_it_cannot_carry,
    keeps_addresses_out_of_its_receipts,
    keeps_its_secrets,
    refuses_unknown_settings,
]
