"""A check that every channel makes before it sends anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.interfaces import Channel
    from crmlib.messages import Message


def require_supported(channel: Channel, messages: Sequence[Message]) -> None:
    """Refuse *messages* that *channel* has not declared it can carry.

    Call it at the top of ``send``: a channel must not drop silently what it
    cannot carry.

    Raises
    ------
    UnsupportedFeatureError
        If there are more messages than ``capabilities.batch_size``, or one
        has a subject, an HTML part, a button or a registered template and the
        channel carries none.

    Examples
    --------
    >>> from crmlib.channels import MemoryChannel
    >>> require_supported(MemoryChannel(), [])
    """
    can = channel.capabilities
    name = f"channel {channel.name!r}"
    if len(messages) > can.batch_size:
        way_out = f"give it at most {can.batch_size} at once"
        raise UnsupportedFeatureError(name, f"take {len(messages)} messages at once", way_out)
    if not can.subject and any(message.subject is not None for message in messages):
        raise UnsupportedFeatureError(name, "carry a subject", "leave the subject out")
    if not can.html and any(message.html is not None for message in messages):
        raise UnsupportedFeatureError(name, "carry HTML", "leave the HTML part out")
    if not can.button and any(message.button is not None for message in messages):
        raise UnsupportedFeatureError(name, "carry a button", "write its link into the text")
    if not can.registered_templates and any(
        message.registered_template is not None for message in messages
    ):
        raise UnsupportedFeatureError(
            name, "send registered templates", "leave the template out: the text is in the body"
        )
