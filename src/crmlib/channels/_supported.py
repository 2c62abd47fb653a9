"""A check that every channel makes before it sends anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crmlib.channels._setting_values import read_instant
from crmlib.exceptions import UnsupportedFeatureError
from crmlib.text_limits import measure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.interfaces import Channel
    from crmlib.messages import Capabilities, Message


def require_supported(channel: Channel, messages: Sequence[Message]) -> None:
    """Refuse *messages* that *channel* has not declared it can carry.

    Call it at the top of ``send``: a channel must not drop silently what it
    cannot carry.

    Raises
    ------
    UnsupportedFeatureError
        If there are more messages than ``capabilities.batch_size``, or one
        has a subject, an HTML part, a button or a registered template and the
        channel carries none, or has a purpose that it does not serve, or a
        text that is too long for it or holds characters that it cannot carry.

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
    for purpose in {message.purpose for message in messages} - set(can.purposes):
        way_out = f"it carries {' and '.join(can.purposes)} messages only"
        raise UnsupportedFeatureError(name, f"carry {purpose} messages", way_out)
    for message in messages:
        problem = _text_problem(can, message)
        if problem is not None:
            way_out = "write less, or other characters"
            raise UnsupportedFeatureError(name, f"carry a text that {problem}", way_out)


def _text_problem(can: Capabilities, message: Message) -> str | None:
    if can.text_limit is None:
        return None
    label = None if message.button is None else message.button.label
    size = measure_text(can.text_limit, message.body, subject=message.subject, button_label=label)
    return size.problem


def require_holdable(channel: Channel, at: datetime) -> datetime:
    """Give *at* in UTC if *channel* can hold messages until then; refuse it otherwise.

    Raises
    ------
    UnsupportedFeatureError
        If it is too soon, too late, or the channel holds nothing.
    InvalidParameterError
        If *at* is no aware datetime.
    """
    moment = read_instant("at", at)
    least, most = channel.capabilities.schedule_seconds or (0, 0)
    now = datetime.now(UTC)
    if not now + timedelta(seconds=least) <= moment <= now + timedelta(seconds=most):
        raise UnsupportedFeatureError(
            f"channel {channel.name!r}",
            f"hold a message until {moment:%Y-%m-%d %H:%M} UTC",
            f"it can from {timedelta(seconds=least)} to {timedelta(seconds=most)} ahead",
        )
    return moment


def require_registered(channel: Channel, messages: Sequence[Message]) -> None:
    """Refuse *messages* without a registered template, where *channel* sends nothing else.

    Raises
    ------
    UnsupportedFeatureError
        If one has none.
    """
    if any(message.registered_template is None for message in messages):
        raise UnsupportedFeatureError(
            f"channel {channel.name!r}",
            "send a text that is not registered",
            "write the template with crmlib.planners.from_registered",
        )
