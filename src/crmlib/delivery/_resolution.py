"""What a person found out of a message that may have been taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES
from crmlib.delivery._transitions import Transition, apply
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.delivery._store import Store

_STATES: Final = {
    Outcome.ACCEPTED: DeliveryState.ACCEPTED,
    Outcome.REJECTED: DeliveryState.REJECTED,
    Outcome.RETRY: DeliveryState.PLANNED,
}


def resolve(
    store: Store, campaign_id: int, message_key: str, outcome: str, *, at: datetime, note: str
) -> None:
    """Settle one message that is unknown, in one transaction with its entry in the log."""
    if outcome not in list(_STATES):
        raise InvalidParameterError("outcome", outcome, f"one of {[str(o) for o in _STATES]}")
    if not note.strip():
        raise InvalidParameterError("note", note, "a word on how it is known")
    state = _STATES[Outcome(outcome)]
    table = DELIVERIES.c
    with store.write_alone() as connection:
        row = connection.execute(
            select(DELIVERIES).where(
                table.campaign_id == campaign_id, table.message_key == message_key
            )
        ).one_or_none()
        if row is None or row.state != DeliveryState.UNKNOWN:
            found = "there is no such message" if row is None else f"this one is {row.state!r}"
            expected = f"the key of a message that is 'unknown' ({found})"
            raise InvalidParameterError("message_key", message_key, expected)
        if state.is_open and row.not_after <= at:
            expected = f"'accepted' or 'rejected', as its last moment was {row.not_after}"
            raise InvalidParameterError("outcome", outcome, expected)
        change = Transition(
            delivery_id=row.id,
            state=state,
            attempts=row.attempts,
            due_at=row.due_at,
            detail=f"resolved by hand: {note}",
            provider_id=row.provider_id,
        )
        apply(connection, [change], at)
        log_action(
            connection,
            store.operator,
            Action.SETTLE,
            at=at,
            note=f"{message_key} is {outcome}: {note}",
            campaign_id=campaign_id,
        )
