"""The checks of :class:`crmlib.interfaces.Channel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError
from crmlib.testing._channel_lifetime_promises import LIFETIME_PROMISES
from crmlib.testing._channel_promises import SENDING_PROMISES, keeps_its_secrets
from crmlib.testing._channel_record_promises import RECORD_PROMISES
from crmlib.testing._channel_trial import ChannelTrial
from crmlib.testing._check import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.interfaces import Channel
    from crmlib.messages import Message


def channel_checks(
    make_channel: Callable[[], Channel],
    *,
    messages: Sequence[Message] | None = None,
    secrets: Sequence[str] = (),
) -> list[Check]:
    """Give the checks of a channel: one for each promise of the interface.

    Parameters
    ----------
    make_channel : callable
        Gives a new channel, connected to a server of your own on loopback or
        to none.  It is called when a check runs, not before.
    messages : sequence of Message, optional
        What to send; :func:`example_messages` by default, which knows e-mail
        addresses and phone numbers only.
    secrets : sequence of str, optional
        Passwords and keys that *make_channel* puts in: no text of the channel
        may show them.

    Returns
    -------
    list of Check
        Each can be called alone and in any order.

    Raises
    ------
    InvalidParameterError
        If *messages* holds none.

    Examples
    --------
    >>> from crmlib.interfaces import Channel
    >>> from crmlib.messages import Capabilities, DeliveryReceipt, Outcome
    >>> class NullChannel(Channel):
    ...     name = "null"
    ...     capabilities = Capabilities(
    ...         medium="email", address_field="email", batch_size=10,
    ...         subject=True, html=True, button=True, registered_templates=True,
    ...     )
    ...     def send(self, messages):
    ...         return [DeliveryReceipt(key=m.key, outcome=Outcome.ACCEPTED) for m in messages]
    >>> for check in channel_checks(NullChannel):
    ...     check()
    """
    if messages is not None and not messages:
        raise InvalidParameterError("messages", messages, "at least one message, or None")
    trial = ChannelTrial(
        make_channel=make_channel,
        messages=None if messages is None else tuple(messages),
        secrets=tuple(secrets),
    )
    # without a secret to look for, that promise has nothing to say
    promises = PROMISES if secrets else [p for p in PROMISES if p is not keeps_its_secrets]
    return [Check(promise, trial) for promise in promises]


PROMISES = [*SENDING_PROMISES, *RECORD_PROMISES, *LIFETIME_PROMISES]
