"""How well a timing model foretells what came after it was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np
import pandas as pd
from sklearn.base import clone

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.timing._visits import HOURS, WEEKDAYS, VisitList, find_instant, list_visits

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.interfaces import TimingModel

Question = Literal["hour", "hour_given_weekday", "weekday"]
_QUESTIONS = ("hour", "hour_given_weekday", "weekday")
_ROUNDS = 1_000


@attrs.frozen(kw_only=True, eq=False)
class TimingEvaluation:
    """Held-out visits, and the probabilities that a model and the population gave them.

    Visits of customers who did not come before the split are not held out:
    of them every model knows what is known of all.

    Parameters
    ----------
    customers : ndarray of int, shape (n_visits,)
        Which row of *model* is the customer's.
    weekdays, hours : ndarray of int, shape (n_visits,)
        Of each visit, on the customer's clock.
    model : ndarray of float, shape (n_customers, 7, 24)
        The preferences of each customer over a week, scaled to sum to 1.
    population : ndarray of float, shape (7, 24)
        Shares of the visits before the split, one added to each hour of the day.
    """

    customers: npt.NDArray[np.int64]
    weekdays: npt.NDArray[np.int64]
    hours: npt.NDArray[np.int64]
    model: npt.NDArray[np.float64]
    population: npt.NDArray[np.float64]

    def scores(self, question: Question = "hour") -> pd.DataFrame:
        """Compare the model with the population and with knowing nothing.

        Parameters
        ----------
        question : {"hour", "hour_given_weekday", "weekday"}, default="hour"
            What is foretold of each visit.

        Returns
        -------
        DataFrame of shape (3, 8), indexed by "uniform", "population" and "model"
            ``log_loss`` in nats, lower is better, with ``log_loss_low`` and
            ``log_loss_high``; ``gain``, by how much it is lower than that of the
            population, with ``gain_low`` and ``gain_high``; ``top_1`` and ``top_3``,
            the shares of visits in the one and the three likeliest bins, ties
            drawn by lot.  Intervals are 95 % of 1,000 bootstraps over customers.

        Raises
        ------
        InvalidParameterError
            If there is no such question.
        """
        truth, model, population = self._answers(question)
        uniform = np.full_like(model, 1 / model.shape[1])
        guesses = {"uniform": uniform, "population": population, "model": model}
        rows = np.arange(len(truth))
        losses = np.column_stack([-np.log(guess[rows, truth]) for guess in guesses.values()])
        drawn = self._bootstrap(losses)
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        gains = np.quantile(drawn[:, 1:2] - drawn, [0.025, 0.975], axis=0)
        means = losses.mean(axis=0)
        columns = {
            "log_loss": means,
            "log_loss_low": low,
            "log_loss_high": high,
            "gain": means[1] - means,
            "gain_low": gains[0],
            "gain_high": gains[1],
            "top_1": [_share_in_top(guess, truth, 1) for guess in guesses.values()],
            "top_3": [_share_in_top(guess, truth, 3) for guess in guesses.values()],
        }
        return pd.DataFrame(columns, index=pd.Index(guesses, name="guess"))

    def calibration(self, question: Question = "hour", n_groups: int = 10) -> pd.DataFrame:
        """Say how often what the model thought this likely came true.

        Parameters
        ----------
        question : {"hour", "hour_given_weekday", "weekday"}, default="hour"
            What is foretold of each visit.
        n_groups : int, default=10
            Groups of equally many guesses, from 2.

        Returns
        -------
        DataFrame of shape (at most n_groups, 5)
            ``expected`` and ``observed`` shares, rising by expected; ``error``,
            the standard error of observed, clustered by customer;
            ``population``, what everybody's shares expect for the same guesses;
            ``guesses``, their number.

        Raises
        ------
        InvalidParameterError
            If there is no such question, or fewer than 2 groups.
        """
        if n_groups < 2:  # noqa: PLR2004 -- one group tells nothing
            raise InvalidParameterError("n_groups", n_groups, "2 or more")
        truth, model, population = self._answers(question)
        came = np.zeros_like(model)
        came[np.arange(len(truth)), truth] = 1
        table = pd.DataFrame(
            {
                "expected": model.ravel(),
                "observed": came.ravel(),
                "population": population.ravel(),
                "guesses": 1,
            }
        )
        groups = pd.qcut(table["expected"], n_groups, labels=False, duplicates="drop")
        how = dict.fromkeys(["expected", "observed", "population"], "mean")
        told = table.groupby(groups).agg(how | {"guesses": "sum"}).rename_axis("group")
        excess = table["observed"] - told["observed"].reindex(groups).to_numpy()
        customers = np.repeat(self.customers, model.shape[1])
        sums = excess.groupby([groups.to_numpy(), customers]).sum()
        told.insert(2, "error", np.sqrt((sums**2).groupby(level=0).sum()) / told["guesses"])
        return told

    def _answers(
        self, question: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Give what came true of each visit, and what model and population had said."""
        if question not in _QUESTIONS:
            raise InvalidParameterError("question", question, f"one of {list(_QUESTIONS)}")
        everybody = np.broadcast_to(self.population, self.model.shape)
        if question == "weekday":
            guesses = [week.sum(axis=2)[self.customers] for week in (self.model, everybody)]
            return self.weekdays, *guesses
        if question == "hour":
            guesses = [week.sum(axis=1)[self.customers] for week in (self.model, everybody)]
            return self.hours, *guesses
        days = [week[self.customers, self.weekdays] for week in (self.model, everybody)]
        return self.hours, *(day / day.sum(axis=1, keepdims=True) for day in days)

    def _bootstrap(self, losses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give the mean losses of customers drawn anew, a row each round."""
        n_customers = len(self.model)
        visits = np.bincount(self.customers, minlength=n_customers)
        sums = np.zeros((n_customers, losses.shape[1]))
        np.add.at(sums, self.customers, losses)
        generator = np.random.default_rng(0)
        means = np.empty((_ROUNDS, losses.shape[1]))
        for place in range(_ROUNDS):
            drawn = generator.integers(0, n_customers, n_customers)
            means[place] = sums[drawn].sum(axis=0) / visits[drawn].sum()
        return means


def evaluate(
    timing: TimingModel,
    events: pd.DataFrame,
    *,
    split_at: pd.Timestamp,
    timezone: str = "UTC",
    zones: pd.Series[str] | None = None,
    segments: pd.Series[str] | None = None,
) -> TimingEvaluation:
    """Fit a twin of *timing* on what came before *split_at*, and ask it about the rest.

    Parameters
    ----------
    timing : TimingModel
        Only its parameters are used.
    events : DataFrame of shape (n_events, n_columns)
        As for the fit of the model.
    split_at : Timestamp
        Aware.
    timezone : str, default="UTC"
        IANA zone of customers whose own is not known; give the model the same.
    zones : Series of str, optional
        IANA zone of each customer, indexed by ``customer_id``.
    segments : Series of str, optional
        Segment of each customer, for models whose ``fit`` takes them; cut them
        by what was known before *split_at*.

    Returns
    -------
    TimingEvaluation
        Its :meth:`~TimingEvaluation.scores` and :meth:`~TimingEvaluation.calibration`.

    Raises
    ------
    InvalidTableError
        If nothing lies before *split_at*, or nobody came both before and after.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.timing import PreferredHourTiming
    >>> evenings = pd.date_range("2026-01-05 19:10", periods=60, freq="D", tz="UTC")
    >>> mornings = evenings - pd.Timedelta(hours=10)
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann"] * 60 + ["bob"] * 60,
    ...     "ordered_at": [*evenings, *mornings],
    ... })
    >>> split_at = pd.Timestamp("2026-02-15", tz="UTC")
    >>> evaluate(PreferredHourTiming(), events, split_at=split_at).scores()["top_1"]
    guess
    uniform       0.041667
    population    0.500000
    model         1.000000
    Name: top_1, dtype: float64
    """
    instants = events[find_instant(events)]
    before = list_visits(events[instants < split_at], zones, timezone)
    after = list_visits(events[instants >= split_at], zones, timezone)
    more = {} if segments is None else {"segments": segments}
    fitted = clone(timing).fit(events[instants < split_at], zones=zones, **more)
    known = after.customer_ids.isin(before.customer_ids)
    if not known.any():
        raise InvalidTableError(
            "events", f"has nobody who came before and after {split_at}", "move split_at"
        )
    kept = known[after.customers]
    customers = pd.DataFrame(index=after.customer_ids[known])
    return TimingEvaluation(
        customers=(np.cumsum(known) - 1)[after.customers[kept]],
        weekdays=after.weekdays[kept],
        hours=after.hours[kept],
        model=_ask(fitted, customers),
        population=_count_week(before),
    )


def _ask(fitted: TimingModel, customers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Ask for the hours of a week; models read them off the clock, so that any week does."""
    slots = pd.date_range("2026-01-05", periods=WEEKDAYS * HOURS, freq="h", tz="UTC")  # a Monday
    scores = fitted.preferences(customers, slots)
    scaled = scores / scores.sum(axis=1, keepdims=True)
    return np.asarray(scaled.reshape(-1, WEEKDAYS, HOURS), dtype=np.float64)


def _count_week(visits: VisitList) -> npt.NDArray[np.float64]:
    places = visits.weekdays * HOURS + visits.hours
    week = np.bincount(places, minlength=WEEKDAYS * HOURS).reshape(WEEKDAYS, HOURS) + 1 / WEEKDAYS
    return np.asarray(week / week.sum(), dtype=np.float64)


def _share_in_top(scores: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], k: int) -> float:
    own = scores[np.arange(len(truth)), truth][:, None]
    better, alike = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return float(np.clip((k - better) / alike, 0, 1).mean())
