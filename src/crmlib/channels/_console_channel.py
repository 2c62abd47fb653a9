"""A channel for reading what would leave: messages are printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from crmlib.channels._supported import require_supported
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome
from crmlib.safe_text import escape_for_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Message


class ConsoleChannel(Channel):
    """Print every message as plain text and accept it.

    Characters that would steer a terminal are shown as escapes.  If the
    output breaks, the message in hand is ``unknown`` and those after it are
    ``retry``.

    Parameters
    ----------
    stream : text file, optional
        Where to print; standard output by default.

    Examples
    --------
    >>> from crmlib import Message, Purpose, Recipient, Sender
    >>> message = Message(
    ...     key="m1", purpose=Purpose.ADVERTISING, subject="Hello", body="How are you?",
    ...     recipient=Recipient(customer_id="C1", address="mina@example.com", name="Mina"),
    ...     sender=Sender(name="Shop", email="shop@example.com"),
    ... )
    >>> _ = ConsoleChannel().send([message])
    --- m1
    From: Shop <shop@example.com>
    To: Mina <mina@example.com>
    Subject: Hello
    <BLANKLINE>
    How are you?
    <BLANKLINE>
    """

    name = "console"
    capabilities = Capabilities(
        medium="email",
        address_field="email",
        batch_size=100,
        subject=True,
        html=True,
        button=True,
        registered_templates=True,
    )

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Print *messages*; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        # asked for at each call: tests and notebooks exchange standard output
        stream = self._stream or sys.stdout
        receipts: list[DeliveryReceipt] = []
        for message in messages:
            try:
                stream.write(_printable(_show(message), stream))
                stream.flush()
            except OSError as error:
                detail = f"the output broke ({error.strerror})"
                rest = messages[len(receipts) + 1 :]
                receipts.append(
                    DeliveryReceipt(key=message.key, outcome=Outcome.UNKNOWN, detail=detail)
                )
                return receipts + [
                    DeliveryReceipt(key=other.key, outcome=Outcome.RETRY, detail=detail)
                    for other in rest
                ]
            receipts.append(DeliveryReceipt(key=message.key, outcome=Outcome.ACCEPTED))
        return receipts


def _show(message: Message) -> str:
    recipient, sender = message.recipient, message.sender
    to = f"{recipient.name} <{recipient.address}>" if recipient.name else recipient.address
    lines = [f"--- {message.key}", f"From: {sender.name} <{sender.email}>", f"To: {to}"]
    if message.subject is not None:
        lines.append(f"Subject: {message.subject}")
    one_line_each = [line.replace("\n", "\\n") for line in lines]
    html = [] if message.html is None else ["", f"[HTML part of {len(message.html)} characters]"]
    body = message.body.replace("\r\n", "\n")
    button = message.button
    below = [] if button is None else ["", f"[{button.label}] {button.url}"]
    return "\n".join([*one_line_each, "", body, *below, *_registered(message), *html, "", ""])


def _registered(message: Message) -> list[str]:
    template = message.registered_template
    if template is None:
        return []
    variables = "".join(f", #{{{name}}} = {value}" for name, value in template.variables)
    return ["", f"[registered as {template.code}{variables}]"]


def _printable(text: str, stream: TextIO) -> str:
    """Escape what would steer a terminal and what the stream cannot encode."""
    safe = escape_for_terminal(text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return safe.encode(encoding, "backslashreplace").decode(encoding)
