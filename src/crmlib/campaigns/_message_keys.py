"""Keys of messages: one for each campaign and address, for good."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def message_keys(campaign: str, addresses: Iterable[str]) -> list[str]:
    """Give the key of each of the normalised *addresses*: 128 bits of BLAKE2b, in hex.

    A campaign planned twice gives an address the same key, so the ledger
    never sends it a second message.

    Examples
    --------
    >>> message_keys("winback", ["mina@example.com"])
    ['6753a407247fc4628a3a1e7a8d1fe35e']
    """
    seeded = blake2b(campaign.encode() + b"\0", digest_size=16)
    keys = []
    for address in addresses:
        hashed = seeded.copy()
        hashed.update(address.encode())
        keys.append(hashed.hexdigest())
    return keys
