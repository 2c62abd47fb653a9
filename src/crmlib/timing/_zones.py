"""Zones of customers, and local times as instants."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import DataQualityWarning, InvalidParameterError
from crmlib.tables import get_zone, to_microseconds
from crmlib.timing._slots import to_index

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


def resolve_zones(zones: pd.Series, *, fallback: str) -> pd.Series[str]:
    """Give each customer a zone that exists.

    Unknown names and missing ones become *fallback*, and a
    :class:`~crmlib.exceptions.DataQualityWarning` counts them.

    Parameters
    ----------
    zones : Series of str, shape (n_customers,)
        IANA names.
    fallback : str
        IANA zone of those whose own is unknown or missing.

    Returns
    -------
    Series of str, indexed like *zones*

    Raises
    ------
    InvalidParameterError
        If *fallback* is no IANA zone.

    Examples
    --------
    >>> import pandas as pd
    >>> zones = pd.Series(["Asia/Seoul", "Europe/London"], index=["ann", "bob"])
    >>> resolve_zones(zones, fallback="UTC")
    ann       Asia/Seoul
    bob    Europe/London
    dtype: str
    """
    get_zone(fallback)
    unknown = [name for name in zones.dropna().unique() if not _is_zone(name)]
    wrong, missing = zones.isin(unknown), zones.isna()
    if wrong.any() or missing.any():
        warnings.warn(
            f"{wrong.sum()} customers have a zone that does not exist {unknown[:5]} and "
            f"{missing.sum()} have none; they are taken to live in {fallback!r}",
            DataQualityWarning,
            stacklevel=2,
        )
    return zones.astype(object).mask(wrong | missing, fallback).astype(str)


def to_utc(local: pd.DatetimeIndex, timezone: str, *, fold: int = 0) -> pd.DatetimeIndex:
    """Give the instants at which clocks in a zone showed *local* times.

    A change of clocks leaves some times out and shows others twice.  Both are
    resolved as Python does [1]_: of a time shown twice, *fold* 0 means the
    first and 1 the second; a time left out is counted from the offset before
    the change (*fold* 0) or after it (1).

    Parameters
    ----------
    local : DatetimeIndex of shape (n,)
        Naive.
    timezone : str
        IANA zone.
    fold : {0, 1}, default=0

    Returns
    -------
    DatetimeIndex of shape (n,), aware, UTC, in microseconds

    Raises
    ------
    InvalidParameterError
        If *local* is aware, *fold* is neither 0 nor 1, or the zone is unknown.

    References
    ----------
    .. [1] PEP 495, Local Time Disambiguation.

    Examples
    --------
    >>> import pandas as pd
    >>> twice = pd.DatetimeIndex(["2024-11-03 01:30"])
    >>> to_utc(twice, "America/New_York")[0]
    Timestamp('2024-11-03 05:30:00+0000', tz='UTC')
    >>> to_utc(twice, "America/New_York", fold=1)[0]
    Timestamp('2024-11-03 06:30:00+0000', tz='UTC')
    """
    if local.tz is not None:
        raise InvalidParameterError("local", str(local.dtype), "times without a zone")
    if fold not in (0, 1):
        raise InvalidParameterError("fold", fold, "0 or 1")
    zone = get_zone(timezone)
    moments = [moment.replace(fold=fold) for moment in local.to_pydatetime()]
    microseconds = [to_microseconds(moment, zone) for moment in moments]
    return to_index(np.array(microseconds, dtype=np.int64))


def split_rows(codes: npt.NDArray[np.intp], n_codes: int) -> list[npt.NDArray[np.intp]]:
    """Give the rows of each code from 0 to *n_codes* - 1, in order."""
    order = np.argsort(codes, kind="stable")
    begins = np.searchsorted(codes[order], np.arange(n_codes + 1))
    return [order[begins[code] : begins[code + 1]] for code in range(n_codes)]


def _is_zone(name: object) -> bool:
    try:
        get_zone(name)  # type: ignore[arg-type]  # what is no text is refused in there
    except InvalidParameterError:
        return False
    return True
