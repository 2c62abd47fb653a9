"""Deliver an approved plan."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from crmlib.campaigns import CampaignLimits
from crmlib.delivery._blast_radius import check_size
from crmlib.delivery._canary import begin_canary, hold_after_canary
from crmlib.delivery._channel_settings import check_known, open_channels
from crmlib.delivery._claims import Terms, expire
from crmlib.delivery._clock import utc_now
from crmlib.delivery._counts import summarize
from crmlib.delivery._enrolment import enrol
from crmlib.delivery._gate import Gate
from crmlib.delivery._lane import Lane, Round, serve_all
from crmlib.delivery._limiter import Limiter
from crmlib.delivery._sending import Courier
from crmlib.delivery._tally import Tally
from crmlib.exceptions import InvalidParameterError, PlanNotApprovedError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery._delivery_summary import DeliverySummary
    from crmlib.delivery._ledger import Ledger
    from crmlib.interfaces import Channel

_BATCH: Final = 100
_LARGEST_CALL: Final = 1_000
_LARGEST_BATCH: Final = 10_000


def _never() -> bool:
    return False


def deliver(
    plan: Plan,
    ledger: Ledger,
    *,
    approved: str,
    channels: Mapping[str, Channel] | None = None,
    rates: Mapping[str, float] | None = None,
    clock: Callable[[], datetime] = utc_now,
    batch_size: int | None = None,
    max_attempts: int = 5,
    lease: timedelta = timedelta(minutes=10),
    canary: float | None = None,
    recipients: int | None = None,
    stop: Callable[[], bool] = _never,
    progress: Callable[[int, int], object] | None = None,
) -> DeliverySummary:
    """Send what is due of *plan*, each message at most once, and say where all of them stand.

    Run it again at any time, after a crash as well: it goes on where the
    ledger says that it is.  Each message is claimed in the ledger, on the
    disk, before it is handed to its channel; then its outcome is recorded.  A
    claim whose sender died is ``unknown`` when its lease is over: it may have
    been sent, so it is flagged and not sent again.

    What is asked again in the transaction of each claim: the suppressions and
    the consents and withdrawals *that this ledger holds*, the caps of the
    plan, and the quiet hours of its policy.  A withdrawal that nobody has handed to
    :meth:`Ledger.record_consents` or :meth:`Ledger.suppress` is not known
    here, and does not stop a message; record the newest consents before each
    call.

    What a channel says was not taken is tried again after 1, 4, 16 and 64
    minutes and then every 4 hours, each up to a fifth longer, or after the
    wait that the provider asked for.  Each try counts, also one that found no
    server: with five, a message that finds none each time is ``dead`` after
    about an hour and a half; where that is too short, raise *max_attempts*:
    9 reach over 17 hours.  A channel that puts off ten messages in a row is
    left alone for a minute by all workers, so that a server that is down uses
    up the tries of few.

    The channels of a plan are served beside each other, up to eight at once,
    each in a thread of its own, and none waits for another: as long as one has
    something to send, what falls due by the others goes as well.  One object
    carries one call at a time.

    Parameters
    ----------
    plan : Plan
        What was approved.
    ledger : Ledger
        What keeps the books.
    approved : str
        The digest of the plan that a person has read.
    channels : mapping of str to Channel, optional
        By the names that the plan uses; they stay open.  Those that the plan
        uses and that are not given are loaded by name and set up from the
        environment: ``CRMLIB_SMTP_HOST`` is the ``host`` of the channel
        ``smtp``.
    rates : mapping of str to float, optional
        Most messages per second, by channel, of the plan's sender; kept by all
        workers of the ledger together, in any stretch of a second.  For
        channels that it does not name the ``per_minute`` of the plan's limits
        holds, or else what the channel declares
        (``capabilities.messages_per_second``), if any.  A wait that a provider
        asks for is kept by all in any case.
    clock : callable, default=utc_now
        Gives the present instant, aware.
    batch_size : int, optional
        Most messages per claim, from 1 to 10,000.  A crash leaves at most so
        many of each channel unknown; a smaller one costs more commits.  By
        default 100, or as many as the channel takes in one call, up to 1,000.
        Never more than go in five seconds, as the rate allows and as the
        channel was of late, at first ten; what is in hand for ten seconds is
        put back.
    max_attempts : int, default=5
        Tries at a message that is known not to have been taken, before it is ``dead``.
    lease : timedelta, default=10 minutes
        How long a sender may keep a claim in hand.
    canary : float, optional
        A share below 1, or a number of messages, that goes first, at least one
        by each channel and template: those that are due first.  When each of
        them was tried the campaign pauses itself and says what became of them;
        :func:`resume_campaign` lets the others go.  By default that of the
        plan's limits, if any; 0 is none.  What the first call says holds.
    recipients : int, optional
        How many the plan writes to, to be named where that is unusually many:
        more than 10,000 in a new ledger, than ten times the largest plan so
        far (1,000 are always free), or than ``most_recipients`` of its limits.
    stop : callable, optional
        Asked before each claim and each call of a channel, from several
        threads where there are several channels; when it says True, what is
        in hand is recorded, and the call ends.
    progress : callable, optional
        Called with the number of messages settled and the number planned, by
        one thread at a time.

    Returns
    -------
    DeliverySummary
        Counts that add up to what was planned.

    Raises
    ------
    PlanNotApprovedError
        If *approved* is not the digest of *plan*.
    PlanTooLargeError
        If it writes to unusually many, and *recipients* is not how many.
    InvalidParameterError
        If a parameter or a variable of the environment is out of its range.
    UnknownNameError
        If the plan uses, or *rates* names, a channel that is neither given nor
        installed, or the environment names a setting that a channel does not have.
    PlanAlteredError
        If a message is not the one that was enrolled.
    LedgerUnavailableError
        If the ledger cannot be written: what cannot be claimed is not sent.
    ChannelBrokenError
        If a channel raised three times in a row; the campaign is paused then,
        see :func:`resume_campaign`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from crmlib import policies
    >>> from crmlib.campaigns import PLAN_COLUMNS, Plan
    >>> from crmlib.channels import MemoryChannel
    >>> from crmlib.delivery import Ledger, deliver
    >>> noon = datetime(2011, 12, 12, 3, tzinfo=UTC)
    >>> row = dict.fromkeys(PLAN_COLUMNS) | {
    ...     "segment": "At Risk", "decision": "send", "reason": "ALLOWED", "channel": "memory",
    ...     "medium": "email", "address": "mina@example.com", "timezone": "Asia/Seoul",
    ...     "message": "We miss you", "message_key": "5b1f", "night_consent": False,
    ...     "send_at": noon, "not_after": datetime(2011, 12, 19, tzinfo=UTC),
    ... }
    >>> header = {
    ...     "format": "crmlib.plan/1", "campaign": "winback", "purpose": "advertising",
    ...     "created_at": "2011-12-10T00:00:00Z", "not_after": "2011-12-19T00:00:00Z",
    ...     "policy": policies.load("KR").to_dict(), "channels": ["memory"],
    ...     "sender": {"name": "Moonlight Shop", "email": "shop@example.com"},
    ...     "holdout": {"share": 0.0, "salt": "winback"},
    ... }
    >>> plan = Plan(header=header, table=pd.DataFrame([row], index=["C1"]))
    >>> channel = MemoryChannel()
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     for _ in range(2):
    ...         summary = deliver(
    ...             plan, ledger, approved=plan.digest, channels={"memory": channel},
    ...             clock=lambda: noon,
    ...         )
    ...         print(summary.sent_now, summary.counts["accepted"], len(channel.sent))
    1 1 1
    0 1 1
    """
    _check(batch_size, max_attempts, lease)
    CampaignLimits(canary=canary or 0)
    digest = plan.digest
    if approved != digest:
        raise PlanNotApprovedError(digest, approved)
    store = ledger.store
    check_size(store, plan, digest, recipients)

    def now() -> datetime:
        return check_aware("what the clock gives", clock())

    halt = Event()

    def is_over() -> bool:
        return halt.is_set() or stop()

    with ExitStack() as stack:
        carriers = open_channels(plan, channels, stack)
        check_known(rates or {}, {**(channels or {}), **carriers})
        rates = _rates_of(plan, carriers) | dict(rates or {})
        limiters = {
            name: Limiter(store, plan, name, rates.get(name), clock=now, stop=is_over)
            for name in carriers
        }
        gate = Gate(plan)
        run = enrol(store, plan, digest, now())
        begin_canary(store, run, plan, canary)
        expire(store, run, now())
        shared = Round(
            store=store,
            run=run,
            plan=plan,
            gate=gate,
            tally=Tally(summarize(store, run, sent_now=0), progress),
            clock=now,
            stop=is_over,
        )
        terms = {
            name: Terms(
                channel=name,
                batch_size=_claims_of(channel, batch_size),
                max_attempts=max_attempts,
                lease=lease,
                key_life=timedelta(seconds=channel.capabilities.idempotency_seconds),
            )
            for name, channel in carriers.items()
        }
        turns = {id(channel): Lock() for channel in carriers.values()}
        couriers = {
            name: Courier(
                channel,
                name=name,
                gate=gate,
                limiter=limiters[name],
                turn=turns[id(channel)],
                clock=now,
                stop=is_over,
            )
            for name, channel in carriers.items()
        }
        serve_all([Lane(shared, terms[name], couriers[name]) for name in carriers], halt)
        hold_after_canary(store, run, now())
    return summarize(store, run, sent_now=shared.tally.sent_now)


def _claims_of(channel: Channel, batch_size: int | None) -> int:
    """Say how many messages to claim at once at most."""
    taken = channel.capabilities.batch_size
    return min(max(taken, _BATCH), _LARGEST_CALL) if batch_size is None else batch_size


def _rates_of(plan: Plan, carriers: Mapping[str, Channel]) -> dict[str, float]:
    """Give the rates that the plan was made with, or else those of its channels, per second."""
    declared = {
        name: channel.capabilities.messages_per_second for name, channel in carriers.items()
    }
    per_minute = plan.header.get("limits", {}).get("per_minute", {})
    planned = {channel: count / 60 for channel, count in per_minute.items()}
    return {name: rate for name, rate in declared.items() if rate is not None} | planned


def _check(batch_size: int | None, max_attempts: int, lease: timedelta) -> None:
    if batch_size is not None and not 1 <= batch_size <= _LARGEST_BATCH:
        raise InvalidParameterError("batch_size", batch_size, f"from 1 to {_LARGEST_BATCH}")
    if max_attempts < 1:
        raise InvalidParameterError("max_attempts", max_attempts, "1 or more")
    if lease <= timedelta():
        raise InvalidParameterError("lease", lease, "longer than nothing")
