"""Ranks of ids that came as words of 64 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s

_SPREAD = 4
"""A look-up table may have this many places per row."""

# Odd, without a pattern in their bits: golden ratio, and primes of xxHash.
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


def rank(words: list[Int64s], *, sort: bool) -> tuple[Int64s, int]:
    """Give ids numbers from 0, as they sort or, if *sort* is false, in any order.

    Parameters
    ----------
    words : list of ndarray of int, each of shape (n_rows,)
    sort : bool

    Returns
    -------
    codes : ndarray of int, shape (n_rows,)
    n_codes : int
    """
    codes, n_codes = _rank_word(words[0], sort=sort)
    for word in words[1:]:
        more, n_more = _rank_word(word, sort=sort)
        if n_more > 1:
            codes, n_codes = _rank_word(codes * n_more + more, sort=sort)
    return codes, n_codes


def _rank_word(words: Int64s, *, sort: bool) -> tuple[Int64s, int]:
    """Give *words* numbers from 0."""
    if not len(words):
        return words, 0
    low, high = int(words.min()), int(words.max())
    if high - low < _SPREAD * len(words):
        places = words - low
        taken = np.zeros(high - low + 1, dtype=bool)
        taken[places] = True
        numbers = np.cumsum(taken) - 1
    elif (words[1:] >= words[:-1]).all():
        places = np.zeros(len(words), dtype=np.int64)
        np.cumsum(words[1:] != words[:-1], out=places[1:])
        return places, int(places[-1]) + 1
    else:
        places, table, taken = _find_places(words)
        numbers = np.cumsum(taken) - 1
        if sort:
            distinct = table[taken]
            ranks = np.empty(len(distinct), dtype=np.int64)
            ranks[np.argsort(distinct)] = np.arange(len(distinct))
            numbers = ranks[numbers]
    return numbers[places], int(np.count_nonzero(taken))


def _find_places(words: Int64s, level: int = 0) -> tuple[Int64s, Int64s, npt.NDArray[np.bool_]]:
    """Give each word a place of its own in a table; then the table, and which places are taken.

    All rows write their word at once to where its hash points, and where it
    can be read back it has got the place.  The others try again in a table more.
    """
    if level == len(_MULTIPLIERS):
        places, distinct = pd.factorize(words)
        return places, distinct, np.ones(len(distinct), dtype=bool)
    n_bits = len(words).bit_length()
    hashes = words.view(np.uint64) * np.uint64(_MULTIPLIERS[level])
    places = (hashes >> np.uint64(64 - n_bits)).view(np.int64)
    table = np.empty(2**n_bits, dtype=np.int64)
    table[places] = words
    taken = np.zeros(len(table), dtype=bool)
    taken[places] = True
    lost = np.flatnonzero(table[places] != words)
    if len(lost):
        again, more_table, more_taken = _find_places(words[lost], level + 1)
        places[lost] = again + len(table)
        table, taken = np.append(table, more_table), np.append(taken, more_taken)
    return places, table, taken
