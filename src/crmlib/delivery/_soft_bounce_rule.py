"""When failures that may pass have come too often."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import attrs
from attrs import validators

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@attrs.frozen(kw_only=True)
class SoftBounceRule:
    """How many soft bounces pause an address, and for how long.

    An address pauses after bounces on so many days, within so many, with no
    receipt between them.  Several bounces on one day are one, as in Mailman
    [1]_; four days within thirty are the limit of Discourse [2]_.  After the
    pause the earlier ones lie too far back to count, so it takes as many
    again.

    Parameters
    ----------
    days : int, default=4
        Days with a bounce, in UTC, that make a pause; 1 or more.
    within_days : float, default=30
        How far back they count; above 0.
    pause_days : float, default=30
        How long the pause is, from the last of them; above 0.

    References
    ----------
    .. [1] GNU Mailman, *List Administration Manual*, 2.8 "The Bounce
       Processing Category": the score rises once a day at most, and is
       forgotten after a while without bounces.
    .. [2] Discourse, site setting ``bounce_score_threshold``: 4, a soft bounce
       adding 1, reset 30 days after the last.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> monday = datetime(2026, 11, 2, tzinfo=UTC)
    >>> mondays = [monday + timedelta(weeks=week) for week in range(4)]
    >>> SoftBounceRule().pause(mondays, receipts=[])[1].isoformat()
    '2026-12-23T00:00:00+00:00'
    >>> SoftBounceRule().pause(mondays, receipts=[mondays[2]]) is None
    True
    """

    days: int = attrs.field(default=4, validator=validators.ge(1))
    within_days: float = attrs.field(default=30, validator=validators.gt(0))
    pause_days: float = attrs.field(default=30, validator=validators.gt(0))

    def pause(
        self, bounces: Iterable[datetime], receipts: Iterable[datetime]
    ) -> tuple[datetime, datetime] | None:
        """Give begin and end of the last pause, whatever the order of what is given."""
        moments = sorted([(at, False) for at in bounces] + [(at, True) for at in receipts])
        counted: list[datetime] = []
        found = None
        for at, is_receipt in moments:
            if is_receipt:
                counted, found = [], None
                continue
            oldest = at - timedelta(days=self.within_days)
            counted = [each for each in counted if each > oldest]
            if not counted or _day(counted[-1]) != _day(at):
                counted.append(at)
            if len(counted) >= self.days:
                found = (at, at + timedelta(days=self.pause_days))
        return found


def _day(at: datetime) -> int:
    return at.astimezone(UTC).toordinal()
