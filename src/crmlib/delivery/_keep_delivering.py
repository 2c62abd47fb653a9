"""Go on until a moment, or until all is settled: waiting in between, not asking in a circle."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery._clock import utc_now
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmlib.delivery._delivery_summary import DeliverySummary

LONGEST: Final = timedelta(minutes=1)
"""After so long it is looked anyway: a campaign may be resumed, a sender may have died."""
_OVERDUE: Final = timedelta(seconds=20)
"""How long to wait where something is due and may not go: a rate, or a wait asked for."""
_SHORTEST: Final = timedelta(seconds=0.1)


def keep_delivering(
    look: Callable[[], DeliverySummary],
    *,
    wait: Callable[[float], bool],
    until: datetime | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> DeliverySummary:
    """Deliver again and again, each message at its minute, until all is settled.

    Parameters
    ----------
    look : callable
        Delivers what is due: :func:`deliver` with its arguments, which are to
        have ``stop=lambda: wait(0)``.
    wait : callable
        Takes seconds, waits for so long or until it is told to stop, and says
        whether it was: the ``wait`` of a :class:`threading.Event`.
    until : datetime, optional
        When to end in any case, aware.  A campaign that is paused is waited for.
    clock : callable, default=utc_now
        Gives the present instant, aware.

    Returns
    -------
    DeliverySummary
        The last one, with what all the calls got accepted as ``sent_now``.

    Raises
    ------
    InvalidParameterError
        If *until* is naive.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from crmlib.delivery import DeliverySummary, keep_delivering
    >>> noon = datetime(2011, 12, 12, 3, tzinfo=UTC)
    >>> facts = {
    ...     "campaign": "winback", "digest": "9f2c", "planned": 2, "enrolled_before": 0,
    ...     "handed_over": 0,
    ... }
    >>> answers = [
    ...     DeliverySummary(
    ...         counts={"accepted": 1, "planned": 1}, sent_now=1,
    ...         next_due_at=noon + timedelta(seconds=30), **facts,
    ...     ),
    ...     DeliverySummary(counts={"accepted": 2}, sent_now=1, next_due_at=None, **facts),
    ... ]
    >>> def wait(seconds: float) -> bool:
    ...     print("waits", seconds)
    ...     return False
    >>> keep_delivering(lambda: answers.pop(0), wait=wait, clock=lambda: noon).sent_now
    waits 30.0
    2
    """
    end = None if until is None else check_aware("until", until)
    sent = 0
    while True:
        summary = look()
        sent += summary.sent_now
        now = clock()
        if summary.finished or (end is not None and now >= end):
            break
        span = span_until(summary.next_due_at, now)
        if end is not None:
            span = min(span, max(end - now, _SHORTEST))
        if wait(span.total_seconds()):
            break
    return attrs.evolve(summary, sent_now=sent)


def span_until(moment: datetime | None, now: datetime) -> timedelta:
    """Give how long to wait for *moment*, at most a minute."""
    if moment is None:
        return LONGEST
    if moment <= now:
        return _OVERDUE
    return min(max(moment - now, _SHORTEST), LONGEST)
