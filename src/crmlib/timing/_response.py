"""The hours at which messages to each customer are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.interfaces import TimingModel
from crmlib.timing._preferred_hour import PreferredHourTiming
from crmlib.timing._response_groups import (
    CONTROL,
    RANDOM,
    draw_groups,
    draw_hours,
    log_decisions,
    mix_hours,
)
from crmlib.timing._response_rates import check_response, draw_rates, find_liking
from crmlib.timing._sends import count_sends
from crmlib.timing._visits import HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_NOBODY = "a customer of whom nothing is known \0"  # no id is like it


class ResponseTiming(TimingModel):
    """Learn from sends and answers at which hours each customer answers.

    What is learned is a rate, for how often an hour was tried must not count
    in its favour: ``(k r + o K) / (k + n K)``, with n the sends to a customer
    by hour, o those that were answered, K a circular kernel and r the rate
    that is expected before anything was sent.  r is the rate of everybody at
    that hour or, with a *prior*, one rate times how much likelier than an hour
    by lot the prior finds the hour for this customer.

    Customers are in three groups, drawn anew for each *salt* (:meth:`groups`).
    A share of them explores: they get an hour by lot, so that hours are tried
    that look bad.  Another may be the control, which gets the hour that is best
    for all.  The others get their own.  What :meth:`decisions` logs lets
    :func:`compare_groups` and :func:`judge_timing` tell what the timing earns.

    Parameters
    ----------
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known.
    prior : TimingModel, optional
        Fitted, such as a :class:`PreferredHourTiming` on purchases.
    responses : sequence of str, default=("clicked", "replied")
        Events that answer a message.  Machines open mail, so ``"opened"`` is
        not among them; answers by machines never count.
    strength : float, default=3.0
        k, in sends, above 0.
    kappa : float, default=30.0
        Concentration of the kernel, 0 or more; infinite: no smoothing.
    exploration : float, default=0.05
        Share of customers who explore, from 0 to 1.
    control : float, default=0.0
        Share of customers who get the hour of all; with *exploration* at most 1.
    salt : str, default=""
        Groups are others for another salt: give each campaign its own.

    Attributes
    ----------
    customer_ids_ : Index of shape (n_customers,)
        The customers seen by ``fit``, sorted.
    sends_, answers_ : ndarray of float, shape (n_customers, 24)
        Sends by local hour, and those of them that were answered.
    rate_ : float
        Answers of everybody over sends, each send counted as often as the prior
        finds its hour likelier than one by lot; one answer and two sends added.
    hour_rates_ : ndarray of float, shape (24,)
        The rate of everybody by hour, by the formula above towards ``rate_``.
    prior_ : TimingModel or None
        The *prior*; for transactions, without one, what they tell of hours.

    Examples
    --------
    >>> import pandas as pd
    >>> sent = pd.date_range("2026-01-05 09:00", periods=20, freq="11h", tz="UTC")
    >>> events = pd.DataFrame({
    ...     "customer_id": "ann", "message_key": [*range(20)], "event": "sent", "at": sent,
    ... })
    >>> clicks = events[sent.hour == 20].assign(event="clicked")
    >>> timing = ResponseTiming(exploration=0.0).fit(pd.concat([events, clicks]))
    >>> ann = pd.DataFrame(index=pd.Index(["ann"], name="customer_id"))
    >>> int(timing.rates(ann).loc["ann"].idxmax())
    20
    """

    def __init__(
        self,
        timezone: str = "UTC",
        *,
        prior: TimingModel | None = None,
        responses: Sequence[str] = ("clicked", "replied"),
        strength: float = 3.0,
        kappa: float = 30.0,
        exploration: float = 0.05,
        control: float = 0.0,
        salt: str = "",
    ) -> None:
        self.timezone = timezone
        self.prior = prior
        self.responses = responses
        self.strength = strength
        self.kappa = kappa
        self.exploration = exploration
        self.control = control
        self.salt = salt

    def fit(
        self,
        events: pd.DataFrame,
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,
    ) -> Self:
        """Learn from *events* at which hours messages are answered.

        Parameters
        ----------
        events : DataFrame of shape (n_events, n_columns)
            An engagements table: ``customer_id``, ``message_key``, ``event`` and
            ``at``, aware.  An answer counts for the hour of the send with its key.
            Transactions do, too, but tell of hours only what they tell
            :class:`PreferredHourTiming`.
        y : None
            Ignored; there for scikit-learn.
        zones : Series of str, optional
            IANA zone of each customer, indexed by ``customer_id``.

        Returns
        -------
        ResponseTiming
            The model itself.

        Raises
        ------
        InvalidParameterError
            If a parameter is out of its range.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the instants have no zone, or a message was sent twice.
        """
        check_response(self)
        sends = count_sends(events, self.responses, zones, self.timezone)
        self.customer_ids_ = sends.customer_ids
        self.sends_, self.answers_ = sends.sends, sends.answers
        self.prior_ = self.prior
        if self.prior is None and "ordered_at" in events:
            self.prior_ = PreferredHourTiming(self.timezone).fit(events, zones=zones)
        expected = (
            self.sends_ * find_liking(self.prior_, pd.DataFrame(index=self.customer_ids_))
        ).sum()
        self.rate_ = float((self.answers_.sum() + 1) / max(expected + 2, self.answers_.sum() + 2))
        self.hour_rates_ = draw_rates(
            self, self.answers_.sum(axis=0), self.sends_.sum(axis=0), np.full(HOURS, self.rate_)
        )
        return self

    def rates(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the expected share of messages that each customer answers, by local hour.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 24), indexed like *customers*
            From 0 to 1.
        """
        check_is_fitted(self, "customer_ids_")
        if self.prior_ is None:
            expected = np.broadcast_to(self.hour_rates_, (len(customers), HOURS))
        else:
            expected = np.minimum(self.rate_ * find_liking(self.prior_, customers), 1)
        places = self.customer_ids_.get_indexer(customers.index)
        known = places >= 0
        answers, sends = np.zeros((2, len(customers), HOURS))  # of strangers
        answers[known] = self.answers_[places[known]]
        sends[known] = self.sends_[places[known]]
        rates = draw_rates(self, answers, sends, expected)
        columns = pd.RangeIndex(HOURS, name="hour")
        return pd.DataFrame(rates, index=customers.index, columns=columns)

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Give the rate of each slot's hour, that of all to the control, lots to explorers.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; all live in the zone of *slots*.
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the customers' own zone.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            Positive, at most 1.
        """
        scores = self.rates(customers).to_numpy(copy=True)
        groups = self.groups(customers)
        scores[groups.eq(CONTROL)] = self.rates_of_all()
        explorers = groups.eq(RANDOM).to_numpy()
        scores[explorers] = draw_hours(customers.index[explorers], self.salt, HOURS)
        return scores[:, np.asarray(slots.hour)]

    def groups(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Say who gets which hour: the same customers for the same salt, always.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        Series of str, indexed like *customers*
            ``"control"``, the hour of all; ``"random"``, an hour by lot;
            ``"optimised"``, the customer's own.
        """
        return draw_groups(
            customers.index, self.salt, exploration=self.exploration, control=self.control
        )

    def propensities(
        self, customers: pd.DataFrame, hours: Sequence[int] = range(HOURS)
    ) -> pd.DataFrame:
        """Give the probability that each hour is chosen, over all salts.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        hours : sequence of int, default=range(24)
            The local hours that are permitted.

        Returns
        -------
        DataFrame of shape (n_customers, n_hours), indexed like *customers*
            Each row sums to 1; no hour has less than its share of the exploration.
        """
        rates = self.rates(customers)[list(hours)]
        shares = mix_hours(
            rates.to_numpy(),
            self.rates_of_all()[list(hours)],
            exploration=self.exploration,
            control=self.control,
        )
        return pd.DataFrame(shares, index=rates.index, columns=rates.columns)

    def decisions(
        self,
        customers: pd.DataFrame,
        chosen: pd.Series[int],
        hours: Sequence[int] = range(HOURS),
    ) -> pd.DataFrame:
        """Give what to log of each send, so that timing can be judged by it later.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        chosen : Series of int, indexed like *customers*
            The local hour of each send.
        hours : sequence of int, default=range(24)
            The local hours that were permitted.

        Returns
        -------
        DataFrame of shape (n_customers, 3), indexed like *customers*
            ``group``, ``hour`` and ``propensity``, for :func:`compare_groups`
            and :func:`judge_timing`.

        Raises
        ------
        InvalidParameterError
            If an hour was chosen that is not permitted.
        """
        shares = self.propensities(customers, hours)
        return log_decisions(self.groups(customers), chosen, shares)

    def rates_of_all(self) -> npt.NDArray[np.float64]:
        """Give the rates of a customer of whom nothing is known, shape (24,)."""
        nobody = pd.DataFrame(index=pd.Index([_NOBODY], name="customer_id"))
        return np.asarray(self.rates(nobody).to_numpy()[0], dtype=np.float64)
