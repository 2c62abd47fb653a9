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

from crmlib.segmenters._k_means_space import read_steps, space_expressions, to_space
from crmlib.statistics._one_thread import one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Labels = npt.NDArray[np.uint8]

TIE = 1e-9
_NONE = np.uint8(255)
_BLOCK = 16_384
"""Rows whose distances fit into the cache of a core."""


def find_nearest(numbers: Sequence[Floats], scaling: pd.DataFrame, centres: Floats) -> Labels:
    """Give the number of the nearest centre of each customer, on all cores."""
    labels = np.empty(len(numbers[0]), dtype=np.uint8)
    steps = read_steps(scaling)

    def fill(start: int) -> None:
        rows = slice(start, start + _BLOCK)
        labels[rows] = nearest(to_space([column[rows] for column in numbers], steps), centres)

    if len(labels) <= _BLOCK:
        fill(0)
        return labels
    with one_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:  # the blocks are the threads
        list(pool.map(fill, range(0, len(labels), _BLOCK)))
    return labels


def nearest(places: Floats, centres: Floats) -> Labels:
    """Give the number of the nearest centre of each of *places*, shape (n_columns, n_places)."""
    scores = (-2.0 * centres) @ places
    scores += (centres**2).sum(axis=1)[:, None]
    bound = scores.min(axis=0) + TIE
    labels = np.full(places.shape[1], _NONE)
    for number, score in enumerate(scores):
        # 1 and 0 become the number and _NONE, of which the least is kept: no branch, no mask.
        reached = (score <= bound).view(np.uint8)
        reached -= np.uint8(1)
        reached |= np.uint8(number)
        np.minimum(labels, reached, out=labels)
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
