"""Count where campaigns stand, in the database: no row of a message is read here."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from crmlib.delivery._campaign_control import CampaignControl, CanaryStage
from crmlib.delivery._campaign_progress import CampaignProgress
from crmlib.delivery._canary import count_canary, count_canary_reports
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, EVENTS, RUNS
from crmlib.delivery._standing import read_standing
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from crmlib.delivery._ledger import Ledger

_LATELY: Final = timedelta(minutes=10)
_TAIL: Final = 20_000
"""How many of the last events are looked at for the rate: that costs the same in any ledger."""
_SHORTEST: Final = timedelta(seconds=10)
_MOST_WORDS: Final = 5
_OTHERS: Final = "other reasons"
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
    stand = read_standing(connection, runs, now)
    counts, waiting = stand.counts, stand.waiting
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
    finishes_at = stand.last_due_at
    is_held_up = first.control != CampaignControl.RUNNING or waiting.get("canary")
    if is_held_up or (in_the_way and not rate):
        finishes_at = None
    elif in_the_way and rate:
        span = timedelta(minutes=in_the_way / rate)
        finishes_at = max(stand.last_due_at or now, max(stand.rests.values(), default=now) + span)
    return CampaignProgress(
        campaign=first.name,
        control=first.control,
        note=first.control_note or "",
        audience=sum(run.enrolled for run in runs) + not_entered,
        counts=dict(counts),
        not_entered=not_entered,
        waiting=dict(waiting),
        rests=stand.rests,
        failing=_name_most(stand.failing),
        refused={state: _name_most(words) for state, words in stand.refused.items()},
        canary=dict(canary),
        canary_reports=dict(reports),
        per_minute=rate,
        next_due_at=stand.next_due_at,
        finishes_at=finishes_at,
    )


def _name_most(words: Counter[str]) -> dict[str, int]:
    """Give only the most frequent a line of their own."""
    in_order = sorted(words.items(), key=lambda each: (-each[1], each[0]))
    others = sum(count for _, count in in_order[_MOST_WORDS:])
    return dict(in_order[:_MOST_WORDS]) | ({_OTHERS: others} if others else {})


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
