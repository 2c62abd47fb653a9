"""Stretches of time that all zones share, each with room for so many messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.timing._slots import MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from crmlib.timing._opening import Opening

    Integers = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class RateCells:
    """The window, cut wherever an hour of some zone begins or ends.

    Where all zones differ by whole hours a cell is an hour; with India on
    board it is half an hour.

    Parameters
    ----------
    begins : ndarray of int, shape (n_cells,)
        Microseconds since 1970 in UTC, rising.
    minutes : ndarray of int, shape (n_cells,)
        Whole minutes of each.
    caps : ndarray of int, shape (n_cells,)
        How many messages each has room for.
    slots : tuple of ndarray of int, shape (n_cells,)
        For each opening, which of its hours covers each cell; -1 for none.
    """

    begins: Integers
    minutes: Integers
    caps: Integers
    slots: tuple[Integers, ...]


def cut_cells(openings: Sequence[Opening], rate: int) -> RateCells:
    """Cut the window at all starts and ends of hours of *openings*, and give room for *rate*."""
    edges = [np.concatenate([opening.starts, opening.ends]) for opening in openings]
    cuts = np.unique(np.concatenate(edges)) if edges else np.zeros(1, dtype=np.int64)
    begins, ends = cuts[:-1], cuts[1:]
    slots = []
    for opening in openings:
        slot = np.searchsorted(opening.starts, begins, side="right") - 1
        covered = (slot >= 0) & (ends <= opening.ends[slot])
        slots.append(np.where(covered, slot, -1))
    used = (np.array(slots) >= 0).any(axis=0) if slots else np.zeros(0, dtype=bool)
    # an hour that the end of the window cuts in the middle of a minute has that minute too
    minutes = -((begins[used] - ends[used]) // MINUTE)
    return RateCells(
        begins=begins[used],
        minutes=minutes,
        caps=minutes * rate,
        slots=tuple(slot[used] for slot in slots),
    )
