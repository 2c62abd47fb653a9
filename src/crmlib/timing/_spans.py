"""Stretches of time in which a customer may not be written to, and whose limit that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.messages import Reason

    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

ENDLESS: Final = np.iinfo(np.int64).max


@attrs.frozen(kw_only=True)
class Limit:
    """One limit: the reason for which it holds a customer, and what it is called."""

    reason: Reason
    words: str


@attrs.frozen(kw_only=True, eq=False)
class Spans:
    """Stretches [begin, end) that are closed to customers by one limit.

    Parameters
    ----------
    limit : Limit
        Whose.
    rows : ndarray of int, shape (n_spans,)
        Places of the customers, rising.
    begins, ends : ndarray of int, shape (n_spans,)
        Microseconds since 1970 in UTC.
    """

    limit: Limit
    rows: Integers
    begins: Integers
    ends: Integers

    def close(self, places: Integers, starts: Integers, slot_ends: Integers) -> Flags:
        """Say of each customer at *places* (rising) and each slot whether it is closed.

        A slot [start, end) that a stretch touches is closed as a whole.
        """
        closed = np.zeros((len(places), len(starts)), dtype=bool)
        low = np.searchsorted(self.rows, places, side="left")
        counts = np.searchsorted(self.rows, places, side="right") - low
        lines = np.repeat(np.arange(len(places)), counts)
        spans = _ranges(low, counts)
        first = np.searchsorted(slot_ends, self.begins[spans], side="right")
        last = np.searchsorted(starts, self.ends[spans], side="left")
        width = np.maximum(last - first, 0)
        closed[np.repeat(lines, width), _ranges(first, width)] = True
        return closed


def sort_spans(limit: Limit, rows: Integers, begins: Integers, ends: Integers) -> Spans:
    """Give the stretches in the order of their customers."""
    order = np.argsort(rows, kind="stable")
    return Spans(limit=limit, rows=rows[order], begins=begins[order], ends=ends[order])


def _ranges(firsts: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]) -> Integers:
    """Give the whole numbers from each first on, as many as are counted, one after the other."""
    begins = np.cumsum(counts) - counts
    return np.asarray(np.arange(counts.sum()) + np.repeat(firsts - begins, counts))
