"""The days on which each customer is due to buy again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.interfaces import TimingModel
from crmlib.tables import get_zone
from crmlib.timing._cycle_forecasts import EPOCH, CycleForecasts
from crmlib.timing._cycles import SHARES, learn_cycles
from crmlib.timing._purchase_chances import expect_purchases
from crmlib.timing._purchase_days import list_purchase_days

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

# Of the expected gap: what lies before is soon after a purchase, what lies between is due.
_DUE_FROM, _DUE_TO = 0.5, 1.5
_EARLY = SHARES[1:] <= _DUE_FROM
_DUE = (SHARES[:-1] >= _DUE_FROM) & (SHARES[1:] <= _DUE_TO)


class PurchaseCycleTiming(CycleForecasts):
    """Learn when each customer is due to buy again, and whether that matters.

    The next gap of a customer is log-normal; its mean is that of the
    customer's own gaps drawn towards those of all, the less so the more there
    are.  BG/NBD, the model behind
    :class:`crmlib.segmenters.ValueSegmenter`, says whether the customer is
    still there.  How likely purchases are as the time since the last one nears
    the expected gap is counted, not supposed: where they do not become more
    likely there is no golden time, and all days are alike.

    Parameters
    ----------
    hours : TimingModel, optional
        What says at which hours of a day each customer is there, such as
        ``PreferredHourTiming()``; it is fitted along.  Without one all hours
        are alike.
    by : str, optional
        A column of the events that names what is bought again, such as
        ``"product_id"`` or ``"category"``: each has its own cycle, towards
        which the gaps of its buyers are drawn.  What was bought again fewer
        than five times by all together is left out.  Without it any purchase
        counts.
    horizon_days : int, default=90
        How far ahead the chance to buy is asked for; from 1.
    until : str or date, optional
        The last local day that is known, such as ``"2026-06-30"``; events
        after it are left out.  By default the day of the last event.
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known.

    Attributes
    ----------
    customer_ids_ : Index of shape (n_customers,)
        The customers seen by ``fit``, sorted.
    until_ : date
        The last day that was known.
    golden_ : bool
        Whether purchases are more likely around the time when they are due:
        whether ``rise_["low"]`` is above 1.
    rise_ : dict of str to float
        ``ratio`` of the rate at .5 to 1.5 of the expected gap to that before
        .5, and its 95 % interval, ``low`` and ``high``; NaN where there is too
        little to tell.
    purchase_parameters_ : dict of str to float
        ``r``, ``alpha`` (days), ``a`` and ``b`` of BG/NBD; empty where nobody
        bought again.
    correction_ : dict of str to dict
        How chances of customers ``"with a gap"`` and ``"without"`` were
        corrected by the last ``horizon_days`` that are known; empty where
        there were fewer than 100.
    hours_ : TimingModel or None
        The fitted *hours*.

    See Also
    --------
    crmlib.reports.plot_hazard : The picture of the rates.

    Notes
    -----
    Several purchases on one local day are one.  Of a transactions table lines
    with an amount of 0 or less are none; of an engagements table only what a
    person opened, clicked or replied to counts.

    Rates are purchases per week at risk, from the second purchase of a
    customer on, by elapsed time over the gap that the purchases before it let
    expect; intervals allow for the purchases of one customer going together.

    References
    ----------
    P. S. Fader, B. G. S. Hardie, K. L. Lee, "'Counting Your Customers' the
    Easy Way", Marketing Science 24 (2005), 275-284.

    Examples
    --------
    >>> import pandas as pd
    >>> every = {"ann": 7, "bob": 30}
    >>> events = pd.concat(
    ...     pd.DataFrame({"customer_id": name, "ordered_at": pd.date_range(
    ...         "2026-01-05", "2026-06-01", freq=f"{days}D", tz="UTC")})
    ...     for name, days in every.items()
    ... )
    >>> timing = PurchaseCycleTiming(until="2026-06-01").fit(events)
    >>> customers = pd.DataFrame(index=pd.Index(["ann", "bob"], name="customer_id"))
    >>> timing.next_due(customers)["due_on"].dt.strftime("%m-%d").to_dict()
    {'ann': '06-08', 'bob': '06-04'}
    """

    def __init__(
        self,
        hours: TimingModel | None = None,
        by: str | None = None,
        horizon_days: int = 90,
        until: str | date | None = None,
        timezone: str = "UTC",
    ) -> None:
        self.hours = hours
        self.by = by
        self.horizon_days = horizon_days
        self.until = until
        self.timezone = timezone

    def fit(
        self,
        events: pd.DataFrame,
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,
    ) -> Self:
        """Learn from *events* how long customers take until they buy again.

        Parameters
        ----------
        events : DataFrame of shape (n_events, n_columns)
            ``customer_id`` and an instant: ``ordered_at`` (transactions) or
            ``at`` (engagements), aware; the column that *by* names.
        y : None
            Ignored; there for scikit-learn.
        zones : Series of str, optional
            IANA zone of each customer, indexed by ``customer_id``.

        Returns
        -------
        PurchaseCycleTiming
            The model itself.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it cannot have.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the instants have no zone, or nothing is left to learn from.
        """
        get_zone(self.timezone)
        if not (isinstance(self.horizon_days, int | np.integer) and self.horizon_days >= 1):
            raise InvalidParameterError("horizon_days", self.horizon_days, "whole days from 1 on")
        if not (self.hours is None or isinstance(self.hours, TimingModel)):
            raise InvalidParameterError("hours", self.hours, "a TimingModel, or None")
        purchases, items = list_purchase_days(events, zones, self.timezone, self.by)
        end = _read_day(self.until, int(purchases.days.max()))
        purchases, items = purchases.until(end), items.until(end)
        self.until_ = date.fromordinal(EPOCH.toordinal() + end)
        if not len(purchases.days):
            raise InvalidTableError(
                "events", f"holds no purchase until {self.until_}", "name a later day in until"
            )
        if not len(items.days):
            raise InvalidTableError(
                "events",
                f"holds no purchase until {self.until_} with {self.by!r}",
                "name another column in by, or none",
            )
        chances = expect_purchases(purchases, end, self.horizon_days)
        places = purchases.buyers()
        self.customer_ids_ = purchases.customer_ids[places]
        self._histories = purchases.histories(end)
        self._chances = chances
        self.purchase_parameters_ = chances.parameters()
        self.correction_ = {name: dict(each) for name, each in chances.corrections.items()}
        self._items = items.items
        self._cycles = learn_cycles(items, end).renumber(places)
        ratio, low, high = self._cycles.rates.compare(_DUE, _EARLY)
        self.rise_ = {"ratio": ratio, "low": low, "high": high}
        self.golden_ = bool(low > 1)
        self.hours_ = None if self.hours is None else clone(self.hours).fit(events, zones=zones)
        return self

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Score each slot by how likely a purchase is on its day, times its hour.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; all live in the zone of *slots*.
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the customers' own zone.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            Positive.  Days are told apart only where there is a golden time,
            and for customers who bought; of several items the likeliest counts.
        """
        places = self._places(customers)
        hours = np.ones((len(customers), len(slots)))
        if self.hours_ is not None:
            hours = self.hours_.preferences(customers, slots)
        if not self.golden_:
            return hours
        days, which = np.unique(_count_days(slots), return_inverse=True)
        return np.asarray(hours * self._rate_days(places, days)[:, which])

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Say when each customer is due, or that this does not matter here; and why that hour.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware, in the customers' own zone.

        Returns
        -------
        Series of str, indexed like *customers*
            Such as ``due around 2026-07-03: buys every 21 days (6 gaps), silent
            for 12``.
        """
        if self.golden_:
            texts = [_say_due(*row) for row in self.next_due(customers)[_SAID].to_numpy()]
        else:
            check_is_fitted(self, "customer_ids_")
            texts = ["no golden time here: nobody is known to buy more when it is due"]
            texts *= len(customers)
        if self.hours_ is not None:
            hours = self.hours_.reasons(customers, send_at)
            texts = [f"{text}; {hour}" for text, hour in zip(texts, hours, strict=True)]
        return pd.Series(texts, index=customers.index, dtype=object)

    def _rate_days(self, places: Ints, days: Ints) -> Floats:
        """Give the rate of purchases of each customer on each of *days*."""
        cycles, counts = self._cycles, self._cycles.rates
        events, weeks = counts.events.sum(axis=0), counts.exposure.sum(axis=0)
        overall = events.sum() / weeks.sum()
        rates = (events + 1) / (weeks + 1 / overall)
        share = (days - cycles.last_days[:, None]) / np.exp(cycles.log_gap)[:, None]
        of_unit = np.interp(share, (SHARES[:-1] + SHARES[1:]) / 2, rates)
        best = np.full((len(self.customer_ids_) + 1, len(days)), overall)
        mine = np.unique(cycles.customers, return_index=True)
        best[mine[0]] = np.maximum.reduceat(of_unit, mine[1], axis=0)
        return np.asarray(best[places])


_SAID = ["due_on", "gap_days", "gaps", "silent_days", "item"]


def _say_due(
    due_on: pd.Timestamp, gap_days: float, gaps: float, silent_days: float, item: object
) -> str:
    if pd.isna(due_on):
        return "nothing is known of when this customer buys"
    what = "" if item is None else f" {item}"
    every = f"buys{what} every {gap_days:.0f} days ({gaps:.0f} gap{'s' * (gaps > 1)})"
    if not gaps:
        every = f"others buy{what} every {gap_days:.0f} days, this one not again yet"
    return f"due around {due_on:%Y-%m-%d}: {every}, silent for {silent_days:.0f}"


def _count_days(slots: pd.DatetimeIndex) -> Ints:
    """Count the days since 1970 on the clock that the slots show."""
    local = slots.tz_localize(None).normalize().as_unit("s")
    return np.asarray(local.asi8 // 86_400)


def _read_day(until: str | date | None, last: int) -> int:
    if until is None:
        return last
    try:
        day = date.fromisoformat(str(until))
    except ValueError as error:
        raise InvalidParameterError("until", until, "a day such as '2026-06-30'") from error
    return (day - EPOCH).days
