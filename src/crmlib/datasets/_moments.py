"""When customers of the synthetic shop act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

TRUE_TO_HABIT = 0.7
"""Share of the moments that lie around the favourite hour."""

SHOP_ZONE = "Asia/Seoul"
"""Zone of the shop: times without an offset in its files, and its calendar days."""

_DAY = [1, 1, 0, 0, 0, 0, 1, 2, 4, 6, 8, 8, 9, 8, 7, 7, 7, 7, 8, 9, 10, 11, 9, 5]
_POPULATION = np.array(_DAY) / sum(_DAY)


def draw_seconds(
    rng: np.random.Generator, favourite_hours: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Draw a second of the local day for each of *favourite_hours* (0 to 23)."""
    n = len(favourite_hours)
    spread = np.rint(rng.normal(0, 0.8, n)).astype(np.int64)
    others = rng.choice(24, n, p=_POPULATION)
    habit = rng.random(n) < TRUE_TO_HABIT
    hours = np.where(habit, (favourite_hours + spread) % 24, others)
    return hours * 3600 + rng.integers(0, 3600, n)


def to_instants(
    dates: npt.NDArray[np.datetime64],
    seconds: npt.NDArray[np.int64],
    zones: npt.NDArray[np.object_],
) -> pd.Series[pd.Timestamp]:
    """Give the UTC instants of local *dates* and *seconds* of the day in *zones*.

    A time that clocks skip is moved behind the gap; of one that comes twice
    the second is taken.
    """
    local = pd.Series(dates.astype("datetime64[s]") + seconds.astype("timedelta64[s]"))
    instants = pd.Series(pd.NaT, index=local.index, dtype="datetime64[us, UTC]")
    for zone in pd.unique(pd.Series(zones)):
        here = local.index[zones == zone]
        aware = local[here].dt.tz_localize(
            zone, ambiguous=np.zeros(len(here), dtype=bool), nonexistent="shift_forward"
        )
        instants[here] = aware.dt.tz_convert("UTC").dt.as_unit("us")
    return instants
