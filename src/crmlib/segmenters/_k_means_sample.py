"""Which customers are learned from, drawn by lot whatever the order of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

_BLOCK = 65_536
"""Ids whose lots fit into the cache of a core."""

_ALL_LOTS = 2**64


def draw(index: pd.Index, size: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Draw about *size* customers by lot: their rows, and the lot of each.

    The lot is made of the id, so that it does not depend on the order of rows.
    """
    below = min(int(size / max(len(index), 1) * _ALL_LOTS), _ALL_LOTS - 1)
    rows, lots = [], []
    for start in range(0, len(index), _BLOCK):
        block = _make_lots(index[start : start + _BLOCK], seed)
        drawn = np.flatnonzero(block <= np.uint64(below))
        rows.append(drawn + start)
        lots.append(block[drawn])
    return np.concatenate(rows), np.concatenate(lots)


def _make_lots(index: pd.Index, seed: int) -> npt.NDArray[np.uint64]:
    """Give each id a number that depends on all of it and of the seed."""
    ids = pd.util.hash_pandas_object(index, index=False, categorize=False).to_numpy()
    lots = ids.astype(np.uint64, copy=False) ^ np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        lots ^= lots >> np.uint64(shift)
        lots *= np.uint64(factor)
    return lots
