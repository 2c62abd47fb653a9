"""From events to the days on which each customer bought, on the customer's own calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.statistics import PurchaseHistories
from crmlib.tables import check_columns
from crmlib.timing._visits import find_instant, find_known, local_hours, zones_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_HOURS = 24
# What a customer does; to be sent something is no sign of being there.
_DEEDS = ("opened", "clicked", "replied")


@attrs.frozen(kw_only=True, eq=False)
class PurchaseDays:
    """Days on which customers bought, each day of a customer once, in order.

    Parameters
    ----------
    customer_ids : Index of shape (n_customers,)
        Sorted.
    customers : ndarray of int, shape (n_days,)
        The place of each day's customer in *customer_ids*, rising.
    days : ndarray of int, shape (n_days,)
        Days since 1970, rising within a customer.
    amounts : ndarray of float, shape (n_days,)
        Money of each day; 1 where events have no ``amount``.
    """

    customer_ids: pd.Index
    customers: Ints
    days: Ints
    amounts: Floats

    def until(self, end: int) -> PurchaseDays:
        """Give what was known at the end of day *end*; customers keep their places."""
        kept = self.days <= end
        return attrs.evolve(
            self,
            customers=self.customers[kept],
            days=self.days[kept],
            amounts=self.amounts[kept],
        )

    def buyers(self) -> Ints:
        """Give the places of the customers who bought at all, rising."""
        return np.unique(self.customers)

    def histories(self, end: int) -> PurchaseHistories:
        """Give the histories of :meth:`buyers` as they stand at the end of day *end*."""
        _, first, n = np.unique(self.customers, return_index=True, return_counts=True)
        begun, last = self.days[first], self.days[first + n - 1]
        return PurchaseHistories(x=n - 1, t_x=last - begun, T=end - begun, weight=np.ones_like(n))

    def mean_amounts(self) -> Floats:
        """Give the mean money of a day of each of the :meth:`buyers`."""
        _, places = np.unique(self.customers, return_inverse=True)
        return np.asarray(np.bincount(places, weights=self.amounts) / np.bincount(places))


@attrs.frozen(kw_only=True, eq=False)
class ItemDays:
    """Days on which customers bought each item.

    Parameters
    ----------
    items : Index of shape (n_items,)
    customers, item_codes, days : ndarray of int, shape (n_days,)
        Sorted by customer, item and day, each such day once.
    """

    items: pd.Index
    customers: Ints
    item_codes: Ints
    days: Ints

    def until(self, end: int) -> ItemDays:
        """Give what was known at the end of day *end*."""
        kept = self.days <= end
        return attrs.evolve(
            self,
            customers=self.customers[kept],
            item_codes=self.item_codes[kept],
            days=self.days[kept],
        )


def list_purchase_days(
    events: pd.DataFrame, zones: pd.Series | None, timezone: str, by: str | None
) -> tuple[PurchaseDays, ItemDays]:
    """Find on which days each customer bought, and bought what: column *by*, or one thing for all.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If a column is missing, or nothing is left to learn from.
    """
    instant = find_instant(events)
    if by is not None:
        check_columns("events", events, [by], "it names what is bought again")
    known = _keep_deeds(events, instant)
    if not len(known):
        raise InvalidTableError(
            "events", "holds no purchase and no deed of a customer", "fit on past events"
        )
    codes, ids = pd.factorize(known["customer_id"], sort=True)
    customer_ids = pd.Index(ids, name="customer_id")
    hours = local_hours(known[instant], codes, zones_of(customer_ids, zones, timezone))
    days = hours // _HOURS
    amounts = np.ones(len(known))
    if "amount" in known:
        amounts = known["amount"].to_numpy(dtype=np.float64)
    (customers, bought_on), which = _find_distinct(codes, days)
    purchases = PurchaseDays(
        customer_ids=customer_ids,
        customers=customers,
        days=bought_on,
        amounts=np.bincount(which, weights=amounts).astype(np.float64),
    )
    return purchases, _list_items(known, by, codes, days)


def _list_items(known: pd.DataFrame, by: str | None, codes: Ints, days: Ints) -> ItemDays:
    names = pd.Series(0, index=known.index) if by is None else known[by]
    item_codes, items = pd.factorize(names, sort=True)
    some = item_codes >= 0
    (customers, kinds, bought_on), _ = _find_distinct(codes[some], item_codes[some], days[some])
    return ItemDays(
        items=pd.Index(items, name=by), customers=customers, item_codes=kinds, days=bought_on
    )


def _find_distinct(*columns: Ints) -> tuple[list[Ints], Ints]:
    """Give the distinct rows of *columns*, sorted, and which of them each row is."""
    lows = [int(column.min(initial=0)) for column in columns]
    sizes = [
        int(column.max(initial=0)) - low + 1 for column, low in zip(columns, lows, strict=True)
    ]
    shifted = [column - low for column, low in zip(columns, lows, strict=True)]
    cells, which = np.unique(np.ravel_multi_index(shifted, sizes), return_inverse=True)
    found = np.unravel_index(cells, sizes)
    return [np.asarray(column + low) for column, low in zip(found, lows, strict=True)], which


def _keep_deeds(events: pd.DataFrame, instant: str) -> pd.DataFrame:
    """Leave out what is no deed of a person: returns, sends, opens by machines."""
    kept = find_known(events, instant).to_numpy(dtype=bool)
    if "amount" in events:  # a return says when a parcel came back
        kept = kept & (events["amount"] > 0).fillna(value=False).to_numpy(dtype=bool)
    if "event" in events:
        kept = kept & events["event"].isin(_DEEDS).to_numpy(dtype=bool)
    if "is_machine" in events:
        kept = kept & ~events["is_machine"].eq(other=True).fillna(value=False).to_numpy(dtype=bool)
    return events.loc[kept]
