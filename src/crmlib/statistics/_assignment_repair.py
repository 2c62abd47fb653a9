"""From prices to an assignment that keeps caps and budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.statistics._assignment_problem import AssignmentProblem

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.intp]


def assign_at(
    problem: AssignmentProblem, prices: Floats, budget_price: float, temperature: float
) -> Integers:
    """Give each customer the best option at these prices, within caps and budget; -1 for none."""
    chosen, regret = problem.soft_choices(prices, budget_price, temperature)
    chosen[~_worth_giving(problem, chosen)] = -1
    for option in range(problem.n_options):
        places = np.flatnonzero(chosen == option)
        surplus = len(places) - int(problem.caps[option])
        if surplus > 0:
            chosen[places[np.argsort(regret[places], kind="stable")[:surplus]]] = -1
    _keep_budget(problem, chosen, regret)
    _fill(problem, chosen, prices + budget_price * problem.costs)
    return chosen


def _worth_giving(problem: AssignmentProblem, chosen: Integers) -> npt.NDArray[np.bool_]:
    scores = problem.scores[np.arange(len(chosen)), chosen]
    return np.asarray(scores > 0)


def _keep_budget(problem: AssignmentProblem, chosen: Integers, regret: Floats) -> None:
    """Take back what brings least for its cost, until the budget is kept."""
    excess = problem.spent(chosen) - problem.budget
    if not excess > 0:
        return
    places = np.flatnonzero((chosen >= 0) & (problem.costs[chosen] > 0))
    cost = problem.costs[chosen[places]]
    order = places[np.argsort(regret[places] / cost, kind="stable")]
    saved = np.cumsum(problem.costs[chosen[order]])
    chosen[order[: int(np.searchsorted(saved, excess)) + 1]] = -1


def _fill(problem: AssignmentProblem, chosen: Integers, asked: Floats) -> None:
    """Give what is left to those without, those first to whom it is worth most."""
    while True:
        left = problem.caps.astype(np.int64) - np.bincount(
            chosen[chosen >= 0], minlength=problem.n_options
        )
        money = problem.budget - problem.spent(chosen)
        open_options = np.flatnonzero((left > 0) & (problem.costs <= money))
        rows = np.flatnonzero(chosen < 0)
        if not len(open_options) or not len(rows):
            return
        scores = problem.scores[np.ix_(rows, open_options)].astype(np.float64)
        worth = np.where(scores > 0, scores - asked[open_options], -np.inf)
        best = worth.argmax(axis=1)
        value = worth[np.arange(len(rows)), best]
        order = np.argsort(-value, kind="stable")
        order = order[np.isfinite(value[order])]
        options = open_options[best[order]]
        rank = _rank_within(options)
        given = rank < left[options]
        given &= np.cumsum(problem.costs[options] * given) <= money
        if not given.any():
            return
        chosen[rows[order[given]]] = options[given]


def _rank_within(groups: Integers) -> Integers:
    """Give the place of each element among those of its group, from 0."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ranks = np.empty(len(groups), dtype=np.intp)
    ranks[order] = np.arange(len(groups)) - np.repeat(
        starts, np.diff(np.append(starts, len(groups)))
    )
    return ranks
