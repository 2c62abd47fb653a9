"""The best moments inside everything that limits them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError, UnknownNameError
from crmlib.tables import check_aware, check_columns
from crmlib.timing._earlier_sends import close_for_sends
from crmlib.timing._moment_draft import MomentDraft
from crmlib.timing._opening import open_zone
from crmlib.timing._own_limits import close_after_expiry, read_own_hours
from crmlib.timing._slots import find_slots
from crmlib.timing._wishes import Wishes
from crmlib.timing._zones import resolve_zones, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.interfaces import TimingModel
    from crmlib.timing._moments import Moments
    from crmlib.timing._send_limits import SendLimits

    Permission = Callable[[pd.DatetimeIndex], npt.NDArray[np.bool_]]

_MINUTES_OF_AN_HOUR: Final = 60


def schedule_within(
    model: TimingModel,
    customers: pd.DataFrame,
    limits: SendLimits,
    *,
    not_before: datetime,
    not_after: datetime,
    permitted: Permission | Mapping[Any, Permission],
    permissions: pd.Series[Any] | None = None,
    sends: pd.DataFrame | None = None,
    medium: str | None = None,
    tag: str | None = None,
    spread_minutes: int = 60,
    authority: str | None = None,
) -> Moments:
    """Give each customer the moment that the model likes best inside all limits at once.

    The moments are whole hours of the customer's own clock, as in
    :func:`schedule`.  An hour that a limit touches is not used.  Without a
    rate everybody gets the best of the hours that are left, of equal ones the
    earliest.  With one, what :attr:`Moments.value` measures is maximised over
    all customers together; :attr:`Moments.bound` proves how much better it
    could be at most, and is met exactly in small cases.

    Parameters
    ----------
    model : TimingModel
        Fitted.
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by ``customer_id``, with ``timezone`` (IANA).  If there are:
        ``quiet_from`` and ``quiet_until`` (local times such as 22:00, between
        which the customer wants nothing) and ``expires_at`` (aware; from then
        on the message is of no use).
    limits : SendLimits
    not_before, not_after : datetime
        Aware; no moment lies before the first, or at or after the second.
    permitted : callable, or mapping of name to callable
        Gets starts of hours, a DatetimeIndex in the local time of one zone,
        and says for each whether that whole hour may be used.
    permissions : Series, indexed like *customers*, optional
        The name in *permitted* that holds for each customer, if that is a
        mapping.
    sends : DataFrame of shape (n_sends, n_columns), optional
        Messages of other campaigns, sent or planned: ``customer_id``, ``at``
        (aware) and, if there are, ``channel`` (the medium), ``tag``,
        ``purpose`` (those that are ``"informational"`` do not count) and
        ``event`` (only ``"sent"`` or none counts, so a table of engagements
        will do).  What tells no medium or tag counts towards the caps of all.
    medium, tag : str, optional
        Of the messages to come; caps of others do not hold for them.
    spread_minutes : int, default=60
        As in :func:`schedule`; with a rate 60.
    authority : str, optional
        Whose *permitted* is, such as ``"law"``, to be told in the sentences.

    Returns
    -------
    Moments

    Raises
    ------
    InvalidParameterError
        If the window is naive or empty, the spread not from 1 to 60, or not
        60 with a rate.
    UnknownNameError
        If *permissions* names what *permitted* does not have.
    MissingColumnsError
        If *customers* lacks ``timezone``, or *sends* what it needs.
    InvalidTableError
        If a customer has more than one row, an instant cannot be read, or the
        answers of *model* or *permitted* are not of the right shape.

    Warns
    -----
    DataQualityWarning
        Counts zones that do not exist, and own quiet hours that cannot be
        read: those customers are not written to.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import datetime, timedelta
    >>> from crmlib.timing import FixedTiming, FrequencyCap, SendLimits, schedule_within
    >>> customers = pd.DataFrame({"timezone": ["Asia/Seoul"] * 2}, index=["a", "b"])
    >>> monday = datetime.fromisoformat("2026-01-05T00:00+09:00")
    >>> found = schedule_within(
    ...     FixedTiming(hour=10), customers, SendLimits(caps=[FrequencyCap(most=1, per="day")]),
    ...     not_before=monday, not_after=monday + timedelta(days=2),
    ...     permitted=lambda hours: (hours.hour >= 8) & (hours.hour < 21), authority="law",
    ...     sends=pd.DataFrame({"customer_id": ["b"], "at": ["2026-01-05T07:00+09:00"]}),
    ... )
    >>> found.table["why"]["b"]
    'the campaign wants 10 h; law allows 8-21 h; the cap of 1 a day leaves Tue'
    >>> found.gap
    0.0
    """
    window = read_window(not_before, not_after)
    _check_spread(spread_minutes, limits)
    zones = _read_zones(customers)
    slots = {zone: find_slots(zone, *window) for zone in zones.unique()}
    openings = [
        open_zone(
            zone, rows, slots[zone], permitted=permission, limits=limits, authority=authority
        )
        for zone, rows, permission in _group(zones, permitted, permissions)
    ]
    closed = [] if (expiry := close_after_expiry(customers)) is None else [expiry]
    if sends is not None:
        closed += close_for_sends(sends, customers.index, zones, limits, medium=medium, tag=tag)
    wishes = Wishes(
        model=model, customers=customers, own_hours=read_own_hours(customers), spans=tuple(closed)
    )
    draft = MomentDraft(wishes, openings)
    if limits.per_minute is None:
        draft.take_best(spread_minutes)
    else:
        draft.place_at_rate(limits.per_minute)
    draft.hold_without_hours(not_before, not_after)
    return draft.finish()


def read_window(not_before: datetime, not_after: datetime) -> tuple[int, int]:
    """Give the window in microseconds since 1970, in UTC."""
    for name, moment in (("not_before", not_before), ("not_after", not_after)):
        check_aware(name, moment)
    if not not_before < not_after:
        raise InvalidParameterError("not_after", not_after, f"later than not_before, {not_before}")
    bounds = pd.DatetimeIndex([pd.Timestamp(m).tz_convert("UTC") for m in (not_before, not_after)])
    first, last = bounds.as_unit("us").asi8
    return int(first), int(last)


def _check_spread(spread_minutes: int, limits: SendLimits) -> None:
    if not (isinstance(spread_minutes, int) and 1 <= spread_minutes <= _MINUTES_OF_AN_HOUR):
        raise InvalidParameterError(
            "spread_minutes", spread_minutes, "a whole number from 1 to 60"
        )
    if limits.per_minute is not None and spread_minutes != _MINUTES_OF_AN_HOUR:
        raise InvalidParameterError(
            "spread_minutes", spread_minutes, "60 with a rate, which spreads over all minutes"
        )


def _read_zones(customers: pd.DataFrame) -> pd.Series[str]:
    check_columns("customers", customers, ["timezone"])
    if not customers.index.is_unique:
        raise InvalidTableError(
            "customers", "has a customer in more than one row", "keep one row per customer"
        )
    return resolve_zones(customers["timezone"], fallback="UTC")


def _group(
    zones: pd.Series[str],
    permitted: Permission | Mapping[Any, Permission],
    permissions: pd.Series[Any] | None,
) -> Iterator[tuple[str, npt.NDArray[np.intp], Permission]]:
    """Give each zone and permission that there is, in order, with its customers."""
    named: Mapping[Any, Permission] = {None: permitted} if callable(permitted) else permitted
    names = list(named)
    codes = np.zeros(len(zones), dtype=np.intp)
    if permissions is not None:
        wanted = permissions.reindex(zones.index)
        codes = pd.Index(names, dtype=object).get_indexer(pd.Index(wanted, dtype=object))
        if (codes < 0).any():
            unknown = wanted[codes < 0].iloc[0]
            raise UnknownNameError("permission", str(unknown), [str(name) for name in names])
    zone_codes, known_zones = pd.factorize(zones, sort=True)
    groups = split_rows(zone_codes * len(names) + codes, len(known_zones) * len(names))
    for code, rows in enumerate(groups):
        zone, place = divmod(code, len(names))
        if len(rows):
            yield known_zones[zone], rows, named[names[place]]
