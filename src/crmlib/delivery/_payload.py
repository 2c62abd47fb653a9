"""What exactly is sent, as a hash: the ledger holds it in place of the text."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crmlib.messages import Message


def payload_hash(message: Message) -> bytes:
    """Hash all that a channel gets to see of *message*, in 32 bytes."""
    recipient = message.recipient
    parts: tuple[object, ...] = (
        message.key,
        (recipient.customer_id, recipient.address, recipient.name),
        attrs.astuple(message.sender),
        message.purpose,
        message.subject,
        message.body,
        message.html,
        message.opt_out_url,
        message.button and attrs.astuple(message.button),
    )
    if message.registered_template is not None:  # the others keep the hash they always had
        parts += (attrs.astuple(message.registered_template),)
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()
