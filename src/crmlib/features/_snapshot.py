"""The day at which customers are looked at."""

from __future__ import annotations

from datetime import date, datetime

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import get_zone

_YEARS = range(1900, 2200)
_EXPECTED = "a date such as '2011-12-10', from 1900 to 2199"
_NO_INSTANT = "a date, as the day of an instant depends on the zone"


def to_day(snapshot_date: date | str, timezone: str | None = None) -> date:
    """Give *snapshot_date* as a day in *timezone*, where an aware instant is moved first.

    Without a zone instants are refused: nobody knows which day they are.

    Raises
    ------
    InvalidParameterError
        If it is no date, or an instant and there is no zone, or the zone is none.

    Examples
    --------
    >>> to_day("2011-12-10", "Europe/London")
    datetime.date(2011, 12, 10)
    """
    moment = _read_moment(snapshot_date)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        if timezone is None:
            raise InvalidParameterError("snapshot_date", snapshot_date, _NO_INSTANT)
        moment = moment.astimezone(get_zone(timezone))
    try:
        day = date(moment.year, moment.month, moment.day)
    except (AttributeError, TypeError, ValueError) as error:  # NaT, or no date at all
        raise InvalidParameterError("snapshot_date", snapshot_date, _EXPECTED) from error
    if day.year not in _YEARS:
        raise InvalidParameterError("snapshot_date", snapshot_date, _EXPECTED)
    return day


def _read_moment(snapshot_date: date | str) -> date:
    """Give the date or datetime that a text means; leave everything else to the caller."""
    if not isinstance(snapshot_date, str):
        return snapshot_date
    try:
        return datetime.fromisoformat(snapshot_date)
    except ValueError as error:
        raise InvalidParameterError("snapshot_date", snapshot_date, _EXPECTED) from error
