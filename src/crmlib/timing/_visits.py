"""From events to how often each customer was there at which hour and weekday."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.tables import check_columns
from crmlib.timing._zones import resolve_zones, split_rows

if TYPE_CHECKING:
    import numpy.typing as npt

HOURS, WEEKDAYS = 24, 7
_HOUR = 3_600_000_000
_THURSDAY = 3  # 1970-01-01, counted from Monday
# What a customer does; to be sent something is no sign of being there.
_DEEDS = ("opened", "clicked", "replied")


@attrs.frozen(kw_only=True, eq=False)
class Visits:
    """How often each customer was there.

    A visit is all that a customer does within one hour of the local clock: an
    order of twenty lines is one, and so are two orders placed together.
    """

    customer_ids: pd.Index
    by_hour: npt.NDArray[np.int64]
    by_weekday: npt.NDArray[np.int64]
    week: npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class VisitList:
    """Each visit: its customer, as a place in *customer_ids*, and its local time."""

    customer_ids: pd.Index
    customers: npt.NDArray[np.int64]
    weekdays: npt.NDArray[np.int64]
    hours: npt.NDArray[np.int64]

    def count(self) -> Visits:
        """Count the visits by local hour and weekday."""
        n_customers = len(self.customer_ids)
        return Visits(
            customer_ids=self.customer_ids,
            by_hour=_count(self.customers, self.hours, (n_customers, HOURS)),
            by_weekday=_count(self.customers, self.weekdays, (n_customers, WEEKDAYS)),
            week=_count(self.weekdays, self.hours, (WEEKDAYS, HOURS)),
        )


def list_visits(events: pd.DataFrame, zones: pd.Series | None, timezone: str) -> VisitList:
    """Find the visits in *events* on the clock of each customer."""
    instant = find_instant(events)
    events = _drop_what_tells_nothing(events, instant)
    if not len(events):
        raise InvalidTableError(
            "events", "holds no purchase and no deed of a customer", "fit on past events"
        )
    codes, ids = pd.factorize(events["customer_id"], sort=True)
    customer_ids = pd.Index(ids, name="customer_id")
    hours = local_hours(events[instant], codes, zones_of(customer_ids, zones, timezone))
    first = hours.min()
    span = hours.max() - first + 1
    packed = np.sort(codes * span + (hours - first))
    packed = packed[np.diff(packed, prepend=-1) != 0]
    customers, hours = packed // span, packed % span + first
    return VisitList(
        customer_ids=customer_ids,
        customers=customers,
        weekdays=(hours // HOURS + _THURSDAY) % WEEKDAYS,
        hours=hours % HOURS,
    )


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


def _drop_what_tells_nothing(events: pd.DataFrame, instant: str) -> pd.DataFrame:
    known = find_known(events, instant)
    kept = known.to_numpy(dtype=bool)
    if "amount" in events:  # a return says when a parcel came back
        kept = kept & (events["amount"] > 0).fillna(value=False).to_numpy(dtype=bool)
    if "event" in events:
        kept = kept & events["event"].isin(_DEEDS).to_numpy(dtype=bool)
    if "is_machine" in events:
        kept = kept & ~events["is_machine"].eq(other=True).fillna(value=False).to_numpy(dtype=bool)
    return events.loc[kept, ["customer_id", instant]]


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


def _count(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], shape: tuple[int, int]
) -> npt.NDArray[np.int64]:
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)
