"""Count where campaigns stand, in the database: no row of a message is read here."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, exists, func, select

from crmlib.delivery._campaign_control import CampaignControl, CanaryStage
from crmlib.delivery._campaign_progress import CampaignProgress
from crmlib.delivery._canary import count_canary, count_canary_reports
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import CAMPAIGNS, CANARIES, DELIVERIES, EVENTS, RUNS
from crmlib.messages import Reason
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from crmlib.delivery._ledger import Ledger

_LATELY: Final = timedelta(minutes=10)
_TAIL: Final = 20_000
"""How many of the last events are looked at for the rate: that costs the same in any ledger."""
_SHORTEST: Final = timedelta(seconds=10)
_MOST_REASONS: Final = 5
_OTHERS: Final = "other reasons"
_PLANNED: Final = str(DeliveryState.PLANNED)
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
    waiting, failing = _read_waiting(connection, runs, now) if counts.get(_PLANNED) else ({}, {})
    due_at, last_due_at = connection.execute(
        select(func.min(_c.due_at), func.max(_c.due_at)).where(
            _c.run_id.in_(ids), _c.state == _PLANNED
        )
    ).one()
    not_entered = sum(run.planned - run.position for run in runs)
    canary, reports = Counter[str](), Counter[str]()
    for run in runs:
        if run.canary not in {None, CanaryStage.NONE}:
            canary.update(count_canary(connection, run.id))
            reports.update(count_canary_reports(connection, run.id))
    rate = rates.get(first.campaign_id)
    in_the_way = sum(waiting.get(reason, 0) for reason in ("due", "rate")) + counts.get(
        str(DeliveryState.CLAIMED), 0
    )
    finishes_at = last_due_at
    if waiting.get("paused") or waiting.get("canary") or (in_the_way and not rate):
        finishes_at = None
    elif in_the_way and rate:
        finishes_at = max(last_due_at or now, now + timedelta(minutes=in_the_way / rate))
    return CampaignProgress(
        campaign=first.name,
        control=first.control,
        note=first.control_note or "",
        audience=sum(run.enrolled for run in runs) + not_entered,
        counts=counts,
        not_entered=not_entered,
        waiting=waiting,
        failing=failing,
        canary=dict(canary),
        canary_reports=dict(reports),
        per_minute=rate,
        next_due_at=due_at,
        finishes_at=finishes_at,
    )


def _read_waiting(
    connection: Connection, runs: Sequence[Row[Any]], now: datetime
) -> tuple[dict[str, int], dict[str, int]]:
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
        select(reason, said, func.count().label("messages"))
        .where(_c.run_id.in_([run.id for run in runs]), _c.state == _PLANNED)
        .group_by(reason, said)
        .order_by(func.count().desc(), said)
    ).all()
    is_paused = runs[0].control == CampaignControl.PAUSED
    waiting, failing = defaultdict[str, int](int), defaultdict[str, int](int)
    for row in rows:
        stays = is_paused and row.reason in {"due", "rate"}
        waiting["paused" if stays else row.reason] += row.messages
        if row.reason == "retry":
            word = row.said or "not told"
            failing[word if word in failing or len(failing) < _MOST_REASONS else _OTHERS] += (
                row.messages
            )
    return dict(waiting), dict(failing)


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
