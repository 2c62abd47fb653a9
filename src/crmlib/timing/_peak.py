"""The hours around which a customer's day is highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_HOURS = 24


def find_peak(
    probabilities: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the first hour and the width of the peak of each row.

    The peak is the run of hours around the highest one, across midnight if
    need be, that are at least half as likely.
    """
    mode = probabilities.argmax(axis=1)
    around = (mode[:, None] + np.arange(_HOURS)) % _HOURS
    turned = np.take_along_axis(probabilities, around, axis=1)
    high = turned >= turned[:, :1] / 2
    after = np.cumprod(high, axis=1).sum(axis=1)
    before = np.cumprod(high[:, :0:-1], axis=1).sum(axis=1)
    width = np.minimum(after + before, _HOURS)
    return (mode - before) % _HOURS, width


def describe_habit(deed: str, facts: Sequence[int]) -> str:
    """Say around which hours a customer does *deed*, and on how much that rests.

    The *facts* are the number of events, the weight on them in percent, the
    first hour and the width of the peak, and the hour chosen.
    """
    events, percent, first, width, hour = facts
    around = _describe_hours(first, width)
    if events:
        own = percent / 100
        noun = "event" if events == 1 else "events"
        sentence = (
            f"{deed} {around}; {events} {noun}, weight {own:.2f} own, {1 - own:.2f} population"
        )
    else:
        sentence = f"no events yet; everybody {deed} {around}, weight 0 own, 1 population"
    if (hour - first) % _HOURS >= width:
        sentence += f"; {hour} h is the best that is permitted"
    return sentence


def _describe_hours(first: int, width: int) -> str:
    if width == _HOURS:
        return "at any hour"
    return f"around {first}-{(first + width - 1) % _HOURS + 1} h"
