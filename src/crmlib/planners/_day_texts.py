"""Days: of the customer's own calendar, written as its language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.planners._number_texts import babel_locale

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


def local_days(
    column: pd.Series[Any], zones: npt.NDArray[Any] | None
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """Give the day of each value, by the customer's own clock where it is an instant.

    Parameters
    ----------
    column : Series
        Instants, local times, dates, or texts such as 2011-12-10.
    zones : ndarray of object or None
        IANA zone of each customer, None where unknown: UTC.

    Returns
    -------
    tuple of (days, bad)
        Days, NaT where missing, and where there is a value that is no day or
        has a zone that there is not.
    """
    missing = column.isna().to_numpy()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _days_of_instants(column, zones)
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[D]"), np.zeros(len(column), dtype=bool)
    texts = column.astype(object).map(lambda value: str(value)[:10].strip(), na_action="ignore")
    days = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    blank = texts.eq("").to_numpy(dtype=bool, na_value=False)
    bad = days.isna().to_numpy() & ~missing & ~blank
    return days.to_numpy().astype("datetime64[D]"), bad


def day_texts(days: npt.NDArray[np.datetime64], form: str, locale: str) -> list[str]:
    """Write *days*, none of which is NaT, as *form* says in the words of *locale*.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2026-11-22"], dtype="datetime64[D]")
    >>> [day_texts(days, "date", locale) for locale in ("ko", "en-US", "en-GB")]
    [['2026년 11월 22일'], ['November 22, 2026'], ['22 November 2026']]
    >>> [day_texts(days, "day", locale) for locale in ("ko", "en-US", "en-GB")]
    [['11월 22일'], ['November 22'], ['22 November']]
    """
    different, places = np.unique(days, return_inverse=True)
    write = _writer(form, locale)
    texts = np.array([write(day) for day in different.tolist()], dtype=object)
    written: list[str] = texts[places].tolist() if len(texts) else []
    return written


def _writer(form: str, locale: str) -> Callable[[Any], str]:
    from babel.dates import format_date, format_skeleton  # noqa: PLC0415 -- slow to load

    spoken = babel_locale(locale)
    if form == "day":
        return lambda day: str(format_skeleton("MMMMd", day, locale=spoken))
    return lambda day: str(format_date(day, "long", locale=spoken))


def _days_of_instants(
    instants: pd.Series[Any], zones: npt.NDArray[Any] | None
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    days = np.full(len(instants), "NaT", dtype="datetime64[D]")
    bad = np.zeros(len(instants), dtype=bool)
    codes, names = (
        (np.zeros(len(instants), dtype=np.intp), ["UTC"])
        if zones is None
        else pd.factorize(pd.Series(zones, dtype=object).fillna("UTC"))
    )
    for code, zone in enumerate(names):
        mine = np.flatnonzero(codes == code)
        try:
            local = instants.iloc[mine].dt.tz_convert(zone)
        except (KeyError, ValueError, TypeError):  # no such zone, by any name
            bad[mine] = True
            continue
        days[mine] = local.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days, bad
