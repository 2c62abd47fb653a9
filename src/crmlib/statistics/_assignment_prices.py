"""Dual prices: what each option must cost so that demand fits the caps.

At any prices the dual value bounds every assignment from above, so the search
needs no proof of its own.  The dual function has kinks; it is smoothed as if
every customer drew among nearly equal options (a softmax at temperature ε),
minimised by L-BFGS-B, and ε is lowered step by step [1]_.

References
----------
.. [1] Y. Nesterov, *Smooth minimization of non-smooth functions*,
   Mathematical Programming 103 (2005), p. 127.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.statistics._assignment_problem import AssignmentProblem

    Floats = npt.NDArray[np.float64]

_SAMPLE = 10_000
_COARSE = (0.3, 0.1, 0.03, 0.01, 0.003)
_FINE = (1e-3, 1e-4)
"""Temperatures, in mean scores; the first ones are done on a sample."""
_MOST_STEPS = 60


def find_prices(problem: AssignmentProblem) -> tuple[Floats, float, float]:
    """Give the prices of options and of the budget, and the temperature they were found at."""
    scale = problem.mean_score()
    asked = np.zeros(problem.n_options + 1)
    n_customers = len(problem.scores)
    small = problem
    if n_customers > 2 * _SAMPLE:
        rows = np.random.default_rng(0).choice(n_customers, _SAMPLE, replace=False)
        small = problem.sample(np.sort(rows))
    for temperature in _COARSE:
        asked = _descend(small, asked, temperature * scale)
    for temperature in _FINE:
        asked = _descend(problem, asked, temperature * scale)
    return asked[:-1], float(asked[-1]), _FINE[-1] * scale


def _descend(problem: AssignmentProblem, asked: Floats, temperature: float) -> Floats:
    """Lower the smoothed dual value from the prices *asked*, the last that of the budget."""
    limited = np.isfinite(problem.budget)
    supply = np.append(problem.caps, problem.budget if limited else 0.0)
    n_customers = len(problem.scores)

    def dual(prices: Floats) -> tuple[float, Floats]:
        value, demand = problem.soft_demand(prices[:-1], float(prices[-1]), temperature)
        slope = supply - np.append(demand, problem.costs @ demand if limited else 0.0)
        total = float(supply @ prices) + value
        return total / n_customers / temperature, slope / n_customers / temperature

    found = minimize(
        dual,
        asked,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * problem.n_options + [(0.0, None if limited else 0.0)],
        options={"maxiter": _MOST_STEPS, "ftol": 1e-13, "gtol": 1e-7},
    )
    return np.asarray(found.x, dtype=np.float64)
