"""Campaigns that answer events: who is due now, and when a message may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmlib.messages import Reason
from crmlib.timing import TriggerTiming, schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import numpy as np
    import numpy.typing as npt
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


def find_moments(
    timing: TimingModel,
    audience: pd.DataFrame,
    window: tuple[datetime, datetime],
    permitted: Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]],
) -> pd.DataFrame:
    """Give ``send_at``, ``not_after`` and ``why`` of each of *audience* in *window*, in UTC."""
    now, not_after = window
    if isinstance(timing, TriggerTiming):
        return timing.moments(audience, not_before=now, not_after=not_after, permitted=permitted)
    moments = schedule(timing, audience, not_before=now, not_after=not_after, permitted=permitted)
    return moments.assign(not_after=not_after)
