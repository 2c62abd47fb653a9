"""Moments in the making: a row per customer, until each has a moment or a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.messages import Reason
from crmlib.timing._minutes import hash_ids, pick_minutes, spread_in_cells
from crmlib.timing._moments import Moments
from crmlib.timing._rate_cells import cut_cells
from crmlib.timing._rate_placement import RatePlacement
from crmlib.timing._slots import MINUTE, to_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.timing._opening import Opening
    from crmlib.timing._wishes import Wishes

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Objects = npt.NDArray[np.object_]

_NO_MOMENT: Final = np.iinfo(np.int64).min  # how numpy writes NaT
_PER_MESSAGE: Final = 2.0
"""What a message at the best open moment is worth."""


class MomentDraft:
    """Choose the moments, then tell why.

    Parameters
    ----------
    wishes : Wishes
    openings : sequence of Opening
        Each customer is in one.
    """

    def __init__(self, wishes: Wishes, openings: Sequence[Opening]) -> None:
        self._wishes = wishes
        self._openings = openings
        self._some = [opening for opening in openings if len(opening.starts)]
        customers = wishes.customers
        self._hashes = hash_ids(customers.index)
        self._send_at = np.full(len(customers), _NO_MOMENT, dtype=np.int64)
        self._preference = np.full(len(customers), np.nan)
        self._reason = np.full(len(customers), None, dtype=object)
        self._why = np.full(len(customers), None, dtype=object)
        self._value = self._bound = 0.0
        self._method = "greedy"

    def take_best(self, spread_minutes: int) -> None:
        """Give everybody the earliest of the hours it likes best."""
        for opening in self._some:
            for places, scores in self._wishes.blocks(opening, opening.rows):
                some = np.isfinite(scores.max(axis=1))
                rows, best = places[some], scores.argmax(axis=1)[some]
                minutes = np.minimum(opening.slots.minutes[best], spread_minutes)
                minute = pick_minutes(self._hashes[rows], minutes)
                self._send_at[rows] = opening.starts[best] + minute * MINUTE
                self._value += _PER_MESSAGE * len(rows)
                self._tell(opening, places, scores)
        self._bound = self._value

    def place_at_rate(self, per_minute: int) -> None:
        """Share out the minutes, *per_minute* messages to each."""
        if not self._some:
            return
        cells = cut_cells(self._some, per_minute)
        found = RatePlacement(self._wishes, self._some, cells, self._hashes).solve()
        rows = np.flatnonzero(found.cells >= 0)
        chosen = found.cells[rows]
        minute = spread_in_cells(chosen, self._hashes[rows], cells.minutes, per_minute)
        self._send_at[rows] = cells.begins[chosen] + minute * MINUTE
        self._value, self._bound, self._method = found.value, found.bound, found.method
        for opening in self._some:
            for places, scores in self._wishes.blocks(opening, opening.rows):
                self._tell(opening, places, scores, per_minute)

    def hold_without_hours(self, not_before: datetime, not_after: datetime) -> None:
        """Tell those whose zone has no hour that is open to anybody."""
        window = (
            f"that begins from {not_before:%Y-%m-%d %H:%M %Z} until {not_after:%Y-%m-%d %H:%M %Z}"
        )
        for opening in self._openings:
            if opening.reason is not None:
                self._reason[opening.rows] = opening.reason.value
                told = f"no hour {window} is permitted in {opening.zone}"
                if opening.reason is not Reason.NO_SEND_TIME:
                    told = f"no hour {window} is left in {opening.zone}: {opening.words}"
                self._why[opening.rows] = told

    def _tell(
        self, opening: Opening, places: Integers, scores: Floats, per_minute: int | None = None
    ) -> None:
        """Read off the preferences of those with a moment, and write reasons and sentences."""
        shared = f"; {opening.words}" if opening.words else ""
        words, reasons = self._wishes.explain(opening, places)
        words = shared + words
        is_open = np.isfinite(scores.max(axis=1))
        went = self._send_at[places] != _NO_MOMENT
        closed, full = ~is_open, is_open & ~went
        self._reason[places[closed]] = reasons[closed]
        self._why[places[closed]] = "no hour is left" + words[closed]
        self._reason[places[full]] = Reason.RATE_LIMIT.value
        told = f"all hours that are open are full at {per_minute} a minute"
        self._why[places[full]] = told + words[full]
        rows, lines = places[went], np.flatnonzero(went)
        if not len(rows):
            return
        slot = np.searchsorted(opening.starts, self._send_at[rows], side="right") - 1
        self._preference[rows] = scores[lines, slot]
        self._why[rows] = self._ask_model(opening, rows) + words[went]
        if per_minute is not None:
            self._why[rows] += _tell_full(opening, scores[went], slot, per_minute)

    def _ask_model(self, opening: Opening, rows: Integers) -> Objects:
        part = self._wishes.customers.iloc[rows]
        local = pd.Series(to_index(self._send_at[rows]).tz_convert(opening.zone), index=part.index)
        return self._wishes.model.reasons(part, local).to_numpy(dtype=object)

    def finish(self) -> Moments:
        """Give the table and the certificate."""
        index = self._wishes.customers.index
        table = pd.DataFrame(
            {
                "send_at": pd.Series(to_index(self._send_at), index=index),
                "preference": self._preference,
                "reason": pd.Series(self._reason, index=index, dtype=object),
                "why": pd.Series(self._why, index=index, dtype=object),
            },
            index=index,
        )
        return Moments(table=table, value=self._value, bound=self._bound, method=self._method)


def _tell_full(opening: Opening, scores: Floats, slot: Integers, per_minute: int) -> Objects:
    """Say which hour was full to those who did not get the one they like best."""
    names = opening.slots.starts.strftime("%a %Y-%m-%d, %H h,")
    sentences = np.array(
        [f"; {name} was full at {per_minute} a minute" for name in names], dtype=object
    )
    best = scores.argmax(axis=1)
    lines = np.arange(len(slot))
    missed = scores[lines, best] > scores[lines, slot]
    return np.where(missed, sentences[best], "")
