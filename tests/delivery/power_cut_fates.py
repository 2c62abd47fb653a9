"""What becomes of the changes that were not synced when the power fails.

A fate is asked for each of them: how many others are newer, and how many
sectors it has; a change of a name has one.  It says which of them are kept.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fate = Callable[[int, int], list[bool]]


def all_fates(seed: int) -> Iterator[Fate]:
    """Give what may become of them at a moment: nothing, all, and one of the others by lot.

    A seed gives the same others, so that nothing is tried twice between two changes.
    """
    yield nothing
    yield everything
    others = (newest_alone, torn(is_end=False), torn(is_end=True), luck(seed))
    yield Random(seed).choice(others)


def nothing(newer: int, sectors: int) -> list[bool]:
    """Keep nothing that was not synced."""
    return [False] * sectors


def everything(newer: int, sectors: int) -> list[bool]:
    """Keep all: the system lives on, only the programs died."""
    return [True] * sectors


def newest_alone(newer: int, sectors: int) -> list[bool]:
    """Keep the last change and none before it: the disk wrote the last one first."""
    return [newer == 0] * sectors


def torn(*, is_end: bool) -> Fate:
    """Keep half of the last change, its beginning or its end, and all before it."""

    def keep(newer: int, sectors: int) -> list[bool]:
        if newer:
            return [True] * sectors
        return [(sector >= sectors // 2) == is_end for sector in range(sectors)]

    return keep


def luck(seed: int) -> Fate:
    """Keep a third of the changes, lose a third, and of the others keep every other sector."""
    random = Random(seed)

    def keep(newer: int, sectors: int) -> list[bool]:
        share = random.choice((0.0, 0.5, 1.0))
        return [random.random() < share for _ in range(sectors)]

    return keep
