"""Count where campaigns stand, in the database: no row of a message is read here."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import and_, case, exists, func, select

from crmlib.delivery._campaign_control import CampaignControl, CanaryStage
from crmlib.delivery._campaign_progress import CampaignProgress
from crmlib.delivery._canary import count_canary, count_canary_reports
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import CAMPAIGNS, CANARIES, DELIVERIES, EVENTS, LIMITS, RUNS
from crmlib.messages import Reason
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from crmlib.delivery._ledger import Ledger

_LATELY: Final = timedelta(minutes=10)
_TAIL: Final = 20_000
"""How many of the last events are looked at for the rate: that costs the same in any ledger."""
_SHORTEST: Final = timedelta(seconds=10)
_MOST_REASONS: Final = 5
_OTHERS: Final = "other reasons"
_PLANNED: Final = str(DeliveryState.PLANNED)
_REFUSED: Final = {str(DeliveryState.REJECTED), str(DeliveryState.DEAD)}
_c = DELIVERIES.c


def read_progress(
    ledger: Ledger, campaign: str | None = None, *, now: datetime
) -> list[CampaignProgress]:
    """Say where each campaign stands: counts, reasons to wait, rate and end.

    Parameters
    ----------
    ledger : Ledger
    campaign : str, optional
        Only this one.
    now : datetime
        The present instant, aware.

    Returns
    -------
    list of CampaignProgress
        By name, those that a plan was approved of.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.
    InvalidParameterError
        If *now* is naive.
    InvalidTableError
        If rows are missing in the ledger.
    """
    moment = check_aware("now", now)
    query = select(RUNS, CAMPAIGNS.c.name, CAMPAIGNS.c.control, CAMPAIGNS.c.control_note)
    query = query.join(CAMPAIGNS).order_by(CAMPAIGNS.c.name, RUNS.c.id)
    if campaign is not None:
        query = query.where(CAMPAIGNS.c.id == find_campaign(ledger.store, campaign))
    with ledger.store.read() as connection:
        runs: dict[str, list[Row[Any]]] = defaultdict(list)
        for run in connection.execute(query):
            runs[run.name].append(run)
        rates = _read_rates(connection, moment)
        return [_read_one(connection, mine, rates, moment) for mine in runs.values()]


def _read_one(
    connection: Connection, runs: Sequence[Row[Any]], rates: dict[int, float], now: datetime
) -> CampaignProgress:
    first = runs[0]
    ids = [run.id for run in runs]
    counts = {
        row.state: row.messages
        for row in connection.execute(
            select(_c.state, func.count().label("messages"))
            .where(_c.run_id.in_(ids))
            .group_by(_c.state)
        )
    }
    reasons = _read_reasons(connection, runs, now) if counts.get(_PLANNED) else _Reasons()
    refused = _read_refused(connection, ids) if _REFUSED & counts.keys() else {}
    waiting = reasons.waiting
    due_at, last_due_at = connection.execute(
        select(func.min(_c.due_at), func.max(_c.due_at)).where(
            _c.run_id.in_(ids), _c.state == _PLANNED, _c.due_at > now
        )
    ).one()
    not_entered = sum(run.planned - run.position for run in runs)
    canary, reports = Counter[str](), Counter[str]()
    for run in runs:
        if run.canary not in {None, CanaryStage.NONE}:
            canary.update(count_canary(connection, run.id))
            reports.update(count_canary_reports(connection, run.id))
    rate = rates.get(first.campaign_id)
    in_the_way = sum(waiting.get(reason, 0) for reason in ("due", "rate", "retry")) + counts.get(
        str(DeliveryState.CLAIMED), 0
    )
    finishes_at = last_due_at
    is_held_up = first.control != CampaignControl.RUNNING or waiting.get("canary")
    if is_held_up or (in_the_way and not rate):
        finishes_at = None
    elif in_the_way and rate:
        span = timedelta(minutes=in_the_way / rate)
        finishes_at = max(last_due_at or now, _start(reasons.rests, now) + span)
    return CampaignProgress(
        campaign=first.name,
        control=first.control,
        note=first.control_note or "",
        audience=sum(run.enrolled for run in runs) + not_entered,
        counts=counts,
        not_entered=not_entered,
        waiting=dict(waiting),
        rests=reasons.rests,
        failing=dict(reasons.failing),
        refused={state: dict(words) for state, words in refused.items()},
        canary=dict(canary),
        canary_reports=dict(reports),
        per_minute=rate,
        next_due_at=due_at,
        finishes_at=finishes_at,
    )


@attrs.define
class _Reasons:
    """Why what is planned waits: counts, channels that rest, and what providers say."""

    waiting: Counter[str] = attrs.Factory(Counter)
    rests: dict[str, datetime] = attrs.Factory(dict)
    failing: Counter[str] = attrs.Factory(Counter)


def _start(rests: Mapping[str, datetime], now: datetime) -> datetime:
    """Say from when messages can leave."""
    return max(rests.values(), default=now)


def _read_reasons(connection: Connection, runs: Sequence[Row[Any]], now: datetime) -> _Reasons:
    """Count why what is planned waits, and what providers say to what is tried again."""
    held = [run.id for run in runs if run.canary in {CanaryStage.OUT, CanaryStage.HELD}]
    goes_first = exists().where(CANARIES.c.delivery_id == _c.id, CANARIES.c.run_id == _c.run_id)
    is_later = _c.due_at > now
    reason = case(
        (_c.attempts > 0, "retry"),
        (and_(is_later, _c.detail.startswith(str(Reason.FREQUENCY_CAP))), "frequency cap"),
        (and_(is_later, _c.detail.startswith(str(Reason.SUPPRESSED))), "suppressed"),
        (and_(is_later, _c.detail == str(Reason.QUIET_HOURS)), "quiet hours"),
        (is_later, "later"),
        (and_(_c.run_id.in_(held), ~goes_first), "canary"),
        (_c.detail == "not handed over", "rate"),
        else_="due",
    ).label("reason")
    said = case((_c.attempts > 0, _c.detail)).label("said")
    rows = connection.execute(
        select(reason, said, _c.channel, func.count().label("messages"))
        .where(_c.run_id.in_([run.id for run in runs]), _c.state == _PLANNED)
        .group_by(reason, said, _c.channel)
        .order_by(func.count().desc(), said, _c.channel)
    ).all()
    found = _Reasons()
    held_back = {row.channel for row in rows if row.reason in {"due", "rate"}}
    is_paused = runs[0].control == CampaignControl.PAUSED
    if held_back and not is_paused:
        found.rests = _read_rests(connection, held_back, now)
    for row in rows:
        word = row.reason
        if word in {"due", "rate"} and is_paused:
            word = "paused"
        elif word == "due" and row.channel in found.rests:  # it is no use to ask for it now
            word = "rate"
        found.waiting[word] += row.messages
        if word == "retry":
            _note(found.failing, row.said, row.messages)
    return found


def _read_refused(connection: Connection, run_ids: Sequence[int]) -> dict[str, Counter[str]]:
    """Count what providers said to what will not be tried again."""
    rows = connection.execute(
        select(_c.state, _c.detail, func.count().label("messages"))
        .where(_c.run_id.in_(run_ids), _c.state.in_(_REFUSED))
        .group_by(_c.state, _c.detail)
        .order_by(_c.state.desc(), func.count().desc(), _c.detail)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        _note(found[row.state], row.detail, row.messages)
    return found


def _note(words: Counter[str], said: str | None, count: int) -> None:
    """Add to *words*, of which only the most frequent have a line of their own."""
    told = said or "not told"
    is_named = told in words or len(words) < _MOST_REASONS
    words[told if is_named else _OTHERS] += count


def _read_rests(
    connection: Connection, channels: Collection[str], now: datetime
) -> dict[str, datetime]:
    """Give until when those of *channels* rest that do, for the sender for whom it is longest."""
    table = LIMITS.c
    rows = connection.execute(
        select(table.channel, func.max(table.free_at).label("until"))
        .where(table.channel.in_(channels), table.free_at > now)
        .group_by(table.channel)
        .order_by(table.channel)
    )
    return {row.channel: row.until for row in rows}


def _read_rates(connection: Connection, now: datetime) -> dict[int, float]:
    """Give the messages that each campaign got accepted a minute, lately."""
    tail = (
        select(EVENTS.c.delivery_id, EVENTS.c.at, EVENTS.c.state)
        .order_by(EVENTS.c.id.desc())
        .limit(_TAIL)
        .subquery()
    )
    rows = connection.execute(
        select(_c.campaign_id, func.count().label("messages"), func.min(tail.c.at).label("since"))
        .join(tail, tail.c.delivery_id == _c.id)
        .where(
            tail.c.state == str(DeliveryState.ACCEPTED),
            tail.c.at > now - _LATELY,
            tail.c.at <= now,
        )
        .group_by(_c.campaign_id)
    )
    return {
        row.campaign_id: row.messages / (max(now - row.since, _SHORTEST) / timedelta(minutes=1))
        for row in rows
    }
