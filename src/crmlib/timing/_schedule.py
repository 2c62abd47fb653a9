"""From preferences to moments inside what is permitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.timing._schedule_within import schedule_within
from crmlib.timing._send_limits import SendLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from crmlib.interfaces import TimingModel


def schedule(
    model: TimingModel,
    customers: pd.DataFrame,
    *,
    not_before: datetime,
    not_after: datetime,
    permitted: Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]],
    spread_minutes: int = 60,
) -> pd.DataFrame:
    """Give each customer the permitted moment that the model likes best.

    The moments are whole hours of the customer's own clock that begin in
    [not_before, not_after) and are permitted; of equally liked ones the
    earliest.  Within the hour customers are spread by a stable hash of their
    id, so that they do not all fall on :00.  :func:`schedule_within` keeps
    caps, rates, holidays and expiry as well.

    Parameters
    ----------
    model : TimingModel
        Fitted.
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by ``customer_id``, with ``timezone`` (IANA).  Who has none
        that exists is scheduled in UTC, and a
        :class:`~crmlib.exceptions.DataQualityWarning` counts them.
    not_before, not_after : datetime
        Aware; no moment lies before the first, or at or after the second.
    permitted : callable
        Gets starts of hours, a DatetimeIndex in the local time of one zone,
        and says for each whether that whole hour may be used.
    spread_minutes : int, default=60
        Minutes from the start of the hour over which customers are spread,
        from 1 to 60.  Where clocks change within the hour, or the window ends
        in it, only the minutes before that are used.

    Returns
    -------
    DataFrame of shape (n_customers, 3), indexed like *customers*
        ``send_at`` (datetime64[us, UTC]; NaT where nothing is permitted),
        ``preference`` (the model's score; NaN with NaT) and ``why`` (a
        sentence).

    Raises
    ------
    InvalidParameterError
        If the window is naive or empty, or the spread not from 1 to 60.
    MissingColumnsError
        If *customers* lacks ``timezone``.
    InvalidTableError
        If a customer has more than one row, or the answers of *model* or
        *permitted* are not of the right shape.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import datetime, timedelta
    >>> from crmlib.timing import FixedTiming
    >>> customers = pd.DataFrame({"timezone": ["Asia/Seoul", "Asia/Kolkata"]}, index=["a", "b"])
    >>> start = datetime.fromisoformat("2026-01-05T00:00+00:00")
    >>> moments = schedule(
    ...     FixedTiming(hour=10), customers,
    ...     not_before=start, not_after=start + timedelta(days=1),
    ...     permitted=lambda hours: (hours.hour >= 8) & (hours.hour < 21), spread_minutes=1,
    ... )
    >>> moments["send_at"]
    a   2026-01-05 01:00:00+00:00
    b   2026-01-05 04:30:00+00:00
    Name: send_at, dtype: datetime64[us, UTC]
    """
    found = schedule_within(
        model,
        customers,
        SendLimits(),
        not_before=not_before,
        not_after=not_after,
        permitted=permitted,
        spread_minutes=spread_minutes,
    )
    return found.table[["send_at", "preference", "why"]]
