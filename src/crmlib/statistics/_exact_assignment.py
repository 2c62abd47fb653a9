"""The best assignment of a small problem, by branch and bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.statistics._assignment_problem import AssignmentProblem

    Integers = npt.NDArray[np.intp]

_SECONDS = 10.0


def solve_exactly(problem: AssignmentProblem) -> tuple[Integers, float] | None:
    """Give the best assignment by branch and bound, and its bound; None if time was too short."""
    scores = problem.scores.astype(np.float64)
    rows, options = np.nonzero(np.isfinite(scores) & (scores > 0))
    chosen = np.full(len(scores), -1, dtype=np.intp)
    if not len(rows):
        return chosen, 0.0
    cells, ones = np.arange(len(rows)), np.ones(len(rows))
    shape = (len(scores), len(rows)), (problem.n_options, len(rows)), (1, len(rows))
    limits = [
        csr_array((ones, (rows, cells)), shape=shape[0]),
        csr_array((ones, (options, cells)), shape=shape[1]),
    ]
    most = [np.ones(len(scores)), problem.caps]
    if np.isfinite(problem.budget):
        limits.append(csr_array(problem.costs[options].reshape(shape[2])))
        most.append(np.array([problem.budget]))
    found = milp(
        -scores[rows, options],
        constraints=LinearConstraint(vstack(limits), ub=np.concatenate(most)),
        integrality=np.ones(len(rows), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": _SECONDS, "mip_rel_gap": 0.0},
    )
    if found.x is None or found.mip_dual_bound is None:
        return None
    taken = found.x > 0.5  # noqa: PLR2004 -- 0 or 1, up to rounding
    chosen[rows[taken]] = options[taken]
    return chosen, -float(found.mip_dual_bound)
