"""The search for the parameters under which customers are likeliest.

A *depth* is minus the mean log-likelihood per customer as a function of the
logarithms of the parameters; it comes with its slope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Depth = Callable[["Floats"], tuple[float, "Floats"]]
Limits = Mapping[str, tuple[float, float]]

MOST_STEPS = 500

_STEEPEST = 1e-5
"""A slope that counts as none."""

_NEAR, _FLAT = 5.0, 1e-7
"""How near to an end it is looked whether all is flat up to it, and what counts as flat."""
_MOST_POLISHING, _SHORT = 20, 1e-7
"""Steps by a curvature that is roughly right, and the length at which they end."""


@attrs.frozen(eq=False)
class End:
    """Where a search ended.

    Parameters
    ----------
    logs : ndarray of float, shape (n_parameters,)
        Logarithms of the parameters.
    height : float
        Mean log-likelihood per customer.
    converged : bool
        Whether there is no way up from there.
    at_limit : tuple of str
        Parameters at the end of where they are looked for, or near it with
        nothing to tell them from it.
    """

    logs: Floats
    height: float
    converged: bool
    at_limit: tuple[str, ...]


def climb(depth: Depth, start: Floats, limits: Limits) -> End:
    """Climb from *start* to a maximum."""
    bounds = np.log(list(limits.values()))
    options = {"maxiter": MOST_STEPS, "ftol": 1e-15, "gtol": 1e-8, "maxcor": 20}
    begin = np.clip(start, bounds[:, 0], bounds[:, 1])
    pairs = [(float(low), float(high)) for low, high in bounds]
    found: Any = minimize(  # type: ignore[call-overload]  # its stub knows no NDArray of any shape
        depth, begin, jac=True, method="L-BFGS-B", bounds=pairs, options=options
    )
    return _look(depth, np.asarray(found.x), limits)


def polish(depth: Depth, near: End, roughly: Depth, limits: Limits) -> End:
    """Climb the few steps from *near* by the curvature of *roughly* the same depth.

    What is at its limit stays there; where these steps do not lead to the
    maximum, the long way does.
    """
    bounds = np.log(list(limits.values()))
    free = np.array([name not in near.at_limit for name in limits])
    inverse = np.linalg.pinv(_curvature(roughly, near.logs)[np.ix_(free, free)], hermitian=True)
    logs = near.logs.copy()
    for _ in range(_MOST_POLISHING):
        step = inverse @ depth(logs)[1][free]
        logs[free] = np.clip(logs[free] - step, bounds[free, 0], bounds[free, 1])
        if np.abs(step).max() < _SHORT:
            break
    end = _look(depth, logs, limits)
    return end if end.converged else climb(depth, near.logs, limits)


def _curvature(depth: Depth, logs: Floats) -> Floats:
    """Give the second derivatives, from slopes a little to both sides."""
    aside = 1e-4 * np.eye(len(logs))
    rows = np.array([(depth(logs + step)[1] - depth(logs - step)[1]) / 2e-4 for step in aside])
    return np.asarray((rows + rows.T) / 2)


def _look(depth: Depth, logs: Floats, limits: Limits) -> End:
    bounds = np.log(list(limits.values()))
    lowest, slope = depth(logs)
    ahead = np.clip(logs - slope, bounds[:, 0], bounds[:, 1]) - logs
    at_limit = tuple(
        name
        for place, name in enumerate(limits)
        if any(_leads_to(depth, logs, place, end, lowest) for end in bounds[place])
    )
    return End(logs, -lowest, bool(np.abs(ahead).max() < _STEEPEST), at_limit)


def _leads_to(depth: Depth, logs: Floats, place: int, end: float, lowest: float) -> bool:
    """Say whether a parameter is at an *end*, or so near that all is flat from there on.

    Where exactly the climb comes to rest there is an accident of the machine.
    """
    if abs(logs[place] - end) > _NEAR:
        return False
    there = logs.copy()
    there[place] = end
    return bool(depth(there)[0] - lowest < _FLAT)
