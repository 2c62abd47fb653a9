"""Campaigns that answer events: who is due now, and when a message may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmlib.messages import Reason
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from crmlib.campaigns._draft import Draft
    from crmlib.interfaces import TimingModel

_REASONS: Final = {
    "no event": Reason.NO_EVENT,
    "waiting": Reason.NOT_DUE,
    "goal": Reason.GOAL_REACHED,
    "lapsed": Reason.EXPIRED,
}


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
