"""When something was paid at a till of Square: date, time and zone stand in three columns."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.tables import get_zone, is_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONES: Mapping[str, str] = MappingProxyType(
    {
        "Hawaii": "Pacific/Honolulu",
        "Alaska": "America/Juneau",
        "Pacific Time (US & Canada)": "America/Los_Angeles",
        "Arizona": "America/Phoenix",
        "Mountain Time (US & Canada)": "America/Denver",
        "Central Time (US & Canada)": "America/Chicago",
        "Saskatchewan": "America/Regina",
        "Eastern Time (US & Canada)": "America/New_York",
        "Indiana (East)": "America/Indiana/Indianapolis",
        "Puerto Rico": "America/Puerto_Rico",
        "Atlantic Time (Canada)": "America/Halifax",
        "Newfoundland": "America/St_Johns",
        "London": "Europe/London",
        "Edinburgh": "Europe/London",
        "Dublin": "Europe/Dublin",
        "Paris": "Europe/Paris",
        "Madrid": "Europe/Madrid",
        "Tokyo": "Asia/Tokyo",
        "Osaka": "Asia/Tokyo",
        "Sapporo": "Asia/Tokyo",
        "Perth": "Australia/Perth",
        "Darwin": "Australia/Darwin",
        "Adelaide": "Australia/Adelaide",
        "Brisbane": "Australia/Brisbane",
        "Sydney": "Australia/Sydney",
        "Melbourne": "Australia/Melbourne",
        "Canberra": "Australia/Sydney",
        "Hobart": "Australia/Hobart",
    }
)
"""What Square calls the zones of the countries in which it has tills."""

HOURS: Mapping[str, float] = MappingProxyType(
    {
        "HST": -10, "AKST": -9, "AKDT": -8, "PST": -8, "PDT": -7, "MST": -7, "MDT": -6,
        "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "AST": -4, "ADT": -3,
        "NST": -3.5, "NDT": -2.5, "GMT": 0, "UTC": 0, "BST": 1, "CET": 1, "CEST": 2,
        "AWST": 8, "JST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11,
    }
)  # fmt: skip
"""Hours ahead of UTC of what older exports call them."""

_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]00:00(?::00)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:([AaPp])\.?[Mm]\.?)?")
_CENTURY = 2000
_MONTHS, _NOON = 12, 12


def read_zone(name: str) -> tzinfo | None:
    """Give the zone of a cell under Time Zone; None if nobody knows it.

    Examples
    --------
    >>> read_zone("Eastern Time (US & Canada)"), read_zone("Mars")
    (zoneinfo.ZoneInfo(key='America/New_York'), None)
    """
    if name.upper() in HOURS:
        return timezone(timedelta(hours=HOURS[name.upper()]))
    key = ZONES.get(name, name)
    return get_zone(key) if is_zone(key) else None


def join_times(
    dates: pd.Series[str], times: pd.Series[str], zones: pd.Series[str]
) -> pd.Series[str]:
    """Put date and time together, with their offset from UTC.

    Parameters
    ----------
    dates, times, zones : Series of str, shape (n_rows,)
        ``10/05/2026`` or ``2026-10-05``; ``14:30:00`` or ``2:30 PM``; see
        :func:`read_zone`.  The month comes first, unless some date of the
        column can only have the day first.

    Returns
    -------
    Series of str, shape (n_rows,)
        Without an offset where the zone is not known; as it was written where
        it is no time; NaN without a date.

    Examples
    --------
    >>> at = [pd.Series([cell]) for cell in ("10/05/26", "2:30:00 PM", "Tokyo")]
    >>> join_times(*at).to_list()
    ['2026-10-05 14:30:00+09:00']
    """
    known = {name: read_zone(name) for name in zones.dropna().unique()}
    day_first = any(
        int(found[1]) > _MONTHS
        for text in dates.dropna().unique()
        if (found := _YEAR_LAST.fullmatch(text))
    )
    written = dates.str.cat(times.fillna(""), sep=" ").str.strip()
    cells = pd.DataFrame({"date": dates, "time": times.fillna("0:00"), "zone": zones})
    codes, moments = pd.factorize(pd.MultiIndex.from_frame(cells.fillna("")))
    texts = [
        _write(date, time, known.get(zone), day_first=day_first) for date, time, zone in moments
    ]
    read = pd.Series(pd.array(texts, dtype="str").take(codes), index=dates.index)
    return read.fillna(written)


def _write(date: str, time: str, zone: tzinfo | None, *, day_first: bool) -> str | None:
    """Give a moment with its offset; None if the cells hold none."""
    clock = _TIME.fullmatch(time)
    try:
        if found := _YEAR_FIRST.fullmatch(date):
            year, month, number = (int(part) for part in found.groups())
        elif found := _YEAR_LAST.fullmatch(date):
            month, number = int(found[2 if day_first else 1]), int(found[1 if day_first else 2])
            year = int(found[3]) + (_CENTURY if len(found[3]) == 2 else 0)  # noqa: PLR2004 -- digits
        else:
            return None
        if clock is None:
            return None
        hour, minute, second = (int(clock[part] or 0) for part in (1, 2, 3))
        if clock[4]:
            hour = hour % _NOON + (_NOON if clock[4] in "pP" else 0)
        moment = datetime(year, month, number, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return moment.isoformat(sep=" ")
