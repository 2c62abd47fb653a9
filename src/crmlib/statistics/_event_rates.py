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
            error = np.sqrt(((self.events - rate * self.exposure) ** 2).sum(axis=0)) / exposure
            spread = np.exp(_95_PERCENT * error / rate)
            low = np.where(events > 0, rate / spread, rate)
            high = np.where(events > 0, rate * spread, _NONE_SEEN / exposure)
        empty = exposure == 0
        return tuple(np.where(empty, np.nan, each) for each in (rate, low, high))  # type: ignore[return-value]  # three of them

    def compare(
        self, these: npt.NDArray[np.bool_], others: npt.NDArray[np.bool_]
    ) -> tuple[float, float, float]:
        """Give the rate in bins *these* over that in *others*, and its 95 % interval.

        NaN where nothing happened in one of them.
        """
        events = [self.events[:, bins].sum(axis=1) for bins in (these, others)]
        exposure = [self.exposure[:, bins].sum(axis=1) for bins in (these, others)]
        if not (events[0].any() and events[1].any()):
            return np.nan, np.nan, np.nan
        rates = [float(e.sum() / x.sum()) for e, x in zip(events, exposure, strict=True)]
        parts = [
            (e - rate * x) / e.sum() for e, x, rate in zip(events, exposure, rates, strict=True)
        ]
        error = float(np.sqrt(((parts[0] - parts[1]) ** 2).sum()))
        ratio, spread = rates[0] / rates[1], float(np.exp(_95_PERCENT * error))
        return ratio, ratio / spread, ratio * spread
