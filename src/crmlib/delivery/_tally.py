"""Count along while sending."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from crmlib.delivery._delivery_state import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmlib.delivery._delivery_summary import DeliverySummary


class Tally:
    """Count along, as counting a million rows after each batch would take too long.

    Parameters
    ----------
    before : DeliverySummary
        How it stands.
    progress : callable or None
        Told of the number of messages settled and planned, by one lane at a time.

    Attributes
    ----------
    sent_now : int
        Messages accepted since.
    """

    def __init__(
        self, before: DeliverySummary, progress: Callable[[int, int], object] | None
    ) -> None:
        self.sent_now = 0
        self._planned = before.planned
        self._settled = before.planned - before.open
        self._progress = progress
        self._lock = Lock()
        self.add(0, {})

    def add(self, finished: int, states: Mapping[DeliveryState, int]) -> None:
        """Add what came to an end without being handed over, and what became of the rest."""
        with self._lock:
            self.sent_now += states.get(DeliveryState.ACCEPTED, 0)
            ended = sum(count for state, count in states.items() if not state.is_open)
            self._settled += finished + ended
            if self._progress is not None:
                self._progress(self._settled, self._planned)
