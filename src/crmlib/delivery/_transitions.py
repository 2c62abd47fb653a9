"""The one place where a delivery changes its state, and where the change is logged."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import bindparam, insert, update

from crmlib.delivery._delivery_state import DeliveryState  # noqa: TC001 -- attrs
from crmlib.delivery._schema import DELIVERIES, EVENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_DETAIL_LENGTH: Final = 500
_UPDATE: Final = (
    update(DELIVERIES)
    .where(DELIVERIES.c.id == bindparam("which"))
    .values(
        state=bindparam("to_state"),
        attempts=bindparam("to_attempts"),
        due_at=bindparam("to_due_at"),
        detail=bindparam("to_detail"),
        provider_id=bindparam("to_provider_id"),
        finished_at=bindparam("to_finished_at"),
    )
)
_LOG: Final = insert(EVENTS)


@attrs.frozen(kw_only=True)
class Transition:
    """The new state of one delivery.

    Parameters
    ----------
    delivery_id : int
        Which one.
    state : DeliveryState
        Where it goes.
    attempts : int
        How many claims it has had that reached the channel, this one included.
    due_at : datetime
        When it may go, if it is planned.
    detail, provider_id : str, optional
        What is known of it.
    """

    delivery_id: int
    state: DeliveryState
    attempts: int
    due_at: datetime
    detail: str | None = None
    provider_id: str | None = None


def apply(connection: Connection, transitions: Sequence[Transition], now: datetime) -> None:
    """Write *transitions* and log them, within the caller's transaction."""
    if not transitions:
        return
    connection.execute(
        _UPDATE,
        [
            {
                "which": change.delivery_id,
                "to_state": str(change.state),
                "to_attempts": change.attempts,
                "to_due_at": change.due_at,
                "to_detail": _short(change.detail),
                "to_provider_id": _short(change.provider_id),
                "to_finished_at": None if change.state.is_open else now,
            }
            for change in transitions
        ],
    )
    connection.execute(
        _LOG,
        [
            {
                "delivery_id": change.delivery_id,
                "at": now,
                "state": str(change.state),
                "attempt": change.attempts,
                "detail": _short(change.detail),
            }
            for change in transitions
        ],
    )


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_DETAIL_LENGTH]
