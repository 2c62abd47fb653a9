"""The moment that an event calls for."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.interfaces import TimingModel
from crmlib.tables import ORDERED, check_aware
from crmlib.timing._slots import HOUR
from crmlib.timing._trigger_events import (
    NEVER,
    begin_rounds,
    list_events,
    to_micros,
)
from crmlib.timing._trigger_parameters import check_trigger
from crmlib.timing._trigger_words import find_clocks, tell_event, tell_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_MICROSECOND = timedelta(microseconds=1)


class TriggerTiming(TimingModel):
    """Answer an event after a delay: a cart that was left, a sign-up, a delivery.

    A message is due *after* so long from the event, and lapses if it could not
    go within *expires_after* from then.  Who reached a goal since the event
    gets none.  Plan again and again, every ten minutes for instance: each plan
    holds who is not due yet, and looks at the others anew.  The next event of
    a customer counts only if it comes *again_after* so long from the one that
    was answered, so two carts in an hour are one.

    In one campaign an address gets one message for good, as in any; for several
    steps, or to answer each time, see :class:`crmlib.campaigns.Ladder`.

    Parameters
    ----------
    trigger : str, default="ordered"
        The event.  Lines of a transactions table are events ``"ordered"``.
    after : timedelta, default=0
        From the event until the message is due, 0 or more.
    expires_after : timedelta, default=1 day
        From then until it is too late, above 0.
    goals : sequence of str, default=()
        Events that make the message needless, such as ``("ordered",)``.
    again_after : timedelta, default=1 day
        Whole days, 1 or more.

    Attributes
    ----------
    starts_ : DataFrame of shape (n_starts, 4)
        The events that are answered: ``customer_id``, ``at``, ``item`` and
        ``round`` (the first day of the stretch of *again_after* in which they
        lie: a customer has one at most in each).
    goals_ : DataFrame of shape (n_goals, 2)
        ``customer_id`` and ``at`` of what counts as a goal.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import UTC, datetime, timedelta
    >>> at = pd.to_datetime(["2026-11-02T09:00Z", "2026-11-02T09:00Z", "2026-11-02T09:20Z"])
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "bob"], "event": ["cart_left", "cart_left", "ordered"],
    ...     "at": at,
    ... })
    >>> timing = TriggerTiming("cart_left", timedelta(minutes=30), goals=["ordered"]).fit(events)
    >>> customers = pd.DataFrame(index=["ann", "bob", "eve"])
    >>> timing.states(customers, datetime(2026, 11, 2, 9, 40, tzinfo=UTC))["state"].to_list()
    ['due', 'goal', 'no event']
    """

    def __init__(
        self,
        trigger: str = ORDERED,
        after: timedelta = timedelta(0),
        expires_after: timedelta = timedelta(days=1),
        goals: Sequence[str] = (),
        again_after: timedelta = timedelta(days=1),
    ) -> None:
        self.trigger = trigger
        self.after = after
        self.expires_after = expires_after
        self.goals = goals
        self.again_after = again_after

    def fit(
        self,
        events: pd.DataFrame,
        y: None = None,  # noqa: ARG002 -- scikit-learn's habit
        *,
        zones: pd.Series[str] | None = None,  # noqa: ARG002 -- delays are the same in every zone
    ) -> Self:
        """Take in what happened.

        Parameters
        ----------
        events : DataFrame of shape (n_events, n_columns)
            ``customer_id``, ``event`` and ``at``, as
            :func:`crmlib.tables.check_events` gives it, or a transactions table.
        y : None
            Ignored; there for scikit-learn.
        zones : Series of str, optional
            Not needed.

        Returns
        -------
        TriggerTiming
            The model itself.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it cannot have.
        MissingColumnsError, InvalidTableError
            If a column is missing, or instants have no zone.
        """
        self.check()
        known = list_events(events)
        self.starts_ = begin_rounds(known[known["event"] == self.trigger], self.again_after)
        goals = known["event"].isin(list(self.goals))
        self.goals_ = known.loc[goals, ["customer_id", "at"]].reset_index(drop=True)
        return self

    def check(self) -> None:
        """Check the parameters, as :meth:`fit` does.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it cannot have.
        """
        check_trigger(self)

    def states(self, customers: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Say for whom a message is due at *now*, and why not for others.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        now : datetime
            Aware; what happened later is not known yet.

        Returns
        -------
        DataFrame of shape (n_customers, 6), indexed like *customers*
            ``state`` (``due``, ``waiting``, ``goal``, ``lapsed`` or ``no
            event``), ``event_at``, ``item``, ``due_at``, ``expires_at`` and
            ``why`` (a sentence, on the clock of the column ``timezone`` of
            *customers*, else in UTC).
        """
        check_is_fitted(self, "starts_")
        moment = pd.Timestamp(check_aware("now", now)).tz_convert("UTC")
        begun = self.starts_[self.starts_["at"] <= moment].drop_duplicates(
            "customer_id", keep="last"
        )
        table = begun.set_index("customer_id").reindex(customers.index)
        met = self.goals_[self.goals_["at"] <= moment].groupby("customer_id")["at"].max()
        goal_at = met.reindex(customers.index)
        event_at = table["at"]
        due_at = event_at + self.after
        expires_at = due_at + self.expires_after
        conditions = {
            "no event": event_at.isna(),
            "goal": goal_at > event_at,
            "waiting": due_at > moment,
            "lapsed": expires_at <= moment,
        }
        masks = [mask.to_numpy(dtype=bool) for mask in conditions.values()]
        state = np.select(masks, list(conditions), "due")
        told = np.full(len(customers), f"no {self.trigger} to answer", object)
        some = event_at.notna().to_numpy()
        known = pd.DataFrame(
            {"at": event_at, "item": table["item"], "ends": expires_at, "goal": goal_at}
        )[some]
        clocks = find_clocks(customers, "UTC")[some]
        told[some] = [
            tell_state(
                tell_event(self.trigger, self.after, row.at, row.item, zone), each, row, zone
            )
            for each, row, zone in zip(state[some], known.itertuples(), clocks, strict=True)
        ]
        columns = {
            "state": state,
            "event_at": event_at,
            "item": table["item"],
            "due_at": due_at,
            "expires_at": expires_at,
            "why": told,
        }
        return pd.DataFrame(columns, index=customers.index)

    def split_rounds(self) -> Iterator[tuple[str, Self]]:
        """Give for each round its first day, and a model of the events in it alone."""
        check_is_fitted(self, "starts_")
        for begun, starts in self.starts_.groupby("round"):
            part = copy(self)
            part.starts_ = starts.reset_index(drop=True)
            yield f"{begun:%Y-%m-%d}", part

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Score each slot by how soon it comes after the message of the last event is due.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            1 / (1 + hours since it was due), half of the least of these before
            and after it expired; alike for all slots where there is no event.
        """
        due = to_micros(self._last(customers)["at"] + self.after)
        late = np.asarray(slots.tz_convert("UTC").as_unit("us").asi8) - due[:, None]
        life = self.expires_after / _MICROSECOND
        inside = (late >= 0) & (late < life)
        scores = np.where(inside, 1 / (1 + np.maximum(late, 0) / HOUR), 0.5 / (1 + life / HOUR))
        return np.asarray(np.where((due == NEVER)[:, None], 1.0, scores))

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Name the event that each moment answers.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware.

        Returns
        -------
        Series of str, indexed like *customers*
            On the clock of the column ``timezone`` of *customers*, else on that
            of *send_at*.
        """
        last = self._last(customers)
        clocks = find_clocks(customers, str(send_at.dt.tz))
        whys = [
            tell_event(self.trigger, self.after, at, item, zone)
            for at, item, zone in zip(last["at"], last["item"], clocks, strict=True)
        ]
        return pd.Series(whys, index=send_at.index, dtype=object)

    def _last(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the last event of each customer that is answered."""
        check_is_fitted(self, "starts_")
        last = self.starts_.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        return last.reindex(customers.index)
