"""Record what became of the claims: the commit that comes after the bytes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from crmlib.delivery._backoff import backoff
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._queries import HELD
from crmlib.delivery._schema import DELIVERIES
from crmlib.delivery._transitions import Transition, apply
from crmlib.exceptions import LedgerUnavailableError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.delivery._claims import Claim, ClaimBatch
    from crmlib.delivery._store import Store
    from crmlib.messages import DeliveryReceipt

_TRIES: Final = 3
_CLAIMED: Final = DeliveryState.CLAIMED
_UNKNOWN: Final = DeliveryState.UNKNOWN


def record(
    store: Store,
    batch: ClaimBatch,
    receipts: Mapping[str, DeliveryReceipt],
    *,
    max_attempts: int,
    now: datetime,
) -> Counter[DeliveryState]:
    """Write what became of each claim of *batch*, and count the new states.

    A claim without a receipt was never handed over: it waits again, and that
    claim does not count as an attempt.  A sender that comes back after its
    lease may still tell what it knows (``unknown`` → ``accepted``), unless
    the delivery was claimed again meanwhile.

    A replay tells of the attempt before it only by a clear yes or no.
    Otherwise that one may have been accepted: the delivery stays claimed, to
    be replayed while the provider knows the key, or is ``unknown``.

    Raises
    ------
    LedgerUnavailableError
        If the ledger cannot be written, also at the third try: these claims
        end as ``unknown`` when their lease is over.
    """
    for _ in range(_TRIES - 1):  # each waits for the busy timeout; the answers are worth it
        try:
            return _record(store, batch, receipts, max_attempts, now)
        except LedgerUnavailableError:
            continue
    return _record(store, batch, receipts, max_attempts, now)


def _record(
    store: Store,
    batch: ClaimBatch,
    receipts: Mapping[str, DeliveryReceipt],
    max_attempts: int,
    now: datetime,
) -> Counter[DeliveryState]:
    with store.write() as connection:
        ids = [claim.delivery_id for claim in batch.claims]
        states = connection.execute(HELD, {"ids": ids, "token": batch.token})
        held = {row.id: row.state for row in states}
        changes = [
            _change(claim, receipts.get(claim.message.key), max_attempts, now)
            for claim in batch.claims
            if claim.delivery_id in held
        ]
        changes = [
            change
            for change in changes
            if held[change.delivery_id] == _CLAIMED or change.state not in {_CLAIMED, _UNKNOWN}
        ]
        apply(connection, changes, now)
        waiting = [change.delivery_id for change in changes if change.state is _CLAIMED]
        if waiting:
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.id.in_(waiting))
                .values(lease_until=DELIVERIES.c.due_at)
            )
    return Counter(change.state for change in changes)


def _change(
    claim: Claim, receipt: DeliveryReceipt | None, max_attempts: int, now: datetime
) -> Transition:
    if receipt is None:
        return Transition(
            delivery_id=claim.delivery_id,
            state=_CLAIMED if claim.is_replay else DeliveryState.PLANNED,
            attempts=claim.attempt - 1,
            due_at=claim.due_at,
            detail="not handed over",
        )
    if receipt.outcome == Outcome.RETRY:
        state, due_at = _after_retry(claim, receipt, max_attempts, now)
    else:
        state, due_at = DeliveryState(receipt.outcome), claim.due_at
    return Transition(
        delivery_id=claim.delivery_id,
        state=state,
        attempts=claim.attempt,
        due_at=due_at,
        detail=receipt.detail,
        provider_id=receipt.provider_id,
    )


def _after_retry(
    claim: Claim, receipt: DeliveryReceipt, max_attempts: int, now: datetime
) -> tuple[DeliveryState, datetime]:
    due_at = now + backoff(claim.message.key, claim.attempt, receipt.retry_after_seconds)
    is_used_up = claim.attempt >= max_attempts
    is_too_late = due_at >= claim.not_after
    if claim.is_replay:
        is_forgotten = claim.key_until is None or due_at >= claim.key_until
        is_over = is_used_up or is_too_late or is_forgotten
        return (_UNKNOWN, claim.due_at) if is_over else (_CLAIMED, due_at)
    if is_used_up:
        return DeliveryState.DEAD, claim.due_at
    if is_too_late:
        return DeliveryState.EXPIRED, claim.due_at
    return DeliveryState.PLANNED, due_at
