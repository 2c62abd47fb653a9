"""Who is nearest to which centre: in memory by blocks, elsewhere as an expression.

Both compute ``|centre|² - 2 centre · place``, the squared distance but for a
term that is the same for all centres.  Engines round differently in the last
digit, so two centres nearer to each other than ``TIE`` count as equally near,
and the first of them, the better segment, wins.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np

from crmlib.segmenters._k_means_space import space_expressions, to_space
from crmlib.segmenters._k_means_threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Labels = npt.NDArray[np.uint16]

TIE = 1e-9
_BLOCK = 32_768
"""Rows whose distances fit into the cache of a core."""


def find_nearest(numbers: Sequence[Floats], scaling: pd.DataFrame, centres: Floats) -> Labels:
    """Give the number of the nearest centre of each customer."""
    labels = np.empty(len(numbers[0]), dtype=np.uint16)

    def fill(rows: slice) -> None:
        labels[rows] = nearest(to_space([column[rows] for column in numbers], scaling), centres)

    _by_blocks(fill, len(labels))
    return labels


def improve(numbers: Sequence[Floats], scaling: pd.DataFrame, centres: Floats) -> Floats:
    """Move each centre to the mean of those nearest to it; one iteration of Lloyd's."""

    def add_up(rows: slice) -> tuple[Floats, Floats]:
        places = to_space([column[rows] for column in numbers], scaling)
        mine = nearest(places, centres) == np.arange(len(centres))[:, None]
        return mine.astype(np.float64) @ places.T, mine.sum(axis=1, dtype=np.float64)

    parts = _by_blocks(add_up, len(numbers[0]))
    sums, sizes = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    means = sums / np.maximum(sizes, 1.0)[:, None]
    return np.where(sizes[:, None] > 0, means, centres)


def nearest(places: Floats, centres: Floats) -> Labels:
    """Give the number of the nearest centre of each of *places*, shape (n_columns, n_places)."""
    scores = (-2.0 * centres) @ places + (centres**2).sum(axis=1)[:, None]
    bound = scores.min(axis=0) + TIE
    labels = np.empty(places.shape[1], dtype=np.uint16)
    for number in range(len(centres) - 1, -1, -1):
        np.copyto(labels, number, where=scores[number] <= bound)
    return labels


def nearest_expression(scaling: pd.DataFrame, centres: Floats, names: Sequence[str]) -> nw.Expr:
    """Give the name of the nearest centre as an expression over the columns."""
    places = space_expressions(scaling)
    named = nw.lit(names[-1])
    # From the last but one back to the first: who is not nearer to an earlier centre is asked
    # about the later ones only.
    for number in range(len(names) - 2, -1, -1):
        nearer = [
            _farther_by(places, centres[number], other) <= TIE for other in centres[number + 1 :]
        ]
        wins = reduce(and_, nearer)
        named = nw.when(wins).then(nw.lit(names[number])).otherwise(named)
    return named


def _farther_by(places: Sequence[nw.Expr], centre: Floats, other: Floats) -> nw.Expr:
    """Give how much farther a place is from *centre* than from *other*, both squared."""
    weights = -2.0 * (centre - other)
    start = nw.lit(float((centre**2).sum() - (other**2).sum()))
    return sum(
        (place * float(weight) for place, weight in zip(places, weights, strict=True)),
        start=start,
    )


def _by_blocks(work: Callable[[slice], Any], n_rows: int) -> list[Any]:
    """Do *work* on blocks of rows, on all cores, and give the answers in order of the rows."""
    blocks = [slice(start, start + _BLOCK) for start in range(0, n_rows, _BLOCK)]
    with one_thread():  # the blocks are the threads
        if len(blocks) == 1:
            return [work(blocks[0])]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(work, blocks))
