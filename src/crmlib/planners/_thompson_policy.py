"""By what a bandit chooses: posteriors per segment, and who got which message lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.planners._message_policy import MessagePolicy
from crmlib.planners._thompson import chances_to_be_best
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


DAYS_SINCE: Final = "days since "
"""Begins the column that says, in a log, how long ago the customer had got a message."""


@attrs.frozen(kw_only=True, eq=False)
class ThompsonPolicy(MessagePolicy):
    """Posteriors of the rates of messages by segment, and what recency takes off.

    Parameters
    ----------
    segments : Index
        The segments seen.
    alpha, beta : ndarray of shape (n_segments + 1, n_messages)
        Posteriors; the last row is for segments never seen.
    strength : float
        Weight, in responses, of what other segments say.
    days_since : DataFrame of shape (n_customers, n_messages), indexed by customer_id
        Whole days since each customer last got each message; NaN for never.
    fatigue, half_life_days : float
        The penalty is ``fatigue * 0.5 ** (days / half_life_days)``.
    """

    segments: pd.Index
    alpha: Floats
    beta: Floats
    strength: float
    days_since: pd.DataFrame
    fatigue: float
    half_life_days: float

    @property
    def rates(self) -> Floats:
        """Expected rates, a row per segment and one for segments never seen."""
        return np.asarray(self.alpha / (self.alpha + self.beta))

    def probabilities(self, audience: pd.DataFrame) -> Floats:
        """Give the probability of each message to have the highest score; the last is none."""
        places = self._places(audience)
        days = self._days(audience)
        penalties = np.nan_to_num(self.fatigue * 0.5 ** (days / self.half_life_days), nan=0.0)
        kinds, inverse = np.unique(
            np.column_stack([places, penalties]), axis=0, return_inverse=True
        )
        usual = self.rates.mean(axis=1)
        chances = np.zeros((len(kinds), self.alpha.shape[1] + 1))
        for place in np.unique(kinds[:, 0].astype(np.intp)):
            mine = kinds[:, 0] == place
            shifts = kinds[mine, 1:] * usual[place]
            chances[mine, :-1] = chances_to_be_best(self.alpha[place], self.beta[place], shifts)
        return np.asarray(chances[inverse.ravel()], dtype=np.float64)

    def reasons(self, audience: pd.DataFrame, chosen: npt.NDArray[np.intp]) -> list[str]:
        """Say what is expected of it in the segment of each customer."""
        places = self._places(audience)
        rates, seen = self.rates, (self.alpha + self.beta).sum(axis=1)
        names = [*self.segments, None]
        told = {
            (place, number): (
                f"a rate of {rates[place, number]:.2%} is expected of it "
                + (
                    f"in the segment {names[place]}"
                    if names[place] is not None
                    else "in a segment that no response is known of"
                )
                + f", {rates[place].max():.2%} of the best"
            )
            for place in range(len(seen))
            for number in range(rates.shape[1])
        }
        return [
            told[place, number]
            for place, number in zip(places.tolist(), chosen.tolist(), strict=True)
        ]

    def _days(self, audience: pd.DataFrame) -> Floats:
        """Give the days since each customer got each message: as told with them, or as learned."""
        told = [DAYS_SINCE + str(name) for name in self.days_since.columns]
        if set(told) <= set(audience.columns):
            return audience[told].to_numpy(dtype=np.float64)
        return self.days_since.reindex(audience.index).to_numpy(dtype=np.float64)

    def _places(self, audience: pd.DataFrame) -> npt.NDArray[np.intp]:
        check_columns("the audience", audience, ["segment"])
        return np.asarray(
            self.segments.get_indexer(pd.Index(audience["segment"])) % len(self.alpha)
        )
