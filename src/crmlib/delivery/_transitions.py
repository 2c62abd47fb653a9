"""The one place where a delivery changes its state, and where the change is logged."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.databases import microseconds
from crmlib.delivery._delivery_state import DeliveryState  # noqa: TC001 -- attrs
from crmlib.delivery._many_rows import insert_rows, update_rows
from crmlib.delivery._schema import DELIVERIES, EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_DETAIL_LENGTH: Final = 500


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


def apply(
    connection: Connection,
    transitions: Sequence[Transition],
    now: datetime,
    also: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write *transitions* and log them, within the caller's transaction.

    What changes with the state is given in *also*, by column: one value for
    each transition, instants in microseconds.
    """
    if not transitions:
        return
    at = microseconds(now)
    ids = [change.delivery_id for change in transitions]
    states = [str(change.state) for change in transitions]
    attempts = [change.attempts for change in transitions]
    details = [_short(change.detail) for change in transitions]
    update_rows(
        connection,
        DELIVERIES,
        ids,
        {
            "state": states,
            "attempts": attempts,
            "due_at": [microseconds(change.due_at) for change in transitions],
            "detail": details,
            "provider_id": [_short(change.provider_id) for change in transitions],
            "finished_at": [None if change.state.is_open else at for change in transitions],
            **(also or {}),
        },
    )
    insert_rows(
        connection,
        EVENTS,
        {
            "delivery_id": ids,
            "at": [at] * len(ids),
            "state": states,
            "attempt": attempts,
            "detail": details,
        },
    )


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_DETAIL_LENGTH]
