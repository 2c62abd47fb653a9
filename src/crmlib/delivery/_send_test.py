"""Send what a customer would get to an address of your own."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import select

from crmlib.addresses import normalize_address
from crmlib.channels import require_supported
from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._channel_settings import open_channels
from crmlib.delivery._clock import utc_now
from crmlib.delivery._schema import CAMPAIGNS
from crmlib.delivery._sending import match_receipts
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery._ledger import Ledger
    from crmlib.interfaces import Channel
    from crmlib.messages import DeliveryReceipt, Message

_MARK: Final = "test-"
"""What the key of a test begins with: no delivery of a campaign has such a key."""


def send_test(
    plan: Plan,
    customer_id: str,
    *,
    to: str,
    ledger: Ledger | None = None,
    channels: Mapping[str, Channel] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> DeliveryReceipt:
    """Send the message of one customer to *to* instead, to see it as it arrives.

    It is what the customer would get, to the letter, but for the key: the test
    has one of its own, in links as well, so that whoever follows the opt-out
    link of a test opts nobody out, and a provider does not take the message of
    the customer for a repetition.  It is no delivery: no cap and no count
    knows of it; the ledger's log does.

    Parameters
    ----------
    plan : Plan
    customer_id : str
        Whose message; one who is held out will do.
    to : str
        Where it goes: an address of the kind that the channel takes.
    ledger : Ledger, optional
        Where it is logged, without the address; an address that it suppresses
        is refused.
    channels : mapping of str to Channel, optional
        As :func:`deliver` takes them.
    clock : callable, default=utc_now
        Gives the present instant, aware.

    Returns
    -------
    DeliveryReceipt

    Raises
    ------
    UnknownNameError
        If the plan did not look at that customer, or the channel is neither
        given nor installed.
    InvalidParameterError
        If the customer gets no message, or *to* is suppressed.
    InvalidAddressError
        If *to* is no such address.
    """
    now = check_aware("what the clock gives", clock())
    plan.explain(customer_id)  # who is not in the plan is told with the ids nearby
    row = plan.table.loc[[customer_id]].iloc[0]
    if row["decision"] == Decision.HELD:
        raise InvalidParameterError(
            "customer_id", customer_id, f"one with a message (this one is held: {row['reason']})"
        )
    with ExitStack() as stack:
        channel = open_channels(plan, channels, stack, names=[row["channel"]])[row["channel"]]
        field = channel.capabilities.address_field
        address = normalize_address(field, to)
        message = _readdress(plan.message(row["message_key"]), address)
        if ledger is not None and ledger.suppressed(field, [address], at=now):
            raise InvalidParameterError("to", "an address", "one that is not suppressed")
        require_supported(channel, [message])
        receipt = match_receipts([message], channel.send([message]))[message.key]
    if ledger is not None:
        note = f"message of {customer_id} by {row['channel']}: {receipt.outcome}"
        with ledger.store.write() as connection:
            campaign_id = connection.scalar(
                select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.name == plan.campaign)
            )
            log_action(
                connection,
                ledger.store.operator,
                Action.TEST,
                at=now,
                note=note if campaign_id is not None else f"{plan.campaign}: {note}",
                campaign_id=campaign_id,
            )
    return receipt


def _readdress(message: Message, address: str) -> Message:
    """Give the same message to another address, under a key of its own."""
    key = f"{_MARK}{secrets.token_hex(8)}"

    def swap(text: str) -> str:
        return text.replace(message.key, key)

    button, registered = message.button, message.registered_template
    return attrs.evolve(
        message,
        key=key,
        recipient=attrs.evolve(message.recipient, address=address),
        subject=message.subject and swap(message.subject),
        body=swap(message.body),
        html=message.html and swap(message.html),
        opt_out_url=message.opt_out_url and swap(message.opt_out_url),
        button=None if button is None else attrs.evolve(button, url=swap(button.url)),
        registered_template=None
        if registered is None
        else attrs.evolve(
            registered,
            variables=tuple((name, swap(value)) for name, value in registered.variables),
        ),
    )
