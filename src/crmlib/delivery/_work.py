"""A worker: deliver every plan of a queue, each message at its minute, the campaigns in turns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from crmlib.delivery._campaign_control import CampaignControl, CanaryStage
from crmlib.delivery._clock import utc_now
from crmlib.delivery._keep_delivering import LONGEST, span_until
from crmlib.delivery._next_moments import read_next_moments
from crmlib.delivery._queue import list_queued
from crmlib.delivery._schema import CAMPAIGNS, RUNS
from crmlib.exceptions import CRMLibError, LedgerLineageError, PlanNotApprovedError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from os import PathLike

    from crmlib.delivery._delivery_summary import DeliverySummary
    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._queue import QueuedPlan

_TURN: Final = timedelta(seconds=30)
"""How long one campaign may send before the next has its turn."""


def work(
    folder: str | PathLike[str],
    ledger: Ledger,
    *,
    deliver: Callable[[QueuedPlan, Callable[[], bool]], DeliverySummary],
    wait: Callable[[float], bool],
    tell: Callable[[QueuedPlan, DeliverySummary | CRMLibError], object],
    until: datetime | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Deliver the plans that :func:`enqueue_plan` put into *folder*, until it is told to stop.

    Any number of workers may work on one folder and one ledger.  A campaign
    that has much to send gives the others their turn every half minute.  One
    that fails is told of and tried again a minute later; the others go on.  A
    plan that the ledger does not know was approved for another one: it is told
    of, and not sent.

    Parameters
    ----------
    folder : path
        Looked at again every minute at least.
    ledger : Ledger
    deliver : callable
        Takes a queued plan and what says when to stop, and delivers what is
        due: :func:`deliver` with the plan, its channels and ``stop``.
    wait : callable
        Takes seconds, waits for so long or until it is told to stop, and says
        whether it was.
    tell : callable
        Takes a queued plan, and what came of its turn.
    until : datetime, optional
        When to end in any case, aware.
    clock : callable, default=utc_now
        Gives the present instant, aware.

    Returns
    -------
    int
        How many messages were accepted.

    Raises
    ------
    InvalidParameterError
        If *until* is naive.
    LedgerLineageError
        If the ledger is a copy or was restored: nobody may send by it.
    """
    end = None if until is None else check_aware("until", until)
    turns = _Turns(ledger, deliver, wait, tell, clock)
    while True:
        span = LONGEST
        for queued in list_queued(folder):
            now = clock()
            if wait(0) or (end is not None and now >= end):
                return turns.sent
            span = min(span, turns.give(queued, now))
        now = clock()
        if end is not None:
            span = min(span, max(end - now, timedelta()))
        if wait(span.total_seconds()) or (end is not None and clock() >= end):
            return turns.sent


class _Turns:
    """Give each plan its turn when there is something to do, and remember who failed when."""

    def __init__(
        self,
        ledger: Ledger,
        deliver: Callable[[QueuedPlan, Callable[[], bool]], DeliverySummary],
        wait: Callable[[float], bool],
        tell: Callable[[QueuedPlan, DeliverySummary | CRMLibError], object],
        clock: Callable[[], datetime],
    ) -> None:
        self.sent = 0
        self._ledger = ledger
        self._deliver = deliver
        self._wait = wait
        self._tell = tell
        self._clock = clock
        self._rests: dict[str, datetime] = {}

    def give(self, queued: QueuedPlan, now: datetime) -> timedelta:
        """Deliver what is due of a plan; say how long it can be left alone then."""
        rests_until = self._rests.get(queued.digest, now)
        if rests_until > now:
            return span_until(rests_until, now)
        try:
            moment = _next_moment(self._ledger, queued, now)
            if moment is None or moment > now:
                return span_until(moment, now)
            summary = self._deliver(queued, lambda: self._is_over(now))
        except LedgerLineageError:
            raise
        except CRMLibError as error:
            self._rests[queued.digest] = now + LONGEST
            self._tell(queued, error)
            return LONGEST
        self.sent += summary.sent_now
        self._tell(queued, summary)
        then = self._clock()
        if then >= now + _TURN:  # cut off in the midst of it, perhaps: again, after the others
            return timedelta()
        return span_until(summary.next_due_at, then)

    def _is_over(self, start: datetime) -> bool:
        return self._wait(0) or self._clock() >= start + _TURN


def _next_moment(ledger: Ledger, queued: QueuedPlan, now: datetime) -> datetime | None:
    """Say when there is something to do for a plan; None: nothing, as far as is known.

    Raises
    ------
    PlanNotApprovedError
        If it was handed over with another ledger.
    """
    with ledger.store.read() as connection:
        run = connection.execute(
            select(RUNS, CAMPAIGNS.c.control)
            .join(CAMPAIGNS)
            .where(RUNS.c.digest == queued.digest, CAMPAIGNS.c.name == queued.campaign)
        ).one_or_none()
        if run is None:
            raise PlanNotApprovedError(queued.digest, "of another ledger")
        if run.position < run.planned or run.canary is None:  # it was cut off while handed over
            return now
        moments = read_next_moments(connection, run.id)
    if run.control == CampaignControl.CANCELLED and moments.due_at is not None:
        return now  # what came back from a sender since is to be blocked
    if run.control == CampaignControl.RUNNING and run.canary != CanaryStage.HELD:
        return moments.first
    return moments.lease_until
