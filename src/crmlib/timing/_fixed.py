"""One hour for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import TimingModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = 24


class FixedTiming(TimingModel):
    """Prefer one local hour for everybody, on some weekdays or all.

    Where that hour is not permitted the hours nearest to it on the clock come
    next, 23 h and 1 h alike if it is 0 h, and days other than the weekdays come last.

    Parameters
    ----------
    hour : int, default=10
        Local hour of the day, from 0 to 23.
    weekdays : sequence of str, optional
        Of ``"mon"``, ``"tue"``, ``"wed"``, ``"thu"``, ``"fri"``, ``"sat"`` and
        ``"sun"``; without it all days are alike.

    Examples
    --------
    >>> import pandas as pd
    >>> slots = pd.date_range("2026-01-05 08:00", periods=4, freq="h", tz="Asia/Seoul")
    >>> FixedTiming(hour=10).preferences(pd.DataFrame(index=["ann"]), slots).round(2)
    array([[0.33, 0.5 , 1.  , 0.5 ]])
    """

    def __init__(self, hour: int = 10, weekdays: Sequence[str] | None = None) -> None:
        self.hour = hour
        self.weekdays = weekdays

    def fit(
        self,
        events: pd.DataFrame,  # noqa: ARG002 -- part of the contract; there is nothing to learn
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,  # noqa: ARG002 -- as above
    ) -> Self:
        """Check the parameters; nothing is learned, and using the model needs no fit.

        Raises
        ------
        InvalidParameterError
            If the hour is none of a day, or a weekday none of a week.
        """
        self._check()
        return self

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Score each slot alike for all customers.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the customers' own zone.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            1 / (1 + hours from the preferred one around the clock), and 1 more on the weekdays.

        Raises
        ------
        InvalidParameterError
            As in :meth:`fit`.
        """
        days = self._check()
        ahead = (np.asarray(slots.hour) - self.hour) % _HOURS
        scores = 1 / (1 + np.minimum(ahead, _HOURS - ahead))
        if self.weekdays is not None:
            scores += np.isin(slots.day_of_week, days)
        return np.tile(scores, (len(customers), 1))

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Name the hour that the campaign wants, and whether it could be had.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware, in the customers' own zone.

        Returns
        -------
        Series of str, indexed like *customers*
        """
        days = self._check()
        wish = f"the campaign wants {self.hour} h"
        if self.weekdays is not None:
            wish += " on " + ", ".join(_WEEKDAYS[day] for day in days)
        met = (send_at.dt.hour == self.hour) & send_at.dt.day_of_week.isin(days)
        texts = np.where(met, wish, f"{wish}; this is the nearest that is permitted")
        return pd.Series(texts, index=customers.index, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _check(self) -> list[int]:
        """Check the parameters and give the weekdays as numbers, 0 for Monday."""
        whole = isinstance(self.hour, int | np.integer) and not isinstance(self.hour, bool)
        if not (whole and 0 <= self.hour < _HOURS):
            raise InvalidParameterError("hour", self.hour, "a whole number from 0 to 23")
        if self.weekdays is None:
            return list(range(len(_WEEKDAYS)))
        days = [day for day, name in enumerate(_WEEKDAYS) if name in self.weekdays]
        if not days or set(self.weekdays) - set(_WEEKDAYS):
            raise InvalidParameterError("weekdays", self.weekdays, f"some of {list(_WEEKDAYS)}")
        return days
