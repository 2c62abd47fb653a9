"""Keep lanes that have nothing to do at hand while others work."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watch:
    """Know how many lanes work, for those that have nothing to do as long as one does.

    A lane may be at work for hours; what falls due by another one meanwhile
    is not to wait for its end.

    Parameters
    ----------
    lanes : int
        How many there are, none of which has begun.
    """

    def __init__(self, lanes: int) -> None:
        self._to_come = lanes
        self._working = 0
        self._changed = Condition()

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Count a lane as working for the time of the ``with`` block."""
        with self._changed:
            self._to_come -= 1
            self._working += 1
        try:
            yield
        finally:
            self._step_down()

    def rest(self, seconds: float) -> bool:
        """Wait so long while others work; False if none does, or one waits for a thread."""
        self._step_down()
        with self._changed:
            try:
                if not self._to_come:
                    self._changed.wait_for(lambda: not self._working, seconds)
                return self._working > 0 and not self._to_come
            finally:  # also when the user interrupts
                self._working += 1

    def _step_down(self) -> None:
        with self._changed:
            self._working -= 1
            self._changed.notify_all()
