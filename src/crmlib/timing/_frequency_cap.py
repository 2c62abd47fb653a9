"""How many messages a customer gets at most in a stretch of time."""

from __future__ import annotations

from typing import Any, Final

import attrs

from crmlib.exceptions import InvalidParameterError

CALENDAR: Final = ("day", "week", "month")
_MOST_HOURS: Final = 24 * 400


@attrs.frozen(kw_only=True)
class FrequencyCap:
    """At most so many messages to one customer in a calendar period, or in any so many hours.

    A calendar period is one of the customer's own clock, and weeks begin on
    Monday.  Two messages at 23:50 and 00:10 are on two days: where that is too
    dense, cap the hours instead, or as well.

    Parameters
    ----------
    most : int
        1 or more.
    per : {"day", "week", "month"}, optional
        The calendar period; give either this or *hours*.
    hours : float, optional
        Length of the rolling window: no stretch of so many hours, wherever it
        begins, holds more than *most* messages.  The end of the stretch does
        not belong to it.
    medium : str, optional
        Only messages by this medium count and are capped, such as ``"sms"``;
        by default those by all.
    tag : str, optional
        Only messages of campaigns with this tag count and are capped.

    Raises
    ------
    InvalidParameterError
        If a value is not as described, or neither or both of *per* and
        *hours* are given.

    Examples
    --------
    >>> from crmlib.timing import FrequencyCap
    >>> str(FrequencyCap(most=2, per="day")), str(FrequencyCap(most=3, hours=72, medium="sms"))
    ('2 a day', '3 in 72 h by sms')
    """

    most: int
    per: str | None = None
    hours: float | None = None
    medium: str | None = None
    tag: str | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 1:
            raise InvalidParameterError("most", self.most, "a whole number from 1")
        if (self.per is None) == (self.hours is None):
            given = {"per": self.per, "hours": self.hours}
            raise InvalidParameterError("per", given, f"one of {list(CALENDAR)}, or hours instead")
        if self.per is not None and self.per not in CALENDAR:
            raise InvalidParameterError("per", self.per, f"one of {list(CALENDAR)}")
        if self.hours is not None and not 0 < self.hours <= _MOST_HOURS:
            raise InvalidParameterError("hours", self.hours, f"above 0, at most {_MOST_HOURS}")
        for name in ("medium", "tag"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value.strip()):
                raise InvalidParameterError(name, value, "a text that is not blank, or None")

    def __str__(self) -> str:
        period = f"{self.most} a {self.per}" if self.per else f"{self.most} in {self.hours:g} h"
        medium = f" by {self.medium}" if self.medium else ""
        tag = f" tagged {self.tag}" if self.tag else ""
        return f"{period}{medium}{tag}"

    def holds_for(self, medium: str | None, tag: str | None) -> bool:
        """Say whether a message by *medium* with *tag* is one of those that are capped."""
        return self.medium in {None, medium} and self.tag in {None, tag}

    def to_dict(self) -> dict[str, Any]:
        """Give the cap as it stands in a campaign file."""
        return {name: value for name, value in attrs.asdict(self).items() if value is not None}
