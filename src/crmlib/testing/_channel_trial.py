"""A channel under trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.testing._example_messages import example_messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.interfaces import Channel
    from crmlib.messages import Capabilities, Message


@attrs.frozen(kw_only=True, eq=False)
class ChannelTrial:
    """How to make the channel under trial, and what to send through it."""

    make_channel: Callable[[], Channel]
    messages: tuple[Message, ...] | None
    secrets: tuple[str, ...] = attrs.field(repr=False)

    def batch(self, capabilities: Capabilities, size: int) -> list[Message]:
        """Give *size* messages with different keys."""
        if self.messages is None:
            return example_messages(capabilities, size)
        rounds = range(-(-size // len(self.messages)))
        return [
            attrs.evolve(message, key=f"{message.key}-{number}") if number else message
            for number in rounds
            for message in self.messages
        ][:size]

    def small_batch(self, channel: Channel) -> list[Message]:
        """Give up to three messages, as many as *channel* takes at once."""
        capabilities = channel.capabilities
        return self.batch(capabilities, min(3, capabilities.batch_size))
