"""Counts around a circle, drawn towards the shapes that customers have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.optimize import minimize_scalar

from crmlib.statistics._dirichlet_mixture import DirichletMixture, fit_dirichlet_mixture
from crmlib.statistics._shrinkage import Shrinkage, circular_kernel, estimate_population

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Counts = npt.NDArray[np.integer] | npt.NDArray[np.floating]

_MOST_CUSTOMERS = 5_000
_LOWEST, _HIGHEST = np.log(0.1), np.log(10_000.0)


@attrs.frozen(kw_only=True, eq=False)
class ShapedShrinkage:
    """How counts of a customer become probabilities where customers have shapes.

    For each shape k the counts n, N of them in all, are drawn towards it as
    :class:`Shrinkage` draws them towards everybody, and the answers are
    averaged by r, the probability that the customer has that shape:
    ``p = Σ r_k (n K + s_k m_k) / (N + s_k)``.  With one shape it is the same formula.

    Parameters
    ----------
    mixture : DirichletMixture
        The shapes m and what gives r.
    kappa : float
        Concentration of the circular kernel K; infinite: no smoothing.
    concentrations : ndarray of float, shape (n_shapes,)
        s, in events.
    log_loss : float
        Mean negative log-likelihood (nats) of each event given the others of
        its customer; NaN where no customer had two.
    """

    mixture: DirichletMixture
    kappa: float
    concentrations: npt.NDArray[np.float64]
    log_loss: float

    @property
    def population(self) -> npt.NDArray[np.float64]:
        """What is expected of a customer of whom nothing is known, shape (n_bins,)."""
        return np.asarray(self.mixture.weights @ self.mixture.shapes)

    def own_weight(self, counts: Counts) -> npt.NDArray[np.float64]:
        """Give the weight on the customer's own events, from 0 to 1: Σ r_k N / (N + s_k)."""
        return self.weigh(self.mixture.responsibilities(counts), counts)

    def shrink(self, counts: Counts) -> npt.NDArray[np.float64]:
        """Give the probabilities of each bin for each customer; each row sums to 1."""
        return self.draw(self.mixture.responsibilities(counts), counts)

    def weigh(self, share: npt.NDArray[np.floating], counts: Counts) -> npt.NDArray[np.float64]:
        """Give the weight on *counts* where r is known: *share*, shape (n_customers, n_shapes)."""
        events = counts.sum(axis=1, keepdims=True)
        return np.asarray((share * events / (events + self.concentrations)).sum(axis=1))

    def draw(self, share: npt.NDArray[np.floating], counts: Counts) -> npt.NDArray[np.float64]:
        """Give the probabilities where r is known, such as from more events than *counts*."""
        part = share / (counts.sum(axis=1, keepdims=True) + self.concentrations)
        drawn = (part * self.concentrations) @ self.mixture.shapes
        own = counts @ circular_kernel(counts.shape[1], self.kappa)
        drawn += own * part.sum(axis=1, keepdims=True)
        return np.asarray(drawn, dtype=np.float64)

    def variance(self, share: npt.NDArray[np.floating], counts: Counts) -> npt.NDArray[np.float64]:
        """Give the variance of each probability of :meth:`draw`.

        Given the shape it is that of a Dirichlet distribution of ``n K + s m``.
        """
        squares = np.zeros(counts.shape)
        own = counts @ circular_kernel(counts.shape[1], self.kappa)
        for shape, s, belongs in zip(
            self.mixture.shapes, self.concentrations, share.T, strict=True
        ):
            events = (counts.sum(axis=1) + s)[:, None]
            p = (own + s * shape) / events
            squares += belongs[:, None] * (p * (1 - p) / (events + 1) + p * p)
        return np.asarray(squares - self.draw(share, counts) ** 2, dtype=np.float64)


def fit_shaped_shrinkage(
    counts: npt.NDArray[np.int64],
    *,
    kappas: Sequence[float],
    default: Shrinkage,
    most_shapes: int,
) -> ShapedShrinkage:
    """Find the shapes, then kernel and concentrations by leaving out each event in turn.

    The concentrations keep the proportions in which the mixture has them.
    Leaving out is in closed form, also for the shape that a customer is taken
    to have.  At most 5,000 customers with two events or more, drawn by a fixed
    lot, are looked at; without any the *default* stays.

    Parameters
    ----------
    counts : ndarray of int, shape (n_customers, n_bins)
        With at least one event.
    kappas : sequence of float
        The kernels to choose from.
    default : Shrinkage
        What holds where nobody came twice.
    most_shapes : int
        From 1.

    Returns
    -------
    ShapedShrinkage

    Examples
    --------
    >>> import numpy as np
    >>> larks, owls = np.tile([9, 1, 0], (80, 1)), np.tile([0, 1, 9], (50, 1))
    >>> how = fit_shaped_shrinkage(
    ...     np.vstack([larks, owls]),
    ...     kappas=[np.inf],
    ...     default=Shrinkage(kappa=np.inf, concentration=10.0, log_loss=np.nan),
    ...     most_shapes=2,
    ... )
    >>> how.shrink(np.array([[2, 0, 0]])).round(1)
    array([[0.9, 0.1, 0. ]])
    """
    mixture = fit_dirichlet_mixture(counts, most_shapes=most_shapes)
    if len(mixture.weights) == 1:
        population = estimate_population(counts, kappas=kappas, default=default)
        mixture = attrs.evolve(mixture, shapes=population[None])
    repeaters = np.flatnonzero(counts.sum(axis=1) > 1)
    if not len(repeaters):
        return ShapedShrinkage(
            mixture=mixture,
            kappa=default.kappa,
            concentrations=np.full(len(mixture.weights), default.concentration),
            log_loss=np.nan,
        )
    if len(repeaters) > _MOST_CUSTOMERS:
        repeaters = np.random.default_rng(0).choice(repeaters, _MOST_CUSTOMERS, replace=False)
    left_out = _LeftOut.of(counts[repeaters], mixture)
    fits = [left_out.fit(mixture, kappa) for kappa in kappas]
    return min(fits, key=lambda fit: fit.log_loss)


@attrs.frozen(kw_only=True, eq=False)
class _LeftOut:
    """What is known of each event from the others of its customer."""

    counts: npt.NDArray[np.int64]
    customers: npt.NDArray[np.intp]
    bins: npt.NDArray[np.intp]
    share: npt.NDArray[np.float64]  # P(shape | the other events)

    @classmethod
    def of(cls, counts: npt.NDArray[np.int64], mixture: DirichletMixture) -> _LeftOut:
        customers, bins = np.nonzero(counts)
        others = counts[customers, bins] - 1
        alphas = mixture.shapes.T[bins] * mixture.concentrations
        # The probability of the event itself is taken out of that of them all.
        last = (counts.sum(axis=1)[customers, None] - 1 + mixture.concentrations) / (
            others[:, None] + alphas
        )
        share = mixture.responsibilities(counts)[customers] * last
        share /= share.sum(axis=1, keepdims=True)
        return cls(counts=counts, customers=customers, bins=bins, share=share)

    def fit(self, mixture: DirichletMixture, kappa: float) -> ShapedShrinkage:
        kernel = circular_kernel(self.counts.shape[1], kappa)
        times = self.counts[self.customers, self.bins]
        others = self.counts.sum(axis=1)[self.customers, None] - 1
        # Rounding may leave a trace below zero where an event is alone.
        smooth = (self.counts @ kernel)[self.customers, self.bins] - kernel[0, 0]
        own = np.maximum(smooth, 0)[:, None]
        prior = mixture.shapes.T[self.bins]
        relative = mixture.concentrations / (mixture.weights @ mixture.concentrations)

        def log_loss(log_concentration: float) -> float:
            s = np.exp(log_concentration) * relative
            each = (self.share * (own + s * prior) / (others + s)).sum(axis=1)
            return float(-(times @ np.log(each)) / times.sum())

        best = minimize_scalar(
            log_loss, bounds=(_LOWEST, _HIGHEST), method="bounded", options={"xatol": 0.01}
        )
        return ShapedShrinkage(
            mixture=mixture,
            kappa=float(kappa),
            concentrations=np.exp(best.x) * relative,
            log_loss=float(best.fun),
        )
