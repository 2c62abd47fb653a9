"""Messages that differ from an ordinary one in what a test is about."""

from typing import Any

from crmlib.messages import Message, Purpose, Recipient, Sender


def make_message(
    *,
    address: str = "mina@example.com",
    name: str | None = "Mina",
    sender_name: str = "Shop",
    sender_email: str = "shop@example.org",
    **changes: Any,
) -> Message:
    """Make a message; *changes* are fields of it."""
    fields: dict[str, Any] = {
        "key": "0123456789abcdef",
        "recipient": Recipient(customer_id="C1", address=address, name=name),
        "sender": Sender(name=sender_name, email=sender_email),
        "purpose": Purpose.ADVERTISING,
        "subject": "Hello",
        "body": "Good morning",
    }
    return Message(**(fields | changes))
