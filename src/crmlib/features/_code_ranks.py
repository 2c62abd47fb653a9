"""Ranks of ids that came as words of 64 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.features._block_columns import split

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._threads import Threads

_N_BLOCK = 2**18
_SPREAD = 4
"""A look-up table may have this many places per row."""

# Odd, without a pattern in their bits: golden ratio, and primes of xxHash.
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


def rank(words: list[Int64s], threads: Threads, *, sort: bool) -> tuple[Int64s, int]:
    """Give ids numbers from 0, as they sort or, if *sort* is false, in any order.

    Parameters
    ----------
    words : list of ndarray of int, each of shape (n_rows,)
    threads : Threads
    sort : bool

    Returns
    -------
    codes : ndarray of int, shape (n_rows,)
    n_codes : int
    """
    codes, n_codes = _rank_word(words[0], threads, sort=sort)
    for word in words[1:]:
        more, n_more = _rank_word(word, threads, sort=sort)
        if n_more > 1:
            codes, n_codes = _rank_word(codes * n_more + more, threads, sort=sort)
    return codes, n_codes


def _rank_word(words: Int64s, threads: Threads, *, sort: bool) -> tuple[Int64s, int]:
    """Give *words* numbers from 0."""
    if not len(words):
        return words, 0
    low, high = int(words.min()), int(words.max())
    if high - low < _SPREAD * len(words):
        places = words - low
        taken = np.zeros(high - low + 1, dtype=bool)
        taken[places] = True
        threads.look_up(_count_up(taken), places)
        return places, int(np.count_nonzero(taken))
    if (words[1:] >= words[:-1]).all():
        codes = np.zeros(len(words), dtype=np.int64)
        np.cumsum(words[1:] != words[:-1], out=codes[1:])
        return codes, int(codes[-1]) + 1
    codes, distinct = _number(words, threads)
    if sort:
        ranks = np.empty(len(distinct), dtype=np.int64)
        ranks[np.argsort(distinct)] = np.arange(len(distinct))
        threads.look_up(ranks, codes)
    return codes, len(distinct)


def _number(words: Int64s, threads: Threads, level: int = 0) -> tuple[Int64s, Int64s]:
    """Give *words* numbers from 0 in any order; then the distinct words.

    All rows write their word at once to where its hash points in a table, and
    where it can be read back it has got the place.  The others try again.
    """
    if level == len(_MULTIPLIERS):
        return pd.factorize(words)
    n_bits = len(words).bit_length()
    hashes = words.view(np.uint64) * np.uint64(_MULTIPLIERS[level])
    hashes >>= np.uint64(64 - n_bits)
    places = hashes.view(np.int64)
    table = np.empty(2**n_bits, dtype=np.int64)
    table[places] = words
    taken = np.zeros(len(table), dtype=bool)
    taken[places] = True

    def find_lost(part: tuple[int, int]) -> Int64s:
        rows = slice(*part)
        return part[0] + np.flatnonzero(table.take(places[rows], mode="clip") != words[rows])

    lost = np.concatenate([*threads.map(find_lost, split(len(words), _N_BLOCK))])
    distinct = table.compress(taken)
    codes = places
    threads.look_up(_count_up(taken), codes)
    if len(lost):
        more_codes, more = _number(words.take(lost), threads, level + 1)
        codes[lost] = more_codes + len(distinct)
        distinct = np.append(distinct, more)
    return codes, distinct


def _count_up(taken: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Give numbers from 0 to what is taken; those of the rest mean nothing."""
    numbers = np.cumsum(taken, dtype=np.min_scalar_type(len(taken)))
    numbers -= 1
    return numbers
