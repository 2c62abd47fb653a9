"""Which products go with which: a linear model of each product by all others.

EASE, H. Steck, *Embarrassingly Shallow Autoencoders for Sparse Data*, WWW 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import lapack

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_matrix

_SAFE = 1e-3
"""Relative error up to which an inverse in single precision will do."""


def count_together(bought: csr_matrix) -> npt.NDArray[np.float32]:
    """Count by how many customers each two products were bought, XᵀX."""
    return np.asarray((bought.T @ bought).toarray(), dtype=np.float32)


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
    half, _ = factor(gram, lower=True, overwrite_a=True)  # the other half becomes 0
    half, _ = invert(half, lower=True, overwrite_c=True)
    weights = np.add(half, half.T, out=np.empty(half.shape, dtype=half.dtype))
    weights /= np.diag(half) * -1.0
    np.fill_diagonal(weights, 0)
    return np.asarray(weights, dtype=np.float32)
