"""Scores, caps, costs and a budget; prices of them, and what they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.intp]

_BLOCK = 20_000
"""Customers looked at at once."""
_DOUBT = 20.0
"""Temperatures by which the best option must lead to be beyond doubt."""
_GOLDEN = (5**0.5 - 1) / 2
"""Its multiples fill the space from 0 to 1 evenly, however many there are."""


@attrs.frozen(kw_only=True, eq=False)
class AssignmentProblem:
    """Give each customer one option at most, so that the sum of scores is the highest.

    Parameters
    ----------
    scores : ndarray of float32 or float64, shape (n_customers, n_options)
        NaN or -inf: not eligible.  Never written to.
    caps : ndarray of shape (n_options,)
        Most that there are of each option.
    costs : ndarray of shape (n_options,)
        Of one option each, 0 or more.
    budget : float
        Most that may be spent; infinite for no limit.
    """

    scores: npt.NDArray[np.floating]
    caps: Floats
    costs: Floats
    budget: float

    @property
    def n_options(self) -> int:
        """Columns of the scores."""
        return len(self.caps)

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Give the scores some customers at a time, as float64; -inf where not eligible."""
        for start in range(0, len(self.scores), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(self.scores)))
            block = self.scores[rows].astype(np.float64)
            np.copyto(block, -np.inf, where=np.isnan(block))
            yield rows, block

    def mean_score(self) -> float:
        """Give the mean of the best scores of all customers: the scale of prices."""
        total = sum(float(np.maximum(block.max(axis=1), 0).sum()) for _, block in self.blocks())
        return total / len(self.scores) or 1.0

    def bound(self, prices: Floats, budget_price: float) -> float:
        """Give the dual value: what no assignment can exceed, whatever the prices are."""
        total = float(self.caps @ prices)
        if budget_price:
            total += self.budget * budget_price
        asked = prices + budget_price * self.costs
        for _, block in self.blocks():
            total += float(np.maximum((block - asked).max(axis=1), 0).sum())
        return total

    def soft_demand(
        self, prices: Floats, budget_price: float, temperature: float
    ) -> tuple[float, Floats]:
        """Give what customers gain, and how many want each option, if they draw by softmax."""
        asked = prices + budget_price * self.costs
        gain, demand = 0.0, np.zeros(self.n_options)
        for _, block in self.blocks():
            chances, top, total = _softmax(block, asked, temperature)
            gain += float((top + temperature * np.log(total)).sum())
            demand += (1 / total) @ chances
        return gain, demand

    def soft_choices(
        self, prices: Floats, budget_price: float, temperature: float
    ) -> tuple[Integers, Floats]:
        """Give an option to each customer (-1: none) by softmax, and its advantage.

        The draws are spread as evenly as can be among customers with the same
        scores, so that ties are shared out and not given to one option.  The
        advantage is over the second best way, which may be none.
        """
        asked = prices + budget_price * self.costs
        chosen = np.full(len(self.scores), -1, dtype=np.intp)
        advantage = np.empty(len(self.scores))
        doubtful, edges = [], []
        for rows, block in self.blocks():
            chances, _, total = _softmax(block, asked, temperature)
            chances /= total[:, None]
            best = chances.argmax(axis=1)
            lines = np.arange(len(block))
            chosen[rows] = np.where(chances[lines, best] > 1 - chances.sum(axis=1), best, -1)
            worth = np.column_stack([block - asked, np.zeros(len(block))])
            worth.partition(self.n_options - 1, axis=1)
            advantage[rows] = worth[:, -1] - worth[:, -2]
            unsure = np.flatnonzero(advantage[rows] < _DOUBT * temperature)
            doubtful.append(rows.start + unsure)
            edges.append(np.cumsum(chances[unsure], axis=1))
        places = np.concatenate(doubtful)
        order = np.lexsort(self.scores[places].T)
        spread = np.empty(len(places))
        spread[order] = np.arange(1, len(places) + 1) * _GOLDEN % 1.0
        drawn = (spread[:, None] >= np.concatenate(edges)).sum(axis=1)
        chosen[places] = np.where(drawn < self.n_options, drawn, -1)
        return chosen, advantage

    def spent(self, chosen: Integers) -> float:
        """Give the cost of an assignment."""
        return float(self.costs[chosen[chosen >= 0]].sum())

    def value(self, chosen: Integers) -> float:
        """Give the sum of scores of an assignment."""
        rows = np.flatnonzero(chosen >= 0)
        return float(self.scores[rows, chosen[rows]].astype(np.float64).sum())

    def sample(self, rows: Integers) -> AssignmentProblem:
        """Give the same problem for some of the customers, with their share of all limits."""
        share = len(rows) / len(self.scores)
        return AssignmentProblem(
            scores=self.scores[rows],
            caps=self.caps * share,
            costs=self.costs,
            budget=self.budget * share,
        )


def _softmax(block: Floats, asked: Floats, temperature: float) -> tuple[Floats, Floats, Floats]:
    """Give weights of the options, the highest worth (or 0: none), and the sum of weights."""
    worth = block - asked
    top = np.maximum(worth.max(axis=1), 0)
    weights = np.exp((worth - top[:, None]) / temperature)
    return weights, top, weights.sum(axis=1) + np.exp(-top / temperature)
