"""From events to when each customer was there."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.tables import check_columns
from crmlib.timing._event_kinds import name_deed, weigh_events
from crmlib.timing._zones import resolve_zones, split_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

HOURS, WEEKDAYS = 24, 7
_HOUR = 3_600_000_000
_THURSDAY = 3  # 1970-01-01, counted from Monday


@attrs.frozen(kw_only=True, eq=False)
class VisitList:
    """Each visit, by customer and time.

    A visit is all that a customer does within one hour of the local clock: an
    order of twenty lines is one, and so are two orders placed together.  It
    tells as much as the event in it that tells most.

    Parameters
    ----------
    customer_ids : Index of shape (n_customers,)
        Sorted.
    customers : ndarray of int, shape (n_visits,)
        Places in *customer_ids*, rising.
    local_hours : ndarray of int, shape (n_visits,)
        Hours since 1970 on the customer's own clock.
    tells : ndarray of float, shape (n_visits,)
        Above 0, at most 1.
    deed : str
        A verb for what customers did.
    """

    customer_ids: pd.Index
    customers: npt.NDArray[np.int64]
    local_hours: npt.NDArray[np.int64]
    tells: npt.NDArray[np.float32]
    deed: str

    @property
    def hours(self) -> npt.NDArray[np.int64]:
        """The hour of the day of each visit."""
        return self.local_hours % HOURS

    @property
    def weekdays(self) -> npt.NDArray[np.int64]:
        """The weekday of each visit, 0 for Monday."""
        return (self.local_hours // HOURS + _THURSDAY) % WEEKDAYS

    def take(self, places: slice | npt.NDArray[np.intp]) -> VisitList:
        """Give some of the visits."""
        return attrs.evolve(
            self,
            customers=self.customers[places],
            local_hours=self.local_hours[places],
            tells=self.tells[places],
        )


def list_visits(
    events: pd.DataFrame,
    zones: pd.Series | None,
    timezone: str,
    event_weights: Mapping[str, float] | None = None,
) -> VisitList:
    """Find the visits in *events* on the clock of each customer."""
    instant = find_instant(events)
    known = find_known(events, instant).to_numpy(dtype=bool)
    tells = weigh_events(events, instant, event_weights) * known
    if not tells.any():
        raise InvalidTableError(
            "events", "holds no purchase and no deed of a customer", "fit on past events"
        )
    deed = name_deed(events, instant, tells)
    if not tells.all():
        events, tells = events[tells > 0], tells[tells > 0]
    codes, ids = pd.factorize(events["customer_id"], sort=True)
    customer_ids = pd.Index(ids, name="customer_id")
    hours = local_hours(events[instant], codes, zones_of(customer_ids, zones, timezone))
    first = hours.min()
    span = hours.max() - first + 1
    packed = codes * span
    packed += hours - first
    packed, tells = _merge(packed, tells)
    return VisitList(
        customer_ids=customer_ids,
        customers=packed // span,
        local_hours=packed % span + first,
        tells=tells,
        deed=deed,
    )


def _merge(
    places: npt.NDArray[np.int64], tells: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Sort *places*, and keep each once with the most that is told there."""
    if tells.min() == tells.max():
        places = np.sort(places)
        begins = np.diff(places, prepend=-1) != 0
        return places[begins], np.full(begins.sum(), tells[0])
    order = np.argsort(places)
    places, tells = places[order], tells[order]
    begins = np.flatnonzero(np.diff(places, prepend=-1))
    return places[begins], np.maximum.reduceat(tells, begins)


def find_instant(events: pd.DataFrame) -> str:
    """Name the column that holds the aware instants of *events*."""
    instant = next((name for name in ("ordered_at", "at") if name in events), "ordered_at")
    check_columns("events", events, ["customer_id", instant], "'at' does for 'ordered_at'")
    if not isinstance(events[instant].dtype, pd.DatetimeTZDtype):
        raise InvalidTableError(
            "events",
            f"has {events[instant].dtype} in {instant!r}",
            "make them instants with a zone, e.g. by .dt.tz_localize('UTC')",
        )
    return instant


def find_known(events: pd.DataFrame, instant: str) -> pd.Series[bool]:
    """Say which events have a customer and an instant; a warning counts those that have not."""
    known = events["customer_id"].notna() & events[instant].notna()
    if not known.all():
        warnings.warn(
            f"{(~known).sum()} of {len(known)} events have no customer or no instant; "
            "they are left out",
            DataQualityWarning,
            stacklevel=4,
        )
    return known


def zones_of(customer_ids: pd.Index, zones: pd.Series | None, timezone: str) -> pd.Series[str]:
    """Give each customer its zone; who is not in *zones* lives in *timezone*."""
    if zones is None:
        return pd.Series(timezone, index=customer_ids, dtype=str)
    if not zones.index.is_unique:
        raise InvalidTableError(
            "zones", "has a customer more than once", "keep one zone per customer"
        )
    known = zones.astype(object).reindex(customer_ids, fill_value=timezone)
    return resolve_zones(known, fallback=timezone)


def local_hours(
    instants: pd.Series, codes: npt.NDArray[np.intp], zones: pd.Series[str]
) -> npt.NDArray[np.int64]:
    """Count the hours since 1970 on each customer's own clock."""
    index = pd.DatetimeIndex(instants).as_unit("us")
    zone_codes, names = pd.factorize(zones)
    hours = np.empty(len(index), dtype=np.int64)
    for name, rows in zip(names, split_rows(zone_codes[codes], len(names)), strict=True):
        local = index[rows].tz_convert(name).tz_localize(None)
        hours[rows] = local.asi8 // _HOUR
    return hours
