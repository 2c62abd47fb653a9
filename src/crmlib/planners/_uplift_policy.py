"""By what uplift chooses: what each message brings over none, its cost, and a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.planners._context import read_context
from crmlib.planners._message_policy import MessagePolicy
from crmlib.statistics import hashed_uniforms

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from crmlib.planners._uplift_learners import UpliftModels

    Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True, eq=False)
class UpliftPolicy(MessagePolicy):
    """The message that brings most after its cost, to those where it brings most.

    Parameters
    ----------
    models : UpliftModels
        What was learned.
    context : tuple of str
        The columns that they look at.
    costs : ndarray of shape (n_messages,)
        Of each message, in the unit of the rewards.
    budget : float
        Largest share of the audience that is contacted.
    """

    models: UpliftModels
    context: tuple[str, ...]
    costs: Floats
    budget: float

    def uplift(self, audience: pd.DataFrame) -> Floats:
        """Give what each message brings on top of none, before its cost."""
        return self.models.predict(read_context("the audience", audience, self.context))

    def probabilities(self, audience: pd.DataFrame) -> Floats:
        """Give 1 for the best message of those within the budget, and for none of the others."""
        net = self.uplift(audience) - self.costs
        best = net.argmax(axis=1)
        value = net.max(axis=1, initial=-np.inf)
        chances = np.zeros((len(audience), len(self.costs) + 1))
        rows = np.arange(len(audience))
        chances[rows, np.where(self._within(audience.index, value), best, len(self.costs))] = 1
        return chances

    def reasons(self, audience: pd.DataFrame, chosen: npt.NDArray[np.intp]) -> list[str]:
        """Say what the message brings, or why it is not worth it."""
        uplift = self.uplift(audience)
        best = (uplift - self.costs).argmax(axis=1)
        return [
            self._reason(uplift[row], number, hope)
            for row, (number, hope) in enumerate(zip(chosen, best, strict=True))
        ]

    def _reason(self, uplift: Floats, number: int, hope: int) -> str:
        net = uplift[hope] - self.costs[hope]
        if number < len(self.costs):
            return (
                f"it is expected to bring {uplift[number]:+.4f} over no message, at a cost of "
                f"{self.costs[number]:g}"
            )
        if net > 0:
            return f"the best would bring {net:+.4f}, and others within the budget bring more"
        return f"not even the best message is expected to pay ({net:+.4f} after its cost)"

    def _within(self, ids: pd.Index, value: Floats) -> npt.NDArray[np.bool_]:
        """Say who is contacted: the best for whom it pays, ties broken by lot."""
        most = int(self.budget * len(ids) + 1e-9)
        luck = hashed_uniforms(map(str, ids), "ties")
        order = np.lexsort((luck, -value))
        within = np.zeros(len(ids), dtype=bool)
        within[order[:most]] = True
        return np.asarray(within & (value > 0))
