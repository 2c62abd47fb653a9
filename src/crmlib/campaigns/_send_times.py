"""When each message goes: the moment liked best inside what law and campaign permit."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Reason
from crmlib.tables import check_aware
from crmlib.timing import FrequencyCap, TriggerTiming, answer_within, expires_at, schedule_within
from crmlib.timing._own_limits import read_expiry

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.campaigns._campaign import Campaign
    from crmlib.campaigns._draft import Draft
    from crmlib.campaigns._people import People
    from crmlib.campaigns._routes import Route
    from crmlib.policies import PolicyRule
    from crmlib.timing import Moments

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


class Times:
    """Give messages their moments, one channel after the other.

    Parameters
    ----------
    campaign : Campaign
        Whose timing, limits and horizon count.
    now : datetime
        In UTC; the window begins here.
    sends : DataFrame of shape (n_sends, n_columns) or None
        Messages of other campaigns.
    """

    def __init__(self, *, campaign: Campaign, now: datetime, sends: pd.DataFrame | None) -> None:
        self._campaign = campaign
        self._window = now, now + campaign.horizon
        self._limits = campaign.limits.find(campaign.purpose, self._window)
        if sends is not None and "campaign" in sends:
            sends = sends[(sends["campaign"] != campaign.name).to_numpy()]
        self._sends = sends
        self.holidays = self._limits.holidays
        self.found: dict[str, Moments] = {}
        """What was found, by channel."""
        self._own_hours: dict[str, str] = {}

    def choose(self, draft: Draft, people: People, route: Route) -> None:
        """Give those who are reached by *route* their moment, or hold who has none left."""
        places = draft.on_channel(route.channel)
        audience = people.table.iloc[places]
        rate = self._campaign.limits.per_minute.get(route.channel)
        nights = draft.columns["night_consent"][places]
        of_law = _caps_of_law(route)
        caps = tuple(dict.fromkeys((*self._limits.caps, *of_law)))
        limits = attrs.evolve(self._limits, per_minute=rate, caps=caps)
        terms: dict[str, Any] = {
            "not_before": self._window[0],
            "not_after": self._window[1],
            "permitted": {night: _Permission(route.rule, night) for night in (False, True)},
            "permissions": pd.Series(nights, index=audience.index, dtype=object),
            "sends": self._sends,
            "medium": route.capabilities.medium,
            "tag": self._campaign.limits.tag,
            "authority": "law" if route.rule.quiet_hours else None,
        }
        timing = self._campaign.timing
        if isinstance(timing, TriggerTiming):
            found = answer_within(timing, audience, limits, **terms)
            audience = audience.assign(expires_at=expires_at(timing, audience, self._window[0]))
        else:
            found = schedule_within(timing, audience, limits, **terms)
        self.found[route.channel] = found
        self._own_hours |= _told_own_hours(audience)
        draft.fill("send_at", places, found.table["send_at"].dt.tz_localize(None).to_numpy())
        last = np.datetime64(self._window[1].replace(tzinfo=None), "us")
        draft.fill("not_after", places, np.fmin(last, read_expiry(audience)))
        whys = found.table["why"].to_numpy(dtype=object, copy=True)
        unknown = ~people.has_zone[places]
        for cap, sources in of_law.items():
            capped = np.array([f"the cap of {cap} " in f"{why} " for why in whys], dtype=bool)
            whys[capped] += f" ({sources})"
        whys[unknown] += f"; the zone is not known, {self._campaign.timezone} is assumed"
        draft.fill("why_when", places, whys)
        reasons = found.table["reason"].to_numpy(dtype=object)
        for held in pd.unique(reasons[reasons != None]):  # noqa: E711 -- row by row
            for night in (False, True):
                rows = np.flatnonzero((reasons == held) & (nights == night))
                reason, laws = held, ""
                if held == Reason.NO_SEND_TIME:
                    reason, laws = _why_never(route, night=night)
                draft.hold(places[rows], reason, [f"{why}{laws}" for why in whys[rows]])

    def own_hours(self, draft: Draft) -> dict[str, list[str]]:
        """Give those with a moment who have quiet hours of their own, by these hours."""
        found: dict[str, list[str]] = {}
        for customer_id in draft.customer_ids[draft.open]:
            if hours := self._own_hours.get(customer_id):
                found.setdefault(hours, []).append(customer_id)
        return found


def _caps_of_law(route: Route) -> dict[FrequencyCap, str]:
    """Give the caps of the rule for *route*, with their sources."""
    medium = route.capabilities.medium
    return {
        FrequencyCap(most=cap.most, per=cap.per, medium=medium): cap.sources
        for cap in route.rule.caps
    }


def _told_own_hours(audience: pd.DataFrame) -> dict[str, str]:
    """Give the own quiet hours, such as 22:00-07:00, of those who have any."""
    if not {"quiet_from", "quiet_until"} <= set(audience):
        return {}
    asked = audience[["quiet_from", "quiet_until"]].dropna().astype(str)
    hours = asked["quiet_from"].str.strip() + "-" + asked["quiet_until"].str.strip()
    return dict(zip(asked.index, hours, strict=True))


class _Permission:
    """What a rule permits those with or without consent for the night."""

    def __init__(self, rule: PolicyRule, night: bool) -> None:
        self._rule = rule
        self._night = night

    def __call__(self, slots: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
        return self._rule.permits_hour(slots, self._night)


def _why_never(route: Route, *, night: bool) -> tuple[str, str]:
    """Give the reason, and the laws behind it if it is one of the law."""
    rule = route.rule
    if not rule.quiet_hours:
        return Reason.NO_SEND_TIME.value, ""
    laws = f" ({'; '.join(str(citation) for citation in rule.quiet_citations)})"
    if not night and any(hours.night_consent for hours in rule.quiet_hours):
        return Reason.NO_NIGHT_CONSENT.value, laws
    return Reason.QUIET_HOURS.value, laws
