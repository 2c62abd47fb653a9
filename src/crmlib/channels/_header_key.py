"""The key of a message as it may stand in a header."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}")


def header_key(key: str) -> str:
    """Give *key* if it is plain, its hash otherwise; the same key gives the same text.

    Examples
    --------
    >>> header_key("5b1f-7"), len(header_key("메시지 7"))
    ('5b1f-7', 32)
    """
    if _PLAIN.fullmatch(key):
        return key
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
