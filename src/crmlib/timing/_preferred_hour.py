"""The hours and weekdays at which each customer tends to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import TimingModel
from crmlib.statistics import Shrinkage, fit_shaped_shrinkage
from crmlib.tables import get_zone
from crmlib.timing._day_types import compare_day_types
from crmlib.timing._peak import describe_habit, find_peak
from crmlib.timing._visits import HOURS, WEEKDAYS, list_visits

if TYPE_CHECKING:
    import numpy.typing as npt

_HOUR_KAPPAS = (1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 30.0, 40.0, 60.0, np.inf)
_WEEKDAY_KAPPAS = (1.0, 2.0, 4.0, 8.0, np.inf)
_WEEKDAY_TYPES = {
    "weekday": [0, 1, 2, 3, 4, 5, 6],
    "weekend": [0, 0, 0, 0, 0, 1, 1],
    "none": [0, 0, 0, 0, 0, 0, 0],
}
# Where nobody came twice nothing can be fitted: the middle of what was found
# on two years of a gift shop and one of a grocery.
_HOUR_DEFAULT = Shrinkage(kappa=20.0, concentration=10.0, log_loss=np.nan)
_WEEKDAY_DEFAULT = Shrinkage(kappa=np.inf, concentration=20.0, log_loss=np.nan)


class PreferredHourTiming(TimingModel):
    """Learn at which hours and weekdays each customer is there.

    The counts of a customer, smoothed around the clock, are drawn towards a
    shape of the day: ``p = (n K + s m) / (N + s)``, with n the customer's
    visits by hour, N their number, K a circular kernel and m the shape, such as
    that of offices or of evenings.  The shapes are learned from all; which of
    them a customer has is never certain, so p is averaged over them.  Who
    never came is served by the same formula with N = 0.  Both the kernel and s
    are fitted by predicting each visit from the others of its customer.
    Weekdays are treated alike, with shapes of the week.  What hours are busier
    on which type of day is learned from all: p is multiplied by P(hour | type)
    / P(hour) and scaled to sum to 1.

    Parameters
    ----------
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known.
    day_type : {"weekday", "weekend", "none"}, default="weekday"
        Which days have hours of their own: each weekday, Saturday and Sunday
        against the rest, or none.
    most_shapes : int, default=4
        From 1.  As many shapes are taken as foretell other customers best.

    Attributes
    ----------
    customer_ids_ : Index of shape (n_customers,)
        The customers seen by ``fit``, sorted.
    hour_counts_ : ndarray of int, shape (n_customers, 24)
        Visits by local hour.
    weekday_counts_ : ndarray of int, shape (n_customers, 7)
        Visits by local weekday, Monday first.
    hour_population_, weekday_population_ : ndarray of float, shape (24,) and (7,)
        What is expected of a customer of whom nothing is known.
    day_effect_ : ndarray of float, shape (7, 24)
        P(hour | type of the weekday) / P(hour), from visits seen and expected
        with one added to both.
    hour_shrinkage_, weekday_shrinkage_ : ShapedShrinkage
        The fitted shapes, kernel and concentrations.
    event_kind_ : str
        What the events were: ``"buys"`` or ``"answers"``.

    Notes
    -----
    A visit is all that a customer does within one hour of the local clock.
    The hour of a purchase is a proxy for attention; it is not known when a
    customer reads mail.  Of a transactions table lines with an amount of 0 or
    less are no visits; of an engagements table only what a person opened,
    clicked or replied to is one.

    Shapes and concentrations are fitted on at most 5,000 customers, drawn by a
    fixed lot; fewer than 100 have one shape.  Where
    nobody came twice kappa is 20 and the concentration 10 for hours, and there
    is no kernel and 20 for weekdays.

    Examples
    --------
    >>> import pandas as pd
    >>> evenings = pd.date_range("2026-01-05 19:10", periods=8, freq="D", tz="Asia/Seoul")
    >>> events = pd.DataFrame({"customer_id": "ann", "ordered_at": evenings})
    >>> timing = PreferredHourTiming(timezone="Asia/Seoul").fit(events)
    >>> ann = pd.DataFrame(index=pd.Index(["ann"], name="customer_id"))
    >>> int(timing.hour_probabilities(ann).loc["ann"].idxmax())
    19
    """

    def __init__(
        self, timezone: str = "UTC", day_type: str = "weekday", most_shapes: int = 4
    ) -> None:
        self.timezone = timezone
        self.day_type = day_type
        self.most_shapes = most_shapes

    def fit(
        self,
        events: pd.DataFrame,
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,
    ) -> Self:
        """Learn from *events* when customers are there.

        Parameters
        ----------
        events : DataFrame of shape (n_events, n_columns)
            ``customer_id`` and an instant: ``ordered_at`` (transactions) or
            ``at`` (engagements), aware.
        y : None
            Ignored; there for scikit-learn.
        zones : Series of str, optional
            IANA zone of each customer, indexed by ``customer_id``.  Who is
            missing there lives in ``timezone``; so does who has a zone that
            does not exist, and a :class:`~crmlib.exceptions.DataQualityWarning`
            counts those.

        Returns
        -------
        PreferredHourTiming
            The model itself.

        Raises
        ------
        InvalidParameterError
            If ``timezone`` is no IANA zone, ``day_type`` none of the three or
            ``most_shapes`` less than 1.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the instants have no zone, nothing is left to learn from, or
            *zones* holds a customer twice.
        """
        get_zone(self.timezone)
        if self.day_type not in _WEEKDAY_TYPES:
            raise InvalidParameterError("day_type", self.day_type, f"one of {[*_WEEKDAY_TYPES]}")
        if self.most_shapes < 1:
            raise InvalidParameterError("most_shapes", self.most_shapes, "1 or more")
        visits = list_visits(events, zones, self.timezone).count()
        self.event_kind_ = "buys" if "ordered_at" in events else "answers"
        self.customer_ids_ = visits.customer_ids
        self.hour_counts_ = visits.by_hour
        self.weekday_counts_ = visits.by_weekday
        self.hour_shrinkage_ = fit_shaped_shrinkage(
            visits.by_hour,
            kappas=_HOUR_KAPPAS,
            default=_HOUR_DEFAULT,
            most_shapes=self.most_shapes,
        )
        self.hour_population_ = self.hour_shrinkage_.population
        self.weekday_shrinkage_ = fit_shaped_shrinkage(
            visits.by_weekday,
            kappas=_WEEKDAY_KAPPAS,
            default=_WEEKDAY_DEFAULT,
            most_shapes=self.most_shapes,
        )
        self.weekday_population_ = self.weekday_shrinkage_.population
        types = np.array(_WEEKDAY_TYPES[self.day_type])
        self.day_effect_ = compare_day_types(visits.week, types)
        return self

    def weights(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Show how much of each customer's hours is its own.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 3), indexed like *customers*
            ``events`` (visits, N), ``own`` (N / (N + s), from 0 to 1, averaged
            over the shapes) and ``population`` (the rest).
        """
        counts = self._counts_of(customers, self.hour_counts_)
        own = self.hour_shrinkage_.own_weight(counts)
        columns = {"events": counts.sum(axis=1), "own": own, "population": 1 - own}
        return pd.DataFrame(columns, index=customers.index)

    def hour_probabilities(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the probability of each local hour by the formula above, before the effect of days.

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
        return pd.DataFrame(self._hours(customers), index=customers.index, columns=columns)

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
        values = self._week(customers, weekdays, hours)
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
        return self._week(customers, np.asarray(slots.day_of_week), np.asarray(slots.hour))

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Say around which hours each customer buys, and on how much that rests.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware, in the customers' own zone.

        Returns
        -------
        Series of str, indexed like *customers*
            Such as ``buys around 19-21 h; 14 events, weight 0.41 own, 0.59
            population``.
        """
        weights = self.weights(customers)
        percent = (weights["own"] * 100).round()
        first, width = find_peak(self._hours(customers))
        hours = send_at.dt.hour.to_numpy()
        # Many customers share a sentence: each is written once.
        facts = np.column_stack([weights["events"], percent, first, width, hours])
        facts = facts.astype(np.int64)
        packed = facts @ [101 * 2 * HOURS**3, 2 * HOURS**3, 2 * HOURS**2, HOURS, 1]
        _, examples, which = np.unique(packed, return_index=True, return_inverse=True)
        sentences = [describe_habit(self.event_kind_, fact) for fact in facts[examples].tolist()]
        texts = np.array(sentences, dtype=object)[which]
        return pd.Series(texts, index=customers.index, dtype=object)

    def _counts_of(
        self, customers: pd.DataFrame, counts: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Give the counts of each customer: none for who was never seen."""
        check_is_fitted(self, "customer_ids_")
        places = self.customer_ids_.get_indexer(customers.index)
        return np.where(places[:, None] >= 0, counts[places], 0)

    def _hours(self, customers: pd.DataFrame) -> npt.NDArray[np.float64]:
        check_is_fitted(self, "customer_ids_")
        counts = self._counts_of(customers, self.hour_counts_)
        return self.hour_shrinkage_.shrink(counts)

    def _week(
        self,
        customers: pd.DataFrame,
        weekdays: npt.NDArray[np.int64],
        hours: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float64]:
        """Give P(weekday) P(hour | weekday) for the pairs asked for."""
        by_hour = self._hours(customers)
        counts = self._counts_of(customers, self.weekday_counts_)
        by_weekday = self.weekday_shrinkage_.shrink(counts)
        scaled = by_weekday / (by_hour @ self.day_effect_.T)
        effect = self.day_effect_[weekdays, hours]
        return np.asarray(scaled[:, weekdays] * by_hour[:, hours] * effect, dtype=np.float64)
