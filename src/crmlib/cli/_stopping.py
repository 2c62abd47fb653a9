"""Told to stop: Ctrl-C, or the signal of systemd, ends the work where nothing is in hand."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Take the signals to stop for the time of a ``with`` block.

    The first one asks the work to end; the second ends the program as ever.
    """

    def __enter__(self) -> Self:
        self._ear, self._mouth = os.pipe()
        self._before = {each: signal.signal(each, self._hear) for each in _SIGNALS}
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._restore()
        os.close(self._ear)
        os.close(self._mouth)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is told to stop; True if it was."""
        # a pipe: it wakes at once, and has no lock that the signal could have broken in on
        heard, _, _ = select.select([self._ear], [], [], seconds)
        return bool(heard)

    def is_told(self) -> bool:
        """Say whether it was told to stop."""
        return self.wait(0)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._restore()
        os.write(self._mouth, b"!")

    def _restore(self) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)
