"""The log of consents as duties look at it, with what is known to be done."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmlib.policies._last_words import last_words
from crmlib.tables import PURPOSES, find_topics, get_zone

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.policies._duty import Duty

KEY: Final = ("customer_id", "channel", "purpose", "topic")
"""What a consent is about."""
_EVENT: Final = (*KEY, "granted", "at")
_ALL: Final = "*"


class Log:
    """Consents and withdrawals up to a day, the notices of them, and what sending knows.

    Parameters
    ----------
    consents : DataFrame of shape (n_events, n_columns)
    recorded : DataFrame or None
        Those that sending knows.
    notices : DataFrame of shape (n_notices, n_columns)
        Checked.
    on : date
        The day that it is.
    done_before : date
        What was due before is done.
    """

    def __init__(
        self,
        consents: pd.DataFrame,
        recorded: pd.DataFrame | None,
        notices: pd.DataFrame,
        *,
        on: date,
        done_before: date,
    ) -> None:
        self._events = _events_of(consents)
        self._recorded = None if recorded is None else _events_of(recorded)
        self._notices = notices
        self.on = on
        self.done_before = done_before

    def events_of(self, duty: Duty) -> pd.DataFrame:
        """Give the events after which there is *duty*, each with its ``day`` where it counts."""
        table = self._events
        kept = np.zeros(len(table), dtype=bool)
        for event, granted in (("consent", True), ("withdrawal", False)):
            if event in duty.after:
                kept |= (table["granted"] == granted).to_numpy()
        if duty.media is not None:
            kept &= table["channel"].isin([*duty.media, _ALL]).to_numpy()
        days = local_days_of(table["at"], duty.zone)
        kept &= table["purpose"].isin(PURPOSES).to_numpy() & (days <= np.datetime64(self.on))
        return table[kept].assign(day=days[kept])

    def find_in_force(self, duty: Duty) -> pd.DataFrame:
        """Give the consents with *duty* that hold: the last word on what they are about."""
        events = self.events_of(duty)
        known = self._events[
            local_days_of(self._events["at"], duty.zone) <= np.datetime64(self.on)
        ]
        said = known.sort_values(["at", "granted"], ascending=[True, False], kind="stable")
        last = said.drop_duplicates(list(KEY), keep="last")
        newest = events[events.index.isin(last.index)]
        holding = [newest.iloc[:0]]
        for (channel, purpose, topic), group in newest.groupby(list(KEY[1:]), sort=True):
            words = last_words(
                known,
                medium=str(channel),
                purpose=str(purpose),
                now=known["at"].max().to_pydatetime(),
                topic=str(topic) or None,
            )
            agreed = words.index[words["granted"]]
            holding.append(group[group["customer_id"].isin(agreed)])
        return pd.concat(holding)

    def is_recorded(self, events: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say of each of *events* whether sending knows it."""
        if self._recorded is None:
            return np.zeros(len(events), dtype=bool)
        return _keys(events, _EVENT).isin(_keys(self._recorded, _EVENT)).to_numpy()

    def is_superseded(self, events: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say of each of the withdrawals *events* whether it was taken back since."""
        grants = self._events[self._events["granted"]]
        last = grants.groupby(list(KEY))["at"].max()
        again = last.reindex(pd.MultiIndex.from_frame(events[list(KEY)]))
        return (again.to_numpy() > events["at"].to_numpy()).astype(bool)

    def sent(self, duty: str) -> pd.DataFrame:
        """Give the notices that were sent of *duty*."""
        table = self._notices
        return table[(table["duty"] == duty) & (table["outcome"] == "sent")]

    def is_told(self, duty: str, events: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say of each of *events* whether a notice of *duty* that was sent tells of it."""
        return _is_covered(events, self.sent(duty))

    def find_pending(self, duty: str, events: pd.DataFrame) -> list[str]:
        """Say what became of a notice of each of *events* that was not sent, as far as known."""
        table = self._notices[self._notices["duty"] == duty]
        found = np.full(len(events), "", dtype=object)
        for outcome in ("planned", "unknown"):
            found[_is_covered(events, table[table["outcome"] == outcome])] = outcome
        given: list[str] = found.tolist()
        return given


def _is_covered(events: pd.DataFrame, notices: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of each of *events* whether one of *notices* tells of its instant."""
    whole = notices[notices["since"].isna()].groupby("customer_id")["until"].max()
    told = whole.reindex(events["customer_id"]).to_numpy() >= events["at"].to_numpy()
    rows = events[["customer_id", "at"]].assign(row=np.arange(len(events)))
    spans = notices.loc[notices["since"].notna(), ["customer_id", "since", "until"]]
    pairs = rows.merge(spans, on="customer_id")
    fits = (pairs["since"] <= pairs["at"]) & (pairs["at"] <= pairs["until"])
    found: npt.NDArray[np.bool_] = told.astype(bool)
    found[pairs.loc[fits, "row"].to_numpy()] = True
    return found


def _events_of(consents: pd.DataFrame) -> pd.DataFrame:
    table = consents.assign(topic=find_topics(consents))[list(_EVENT)]
    table = table.astype({"granted": bool}).reset_index(drop=True)
    return table.drop_duplicates().reset_index(drop=True)


def _keys(events: pd.DataFrame, columns: Any) -> pd.Series[Any]:
    return pd.Series(list(events[list(columns)].itertuples(index=False, name=None)), dtype=object)


def local_days_of(at: pd.Series[Any], zone: str | None) -> npt.NDArray[np.datetime64]:
    """Give the day of each instant on the clock of *zone*, else in UTC."""
    local = at.dt.tz_convert(get_zone(zone or "UTC")).dt.tz_localize(None)
    return np.asarray(local.to_numpy(dtype="datetime64[D]"))
