"""Dates and times as files write them, brought to UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmlib.tables._cells import distinct, to_text
from crmlib.tables._zones import get_zone, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DateOrder = Literal["auto", "day-first", "month-first"]

_TIME = (
    r"(?:[T\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?"
)
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-./](\d{{1,2}})[-./](\d{{1,2}})\.?{_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-./](\d{{1,2}})[-./](?P<year>\d{{4}}){_TIME}")
_SHORT_YEAR = re.compile(rf"(?P<year>\d{{1,2}})[-./]\d{{1,2}}[-./]\d{{1,2}}\.?{_TIME}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_COMPACT = re.compile(r"\d{8}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SERIALS = (20_000, 80_000)  # 1954 to 2119
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 -- spreadsheets know no zone
_YEARS = range(1900, 2200)
_MONTHS = 12


def read_instants(
    column: pd.Series[Any], timezone: str, date_order: DateOrder = "auto"
) -> pd.Series[pd.Timestamp]:
    """Read a column of dates with or without times.

    Understood are ISO 8601 and its looser spellings (``2011-12-9 8:26``,
    ``2011/12/09``, ``20111209``), ``9/12/2011 8:26`` and ``9.12.2011``, serial
    days of spreadsheets from 20000 to 80000, and cells that already are dates.
    An offset in the text is honoured; without one the time is local to
    *timezone*.  Whether the day or the month comes first in ``9/12/2011`` is
    taken from the column: some date in it must be readable one way only.
    Years of two digits are not read, as nothing tells ``24.03.01`` from a
    first of March and from the 24th.

    Parameters
    ----------
    column : Series
        Texts, numbers or dates.
    timezone : str
        IANA zone of times without offset.
    date_order : {"auto", "day-first", "month-first"}, default="auto"
        How ``9/12/2011`` is to be read.

    Returns
    -------
    Series of datetime64[us, UTC], shape (n_rows,)
        NaT where nothing could be read, or a year not from 1900 to 2199.
    """
    zone = get_zone(timezone)
    codes, values = distinct(column)
    known = np.full(len(values) + 1, np.iinfo(np.int64).min)  # NaT
    for place, moment in enumerate(_read_moments(values, date_order)):
        if moment is not None and moment.year in _YEARS:
            known[place] = to_microseconds(moment, zone)
    instants = pd.DatetimeIndex(known[codes].view("M8[us]")).tz_localize("UTC")
    return pd.Series(instants, name=column.name)


def why_unreadable(value: object) -> str:
    """Say what is wrong with a cell that :func:`read_instants` could not read."""
    text = to_text(value)
    if _YEAR_LAST.fullmatch(text):
        return f"{text!r} is no date, or may mean two: set date_order"
    if _SHORT_YEAR.fullmatch(text):
        return f"{text!r} has a year of two digits: write all four"
    return f"{text!r} is no date"


def _read_moments(values: Sequence[object], date_order: DateOrder) -> Iterable[datetime | None]:
    """Read distinct cells in order."""
    month_first = _month_first(map(to_text, values), date_order)
    for value in values:
        if isinstance(value, pd.Timestamp):
            yield value.to_pydatetime(warn=False)
        else:
            try:
                yield _read_moment(to_text(value), month_first)
            except (ValueError, OverflowError):
                yield None


def _month_first(texts: Iterable[str], date_order: DateOrder) -> bool | None:
    """Decide for a whole column whether the month comes first; None if nothing tells."""
    if date_order != "auto":
        return date_order == "month-first"
    dates = [match for text in texts if (match := _YEAR_LAST.fullmatch(text))]
    month_may_lead = all(int(date[1]) <= _MONTHS for date in dates)
    month_may_follow = all(int(date[2]) <= _MONTHS for date in dates)
    return None if month_may_lead == month_may_follow else month_may_lead


def _read_moment(text: str, month_first: bool | None) -> datetime | None:
    """Read one text, or give None; impossible dates are a ValueError."""
    if _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return datetime.fromisoformat(text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _to_moment(match, int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        if month_first is None:
            return None
        first, second = int(match[1]), int(match[2])
        return _to_moment(match, *((first, second) if month_first else (second, first)))
    if _SERIAL.fullmatch(text) and _SERIALS[0] <= float(text) <= _SERIALS[1]:
        return _SERIAL_ZERO + timedelta(seconds=round(float(text) * 86_400))
    return None


def _to_moment(match: re.Match[str], month: int, day: int) -> datetime:
    """Put the parts of a text together."""
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if half := match["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 -- hours of a half day
            raise ValueError(hour)
        hour = hour % 12 + (12 if half in "pP" else 0)
    offset = match["offset"]
    zone = None
    if offset:
        sign = -1 if offset[0] == "-" else 1
        digits = offset[1:].replace(":", "") if offset[0] in "+-" else "0000"
        zone = timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    micros = int((match["fraction"] or "")[:6].ljust(6, "0"))
    return datetime(int(match["year"]), month, day, hour, minute, second, micros, tzinfo=zone)
