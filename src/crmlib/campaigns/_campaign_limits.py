"""How often, how densely and on which days a campaign may write."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Purpose
from crmlib.timing import FrequencyCap, SendLimits, find_holidays
from crmlib.timing._send_limits import to_caps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_DAY = timedelta(days=1)


def _to_rates(rates: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(rates))


def _to_places(places: str | Iterable[str]) -> tuple[str, ...]:
    return (places,) if isinstance(places, str) else tuple(places)


@attrs.frozen(kw_only=True)
class CampaignLimits:
    """What a campaign keeps besides the law, over all its channels and other campaigns.

    Caps, spacing and holidays do not hold for informational messages; a
    provider's rate does.

    Parameters
    ----------
    caps : sequence of FrequencyCap, optional
        All of them hold.
    spacing_hours : float, default=0
        Least time between two messages to one customer, by whatever medium.
    per_minute : mapping of str to int, optional
        Most messages in a minute by channel: what its provider takes.
    holidays : sequence of str, optional
        Countries, such as ``"KR"`` or ``"DE-BY"``, on whose public holidays
        nothing goes; the customer's own calendar counts.
    tag : str, optional
        What kind of campaign this is, for caps that have a tag.
    canary : float, default=0
        What goes first, before the campaign waits for a person: a share below
        1, or a number of messages; 0: nothing does.
    most_recipients : int, optional
        Most messages of a plan, unless who delivers it names a larger number.

    Raises
    ------
    InvalidParameterError
        If a value is not as described.

    Examples
    --------
    >>> from crmlib.campaigns import CampaignLimits
    >>> from crmlib.timing import FrequencyCap
    >>> limits = CampaignLimits(
    ...     caps=[FrequencyCap(most=2, per="day")], per_minute={"smtp": 600}, holidays=["KR"],
    ... )
    >>> limits.per_minute["smtp"], limits.holidays
    (600, ('KR',))
    """

    caps: tuple[FrequencyCap, ...] = attrs.field(default=(), converter=to_caps)
    spacing_hours: float = 0.0
    per_minute: Mapping[str, int] = attrs.field(factory=dict, converter=_to_rates, hash=False)
    holidays: tuple[str, ...] = attrs.field(default=(), converter=_to_places)
    tag: str | None = None
    canary: float = 0
    most_recipients: int | None = None

    def __attrs_post_init__(self) -> None:
        SendLimits(caps=self.caps, spacing_hours=self.spacing_hours)
        for rate in self.per_minute.values():
            SendLimits(per_minute=rate)
        if not all(isinstance(place, str) for place in self.holidays):
            raise InvalidParameterError("holidays", self.holidays, "countries such as 'KR'")
        _check_canary(self.canary)
        most = self.most_recipients
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise InvalidParameterError("most_recipients", most, "a whole number from 1")

    def find(self, purpose: str, window: tuple[datetime, datetime]) -> SendLimits:
        """Give what holds for messages of *purpose* in *window*, but for the rate.

        Raises
        ------
        UnknownNameError
            If a country is none.
        MissingExtraError
            If holidays are asked for and the package that knows them is not installed.
        """
        if purpose == Purpose.INFORMATIONAL:
            return SendLimits()
        first, last = (moment.date() for moment in window)
        # the customer's day may be one earlier or later than that of the account
        days = find_holidays(self.holidays, first - _DAY, last + _DAY)
        return SendLimits(caps=self.caps, spacing_hours=self.spacing_hours, holidays=days)

    def to_dict(self) -> dict[str, Any]:
        """Give the limits as plain JSON, as a plan keeps them."""
        return {
            "caps": [cap.to_dict() for cap in self.caps],
            "spacing_hours": self.spacing_hours,
            "per_minute": dict(self.per_minute),
            "holidays": list(self.holidays),
            "tag": self.tag,
            "canary": self.canary,
            "most_recipients": self.most_recipients,
        }


def _check_canary(canary: float) -> None:
    is_number = isinstance(canary, int | float) and not isinstance(canary, bool)
    if not is_number or not (0 <= canary < 1 or (canary >= 1 and canary % 1 == 0)):
        raise InvalidParameterError(
            "canary", canary, "a share below 1, a whole number of messages, or 0 for none"
        )
