"""From visits to habits: counts, shapes, segments and the effect of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.statistics import Shrinkage, draw_segments, fit_shaped_shrinkage
from crmlib.timing._day_types import WEEKDAY_TYPES, compare_day_types
from crmlib.timing._habits import Habits
from crmlib.timing._hour_counts import count_visits, draw_whole, whole

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from crmlib.timing._visits import VisitList

_HOUR_KAPPAS = (1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 30.0, 40.0, 60.0, np.inf)
_WEEKDAY_KAPPAS = (1.0, 2.0, 4.0, 8.0, np.inf)
# Where nobody came twice nothing can be fitted: the middle of what was found
# on two years of a gift shop and one of a grocery.
_HOUR_DEFAULT = Shrinkage(kappa=20.0, concentration=10.0, log_loss=np.nan)
_WEEKDAY_DEFAULT = Shrinkage(kappa=np.inf, concentration=20.0, log_loss=np.nan)


def learn_habits(
    visits: VisitList,
    segments: tuple[pd.Series, npt.NDArray[np.intp], list[str]],
    *,
    day_type: str,
    most_shapes: int,
    half_life_days: float | None,
    other_days: float,
) -> Habits:
    """Learn what :class:`PreferredHourTiming` knows; *segments* are as they were read."""
    known, codes, names = segments
    kinds = np.array(WEEKDAY_TYPES["none" if day_type == "none" else "weekend"])
    counts = count_visits(visits, kinds, half_life_days)
    # Shapes are those of whole visits.
    lots = counts if whole(visits) else count_visits(draw_whole(visits), kinds, None)
    hours = fit_shaped_shrinkage(
        lots.by_hour, kappas=_HOUR_KAPPAS, default=_HOUR_DEFAULT, most_shapes=most_shapes
    )
    weekdays = fit_shaped_shrinkage(
        lots.by_weekday, kappas=_WEEKDAY_KAPPAS, default=_WEEKDAY_DEFAULT, most_shapes=most_shapes
    )
    by_hour = draw_segments(hours, counts.by_hour, codes, len(names))
    by_weekday = draw_segments(weekdays, counts.by_weekday, codes, len(names))
    return Habits(
        customer_ids=visits.customer_ids,
        segments=known,
        counts=counts,
        day_kinds=kinds,
        day_effect=compare_day_types(lots.week, np.array(WEEKDAY_TYPES[day_type])),
        other_days=float(other_days),
        by_hour=by_hour,
        by_weekday=by_weekday,
        hour_share=by_hour.responsibilities(counts.by_hour, codes).astype(np.float32),
        weekday_share=by_weekday.responsibilities(counts.by_weekday, codes).astype(np.float32),
    )
