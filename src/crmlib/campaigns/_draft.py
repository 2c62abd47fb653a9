"""A plan in the making: a row per customer, in which fewer and fewer are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.campaigns._plan_shape import INSTANTS, PLAN_COLUMNS
from crmlib.messages import Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from crmlib.campaigns._people import People

    Places = npt.NDArray[np.intp]

_KEPT_WHEN_HELD = ("segment", "decision", "reason", "detail", "night_consent", "why_who")


class Draft:
    """Columns of a plan, filled step by step; who is held stays held.

    Parameters
    ----------
    customer_ids : Index of shape (n_customers,)
        Everybody looked at, sorted.
    """

    def __init__(self, customer_ids: pd.Index) -> None:
        self.customer_ids = customer_ids
        n = len(customer_ids)
        self.columns: dict[str, npt.NDArray[Any]] = {
            name: np.full(n, None, dtype=object)
            for name in PLAN_COLUMNS
            if name not in {*INSTANTS, "night_consent"}
        }
        self.columns["night_consent"] = np.zeros(n, dtype=bool)
        for name in INSTANTS:
            self.columns[name] = np.full(n, "NaT", dtype="datetime64[us]")
        self._open = np.ones(n, dtype=bool)

    @property
    def open(self) -> Places:
        """Places of those who are not held."""
        return np.flatnonzero(self._open)

    def on_channel(self, channel: str) -> Places:
        """Give the places of those who are to be reached by *channel*."""
        reached: Places = self.open[self.columns["channel"][self.open] == channel]
        return reached

    def hold(self, places: Places, reasons: Any, details: Any) -> None:
        """Hold the customers at *places*; one reason and detail for all, or one each."""
        self.columns["decision"][places] = Decision.HELD.value
        self.columns["reason"][places] = reasons
        self.columns["detail"][places] = details
        self._open[places] = False

    def fill(self, name: str, places: Places, values: Any) -> None:
        """Put *values* into column *name* at *places*."""
        self.columns[name][places] = values

    def hold_out(self, places: Places, detail: str) -> None:
        """Hold the customers at *places* out of sending, with all that they would have got."""
        self.columns["decision"][places] = Decision.HOLD_OUT.value
        self.columns["reason"][places] = Reason.HOLD_OUT.value
        self.columns["detail"][places] = detail

    def note_begun(self, places: Places, reason: Reason, told: Mapping[str, str]) -> None:
        """Note for whose messages at *places* an earlier plan has *told*, by their keys.

        All of them stay to be sent.
        """
        keys = self.columns["message_key"][places]
        for place, key in zip(places, keys, strict=True):
            if key in told:
                self.columns["reason"][place] = reason.value
                self.columns["detail"][place] = told[key]

    def to_table(self) -> pd.DataFrame:
        """Give the table: who is still open is sent; who is held keeps no address and no text."""
        undecided = self._open & (self.columns["decision"] == None)  # noqa: E711 -- row by row
        self.columns["decision"][undecided] = Decision.SEND.value
        unsaid = undecided & (self.columns["reason"] == None)  # noqa: E711 -- row by row
        self.columns["reason"][unsaid] = Reason.ALLOWED.value
        held = ~self._open
        table = pd.DataFrame(index=self.customer_ids)
        for name in PLAN_COLUMNS:
            values = self.columns[name]
            if name in INSTANTS:
                values[held] = np.datetime64("NaT")
                table[name] = pd.Series(values, index=self.customer_ids).dt.tz_localize("UTC")
            elif name == "night_consent":
                table[name] = values & ~held
            else:
                if name not in _KEPT_WHEN_HELD:
                    values[held] = None
                table[name] = pd.Series(values, index=self.customer_ids, dtype=object)
        return table


def begin_draft(people: People, audience: tuple[str, ...]) -> Draft:
    """Start the draft: everybody has a segment; outsiders and strangers are held."""
    table = people.table
    draft = Draft(table.index)
    everybody = draft.open
    segments = table["segment"].to_numpy(dtype=object)
    draft.fill("segment", everybody, segments)
    draft.fill("why_who", everybody, [f"segment {segment}" for segment in segments])
    for column in ("name", "locale", "timezone"):
        draft.fill(column, everybody, table[column].to_numpy(dtype=object))
    outside = np.flatnonzero(~table["segment"].isin(audience).to_numpy())
    told = [f"segment {segment} is not in the audience" for segment in segments[outside]]
    draft.hold(outside, Reason.NOT_IN_AUDIENCE.value, told)
    strangers = draft.open[~people.has_profile[draft.open]]
    draft.hold(strangers, Reason.NO_PROFILE.value, "no profile has this customer_id")
    return draft
