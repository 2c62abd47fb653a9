"""Campaigns that answer events: who is due now, and when a message may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from crmlib.messages import Reason
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns._draft import Draft
    from crmlib.interfaces import TimingModel

_REASONS: Final = {
    "no event": Reason.NO_EVENT,
    "waiting": Reason.NOT_DUE,
    "goal": Reason.GOAL_REACHED,
    "lapsed": Reason.EXPIRED,
}


def add_events(
    audience: pd.DataFrame, timing: TimingModel, now: datetime | None = None
) -> pd.DataFrame:
    """Put beside each customer ``event_at`` and ``event_item`` of the event that is answered.

    So texts can name it; that is the last one up to *now*, of all without it.
    Other models answer none, and *audience* comes back as it is.
    """
    if not isinstance(timing, TriggerTiming):
        return audience
    starts = timing.starts_
    begun = starts if now is None else starts[starts["at"] <= pd.Timestamp(now)]
    last = begun.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    told = last.reindex(audience.index)
    return audience.assign(event_at=told["at"], event_item=told["item"])


def hold_who_is_not_due(
    draft: Draft, audience: pd.DataFrame, timing: TimingModel, now: datetime
) -> None:
    """Hold those whose message a trigger does not call for at *now*; other models call for all."""
    if not isinstance(timing, TriggerTiming):
        return
    places = draft.open
    states = timing.states(audience.iloc[places], now)
    for state, reason in _REASONS.items():
        mine = (states["state"] == state).to_numpy()
        draft.hold(places[mine], reason.value, states["why"].to_numpy(dtype=object)[mine])
