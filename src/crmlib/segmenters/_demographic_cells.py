"""Combinations of values: which are segments alone, and which are put together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmlib.segmenters._demographic_traits import read_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.segmenters._demographic_traits import Trait

    Cell = tuple[str, ...]

BETWEEN = ", "


def arrange_cells(
    cells: Mapping[Cell, int], traits: Sequence[Trait], min_size: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the names of the cells that stay alone, and those of small ones put together.

    Parameters
    ----------
    cells : dict of tuple of str to int
        The customers of each combination of words, a word for each of *traits*.
    traits : sequence of Trait
    min_size : int

    Returns
    -------
    tuple of two tuples of str
        In order of the values; what is in neither of them is in no group of
        its own.
    """
    others = read_words(traits[0].labels)["others"]
    unknown = tuple(trait.unknown for trait in traits)
    ordered = sorted(
        cells, key=lambda cell: [t.rank(word) for t, word in zip(traits, cell, strict=True)]
    )
    alone = [cell for cell in ordered if cells[cell] >= min_size and cell != unknown]
    small = [
        cell for cell in ordered if cells[cell] < min_size and not _knows_little(cell, unknown)
    ]
    together: list[Cell] = []
    for n_told in range(len(traits) - 1, 0, -1):
        sizes: Counter[Cell] = Counter()
        for cell in small:
            sizes[cell[:n_told]] += cells[cell]
        enough = [told for told in sizes if sizes[told] >= min_size]
        together += [(*told, others) for told in enough]
        small = [cell for cell in small if cell[:n_told] not in enough]
    return tuple(map(BETWEEN.join, alone)), tuple(map(BETWEEN.join, together))


def _knows_little(cell: Cell, unknown: Cell) -> bool:
    return any(word == no_word for word, no_word in zip(cell, unknown, strict=True))
