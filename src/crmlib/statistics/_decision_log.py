"""The decisions that a policy is judged by, checked."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.intp]

_SUM_ERROR = 1e-6
"""How far from 1 rounding may take the sum of a row of probabilities."""


@attrs.frozen(kw_only=True, eq=False)
class DecisionLog:
    """What was chosen, with which probability, and what came of it."""

    rewards: Floats
    chosen: Integers
    propensities: Floats
    clusters: Integers
    alpha: float

    @classmethod
    def of(
        cls,
        rewards: npt.ArrayLike,
        chosen: npt.ArrayLike,
        propensities: npt.ArrayLike,
        *,
        clusters: npt.ArrayLike | None,
        alpha: float,
    ) -> Self:
        """Check what was given, and number the clusters from 0."""
        if not 0 < alpha < 1:
            raise InvalidParameterError("alpha", alpha, "between 0 and 1, both excluded")
        earned = _column("rewards", rewards, None)
        n = len(earned)
        chances = _column("propensities", propensities, n)
        if not ((chances > 0) & (chances <= 1)).all():
            worst = chances[~((chances > 0) & (chances <= 1))][0]
            raise InvalidParameterError("propensities", float(worst), "above 0 and at most 1")
        numbers = np.asarray(chosen)
        if numbers.shape != (n,) or numbers.dtype.kind not in "iu" or numbers.min() < 0:
            raise InvalidParameterError("chosen", chosen, f"{n} whole numbers, from 0")
        codes = np.arange(n) if clusters is None else pd.factorize(np.asarray(clusters))[0]
        if codes.shape != (n,) or (codes < 0).any() or codes.max() < 1:
            raise InvalidParameterError("clusters", clusters, f"{n} ids of two or more customers")
        return cls(
            rewards=earned,
            chosen=numbers.astype(np.intp),
            propensities=chances,
            clusters=codes.astype(np.intp),
            alpha=alpha,
        )

    @property
    def rows(self) -> Integers:
        """0 to n - 1."""
        return np.arange(len(self.rewards))

    def weights(self, policy: Floats) -> Floats:
        """Give w = policy over propensity of what was chosen."""
        return np.asarray(policy[self.rows, self.chosen] / self.propensities)

    def standard_error(self, influence: Floats) -> float:
        """Give the standard error of a mean whose influence function is this, by cluster."""
        sums = np.bincount(self.clusters, weights=influence)
        n_clusters = len(sums)
        return sqrt(n_clusters / (n_clusters - 1) * float(sums @ sums)) / len(influence)


def check_policy(name: str, policy: npt.ArrayLike, log: DecisionLog) -> Floats:
    """Give *policy* as a matrix of probabilities, a row per decision."""
    matrix = np.asarray(policy, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] <= log.chosen.max():  # noqa: PLR2004 -- rows and columns
        raise InvalidParameterError(
            name,
            f"shape {matrix.shape}",
            f"of shape ({len(log.rewards)}, {log.chosen.max() + 1} or more)",
        )
    check_matrix(name, matrix, log, matrix.shape)
    if (matrix < 0).any() or (np.abs(matrix.sum(axis=1) - 1) > _SUM_ERROR).any():
        raise InvalidParameterError(
            name, "rows that are not", "probabilities: 0 or more, and 1 in each row's sum"
        )
    return matrix


def check_matrix(
    name: str, values: npt.ArrayLike, log: DecisionLog, shape: tuple[int, ...]
) -> Floats:
    """Give *values* as a matrix of finite numbers of *shape*, a row per decision."""
    matrix = np.asarray(values, dtype=np.float64)
    expected = (len(log.rewards), *shape[1:])
    if matrix.shape != expected:
        raise InvalidParameterError(name, f"shape {matrix.shape}", f"of shape {expected}")
    if not np.isfinite(matrix).all():
        raise InvalidParameterError(name, "some that are not", "finite numbers")
    return matrix


def _column(name: str, values: npt.ArrayLike, n: int | None) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) != (len(array) if n is None else n):
        many = "numbers in one dimension" if n is None else f"{n} numbers"
        raise InvalidParameterError(name, f"shape {array.shape}", many)
    if len(array) < 2 or not np.isfinite(array).all():  # noqa: PLR2004 -- for a standard error
        raise InvalidParameterError(name, values, "two or more finite numbers")
    return array
