"""How much each customer likes each hour that is open to it, and what closed the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.messages import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import pandas as pd

    from crmlib.interfaces import TimingModel
    from crmlib.timing._opening import Opening
    from crmlib.timing._own_limits import OwnHours
    from crmlib.timing._spans import Spans

    Flags = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.intp]
    Objects = npt.NDArray[np.object_]

# Scores held at once: 4 million are 32 MB.
_MOST_SCORES = 4_000_000
_WEEK: Final = 7


@attrs.frozen(kw_only=True, eq=False)
class Wishes:
    """The preferences of a model, and each customer's own limits.

    Parameters
    ----------
    model : TimingModel
    customers : DataFrame of shape (n_customers, n_columns)
    own_hours : OwnHours
    spans : tuple of Spans
        In the order in which they are told.
    """

    model: TimingModel
    customers: pd.DataFrame
    own_hours: OwnHours
    spans: tuple[Spans, ...]

    def blocks(self, opening: Opening, rows: Integers) -> Iterator[tuple[Integers, Floats]]:
        """Give *rows* some at a time, with the score of each hour, -inf for closed ones."""
        size = max(1, _MOST_SCORES // max(1, len(opening.starts)))
        for begin in range(0, len(rows), size):
            places = rows[begin : begin + size]
            scores = _score(self.model, self.customers.iloc[places], opening.slots.starts)
            for closed, _, _, _ in self._steps(opening, places):
                scores = np.where(closed, -np.inf, scores)
            yield places, scores

    def _steps(
        self, opening: Opening, places: Integers
    ) -> Iterator[tuple[Flags, list[str], Integers, Reason]]:
        """Give what each limit closes, what it is called for each customer, and its reason."""
        own = self.own_hours
        if not own.are_none:
            closed = own.close(places, opening.slots)
            yield closed, list(own.words), own.codes[places], Reason.OWN_HOURS
        same = np.zeros(len(places), dtype=np.intp)
        for span in self.spans:
            closed = span.close(places, opening.starts, opening.ends)
            yield closed, [span.limit.words], same, span.limit.reason

    def explain(self, opening: Opening, places: Integers) -> tuple[Objects, Objects]:
        """Say what each limit left to each customer, and which took the last hour, if one did."""
        free = np.ones((len(places), len(opening.starts)), dtype=bool)
        words = np.full(len(places), "", dtype=object)
        reasons = np.full(len(places), None, dtype=object)

        for closed, names, codes, reason in self._steps(opening, places):
            hit = np.flatnonzero((closed & free).any(axis=1))
            before = free[hit]
            after = before & ~closed[hit]
            free[hit] = after
            words[hit] += _describe(opening, names, codes[hit], before, after)
            reasons[hit[~after.any(axis=1)]] = reason.value
        return words, reasons


def shares_of(scores: Floats) -> Floats:
    """Give each score as a share of the best that is open to the customer; -inf for closed ones.

    Where a customer likes nothing that is open, all that is open is alike.
    """
    top = scores.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # nothing is open: -inf / -inf
        shares = np.where(top > 0, scores / np.where(top > 0, top, 1), 1.0)
    return np.where(np.isneginf(scores), -np.inf, shares)


def _score(
    model: TimingModel, customers: pd.DataFrame, starts: pd.DatetimeIndex
) -> npt.NDArray[np.float64]:
    scores = np.asarray(model.preferences(customers, starts), dtype=np.float64)
    expected = (len(customers), len(starts))
    if scores.shape != expected or not np.isfinite(scores).all():
        raise InvalidTableError(
            f"preferences of {type(model).__name__}",
            f"have shape {scores.shape} or are not finite",
            f"give finite scores of shape {expected}",
        )
    return scores


def _describe(
    opening: Opening, names: list[str], codes: Integers, before: Flags, after: Flags
) -> Objects:
    """Say what is left after a limit; each sentence that many customers share is written once."""
    if not len(codes):
        return np.zeros(0, dtype=object)
    packed = [np.packbits(before, axis=1), np.packbits(after, axis=1)]
    keys = np.column_stack([codes.astype(">u4").view("u1").reshape(len(codes), 4), *packed])
    whole = np.ascontiguousarray(keys).view(f"S{keys.shape[1]}").ravel()
    _, examples, which = np.unique(whole, return_index=True, return_inverse=True)
    days = np.asarray(opening.slots.starts.tz_localize(None).asi8 // 86_400_000_000)
    sentences = [
        f"; {names[codes[place]]} leaves {_left(opening, days, before[place], after[place])}"
        for place in examples
    ]
    return np.array(sentences, dtype=object)[which]


def _left(opening: Opening, days: npt.NDArray[np.int64], before: Flags, after: Flags) -> str:
    """Name the days that are left, or count the hours if all days are."""
    if not after.any():
        return "nothing"
    kept, had, known = np.unique(days[after]), np.unique(days[before]), np.unique(days)
    if len(kept) == len(had):
        return f"{after.sum()} of {before.sum()} hours"
    pattern = "%a" if known[-1] - known[0] < _WEEK else "%a %Y-%m-%d"
    name = {
        day: opening.slots.starts[np.flatnonzero(days == day)[0]].strftime(pattern) for day in kept
    }
    order = np.searchsorted(known, kept)
    runs = np.split(kept, np.flatnonzero(np.diff(order) > 1) + 1)
    told = [
        name[run[0]] if len(run) == 1 else f"{name[run[0]]} to {name[run[-1]]}" for run in runs
    ]
    return ", ".join(told)
