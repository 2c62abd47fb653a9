"""Groups of customers whose counts are alike, each a Dirichlet-multinomial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import gammaln, logsumexp

if TYPE_CHECKING:
    import numpy.typing as npt

    Counts = npt.NDArray[np.integer] | npt.NDArray[np.floating]

_MOST_CUSTOMERS = 5_000
_FEWEST_CUSTOMERS = 100
_MOST_ROUNDS = 200
_STEPS_PER_ROUND = 5
_ENOUGH = 1e-6  # nats per event and round
_LOWEST, _HIGHEST = 1e-4, 1e4


@attrs.frozen(kw_only=True, eq=False)
class DirichletMixture:
    """Shapes that counts of customers have, and how closely customers keep to them.

    A customer belongs to shape k with the probability ``weights[k]``.  Its own
    probabilities of the bins are drawn from a Dirichlet distribution with the
    mean ``shapes[k]`` and the sum ``concentrations[k]``, and its counts from those.

    Parameters
    ----------
    weights : ndarray of float, shape (n_shapes,)
        Shares of customers, the largest first; they sum to 1.
    shapes : ndarray of float, shape (n_shapes, n_bins)
        Positive; each row sums to 1.
    concentrations : ndarray of float, shape (n_shapes,)
        In events: after so many a customer's own counts weigh as much as the shape.
    """

    weights: npt.NDArray[np.float64]
    shapes: npt.NDArray[np.float64]
    concentrations: npt.NDArray[np.float64]

    def responsibilities(self, counts: Counts) -> npt.NDArray[np.float64]:
        """Give the probability of each shape for each row of *counts*; rows sum to 1.

        Counts may be weighted, so that some events count for less than one.
        """
        if len(self.weights) == 1:
            return np.ones((len(counts), 1))
        joint = self._joint(counts)
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))

    def log_likelihood(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Give the log-probability (nats) of each row of *counts*, its events in one order."""
        return np.asarray(logsumexp(self._joint(counts), axis=1))

    def _joint(self, counts: Counts) -> npt.NDArray[np.float64]:
        """Give log P(shape, counts): each event is the first, second, ... of its bin."""
        alphas = self.shapes * self.concentrations[:, None]
        if counts.dtype.kind == "f":
            return self._joint_of_parts(counts, alphas)
        drawn = _rising_logs(alphas, counts.max(initial=0))
        of_all = _rising_logs(self.concentrations, counts.sum(axis=1).max(initial=0))
        joint = np.log(self.weights)[:, None] - of_all[:, counts.sum(axis=1)]
        columns = np.ascontiguousarray(counts.T)
        for shape, logs in enumerate(drawn):
            for own, column in zip(logs, columns, strict=True):
                joint[shape] += own[column]
        return np.ascontiguousarray(joint.T)

    def _joint_of_parts(
        self, counts: Counts, alphas: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Give the same for counts that are no whole numbers, which no table holds."""
        events = counts.sum(axis=1, keepdims=True)
        joint = np.log(self.weights) + gammaln(self.concentrations)
        joint = joint - gammaln(self.concentrations + events)
        for bin_, of_shapes in enumerate(alphas.T):
            joint += gammaln(counts[:, bin_, None] + of_shapes) - gammaln(of_shapes)
        return np.asarray(joint, dtype=np.float64)


def fit_dirichlet_mixture(counts: npt.NDArray[np.int64], *, most_shapes: int) -> DirichletMixture:
    """Fit shapes by expectation maximisation, as many as foretell other customers best.

    Every number of shapes is fitted to one half of the customers and scored by
    the likelihood of the other half, both ways.  At most 5,000 customers, drawn
    by a fixed lot, are looked at; fewer than 100 have one shape.

    Parameters
    ----------
    counts : ndarray of int, shape (n_customers, n_bins)
        With at least one event.
    most_shapes : int
        From 1.

    Returns
    -------
    DirichletMixture

    References
    ----------
    I. Holmes, K. Harris, C. Quince, *Dirichlet multinomial mixtures*, PLoS ONE
    7(2), 2012; the update is the fixed point of T. Minka, *Estimating a
    Dirichlet distribution*, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> larks, owls = np.tile([9, 1, 0], (80, 1)), np.tile([0, 1, 9], (50, 1))
    >>> mixture = fit_dirichlet_mixture(np.vstack([larks, owls]), most_shapes=2)
    >>> mixture.shapes.round(1)
    array([[0.9, 0.1, 0. ],
           [0. , 0.1, 0.9]])
    """
    counts = counts[counts.any(axis=1)]
    lot = np.random.default_rng(0).permutation(len(counts))[:_MOST_CUSTOMERS]
    counts = counts[lot]
    if most_shapes == 1 or len(counts) < _FEWEST_CUSTOMERS:
        return _fit(counts, 1)
    halves = counts[::2], counts[1::2]
    scores = [
        sum(
            _fit(half, n_shapes).log_likelihood(other).sum()
            for half, other in (halves, halves[::-1])
        )
        for n_shapes in range(1, most_shapes + 1)
    ]
    return _fit(counts, 1 + int(np.argmax(scores)))


def _fit(counts: npt.NDArray[np.int64], n_shapes: int) -> DirichletMixture:
    # Customers with the same counts are one row, so that their order is nothing.
    rows, times = np.unique(counts, axis=0, return_counts=True)
    n_bins, events = rows.shape[1], (times @ rows).sum()
    population = (times @ rows + 1) / (events + n_bins)
    share = np.random.default_rng(0).dirichlet(np.full(n_shapes, 0.5), len(rows))
    seen = (share * times[:, None]).T @ rows
    shapes = (seen + 10 * population) / (seen.sum(axis=1, keepdims=True) + 10)
    alphas, weights = 10 * shapes, np.full(n_shapes, 1 / n_shapes)
    last = -np.inf
    for _ in range(_MOST_ROUNDS):
        joint = _of(weights, alphas)._joint(rows)  # noqa: SLF001 -- its own class
        likelihood = logsumexp(joint, axis=1)
        belongs = np.asarray(
            np.exp(joint - likelihood[:, None]) * times[:, None], dtype=np.float64
        )
        total = float(times @ likelihood)
        if total - last < _ENOUGH * events:
            break
        last = total
        weights = (belongs.sum(axis=0) + 1) / (times.sum() + n_shapes)
        alphas = _update(rows, belongs, alphas)
    found = _of(weights, alphas)
    # A shape of few events is itself drawn towards everybody.
    own = (belongs.T @ rows).sum(axis=1, keepdims=True)
    order = np.argsort(-weights, kind="stable")
    shapes = (own * found.shapes + n_bins * population) / (own + n_bins)
    return DirichletMixture(
        weights=weights[order],
        shapes=shapes[order],
        concentrations=found.concentrations[order],
    )


def _of(weights: npt.NDArray[np.float64], alphas: npt.NDArray[np.float64]) -> DirichletMixture:
    sums = alphas.sum(axis=1)
    return DirichletMixture(weights=weights, shapes=alphas / sums[:, None], concentrations=sums)


def _rising_logs(alphas: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    """Give log a(a+1)...(a+n-1) of each alpha, for n from 0 to *most* along a new last axis."""
    logs = np.log(alphas[..., None] + np.arange(most))
    return np.concatenate([np.zeros((*alphas.shape, 1)), np.cumsum(logs, axis=-1)], axis=-1)


def _update(
    rows: npt.NDArray[np.int64],
    belongs: npt.NDArray[np.float64],
    alphas: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Take a few steps of the fixed point for all shapes."""
    drawn = _exceeding(rows, belongs)
    of_all = _exceeding(rows.sum(axis=1, keepdims=True), belongs)[:, 0]
    in_bin, in_all = np.arange(drawn.shape[2]), np.arange(of_all.shape[1])
    for _ in range(_STEPS_PER_ROUND):
        up = (drawn / (alphas[:, :, None] + in_bin)).sum(axis=2)
        down = (of_all / (alphas.sum(axis=1)[:, None] + in_all)).sum(axis=1)
        alphas = np.clip(alphas * up / np.maximum(down, _LOWEST)[:, None], _LOWEST, _HIGHEST)
    return alphas


def _exceeding(
    rows: npt.NDArray[np.int64], belongs: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give the weight of the customers of each shape with more than 0, 1, ... events per bin."""
    customers, bins = np.nonzero(rows)
    most = int(rows.max()) + 1
    places = bins * most + rows[customers, bins]
    size = rows.shape[1] * most
    exact = np.stack([np.bincount(places, share[customers], size) for share in belongs.T]).reshape(
        belongs.shape[1], -1, most
    )
    return np.asarray(np.cumsum(exact[..., :0:-1], axis=-1)[..., ::-1], dtype=np.float64)
