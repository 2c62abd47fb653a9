"""The minute of the hour: by a stable hash of the id, so that not all fall on :00."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Hashes = npt.NDArray[np.uint64]

_MINUTES: Final = 60
_PARTS: Final = 1 << 16


def hash_ids(customer_ids: pd.Index) -> Hashes:
    """Give a 64-bit hash of each id: the same for an id whoever else there is."""
    texts = customer_ids.astype(str).to_numpy(dtype=object)
    return np.asarray(pd.util.hash_array(texts, categorize=False), dtype=np.uint64)


def pick_minutes(hashes: Hashes, minutes: Integers) -> Integers:
    """Give each customer a minute below its *minutes*, by its hash alone."""
    return (hashes % minutes.astype(np.uint64)).astype(np.int64)


def spread_in_cells(cells: Integers, hashes: Hashes, minutes: Integers, rate: int) -> Integers:
    """Give each customer a minute of its cell, at most *rate* customers to a minute.

    It is the minute by the hash alone, except in cells where one would get
    more than *rate*: there customers are spread evenly, in the order of their
    hashes.

    Parameters
    ----------
    cells : ndarray of int, shape (n_customers,)
        The cell of each; no cell holds more than *rate* times its minutes.
    hashes : ndarray of uint64, shape (n_customers,)
    minutes : ndarray of int, shape (n_cells,)
        How many minutes each cell has, at most 60.
    """
    own = pick_minutes(hashes, minutes[cells])
    table = np.bincount(cells * _MINUTES + own, minlength=len(minutes) * _MINUTES)
    crowded = table.reshape(-1, _MINUTES).max(axis=1) > rate
    rows = np.flatnonzero(crowded[cells])
    order = rows[np.lexsort((hashes[rows], cells[rows]))]
    mine = cells[order]
    starts = np.flatnonzero(np.append(True, mine[1:] != mine[:-1])) if len(mine) else mine
    counts = np.diff(np.append(starts, len(mine)))
    ranks = np.arange(len(mine)) - np.repeat(starts, counts)
    # A shift of less than one rank, by the first hash, so that a lone customer is not always last.
    shift = np.repeat((hashes[order[starts]] % np.uint64(_PARTS)).astype(np.int64), counts)
    total = np.repeat(counts, counts) * _PARTS
    own[order] = (ranks * _PARTS + shift) * minutes[mine] // total
    return own
