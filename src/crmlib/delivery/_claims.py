"""Claim what is due: the commit that comes before any byte leaves."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.databases import microseconds
from crmlib.delivery._campaign_control import CampaignControl, CanaryStage, read_control
from crmlib.delivery._canary import DUE_CANARIES, read_stage
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._gate import Gate, Obstacle, QuietPlace
from crmlib.delivery._payload import payload_hash
from crmlib.delivery._queries import DUE, EXPIRED, REPLAYABLE, STALE
from crmlib.delivery._settlement import settled
from crmlib.delivery._transitions import Transition, apply
from crmlib.exceptions import PlanAlteredError
from crmlib.messages import Message  # noqa: TC001 -- attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from crmlib.campaigns import Plan
    from crmlib.delivery._enrolment import Run
    from crmlib.delivery._lineage import Lineage
    from crmlib.delivery._store import Store


@attrs.frozen(kw_only=True)
class Claim:
    """One delivery that a sender has in hand.

    Parameters
    ----------
    delivery_id : int
        Its row in the ledger.
    channel : str
        What is to carry it.
    attempt : int
        The how-manyth claim this is, from 1.
    due_at, not_after : datetime
        Its moment, and the one after which it is of no use.
    place : QuietPlace
        Whose quiet hours it keeps.
    key_until : datetime or None
        Until when the provider drops a repetition; None: never does.
    is_replay : bool
        Whether it was handed over before, perhaps, and nobody knows how that ended.
    message : Message
        What to send.
    """

    delivery_id: int
    channel: str
    attempt: int
    due_at: datetime
    not_after: datetime
    place: QuietPlace
    key_until: datetime | None
    is_replay: bool
    message: Message


@attrs.frozen(kw_only=True)
class ClaimBatch:
    """What one claim transaction did.

    Parameters
    ----------
    token : str
        Only its holder may record outcomes.
    lease_until : datetime
        Until when the holder may hand over.
    claims : tuple of Claim
        In hand now.
    finished : int
        Deliveries that came to an end instead: expired, blocked, unknown.
    touched : int
        Deliveries whose state changed at all.
    lineage : Lineage or None
        To be witnessed before any byte leaves; None if nothing is in hand.
    """

    token: str
    lease_until: datetime
    claims: tuple[Claim, ...]
    finished: int
    touched: int
    lineage: Lineage | None


@attrs.frozen(kw_only=True)
class Terms:
    """How a run claims.

    Parameters
    ----------
    channel : str
        By what.
    batch_size : int
        Most deliveries per claim.
    max_attempts : int
        Claims that one delivery may have.
    lease : timedelta
        How long a claim holds.
    key_life : timedelta
        For how long the provider drops a repeated key.
    """

    channel: str
    batch_size: int
    max_attempts: int
    lease: timedelta
    key_life: timedelta


def claim(
    store: Store, run: Run, plan: Plan, gate: Gate, *, terms: Terms, now: datetime
) -> ClaimBatch:
    """Take what is due by a channel in hand, in one transaction, on the disk at its end.

    Everything that could forbid a send is asked within it; of a campaign that
    is paused nothing is taken.  Stale claims end
    as ``unknown``, except where the provider still knows the key: those are
    claimed again under the same key.

    Raises
    ------
    PlanAlteredError
        If a message is not the one that was enrolled.
    LedgerUnavailableError
        If the ledger cannot be written; nothing is in hand then.
    """
    token = secrets.token_hex(16)
    values = {
        "run_id": run.id,
        "campaign_id": run.campaign_id,
        "channel": terms.channel,
        "now": now,
        "new_lease_until": now + terms.lease,
        "max_attempts": terms.max_attempts,
    }
    with store.write() as connection:
        if gate.has_caps:
            store.count_alone(connection)
        stale = connection.execute(STALE, values).all()
        control, note = read_control(connection, run.campaign_id)
        is_paused = control is CampaignControl.PAUSED
        due = [] if is_paused else _due(connection, values, terms.batch_size)
        expired = [row for row in due if row.not_after <= now]
        rows = [row for row in due if row.not_after > now]
        claims: list[Claim] = []
        stopped: list[Transition] = []
        if control is CampaignControl.CANCELLED:
            stopped, rows = [_stop(row, _cancelled(row, note)) for row in rows], []
        for row, found in zip(rows, gate.inspect(connection, rows, now), strict=True):
            if isinstance(found, Obstacle):
                stopped.append(_stop(row, found))
            else:
                claims.append(_take(row, found, plan, terms, now))
        gone = [_end(row, DeliveryState.UNKNOWN, "its sender did not come back") for row in stale]
        over = settled(connection, gone)
        over += [_expire(row) for row in expired]
        apply(connection, over + stopped, now)
        lineage = None
        if claims:
            _mark(connection, claims, token, values)
            lineage = store.advance(connection)
    ended = len(expired) + sum(row.run_id == run.id for row in stale)
    return ClaimBatch(
        token=token,
        lease_until=now + terms.lease,
        claims=tuple(claims),
        finished=ended + sum(not change.state.is_open for change in stopped),
        touched=len(over) + len(stopped) + len(claims),
        lineage=lineage,
    )


def expire(store: Store, run: Run, now: datetime) -> None:
    """End what waits too long in any plan of the campaign, also in those nobody delivers now."""
    values = {"campaign_id": run.campaign_id, "now": now}
    while True:
        with store.write() as connection:
            found = connection.execute(EXPIRED, values).all()
            apply(connection, [_expire(row) for row in found], now)
        if not found:
            return


def _due(connection: Connection, values: dict[str, Any], batch_size: int) -> Sequence[Row[Any]]:
    """Find what may be claimed: what can be replayed first, then what is due.

    As long as a canary is not released, nothing but the canary is due.
    """
    replays = connection.execute(REPLAYABLE, values | {"room": batch_size}).all()
    stage = read_stage(connection, values["run_id"])
    is_canary_only = stage in {CanaryStage.OUT, CanaryStage.HELD}
    due = DUE_CANARIES if is_canary_only else DUE
    room = batch_size - len(replays)
    return [*replays, *connection.execute(due, values | {"room": room})]


def _take(row: Row[Any], place: QuietPlace, plan: Plan, terms: Terms, now: datetime) -> Claim:
    message = plan.message(row.message_key)
    if payload_hash(message) != row.payload_hash:
        raise PlanAlteredError(
            f"the plan of {plan.campaign!r}",
            f"the message {row.message_key!r} is not the one that was approved",
        )
    life = terms.key_life
    is_replay = row.state == DeliveryState.CLAIMED
    return Claim(
        delivery_id=row.id,
        channel=row.channel,
        attempt=row.attempts + 1,
        due_at=row.due_at,
        not_after=row.not_after,
        place=place,
        key_until=row.key_until if is_replay else now + life if life else None,
        is_replay=is_replay,
        message=message,
    )


def _stop(row: Row[Any], obstacle: Obstacle) -> Transition:
    if row.state == DeliveryState.CLAIMED:  # it may have been taken the first time
        return _end(row, DeliveryState.UNKNOWN, f"not sent again: {obstacle.detail}")
    return attrs.evolve(_end(row, obstacle.state, obstacle.detail), due_at=obstacle.due_at)


def _cancelled(row: Row[Any], note: str) -> Obstacle:
    return Obstacle(state=DeliveryState.BLOCKED, detail=f"cancelled: {note}", due_at=row.due_at)


def _expire(row: Row[Any]) -> Transition:
    return _end(row, DeliveryState.EXPIRED, "its last moment passed")


def _end(row: Row[Any], state: DeliveryState, detail: str) -> Transition:
    return Transition(
        delivery_id=row.id,
        state=state,
        attempts=row.attempts,
        due_at=row.due_at,
        detail=detail,
    )


def _mark(
    connection: Connection, claims: Sequence[Claim], token: str, values: dict[str, Any]
) -> None:
    changes = [
        Transition(
            delivery_id=claim.delivery_id,
            state=DeliveryState.CLAIMED,
            attempts=claim.attempt,
            due_at=claim.due_at,
        )
        for claim in claims
    ]
    marks: dict[str, list[Any]] = {
        "claim_token": [token] * len(claims),
        "claimed_at": [microseconds(values["now"])] * len(claims),
        "lease_until": [microseconds(values["new_lease_until"])] * len(claims),
        "key_until": [claim.key_until and microseconds(claim.key_until) for claim in claims],
    }
    apply(connection, changes, values["now"], marks)
