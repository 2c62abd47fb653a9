"""What a schedule has to keep besides what is permitted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.timing._frequency_cap import FrequencyCap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def to_caps(caps: Iterable[FrequencyCap]) -> tuple[FrequencyCap, ...]:
    """Convert for attrs."""
    return tuple(caps)


def _to_days(holidays: Mapping[Any, str] | Iterable[tuple[Any, str]]) -> tuple[Any, ...]:
    try:
        return tuple(sorted((_iso(day), str(name)) for day, name in dict(holidays).items()))
    except (TypeError, ValueError) as error:
        expected = "names by dates, such as {'2026-12-25': 'Christmas Day'}"
        raise InvalidParameterError("holidays", holidays, expected) from error


def _iso(day: Any) -> str:
    return date.fromisoformat(str(day)).isoformat()


@attrs.frozen(kw_only=True)
class SendLimits:
    """How often, how densely and on which days customers may be written to.

    Parameters
    ----------
    caps : sequence of FrequencyCap, optional
        All of them hold.
    spacing_hours : float, default=0
        Least time between two messages to one customer, by whatever medium.
    per_minute : int, optional
        Most messages that the provider takes in a minute, over all customers.
    holidays : mapping of date to str, optional
        Days of the customer's own calendar on which nothing goes, and their
        names, as :func:`find_holidays` gives them.

    Raises
    ------
    InvalidParameterError
        If a value is not as described.

    Examples
    --------
    >>> from crmlib.timing import FrequencyCap, SendLimits
    >>> limits = SendLimits(
    ...     caps=[FrequencyCap(most=2, per="week")], spacing_hours=20, per_minute=100,
    ...     holidays={"2026-12-25": "Christmas Day"},
    ... )
    >>> limits.to_dict()["caps"], limits.to_dict()["holidays"]
    ([{'most': 2, 'per': 'week'}], {'2026-12-25': 'Christmas Day'})
    """

    caps: tuple[FrequencyCap, ...] = attrs.field(default=(), converter=to_caps)
    spacing_hours: float = 0.0
    per_minute: int | None = None
    holidays: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_to_days)

    def __attrs_post_init__(self) -> None:
        for cap in self.caps:
            if not isinstance(cap, FrequencyCap):
                raise InvalidParameterError("caps", cap, "a FrequencyCap")
        if not 0 <= self.spacing_hours < float("inf"):
            raise InvalidParameterError("spacing_hours", self.spacing_hours, "0 or more")
        rate = self.per_minute
        whole = isinstance(rate, int) and not isinstance(rate, bool)
        if rate is not None and not (whole and rate >= 1):
            raise InvalidParameterError("per_minute", rate, "a whole number from 1, or None")

    def to_dict(self) -> dict[str, Any]:
        """Give the limits as plain JSON."""
        return {
            "caps": [cap.to_dict() for cap in self.caps],
            "spacing_hours": self.spacing_hours,
            "per_minute": self.per_minute,
            "holidays": dict(self.holidays),
        }
