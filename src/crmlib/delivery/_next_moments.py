"""When there is something to do again for a plan."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import func, select

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES

if TYPE_CHECKING:
    from sqlalchemy import Connection

_c = DELIVERIES.c


@attrs.frozen(kw_only=True)
class NextMoments:
    """The next moments of the messages of a run.

    Parameters
    ----------
    due_at : datetime or None
        When the first of those that wait is due; None: none waits.
    lease_until : datetime or None
        Until when the first that is in the hands of a sender is left to it;
        None: none is.
    """

    due_at: datetime | None
    lease_until: datetime | None

    @property
    def first(self) -> datetime | None:
        """The earlier of the two; None: nothing is open."""
        return min((each for each in (self.due_at, self.lease_until) if each), default=None)


def read_next_moments(connection: Connection, run_id: int) -> NextMoments:
    """Read when something is due of the run with the id *run_id*, whoever holds it up."""
    due_at, lease_until = (
        connection.scalar(
            select(func.min(column)).where(_c.run_id == run_id, _c.state == str(state))
        )
        for column, state in (
            (_c.due_at, DeliveryState.PLANNED),
            (_c.lease_until, DeliveryState.CLAIMED),
        )
    )
    return NextMoments(due_at=due_at, lease_until=lease_until)
