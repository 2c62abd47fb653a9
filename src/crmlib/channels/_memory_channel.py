"""A channel for trying things out: messages stay in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.channels._supported import require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Message


class MemoryChannel(Channel):
    """Keep every message in :attr:`sent` and accept it.

    Attributes
    ----------
    sent : list of Message
        What was handed over, in order.

    Examples
    --------
    >>> from crmlib import Message, Purpose, Recipient, Sender
    >>> message = Message(
    ...     key="m1", purpose=Purpose.ADVERTISING, body="Hello",
    ...     recipient=Recipient(customer_id="C1", address="mina@example.com"),
    ...     sender=Sender(name="Shop", email="shop@example.com"),
    ... )
    >>> channel = MemoryChannel()
    >>> str(channel.send([message])[0].outcome)
    'accepted'
    >>> channel.sent[0].body
    'Hello'
    """

    name = "memory"
    capabilities = Capabilities(
        medium="email",
        address_field="email",
        batch_size=100,
        subject=True,
        html=True,
        button=True,
        registered_templates=True,
    )

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Keep *messages*; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        self.sent.extend(messages)
        return [
            DeliveryReceipt(
                key=message.key, outcome=Outcome.ACCEPTED, provider_id=f"memory:{message.key}"
            )
            for message in messages
        ]
