"""Messages to try channels on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import UnknownNameError
from crmlib.messages import (
    Button,
    Message,
    Purpose,
    Recipient,
    RegisteredTemplate,
    Sender,
)

if TYPE_CHECKING:
    from crmlib.messages import Capabilities

ADDRESSES = {
    "chat_id": "10000{0:03d}",
    "email": "customer{0}@example.com",
    "phone": "+821000000{0:03d}",
    "push_token": "example-token-of-a-phone-{0:05d}",
    "slack_id": "UEXAMPLE{0:05d}",
}


def example_messages(capabilities: Capabilities, n_messages: int = 3) -> list[Message]:
    """Give messages that a channel with *capabilities* can carry.

    Parameters
    ----------
    capabilities : Capabilities
        What the channel declares.
    n_messages : int, default=3
        How many.

    Returns
    -------
    list of Message, length n_messages
        With subject, HTML part, button and registered template where the
        channel carries them; the keys are all different and stand in no order.

    Raises
    ------
    UnknownNameError
        If the kit has no addresses for ``capabilities.address_field``; write
        messages of your own then.

    Examples
    --------
    >>> from crmlib.messages import Capabilities
    >>> sms = Capabilities(medium="sms", address_field="phone")
    >>> message, = example_messages(sms, 1)
    >>> message.recipient.address, message.subject
    ('+821000000001', None)
    """
    if capabilities.address_field not in ADDRESSES:
        raise UnknownNameError("example address", capabilities.address_field, list(ADDRESSES))
    return [_message(capabilities, number) for number in range(1, n_messages + 1)]


def _message(capabilities: Capabilities, number: int) -> Message:
    address = ADDRESSES[capabilities.address_field].format(number)
    return Message(
        # counted down, so that a channel that sorts its receipts is found out
        key=f"example-{999_999 - number:06d}",
        recipient=Recipient(customer_id=f"C{number:03d}", address=address, name=f"Mina {number}"),
        sender=Sender(name="Example Shop", email="shop@example.com"),
        purpose=Purpose.INFORMATIONAL
        if Purpose.INFORMATIONAL in capabilities.purposes
        else Purpose.ADVERTISING,
        body=f"Hello Mina {number}, your order is on its way.",
        subject=f"Order {number}" if capabilities.subject else None,
        html=f"<p>Hello Mina {number}, your order is on its way.</p>"
        if capabilities.html
        else None,
        opt_out_url=f"https://shop.example/opt-out/{number}",
        button=Button(label="Follow it", url=f"https://shop.example/orders/{number}")
        if capabilities.button
        else None,
        registered_template=RegisteredTemplate(
            code="order-on-its-way", variables=(("name", f"Mina {number}"),)
        )
        if capabilities.registered_templates
        else None,
    )
