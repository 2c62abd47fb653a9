"""The states that a delivery can be in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class DeliveryState(StrEnum):
    """Where one message stands in the ledger.

    ``planned`` and ``claimed`` are open; the others are final.  Each row is
    in exactly one state, so the counts of all states add up to what was
    planned.

    Examples
    --------
    >>> DeliveryState("unknown").is_open
    False
    >>> [str(state) for state in DeliveryState if state.is_open]
    ['planned', 'claimed']
    """

    PLANNED = "planned"
    """It waits for its moment, and is known not to have been taken by anybody."""
    CLAIMED = "claimed"
    """A sender has it in hand, or had it and it is to be replayed under the same key."""
    ACCEPTED = "accepted"
    """The provider has taken it."""
    REJECTED = "rejected"
    """Provider or channel has refused it for good."""
    UNKNOWN = "unknown"
    """It may have been taken; it is never sent again by itself.  See :meth:`Ledger.resolve`."""
    EXPIRED = "expired"
    """Its last moment passed before it could be sent."""
    BLOCKED = "blocked"
    """The recipient opted out or was suppressed after the plan was made."""
    DEAD = "dead"
    """All attempts are used up; the last reason is in its detail."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen by itself."""
        return self in {DeliveryState.PLANNED, DeliveryState.CLAIMED}


def all_states(counts: Mapping[str, int]) -> dict[str, int]:
    """Give a count for each state, 0 where *counts* has none."""
    return {str(state): counts.get(state, 0) for state in DeliveryState}
