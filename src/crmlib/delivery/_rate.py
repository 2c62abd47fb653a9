"""A rate as a number of messages in any stretch of time, and when it lets the next ones go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOK_AGAIN: Final = timedelta(seconds=0.05)
"""How soon to look whether a call of another has come to its end."""


@attrs.frozen(kw_only=True)
class Call:
    """Messages that were handed over together.

    Parameters
    ----------
    messages : int
    began_at : datetime
        Not one of them left before.
    ended_at : datetime or None
        Nor after; None: it is not known to be over.
    """

    messages: int
    began_at: datetime
    ended_at: datetime | None


@attrs.frozen
class Rate:
    """At most so many messages in any stretch of so long, whose end is outside.

    Parameters
    ----------
    messages : int
    span : timedelta
    """

    messages: int
    span: timedelta

    @classmethod
    def per_second(cls, rate: float) -> Self:
        """Give the whole messages of a second and how long they take; of a slow rate, of one."""
        messages = max(1, int(rate))
        return cls(messages, timedelta(seconds=messages / rate))

    def opens_at(self, calls: Sequence[Call], count: int, now: datetime) -> datetime:
        """Say when *count* more may go, which is *now* if they may go now.

        They keep their distance from the beginning of each of *calls*, which
        count still.  A message left at some moment of its call, so it counts
        from the beginning until the span after the end: thus no stretch of
        the span holds more, however long calls take or senders are held up.
        """
        paced = [call.began_at + self.span * call.messages / self.messages for call in calls]
        moment = max(paced, default=now)
        room = self.messages - sum(call.messages for call in calls) - count
        ends = [
            (now + _LOOK_AGAIN if call.ended_at is None else call.ended_at + self.span)
            for call in calls
        ]
        for end, call in sorted(zip(ends, calls, strict=True), key=lambda pair: pair[0]):
            if room >= 0:
                break
            room += call.messages
            moment = max(moment, end)
        return max(moment, now)
