"""Which products go with which: a linear model of each product by all others.

EASE, H. Steck, *Embarrassingly Shallow Autoencoders for Sparse Data*, WWW 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_matrix

_SAFE = 1e-3
"""Relative error up to which an inverse in single precision will do."""


@attrs.frozen(kw_only=True, eq=False)
class ItemPairs:
    """How products go with each other, for those that most customers bought.

    Parameters
    ----------
    products : ndarray of int, shape (n_paired,)
        Places of these products, ascending.
    places : ndarray of int, shape (n_products,)
        Place of every product among them, -1 for the others.
    counts : ndarray of float, shape (n_paired, n_paired)
        How many customers bought both.
    weights : ndarray of float, shape (n_paired, n_paired)
        B of :func:`fit_item_weights`.
    """

    products: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    counts: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    def are_paired(
        self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Say of which two products it is known how they go with each other."""
        return np.asarray((self.places[one] >= 0) & (self.places[other] >= 0))

    def count(
        self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Give how many customers bought both of two that are paired."""
        return self.counts[self.places[one], self.places[other]].astype(np.int64)

    def weigh(
        self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Give how much *one* speaks for the *other*; -inf where they are not paired."""
        weights = self.weights[self.places[one], self.places[other]]
        return np.where(self.are_paired(one, other), weights, np.float32(-np.inf))


def pair_items(bought: csr_matrix, *, ridge: float, most: int, n_products: int) -> ItemPairs:
    """Learn which products go with which from who *bought* what, 1 or nothing.

    Of more than *most* products those are paired that most customers bought (of
    equal ones the first): the time for all grows with the cube of their number.
    """
    buyers = np.bincount(bought.indices, minlength=bought.shape[1])
    products = np.sort(np.argsort(-buyers, kind="stable")[:most])
    places = np.full(n_products, -1, dtype=np.int64)
    places[products] = np.arange(len(products))
    paired = bought[:, products]
    counts = np.asarray((paired.T @ paired).toarray(), dtype=np.float32)
    weights = fit_item_weights(counts, ridge)
    return ItemPairs(products=products, places=places, counts=counts, weights=weights)


def fit_item_weights(together: npt.NDArray[np.float32], ridge: float) -> npt.NDArray[np.float32]:
    """Give B, with which X B foretells X: ``P = (XᵀX + λI)⁻¹``, ``B_ij = -P_ij / P_jj``.

    The diagonal is 0: nothing foretells itself.  The inverse is taken in
    single precision where its condition number, at most the largest row sum
    over λ, leaves three digits, else in double.
    """
    worst = together.sum(axis=1, dtype=np.float64).max() / ridge
    single = worst * np.finfo(np.float32).eps < _SAFE
    # LAPACK works in place, and by columns; the matrix is symmetric.
    gram: npt.NDArray[Any] = np.array(
        together, dtype=np.float32 if single else np.float64, order="F"
    )
    gram[np.diag_indices_from(gram)] += ridge
    factor, invert = (lapack.spotrf, lapack.spotri) if single else (lapack.dpotrf, lapack.dpotri)
    # On one thread: several wait for each other longer than they work where cores are shared.
    with threadpool_limits(limits=1):  # type: ignore[no-untyped-call]  # it has no types
        half, _ = factor(gram, lower=True, overwrite_a=True)  # the other half becomes 0
        half, _ = invert(half, lower=True, overwrite_c=True)
    weights = np.add(half, half.T, out=np.empty(half.shape, dtype=half.dtype))
    weights /= np.diag(half) * -1.0
    np.fill_diagonal(weights, 0)
    return np.asarray(weights, dtype=np.float32)
