"""How often something happens in the time there was for it, by bins, with intervals.

What comes from one customer is not independent, so variances are sums over
customers: those of a ratio of two totals, by linearisation [1]_.

References
----------
.. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, p. 150-157.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_95_PERCENT = 1.959964
_NONE_SEEN = 3.0
"""The rule of three: where nothing was seen, three could have been expected."""


@attrs.frozen(kw_only=True, eq=False)
class EventRates:
    """Events and the time at risk of each group, by bins.

    Parameters
    ----------
    events, exposure : ndarray of float, shape (n_groups, n_bins)
        How often it happened, and the time in which it could have.
    """

    events: Floats
    exposure: Floats

    def rates(self) -> tuple[Floats, Floats, Floats]:
        """Give the rate of each bin and its 95 % interval; NaN where there was no time."""
        events, exposure = self.events.sum(axis=0), self.exposure.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = events / exposure
            spread = _spread((self.events - rate * self.exposure) / events, self.exposure)
            low = np.where(events > 0, rate / spread, rate)
            high = np.where(events > 0, rate * spread, _NONE_SEEN / exposure)
        empty = exposure == 0
        return tuple(np.where(empty, np.nan, each) for each in (rate, low, high))  # type: ignore[return-value]  # three of them

    def compare(
        self, these: npt.NDArray[np.bool_], others: npt.NDArray[np.bool_]
    ) -> tuple[float, float, float]:
        """Give the rate in bins *these* over that in *others*, and its 95 % interval.

        NaN where nothing happened in *these*, or there was no time in
        *others*.  Where nothing happened in *others* the ratio is infinite, and
        its lower end that to a rate of three events.
        """
        events, exposure = (each[:, these].sum(axis=1) for each in (self.events, self.exposure))
        before, time = (each[:, others].sum(axis=1) for each in (self.events, self.exposure))
        if not (events.any() and time.any()):
            return np.nan, np.nan, np.nan
        rate = float(events.sum() / exposure.sum())
        part = (events - rate * exposure) / events.sum()
        if not before.any():
            spread = float(_spread(part, exposure))
            return np.inf, rate / spread * float(time.sum()) / _NONE_SEEN, np.inf
        base = float(before.sum() / time.sum())
        spread = float(_spread(part - (before - base * time) / before.sum(), exposure + time))
        return rate / base, rate / base / spread, rate / base * spread


def _spread(parts: Floats, exposure: Floats) -> Floats:
    """Give the factor from an estimate to the ends of its interval, column by column.

    *parts* are what each group adds to the error of the logarithm; of one
    group nothing is known.
    """
    n_groups = (exposure > 0).sum(axis=0)
    variance = (parts**2).sum(axis=0) * n_groups / np.maximum(n_groups - 1, 1)
    return np.asarray(np.exp(_95_PERCENT * np.where(n_groups > 1, np.sqrt(variance), np.inf)))
