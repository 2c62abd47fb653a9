"""Local time and instants.

Python's rule for times that a change of clocks makes doubtful holds everywhere
(PEP 495, ``fold=0``): a time that came twice is its first occurrence; a time
that never came is read with the offset in force before the gap.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

_MIDNIGHT = datetime(1970, 1, 1)  # noqa: DTZ001 -- local to any zone
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000


def get_zone(timezone: str) -> ZoneInfo:
    """Give the IANA zone named *timezone*.

    Raises
    ------
    InvalidParameterError
        If there is no such zone.

    Examples
    --------
    >>> get_zone("Asia/Seoul")
    zoneinfo.ZoneInfo(key='Asia/Seoul')
    """
    try:
        return ZoneInfo(timezone)
    except (LookupError, ValueError, OSError, TypeError) as error:
        raise InvalidParameterError(
            "timezone", timezone, "an IANA zone such as 'Europe/London' or 'Asia/Seoul'"
        ) from error


def is_zone(name: object) -> bool:
    """Tell whether there is an IANA zone of that *name*.

    Examples
    --------
    >>> is_zone("Asia/Seoul"), is_zone("Mars/Base"), is_zone(None)
    (True, False, False)
    """
    try:
        get_zone(name)  # type: ignore[arg-type]  # what is no text is refused in there
    except InvalidParameterError:
        return False
    return True


def to_microseconds(moment: datetime, zone: ZoneInfo) -> int:
    """Give *moment* as microseconds since 1970 in UTC; a naive one is local to *zone*.

    Examples
    --------
    In New York there was no 02:30 on 10 March 2024; it is read as 07:30 UTC:

    >>> micros = to_microseconds(datetime(2024, 3, 10, 2, 30), get_zone("America/New_York"))
    >>> np.datetime64(micros, "us")
    np.datetime64('2024-03-10T07:30:00.000000')
    """
    aware = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    # Subtracting goes through UTC, because the two zones differ.
    return (aware.astimezone(UTC) - _EPOCH) // _MICROSECOND


def start_of_day(day: date, timezone: str) -> int:
    """Give the first instant of the local *day*, in microseconds since 1970 in UTC.

    Examples
    --------
    >>> np.datetime64(start_of_day(date(2011, 12, 10), "Asia/Seoul"), "us")
    np.datetime64('2011-12-09T15:00:00.000000')
    """
    return to_microseconds(datetime(day.year, day.month, day.day), get_zone(timezone))  # noqa: DTZ001 -- local to the zone on purpose


def local_days(instants: npt.NDArray[np.int64], timezone: str) -> npt.NDArray[np.int64]:
    """Give the local calendar day of each instant.

    A day begins at its first midnight, whatever the clocks do afterwards.

    Parameters
    ----------
    instants : ndarray of int, shape (n,)
        Microseconds since 1970 in UTC.
    timezone : str
        IANA zone.

    Returns
    -------
    ndarray of int, shape (n,)
        Days since 1970-01-01.

    Examples
    --------
    Half past three in the afternoon of 1 January 1970 in UTC is past midnight in Seoul:

    >>> local_days(np.array([15 * 3_600_000_000 + 1_800_000_000]), "Asia/Seoul")
    array([1])
    """
    if not len(instants):
        return instants
    zone = get_zone(timezone)
    days = instants // _DAY
    zero = int(days.min()) - 1
    places = days - zero
    near = np.zeros(int(places.max()) + 2, dtype=bool)
    near[places] = True
    near[:-1] |= near[1:]
    near[1:] |= near[:-1]
    starts = np.zeros(len(near), dtype=np.int64)
    for place in np.flatnonzero(near).tolist():
        starts[place] = to_microseconds(_MIDNIGHT + timedelta(zero + place), zone)
    # The local day is that of UTC, the one before it or the one after it.
    days += instants >= starts[places + 1]
    days -= instants < starts[places]
    return days
