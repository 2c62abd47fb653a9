"""The whole hours of a zone's clock inside a window."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

MINUTE = 60_000_000
HOUR = 60 * MINUTE
_QUARTER = 15 * MINUTE


@attrs.frozen(kw_only=True, eq=False)
class Slots:
    """Hours that begin in a window, in the local time of one zone.

    Parameters
    ----------
    starts : DatetimeIndex of shape (n_slots,)
        Aware, in the zone, rising.
    minutes : ndarray of int, shape (n_slots,)
        How many minutes from the start lie in the same hour of the local
        clock and before the end of the window: 60, but fewer where clocks
        change or the window ends.
    """

    starts: pd.DatetimeIndex
    minutes: npt.NDArray[np.int64]

    def choose(self, which: npt.NDArray[np.bool_]) -> Slots:
        """Give some of the slots."""
        return Slots(starts=self.starts[which], minutes=self.minutes[which])


def find_slots(zone: str, not_before: int, not_after: int) -> Slots:
    """Give the whole hours of *zone* that begin in [not_before, not_after).

    Going back from each quarter of an hour to the last full hour of the local
    clock finds them in zones with any offset, also where it changes by half an
    hour as on Lord Howe Island.  Instants are microseconds since 1970 in UTC.
    """
    grid = np.arange(not_before - not_before % _QUARTER, not_after + _QUARTER, _QUARTER)
    instants = np.unique(grid - _read_clock(grid, zone) % HOUR)
    full = _read_clock(instants, zone) % HOUR == 0
    instants = instants[full & (not_before <= instants) & (instants < not_after)]
    left = -((instants - not_after) // MINUTE)
    return Slots(
        starts=to_index(instants).tz_convert(zone),
        minutes=np.minimum(_count_minutes(instants, zone), left),
    )


def to_index(instants: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    """Give microseconds since 1970 as an index in UTC."""
    return pd.DatetimeIndex(instants.view("M8[us]")).tz_localize("UTC")


def _read_clock(instants: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Say what the clocks of *zone* show, in microseconds since 1970."""
    wall = to_index(instants).tz_convert(zone).tz_localize(None)
    return np.asarray(wall.asi8, dtype=np.int64)


def _count_minutes(instants: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Count the minutes until clocks change, at most an hour."""
    minutes = np.arange(HOUR // MINUTE)
    offset = _read_clock(instants, zone) - instants
    last = instants + minutes[-1] * MINUTE
    counts = np.full(len(instants), len(minutes))
    for place in np.flatnonzero(_read_clock(last, zone) - last != offset):
        each = instants[place] + minutes * MINUTE
        counts[place] = np.sum(_read_clock(each, zone) - each == offset[place])
    return counts
