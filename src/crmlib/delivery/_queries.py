"""What a batch looks for, written once: building a query costs more than running it.

Where many write at once, what another has in hand is skipped; SQLite, which
has one at a time, knows no such clause and needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, not_, or_, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import ANSWERS, CONSENTS, DELIVERIES, RUNS
from crmlib.messages import Purpose

if TYPE_CHECKING:
    from sqlalchemy import Select

_c = DELIVERIES.c
_claimed = _c.state == str(DeliveryState.CLAIMED)
_planned = _c.state == str(DeliveryState.PLANNED)
_lease_is_over = _c.lease_until <= bindparam("now")
_is_mine = _c.run_id == bindparam("run_id")
_is_by_channel = _c.channel == bindparam("channel")
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
_ROW: Final[Select[Any]] = select(
    *(_c.id, _c.run_id, _c.state, _c.attempts, _c.due_at, _c.not_after, _c.key_until),
    *(_c.message_key, _c.payload_hash, _c.endpoint_hash, _c.customer_id, _c.channel, _c.medium),
)

STALE: Final = (
    _ROW.where(_is_of_campaign, _claimed, _lease_is_over, not_(_is_replayable))
    .limit(1000)
    .with_for_update(skip_locked=True)
)
"""Claims of the campaign whose sender is gone and that cannot be sent again."""

EXPIRED: Final = (
    _ROW.where(
        _is_of_campaign, _planned, _c.due_at <= bindparam("now"), _c.not_after <= bindparam("now")
    )
    .limit(1000)
    .with_for_update(skip_locked=True)
)
"""What waits in any plan of the campaign and is of no use any more; no index helps to find it."""

REPLAYABLE: Final = (
    _ROW.where(_claimed, _lease_is_over, _is_replayable, _is_by_channel)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
"""Stale claims by a channel whose key the provider will still know when a new lease ends."""

DUE: Final = (
    _ROW.where(_is_mine, _planned, _is_by_channel, _c.due_at <= bindparam("now"))
    .order_by(_c.due_at, _c.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
"""What waits in the run for a channel and is due, the oldest first."""

HELD: Final = (
    select(_c.id, _c.state)
    .where(
        _c.id.in_(bindparam("ids", expanding=True)),
        _c.claim_token == bindparam("token"),
        _c.state.in_([str(DeliveryState.CLAIMED), str(DeliveryState.UNKNOWN)]),
    )
    .order_by(_c.id)
    .with_for_update()
)
"""Those of some deliveries that are still in the hands of who holds the token."""

EVENTS_OF_CONSENT: Final = select(CONSENTS).where(
    CONSENTS.c.customer_id.in_(bindparam("customers", expanding=True)),
    or_(
        CONSENTS.c.at <= bindparam("now"),
        and_(not_(CONSENTS.c.granted), CONSENTS.c.at <= bindparam("ahead")),
    ),
)
"""What some customers have said up to now, withdrawals by a clock that is ahead among it."""

ANSWERS_FOR: Final = (
    select(ANSWERS)
    .where(ANSWERS.c.endpoint_hash.in_(bindparam("endpoints", expanding=True)))
    .order_by(ANSWERS.c.id)
)
"""What was said by links for some endpoints, in the order in which it was said."""

SENT_BEFORE: Final = (
    select(_c.endpoint_hash, _c.medium, _c.claimed_at)
    .join_from(DELIVERIES, RUNS, _c.run_id == RUNS.c.id)
    .where(
        RUNS.c.purpose != str(Purpose.INFORMATIONAL),
        _c.endpoint_hash.in_(bindparam("endpoints", expanding=True)),
        _c.claimed_at > bindparam("since"),
        _c.state.in_(
            [
                str(state)
                for state in (
                    DeliveryState.CLAIMED,
                    DeliveryState.ACCEPTED,
                    DeliveryState.UNKNOWN,
                )
            ]
        ),
    )
    .order_by(_c.claimed_at)
)
"""The advertising sent to some endpoints by all campaigns; what may have been taken counts too."""
