"""Shapes of everybody, drawn towards what each segment does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.sparse import csr_array

from crmlib.statistics._shrinkage import Shrinkage, fit_shrinkage, shrink

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from crmlib.statistics._shaped_shrinkage import ShapedShrinkage

    Counts = npt.NDArray[np.integer] | npt.NDArray[np.floating]

# Where segments cannot be compared: a segment of as many events weighs as much as everybody.
_DEFAULT = Shrinkage(kappa=np.inf, concentration=100.0, log_loss=np.nan)


@attrs.frozen(kw_only=True, eq=False)
class SegmentShrinkage:
    """How counts become probabilities where customers belong to segments.

    The formula that draws a customer towards a shape draws the shape of a
    segment towards that of everybody: ``m_g = (n_g + s m) / (N_g + s)``, and
    its customers towards that.

    Parameters
    ----------
    everybody : ShapedShrinkage
        For customers of no segment.
    segments : tuple of ShapedShrinkage
        With the shapes of each segment, and how many of its customers have them.
    weights : ndarray of float, shape (n_segments,)
        N_g / (N_g + s), the weight on the segment's own events, averaged over its shapes.
    """

    everybody: ShapedShrinkage
    segments: tuple[ShapedShrinkage, ...]
    weights: npt.NDArray[np.float64]

    def responsibilities(
        self, counts: Counts, codes: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        """Give the probability of each shape; *codes* number the segments, or are -1."""
        share = np.empty((len(counts), len(self.everybody.mixture.weights)))
        for rows, how in self._parts(codes):
            share[rows] = how.mixture.responsibilities(counts[rows])
        return share

    def expected_responsibilities(self, codes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Give the probability of each shape for customers of whom only the segment is known."""
        everybody = self.everybody.mixture.weights
        return np.stack([*(how.mixture.weights for how in self.segments), everybody])[codes]

    def weigh_segment(self, codes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Give the weight of the segment against everybody: 0 for customers of none."""
        return np.append(self.weights, 0.0)[codes]

    def draw(
        self,
        share: npt.NDArray[np.floating],
        counts: Counts,
        codes: npt.NDArray[np.intp],
    ) -> npt.NDArray[np.float64]:
        """Give the probabilities of each bin, as :meth:`ShapedShrinkage.draw`."""
        probabilities = np.empty(counts.shape)
        for rows, how in self._parts(codes):
            probabilities[rows] = how.draw(share[rows], counts[rows])
        return probabilities

    def variance(
        self,
        share: npt.NDArray[np.floating],
        counts: Counts,
        codes: npt.NDArray[np.intp],
    ) -> npt.NDArray[np.float64]:
        """Give the variance of each probability, as :meth:`ShapedShrinkage.variance`."""
        variances = np.empty(counts.shape)
        for rows, how in self._parts(codes):
            variances[rows] = how.variance(share[rows], counts[rows])
        return variances

    def _parts(
        self, codes: npt.NDArray[np.intp]
    ) -> Iterator[tuple[slice | npt.NDArray[np.bool_], ShapedShrinkage]]:
        """Give the rows of each segment, and of those who have none."""
        if not self.segments:
            yield slice(None), self.everybody
            return
        for code in np.unique(codes):
            yield codes == code, self.segments[code] if code >= 0 else self.everybody


def draw_segments(
    everybody: ShapedShrinkage, counts: Counts, codes: npt.NDArray[np.intp], n_segments: int
) -> SegmentShrinkage:
    """Give each segment its own version of the shapes of *everybody*.

    A customer of N events that keeps to a shape with concentration s tells of
    it as much as ``N (1 + s) / (N + s)`` customers of one event, and counts
    for so many: a segment of one loud customer stays close to everybody.  How
    much segments differ is fitted by leaving out events.

    Parameters
    ----------
    everybody : ShapedShrinkage
        Fitted to all customers.
    counts : ndarray, shape (n_customers, n_bins)
    codes : ndarray of int, shape (n_customers,)
        The segment of each customer, from 0, or -1.
    n_segments : int
        May be 0.

    Returns
    -------
    SegmentShrinkage

    Examples
    --------
    >>> import numpy as np
    >>> from crmlib.statistics import fit_shaped_shrinkage
    >>> counts = np.repeat([[2, 1, 0], [0, 1, 2]], 50, axis=0)
    >>> default = Shrinkage(kappa=np.inf, concentration=10.0, log_loss=np.nan)
    >>> everybody = fit_shaped_shrinkage(counts, kappas=[np.inf], default=default, most_shapes=1)
    >>> drawn = draw_segments(everybody, counts, np.repeat([0, 1], 50), n_segments=2)
    >>> drawn.segments[0].population.round(2)
    array([0.67, 0.33, 0.  ])
    """
    if not n_segments:
        return SegmentShrinkage(everybody=everybody, segments=(), weights=np.empty(0))
    rows = np.flatnonzero(codes >= 0)
    shape = n_segments, len(rows)
    codes, counts = codes[rows], counts[rows]
    share = everybody.mixture.responsibilities(counts)
    events = counts.sum(axis=1)
    where = codes, np.arange(len(rows))
    members = np.asarray(csr_array((np.ones(len(rows)), where), shape) @ share)
    weights, _ = _draw(members, everybody.mixture.weights)
    shapes, trust = [], np.zeros(n_segments)
    parts = zip(
        everybody.mixture.shapes, everybody.concentrations, share.T, weights.T, strict=True
    )
    for mean, s, belongs, weight in parts:
        worth = belongs * (1 + s) / (events + s)
        told = np.asarray(csr_array((worth, where), shape) @ counts)
        drawn, own = _draw(told, mean)
        shapes.append(drawn)
        trust += weight * own
    segments = tuple(
        attrs.evolve(
            everybody, mixture=attrs.evolve(everybody.mixture, weights=mine, shapes=of_segment)
        )
        for mine, of_segment in zip(weights, np.stack(shapes, axis=1), strict=True)
    )
    return SegmentShrinkage(everybody=everybody, segments=segments, weights=trust)


def _draw(
    counts: npt.NDArray[np.float64], mean: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Draw counts of segments towards *mean*; give the weights on the counts, too."""
    how = fit_shrinkage(counts, mean, kappas=[np.inf], default=_DEFAULT)
    return shrink(counts, mean, how), how.own_weight(counts.sum(axis=1))
