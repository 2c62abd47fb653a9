"""How long until the next time, from few gaps each: own gaps drawn towards those of all.

Logarithms of gaps are normal around a mean of their group, and the means of
groups normal around that of all; both variances come from the one-way analysis
of variance with groups of unequal size [1]_.

References
----------
.. [1] S. R. Searle, G. Casella, C. E. McCulloch, *Variance Components*, Wiley,
   1992, p. 69-74 (moments), and p. 56 (the best predictor of a group's mean).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

# Where there is nothing to tell it from: near what a gift shop and a music shop have.
_WITHIN, _BETWEEN, _DAYS = 1.0, 0.7, 30.0
_LEAST = 1e-4
"""Gaps of a group that are all equal are held to spread by a hundredth."""


@attrs.frozen(kw_only=True)
class ShrunkenGaps:
    """What gaps are like: the mean of their logarithms, and how they spread.

    Parameters
    ----------
    mean : float
        Of the logarithms of gaps.
    within : float
        Variance of the logarithms around the mean of their group, above 0.
    between : float
        Variance of the means of groups, 0 or more.

    Examples
    --------
    >>> gaps = ShrunkenGaps(mean=np.log(30.0), within=1.0, between=0.5)
    >>> mean, variance = gaps.expect(np.array([0, 6]), np.array([0.0, 6 * np.log(10.0)]))
    >>> np.exp(mean).round(1)
    array([30. , 13.2])
    """

    mean: float
    within: float
    between: float

    def expect(
        self, n: Ints, total: Floats, around: Floats | float | None = None
    ) -> tuple[Floats, Floats]:
        """Give mean and variance of the logarithm of the next gap of each group.

        Parameters
        ----------
        n : ndarray of int
            Gaps of each group that are known.
        total : ndarray of float
            Sum of their logarithms.
        around : float or ndarray of float, optional
            What each group is drawn to; by default the mean of all.

        Returns
        -------
        mean, variance : ndarray of float
            The variance is that of a gap to come: its own spread, and what is
            not known of the mean.
        """
        prior = self.mean if around is None else around
        weight = self.between * n + self.within
        mean = (self.between * total + self.within * prior) / weight
        return np.asarray(mean), np.asarray(self.within + self.within * self.between / weight)


def fit_shrunken_gaps(logs: Floats, groups: Ints) -> ShrunkenGaps:
    """Learn mean and variances from gaps of several groups.

    Parameters
    ----------
    logs : ndarray of float, shape (n_gaps,)
        Logarithms of gaps.
    groups : ndarray of int, shape (n_gaps,)
        The group of each, from 0 on.

    Returns
    -------
    ShrunkenGaps
        Without gaps the mean is log(30); a variance of which nothing can be
        told is 1 within groups and .7 between them.
    """
    if not len(logs):
        return ShrunkenGaps(mean=float(np.log(_DAYS)), within=_WITHIN, between=_BETWEEN)
    mean = float(logs.mean())
    sizes = np.bincount(groups)
    sums = np.bincount(groups, weights=logs)[sizes > 0]
    sizes = sizes[sizes > 0]
    n_gaps, n_groups = len(logs), len(sizes)
    within, between = _WITHIN, _BETWEEN
    if n_gaps > n_groups:
        squares = float(logs @ logs) - float((sums**2 / sizes).sum())
        within = max(squares / (n_gaps - n_groups), _LEAST)
    if n_groups > 1:
        spread = float((sizes * (sums / sizes - mean) ** 2).sum()) / (n_groups - 1)
        typical = (n_gaps - float((sizes**2).sum()) / n_gaps) / (n_groups - 1)
        between = max((spread - within) / typical, 0.0)
    return ShrunkenGaps(mean=mean, within=within, between=between)
