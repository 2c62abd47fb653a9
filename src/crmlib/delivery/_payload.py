"""What exactly is sent, as a hash: the ledger holds it in place of the text."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from crmlib.messages import Message, Sender

_ENCODER: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def payload_hash(message: Message) -> bytes:
    """Hash all that a channel gets to see of *message*, in 32 bytes."""
    recipient = message.recipient
    parts: tuple[object, ...] = (
        message.key,
        (recipient.customer_id, recipient.address, recipient.name),
        _parts_of(message.sender),
        message.purpose,
        message.subject,
        message.body,
        message.html,
        message.opt_out_url,
        message.button and attrs.astuple(message.button),
    )
    if message.registered_template is not None:  # the others keep the hash they always had
        parts += (attrs.astuple(message.registered_template),)
    text = _ENCODER.encode(parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()


@lru_cache(16)
def _parts_of(sender: Sender) -> tuple[Any, ...]:
    """Take the sender apart, who is the same for a million messages."""
    return attrs.astuple(sender)
