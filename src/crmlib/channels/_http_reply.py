"""What came of a request: how far it got, and what was answered."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# the server asks for other credentials, another place or more time: no fault of the message
_TRY_AGAIN: Final = frozenset({401, 402, 403, 404, 405, 407, 408, 421, 425, 429})
_UNAVAILABLE: Final = 503
_DIGITS: Final = re.compile(r"\d{1,9}")


@attrs.frozen(kw_only=True)
class HttpReply:
    """What came of one request.

    Parameters
    ----------
    is_sent : bool
        Whether the whole request left this machine; if not, nobody can have
        taken it.
    status : int or None
        What the server answered; None: nothing that can be read.
    headers : mapping of str to str
        Of the answer, names in small letters.
    body : bytes
        Of the answer.
    problem : str or None
        What went wrong, if the answer did not come whole.
    """

    is_sent: bool
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    problem: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What becomes of a message, as far as phase and status tell.

        =========================================== ==========
        what happened                               outcome
        =========================================== ==========
        the request did not leave whole             retry
        no answer to it, or one that is none        unknown
        2xx                                         accepted
        3xx: redirects are not followed             retry
        401 to 405 and 407: settings or account     retry
        408, 421, 425, 429: too soon or too much    retry
        other 4xx                                   rejected
        503 with ``Retry-After``                    retry
        other 5xx: may have been taken before       unknown
        =========================================== ==========
        """
        if self.status is None:
            return Outcome.UNKNOWN if self.is_sent else Outcome.RETRY
        kind = self.status // 100
        if kind == 2:  # noqa: PLR2004 -- the digit for success
            return Outcome.ACCEPTED
        if kind == 3 or self.status in _TRY_AGAIN:  # noqa: PLR2004 -- redirects
            return Outcome.RETRY
        if kind == 4:  # noqa: PLR2004 -- refused
            return Outcome.REJECTED
        is_closed = self.status == _UNAVAILABLE and "retry-after" in self.headers
        return Outcome.RETRY if is_closed else Outcome.UNKNOWN

    @property
    def is_closed_door(self) -> bool:
        """Whether the next request would surely or likely meet the same.

        There was no answer, or the server wants no more for now.
        """
        return self.outcome is Outcome.RETRY or self.status is None

    @property
    def retry_after_seconds(self) -> float | None:
        """Seconds that the server asked to wait (RFC 9110, section 10.2.3), or None."""
        text = self.headers.get("retry-after", "").strip()
        if _DIGITS.fullmatch(text):
            return float(text)
        until, since = read_date(text), read_date(self.headers.get("date", ""))
        if until is None or since is None:
            return None
        return max(0.0, (until - since).total_seconds())

    @property
    def summary(self) -> str:
        """Status and problem in a few words, without what the body says."""
        told = [] if self.status is None else [f"HTTP {self.status}"]
        if self.problem is not None:
            told.append(self.problem)
        if self.status is not None and self.status // 100 == 3:  # noqa: PLR2004 -- redirects
            told.append("redirects are not followed; check the address of the server")
        return ": ".join(told)

    def json(self) -> Any:
        """Give the body as JSON has it; None if it is none, or not whole."""
        if self.problem is not None:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def read_date(text: str) -> datetime | None:
    """Read an instant as headers of HTTP and mail have it; None if it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo is not None else None
