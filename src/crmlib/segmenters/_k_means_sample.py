"""Which customers are learned from, drawn by lot whatever the order of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt


def draw(index: pd.Index, size: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Draw about *size* customers by lot: their rows, and the lot of each.

    The lot is made of the id, so that it does not depend on the order of rows.
    """
    ids = pd.util.hash_pandas_object(index, index=False, categorize=False).to_numpy()
    lots = ids ^ np.uint64(seed)
    # The finalizer of splitmix64: all digits of the lot depend on all of the id.
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        lots ^= lots >> np.uint64(shift)
        lots *= np.uint64(factor)
    if len(index) <= size:
        return np.arange(len(index)), lots
    rows = np.flatnonzero(lots < np.uint64(int(size / len(index) * 2**64)))
    return rows, lots[rows]


def fewest(lot: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.intp]:
    """Give the rows of the *size* lowest lots, in order of the rows."""
    if len(lot) <= size:
        return np.arange(len(lot))
    return np.sort(np.argpartition(lot, size)[:size])
