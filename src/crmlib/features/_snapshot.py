"""The day at which customers are looked at."""

from __future__ import annotations

from datetime import date, datetime

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import get_zone

_YEARS = range(1900, 2200)
_EXPECTED = "a date such as '2011-12-10', from 1900 to 2199"


def to_day(snapshot_date: date | str, timezone: str) -> date:
    """Give *snapshot_date* as a day in *timezone*; an aware instant is moved there first.

    Raises
    ------
    InvalidParameterError
        If it is no date, or the zone is none.

    Examples
    --------
    >>> to_day("2011-12-10", "Europe/London")
    datetime.date(2011, 12, 10)
    """
    zone = get_zone(timezone)
    try:
        day = (
            datetime.fromisoformat(snapshot_date)
            if isinstance(snapshot_date, str)
            else snapshot_date
        )
        if isinstance(day, datetime) and day.tzinfo:
            day = day.astimezone(zone)
        day = date(day.year, day.month, day.day)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidParameterError("snapshot_date", snapshot_date, _EXPECTED) from error
    if day.year not in _YEARS:
        raise InvalidParameterError("snapshot_date", snapshot_date, _EXPECTED)
    return day
