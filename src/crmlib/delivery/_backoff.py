"""How long to wait before the next attempt."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from math import inf
from typing import Final

_FIRST: Final = timedelta(minutes=1)
_FACTOR: Final = 4
_LONGEST: Final = timedelta(hours=4)
_LONGEST_ASKED: Final = timedelta(days=7)


def backoff(key: str, attempt: int, retry_after_seconds: float | None) -> timedelta:
    """Give the wait after the *attempt*-th attempt, from 1, at the message *key*.

    1, 4, 16, 64 minutes and then 4 hours, and up to a fifth more so that
    messages that failed together do not come back together; that part hangs
    on key and attempt alone.  Where the provider asked for a wait, that wait
    takes the place of the minutes, and the added part is at most a tenth; to
    ask for none is not to ask.
    """
    digest = blake2b(f"{key} {attempt}".encode(), digest_size=8).digest()
    share = int.from_bytes(digest) / 2**64
    if retry_after_seconds is not None and 0 < retry_after_seconds < inf:
        asked = min(retry_after_seconds, _LONGEST_ASKED.total_seconds())
        return timedelta(seconds=asked * (1 + 0.1 * share))
    grown: timedelta = _FIRST * _FACTOR ** min(attempt - 1, 10)
    return min(grown, _LONGEST) * (1 + 0.2 * share)
