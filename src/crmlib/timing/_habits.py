"""What was learned of when customers are there, and how answers are read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.special import betaincinv

from crmlib.timing._segments import take_codes

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from crmlib.statistics import SegmentShrinkage
    from crmlib.timing._hour_counts import HourCounts

    Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True, eq=False)
class Habits:
    """What was learned of all customers.

    Parameters
    ----------
    customer_ids : Index of shape (n_customers,)
    segments : Series of category, indexed by ``customer_id``
    counts : HourCounts
    day_kinds : ndarray of int, shape (7,)
        The kind of each weekday, from 0.
    day_effect : ndarray of float, shape (7, 24)
    other_days : float
        What a visit counts for on days of the other kind.
    by_hour, by_weekday : SegmentShrinkage
    hour_share, weekday_share : ndarray of float, shape (n_customers, n_shapes)
        The probability of each shape.
    """

    customer_ids: pd.Index
    segments: pd.Series
    counts: HourCounts
    day_kinds: npt.NDArray[np.intp]
    day_effect: Floats
    other_days: float
    by_hour: SegmentShrinkage
    by_weekday: SegmentShrinkage
    hour_share: npt.NDArray[np.float32]
    weekday_share: npt.NDArray[np.float32]

    @property
    def n_kinds(self) -> int:
        """How many kinds of days there are."""
        return int(self.day_kinds.max()) + 1

    def of(self, customer_ids: pd.Index) -> KnownHabits:
        """Give what is known of some customers: nothing but their segment of who never came."""
        places = self.customer_ids.get_indexer(customer_ids)
        codes = take_codes(self.segments, customer_ids)
        return KnownHabits(habits=self, places=places, codes=codes)


@attrs.frozen(kw_only=True, eq=False)
class KnownHabits:
    """What is known of some customers.

    Parameters
    ----------
    habits : Habits
    places : ndarray of int, shape (n_customers,)
        Rows of the counts, -1 for who never came.
    codes : ndarray of int, shape (n_customers,)
        Segments, -1 for none.
    """

    habits: Habits
    places: npt.NDArray[np.intp]
    codes: npt.NDArray[np.intp]

    @property
    def visits(self) -> npt.NDArray[np.int32]:
        """How often each customer came."""
        return self._take(self.habits.counts.visits)

    @property
    def segments(self) -> tuple[npt.NDArray[np.intp], list[str]]:
        """The code of each customer's segment, and the names of all."""
        return self.codes, list(self.habits.segments.cat.categories)

    def weights(self, kind: int | None = None) -> dict[str, Floats]:
        """Give the weights of customer, segment and population on hours of this kind of day."""
        how = self.habits.by_hour
        share = self._share(how, self.habits.hour_share)
        own = how.everybody.weigh(share, self._recent_hours(kind))
        segment = (1 - own) * how.weigh_segment(self.codes)
        return {"own": own, "segment": segment, "population": 1 - own - segment}

    def hours(self, kind: int | None = None) -> Floats:
        """Give P(hour) before the effect of days, on all days alike or on those of a kind."""
        how = self.habits.by_hour
        share = self._share(how, self.habits.hour_share)
        return how.draw(share, self._recent_hours(kind), self.codes)

    def hour_interval(self, alpha: float) -> tuple[Floats, Floats]:
        """Give bounds of P(hour), all days alike, by a beta distribution of its variance."""
        how, recent = self.habits.by_hour, self._recent_hours(None)
        share = self._share(how, self.habits.hour_share)
        mean = how.draw(share, recent, self.codes)
        events = mean * (1 - mean) / how.variance(share, recent, self.codes) - 1
        hits, misses = mean * events, (1 - mean) * events
        low, high = (betaincinv(hits, misses, tail) for tail in (alpha / 2, 1 - alpha / 2))
        return np.asarray(low), np.asarray(high)

    def hours_on(self, kind: int) -> Floats:
        """Give P(hour) on days of a kind, but for a factor."""
        days = self.habits.day_kinds == kind
        return np.asarray(self.hours(kind) * self.habits.day_effect[days].mean(axis=0))

    def week(self, weekdays: npt.NDArray[np.integer], hours: npt.NDArray[np.integer]) -> Floats:
        """Give P(weekday) P(hour | weekday) for the pairs asked for."""
        how = self.habits.by_weekday
        share = self._share(how, self.habits.weekday_share)
        recent = self._take(self.habits.counts.recent_weekdays)
        by_weekday = how.draw(share, recent, self.codes)
        probabilities = np.empty((len(self.places), len(weekdays)))
        kinds = self.habits.day_kinds[weekdays]
        for kind in np.unique(kinds):
            by_hour = self.hours(kind)
            scaled = by_weekday / (by_hour @ self.habits.day_effect.T)
            asked = kinds == kind
            days, of_day = weekdays[asked], hours[asked]
            effect = self.habits.day_effect[days, of_day]
            probabilities[:, asked] = scaled[:, days] * by_hour[:, of_day] * effect
        return probabilities

    def _recent_hours(self, kind: int | None) -> npt.NDArray[np.floating]:
        counts = self.habits.counts.recent_hours
        if kind is None or counts.shape[1] == 1:
            return np.asarray(self._take(counts).sum(axis=1))
        same, other = (self._take(counts[:, each]) for each in (kind, 1 - kind))
        return np.asarray(same + np.float32(self.habits.other_days) * other)

    def _share(
        self, how: SegmentShrinkage, share: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        taken = share[self.places]
        strangers = self.places < 0
        taken[strangers] = how.expected_responsibilities(self.codes[strangers])
        return taken

    def _take(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Give the rows of the customers, zeros for who never came."""
        taken = table[self.places]
        taken[self.places < 0] = 0
        return taken
