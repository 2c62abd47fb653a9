"""When each message goes: the moment liked best inside what law and campaign permit."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from crmlib.campaigns._triggers import find_moments
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Reason
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from crmlib.campaigns._draft import Draft, Places
    from crmlib.campaigns._reach import Route
    from crmlib.interfaces import TimingModel

# timing models and quiet hours look a little around the window, in local time
_MARGIN: Final = timedelta(days=366)


def check_now(now: datetime, horizon: timedelta) -> datetime:
    """Give *now* in UTC, if the calendar goes on around it for longer than *horizon*.

    Raises
    ------
    InvalidParameterError
        If *now* has no zone, or is at the edge of the calendar.
    """
    aware = check_aware("now", now)
    try:
        moment = aware.astimezone(UTC)
        _ = moment - _MARGIN, moment + horizon + _MARGIN
    except OverflowError:
        raise InvalidParameterError(
            "now", now, "a moment far enough from the first and last day of the calendar"
        ) from None
    return moment


def choose_times(
    draft: Draft,
    audience: pd.DataFrame,
    route: Route,
    *,
    places: Places,
    timing: TimingModel,
    window: tuple[datetime, datetime],
) -> None:
    """Give those at *places*, all on *route*, their moment in *window*, which is in UTC.

    Whom no moment is permitted for is held.
    """
    with_night = draft.columns["night_consent"][places]
    for night in (False, True):
        mine = places[with_night == night]
        if not len(mine):
            continue

        def permits(slots: pd.DatetimeIndex, night: bool = night) -> npt.NDArray[np.bool_]:
            return route.rule.permits_hour(slots, night)

        moments = find_moments(timing, audience.iloc[mine], window, permits)
        draft.fill("send_at", mine, moments["send_at"].dt.tz_localize(None).to_numpy())
        draft.fill("not_after", mine, moments["not_after"].dt.tz_localize(None).to_numpy())
        whys = moments["why"].to_numpy(dtype=object)
        draft.fill("why_when", mine, whys)
        nowhere = moments["send_at"].isna().to_numpy()
        reason, laws = _why_never(route, night=night)
        draft.hold(mine[nowhere], reason, [f"{why}{laws}" for why in whys[nowhere]])


def _why_never(route: Route, *, night: bool) -> tuple[str, str]:
    """Give the reason, and the laws behind it if it is one of the law."""
    rule = route.rule
    if not rule.quiet_hours:
        return Reason.NO_SEND_TIME.value, ""
    laws = f" ({'; '.join(str(citation) for citation in rule.quiet_citations)})"
    if not night and any(hours.night_consent for hours in rule.quiet_hours):
        return Reason.NO_NIGHT_CONSENT.value, laws
    return Reason.QUIET_HOURS.value, laws
