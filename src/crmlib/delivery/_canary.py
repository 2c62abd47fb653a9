"""The canary: a first share of a plan goes ahead, then the campaign waits for a person."""

from __future__ import annotations

from hashlib import blake2b
from math import ceil
from typing import TYPE_CHECKING, Final

import pandas as pd
from sqlalchemy import and_, bindparam, case, func, insert, or_, select, update

from crmlib.delivery._audit_log import Action
from crmlib.delivery._campaign_control import CampaignControl, CanaryStage, hold_up, read_control
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import CANARIES, DELIVERIES, REPORTS, RUNS
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.campaigns import Plan
    from crmlib.delivery._enrolment import Run
    from crmlib.delivery._store import Store

_CHUNK: Final = 10_000
_c = DELIVERIES.c
_is_canary = and_(CANARIES.c.run_id == bindparam("run_id"), CANARIES.c.delivery_id == _c.id)
_is_mine = _c.run_id == bindparam("run_id")  # a later plan may have taken it over
_is_planned = _c.state == str(DeliveryState.PLANNED)
_said = func.coalesce(_c.detail, "")
_is_put_off = and_(
    *(_is_planned, _c.attempts == 0),
    or_(*(_said.startswith(str(why)) for why in (Reason.FREQUENCY_CAP, Reason.SUPPRESSED))),
)
_IS_WAITED_FOR = case(
    (_c.state == str(DeliveryState.CLAIMED), 1),
    (and_(_is_planned, _c.attempts == 0, ~_is_put_off), 1),
    else_=0,
)
"""Not tried yet; what a cap, or a pause of the address, puts off by days is not waited for."""
_COUNT: Final = (
    select(
        _c.state,
        func.count().label("messages"),
        func.sum(_IS_WAITED_FOR).label("waited_for"),
        func.sum(case((_is_put_off, 1), else_=0)).label("put_off"),
    )
    .where(_is_canary, _is_mine)
    .group_by(_c.state)
)
_COUNT_REPORTS: Final = (
    select(REPORTS.c.kind, func.count(REPORTS.c.delivery_id.distinct()).label("messages"))
    .join(CANARIES, CANARIES.c.delivery_id == REPORTS.c.delivery_id)
    .join(DELIVERIES, _is_canary)
    .where(_is_mine)
    .group_by(REPORTS.c.kind)
    .order_by(REPORTS.c.kind)
)

DUE_CANARIES: Final = (
    select(DELIVERIES)
    .join(CANARIES, _is_canary)
    .where(_is_mine, _is_planned, _c.channel == bindparam("channel"))
    .where(_c.due_at <= bindparam("now"))
    .order_by(_c.due_at, _c.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True, of=DELIVERIES)
)
"""What is due of those that go first by a channel, the oldest first."""


def begin_canary(store: Store, run: Run, plan: Plan, canary: float | None) -> None:
    """Decide who of *plan* goes first, once and for all senders.

    Raises
    ------
    InvalidParameterError
        If one is asked for and the plan was begun without one.
    """
    wanted = plan.header.get("limits", {}).get("canary", 0) if canary is None else canary
    query = select(RUNS.c.canary).where(RUNS.c.id == run.id)
    with store.read() as connection:
        stage = connection.execute(query).scalar_one()
    if stage is None:
        with store.write_alone() as connection:
            stage = connection.execute(query).scalar_one()
            if stage is None:  # else another sender has decided meanwhile
                stage = _decide(connection, run, plan, wanted)
    if canary and stage == CanaryStage.NONE:
        raise InvalidParameterError(
            "canary", canary, "0, as this plan is being sent without a canary already"
        )


def read_stage(connection: Connection, run_id: int) -> CanaryStage:
    """Say how far the canary of a run is."""
    stage = connection.scalar(select(RUNS.c.canary).where(RUNS.c.id == run_id))
    return CanaryStage(stage or CanaryStage.NONE)


def count_canary(connection: Connection, run_id: int) -> dict[str, int]:
    """Count those of a run that go first, by state."""
    rows = connection.execute(_COUNT, {"run_id": run_id}).all()
    return {row.state: row.messages for row in rows}


def count_canary_reports(connection: Connection, run_id: int) -> dict[str, int]:
    """Count of how many that go first each kind of report has come back."""
    rows = connection.execute(_COUNT_REPORTS, {"run_id": run_id}).all()
    return {row.kind: row.messages for row in rows}


def hold_after_canary(store: Store, run: Run, now: datetime) -> None:
    """Hold the campaign up if its canary has been tried: a person is to look at it.

    One that is paused already is not held: it is when it was resumed, so that
    whoever lifts that pause does not release a canary along with it.
    """
    with store.read() as connection:
        if not _is_to_be_held(connection, run):
            return
    with store.write_alone() as connection:
        if not _is_to_be_held(connection, run):  # another sender held it up meanwhile
            return
        counts = count_canary(connection, run.id)
        planned = connection.execute(
            select(RUNS.c.planned).where(RUNS.c.id == run.id)
        ).scalar_one()
        connection.execute(
            update(RUNS).where(RUNS.c.id == run.id).values(canary=str(CanaryStage.HELD))
        )
        found = ", ".join(f"{count:,} {state}" for state, count in counts.items())
        found = found or "a later plan took them over"
        told = [
            f"{count:,} {kind}".replace("_", " ")
            for kind, count in count_canary_reports(connection, run.id).items()
        ]
        came_back = f"; reports so far: {', '.join(told)}" if told else ""
        note = (
            f"canary: {sum(counts.values()):,} of {planned:,} went first: {found}{came_back}; "
            "look at them, then resume to send the others, or cancel"
        )
        hold_up(connection, run.campaign_id, Action.CANARY, note, now)


def _is_to_be_held(connection: Connection, run: Run) -> bool:
    if read_control(connection, run.campaign_id)[0] is not CampaignControl.RUNNING:
        return False
    if read_stage(connection, run.id) is not CanaryStage.OUT:
        return False
    rows = connection.execute(_COUNT, {"run_id": run.id}).all()
    tried = sum(row.messages - row.put_off for row in rows)
    is_taken_over = not rows
    return is_taken_over or (tried > 0 and not any(row.waited_for for row in rows))


def _decide(connection: Connection, run: Run, plan: Plan, wanted: float) -> CanaryStage:
    first = _choose(connection, run, plan, wanted) if wanted else []
    stage = CanaryStage.OUT
    if not first:  # where the first share would be all, it is over before it begins
        stage = CanaryStage.RELEASED if wanted else CanaryStage.NONE
    for start in range(0, len(first), _CHUNK):
        connection.execute(
            insert(CANARIES),
            [
                {"run_id": run.id, "delivery_id": delivery_id}
                for delivery_id in first[start : start + _CHUNK]
            ],
        )
    connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(canary=str(stage)))
    return stage


def _choose(connection: Connection, run: Run, plan: Plan, wanted: float) -> list[int]:
    """Give the ids of those who go first; none, if that would be all who wait.

    The share is taken of each channel and template, rounded up, so that each
    is tried: those who are due first, and of those due at once the ones whose
    keys hash lowest, so that nobody's place in the table decides.
    """
    rows = connection.execute(
        select(_c.id, _c.message_key, _c.due_at).where(_c.run_id == run.id, _is_planned)
    ).all()
    waiting = pd.DataFrame(
        [tuple(row) for row in rows], columns=["id", "message_key", "due_at"], dtype=object
    )
    sends = plan.table[plan.table["decision"] == Decision.SEND]
    told = sends[["message_key", "channel", "template"]].fillna("")
    waiting = waiting.merge(told, on="message_key")
    waiting["lot"] = [_lot(key) for key in waiting["message_key"]]
    waiting = waiting.sort_values(["due_at", "lot"])
    share = wanted if wanted < 1 else wanted / max(len(waiting), 1)
    groups = waiting.groupby(["channel", "template"], sort=True)
    parts = [part["id"].head(ceil(round(share * len(part), 9))) for _, part in groups]
    first = [int(each) for part in parts for each in part]
    return first if len(first) < len(waiting) else []


def _lot(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=8, person=b"canary").digest()
