"""From preferences to moments inside what is permitted."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.tables import check_aware, check_columns
from crmlib.timing._slots import MINUTE, Slots, find_slots, to_index
from crmlib.timing._zones import resolve_zones, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.interfaces import TimingModel

# Scores held at once: 4 million are 32 MB.
_MOST_SCORES = 4_000_000
_MINUTES_OF_AN_HOUR = 60
_NO_MOMENT = np.iinfo(np.int64).min  # how numpy writes NaT


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
    id, so that they do not all fall on :00.

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
    first, last = _read_window(not_before, not_after)
    if not (isinstance(spread_minutes, int) and 1 <= spread_minutes <= _MINUTES_OF_AN_HOUR):
        raise InvalidParameterError(
            "spread_minutes", spread_minutes, "a whole number from 1 to 60"
        )
    zones = _read_zones(customers)
    send_at = np.full(len(customers), _NO_MOMENT, dtype=np.int64)
    preference = np.full(len(customers), np.nan)
    why = np.empty(len(customers), dtype=object)
    codes, names = pd.factorize(zones)
    for zone, rows in zip(names, split_rows(codes, len(names)), strict=True):
        slots = find_slots(zone, first, last)
        if len(slots.starts):
            slots = slots.choose(_ask(permitted, slots.starts))
        if not len(slots.starts):
            why[rows] = (
                f"no hour that begins from {not_before:%Y-%m-%d %H:%M %Z} "
                f"until {not_after:%Y-%m-%d %H:%M %Z} is permitted in {zone}"
            )
            continue
        size = max(1, _MOST_SCORES // len(slots.starts))
        for begin in range(0, len(rows), size):
            block = rows[begin : begin + size]
            part = customers.iloc[block]
            scores = _score(model, part, slots.starts)
            best = scores.argmax(axis=1)
            preference[block] = scores[np.arange(len(block)), best]
            send_at[block] = _place(part.index, slots, best, spread_minutes)
            local = pd.Series(to_index(send_at[block]).tz_convert(zone), index=part.index)
            why[block] = model.reasons(part, local).to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "send_at": pd.Series(to_index(send_at), index=customers.index),
            "preference": preference,
            "why": pd.Series(why, index=customers.index, dtype=object),
        },
        index=customers.index,
    )


def _read_window(not_before: datetime, not_after: datetime) -> tuple[int, int]:
    """Give the window in microseconds since 1970, in UTC."""
    for name, moment in (("not_before", not_before), ("not_after", not_after)):
        check_aware(name, moment)
    if not not_before < not_after:
        raise InvalidParameterError("not_after", not_after, f"later than not_before, {not_before}")
    bounds = pd.DatetimeIndex([pd.Timestamp(m).tz_convert("UTC") for m in (not_before, not_after)])
    first, last = bounds.as_unit("us").asi8
    return int(first), int(last)


def _read_zones(customers: pd.DataFrame) -> pd.Series[str]:
    check_columns("customers", customers, ["timezone"])
    if not customers.index.is_unique:
        raise InvalidTableError(
            "customers", "has a customer in more than one row", "keep one row per customer"
        )
    return resolve_zones(customers["timezone"], fallback="UTC")


def _ask(
    permitted: Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]], starts: pd.DatetimeIndex
) -> npt.NDArray[np.bool_]:
    answer = np.asarray(permitted(starts))
    if answer.shape != starts.shape or answer.dtype != bool:
        raise InvalidTableError(
            "the answer of permitted",
            f"has shape {answer.shape} and type {answer.dtype}",
            f"give one bool for each of the {len(starts)} hours",
        )
    return answer


def _score(
    model: TimingModel, customers: pd.DataFrame, starts: pd.DatetimeIndex
) -> npt.NDArray[np.float64]:
    scores = np.asarray(model.preferences(customers, starts), dtype=np.float64)
    expected = (len(customers), len(starts))
    if scores.shape != expected or not np.isfinite(scores).all():
        raise InvalidTableError(
            f"preferences of {type(model).__name__}",
            f"have shape {scores.shape} or are not finite",
            f"give finite scores of shape {expected}",
        )
    return scores


def _place(
    customer_ids: pd.Index, slots: Slots, best: npt.NDArray[np.intp], spread_minutes: int
) -> npt.NDArray[np.int64]:
    """Put each customer on its minute of the hour."""
    digests = [blake2b(str(name).encode(), digest_size=4).digest() for name in customer_ids]
    hashes = np.frombuffer(b"".join(digests), dtype=">u4").astype(np.int64)
    minutes = hashes % np.minimum(slots.minutes[best], spread_minutes)
    return np.asarray(slots.starts.asi8[best] + minutes * MINUTE, dtype=np.int64)
