"""When customers are there: the answers of a fitted model of hours and weekdays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import TimingModel
from crmlib.timing._peak import describe_habits, find_peak
from crmlib.timing._visits import HOURS, WEEKDAYS

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._habits import Habits, KnownHabits


class HourAnswers(TimingModel):
    """Probabilities of hours and weekdays, once habits are learned."""

    habits_: Habits
    event_kind_: str

    def weights(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Show how much of each customer's hours is its own.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 4), indexed like *customers*
            ``events`` (visits), ``own`` (N / (N + s), from 0 to 1, averaged over
            the shapes, N as for all days alike), ``segment`` (of the rest, N_g /
            (N_g + s)) and ``population`` (what remains).
        """
        known = self._know(customers)
        columns = {"events": known.visits, **known.weights()}
        return pd.DataFrame(columns, index=customers.index)

    def hour_probabilities(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the probability of each local hour by the formula above, all days alike.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 24), indexed like *customers*
            Columns 0 to 23, named ``"hour"``; each row sums to 1.
        """
        columns = pd.RangeIndex(HOURS, name="hour")
        return pd.DataFrame(self._know(customers).hours(), index=customers.index, columns=columns)

    def hour_intervals(self, customers: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
        """Say how sure :meth:`hour_probabilities` are of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        alpha : float, default=0.05
            The share of intervals that miss the truth.

        Returns
        -------
        DataFrame of shape (n_customers, 48), indexed like *customers*
            Columns ``bound`` ("low" and "high") and ``hour``.
        """
        if not 0 < alpha < 1:
            raise InvalidParameterError("alpha", alpha, "between 0 and 1, both excluded")
        bounds = ["low", "high"], range(HOURS)
        columns = pd.MultiIndex.from_product(bounds, names=["bound", "hour"])
        values = np.hstack(self._know(customers).hour_interval(alpha))
        return pd.DataFrame(values, index=customers.index, columns=columns)

    def probabilities(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the probability of each hour of the local week.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 168), indexed like *customers*
            Columns ``weekday`` (0 is Monday) and ``hour``; each row sums to 1.
        """
        weekdays, hours = np.divmod(np.arange(WEEKDAYS * HOURS), HOURS)
        columns = pd.MultiIndex.from_arrays([weekdays, hours], names=["weekday", "hour"])
        values = self._know(customers).week(weekdays, hours)
        return pd.DataFrame(values, index=customers.index, columns=columns)

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Give the probability of each slot's hour of the week for each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; all live in the zone of *slots*.
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the customers' own zone.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            Positive; as in :meth:`probabilities`.
        """
        return self._know(customers).week(np.asarray(slots.day_of_week), np.asarray(slots.hour))

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Say around which hours each customer buys on such days, and on how much that rests.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware, in the customers' own zone.

        Returns
        -------
        Series of str, indexed like *customers*
            Such as ``buys around 19-21 h on weekdays; 14 events, weight 0.41
            own, 0.59 population``.
        """
        check_is_fitted(self, "habits_")
        texts = np.empty(len(customers), dtype=object)
        kinds = self.habits_.day_kinds[send_at.dt.day_of_week.to_numpy()]
        for kind, name in enumerate(["weekdays", "weekends"][: self.habits_.n_kinds]):
            rows = np.flatnonzero(kinds == kind)
            known = self._know(customers.iloc[rows])
            texts[rows] = describe_habits(
                self.event_kind_,
                f" on {name}" if self.habits_.n_kinds > 1 else "",
                visits=known.visits,
                weights=known.weights(kind),
                peak=find_peak(known.hours_on(kind)),
                chosen=send_at.dt.hour.to_numpy()[rows],
                segments=known.segments,
            )
        return pd.Series(texts, index=customers.index, dtype=object)

    def _know(self, customers: pd.DataFrame) -> KnownHabits:
        check_is_fitted(self, "habits_")
        return self.habits_.of(customers.index)
