"""What a claim looks for, written once: building a query costs more than running it.

Where many write at once, what another has in hand is skipped; SQLite, which
has one at a time, knows no such clause and needs none.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, bindparam, not_, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES, RUNS

_c = DELIVERIES.c
_claimed = _c.state == str(DeliveryState.CLAIMED)
_planned = _c.state == str(DeliveryState.PLANNED)
_lease_is_over = _c.lease_until <= bindparam("now")
_is_mine = _c.run_id == bindparam("run_id")
_is_of_campaign = _c.run_id.in_(
    select(RUNS.c.id).where(RUNS.c.campaign_id == bindparam("campaign_id"))
)
_is_replayable = and_(
    _is_mine,
    _c.key_until.is_not(None),
    _c.key_until >= bindparam("new_lease_until"),
    _c.attempts < bindparam("max_attempts"),
    _c.not_after > bindparam("now"),
)

STALE: Final = (
    select(DELIVERIES)
    .where(_is_of_campaign, _claimed, _lease_is_over, not_(_is_replayable))
    .limit(1000)
    .with_for_update(skip_locked=True)
)
"""Claims of the campaign whose sender is gone and that cannot be sent again."""

EXPIRED: Final = (
    select(DELIVERIES)
    .where(
        _is_of_campaign, _planned, _c.due_at <= bindparam("now"), _c.not_after <= bindparam("now")
    )
    .limit(1000)
    .with_for_update(skip_locked=True)
)
"""What waits in any plan of the campaign and is of no use any more; no index helps to find it."""

REPLAYABLE: Final = (
    select(DELIVERIES)
    .where(_claimed, _lease_is_over, _is_replayable)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
"""Stale claims of the run whose key the provider will still know when a new lease ends."""

DUE: Final = (
    select(DELIVERIES)
    .where(_is_mine, _planned, _c.due_at <= bindparam("now"))
    .order_by(_c.due_at, _c.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
"""What waits in the run and is due, the oldest first."""
