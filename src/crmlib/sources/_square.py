"""Tills of Square: what was paid in one file, and what for in another."""

from __future__ import annotations

import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning
from crmlib.sources._order_source import OrderSource
from crmlib.sources._split_money import smallest_units, split_money
from crmlib.sources._square_rows import KEY, WHO, read_items, read_payments
from crmlib.sources._square_times import read_zone
from crmlib.sources._texts import write_amounts
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_WALK_IN = "a walk-in: there is no Customer ID, Customer Reference ID or Customer Name"
_NOBODY = frozenset(
    [
        *("guest", "walk-in", "walk in", "walkin", "cash", "customer"),
        *("no customer", "unknown", "anonymous"),
    ]
)
"""Names that a till gives to those whom nobody asked, in lower case."""

_CENT = 0.01
_LONGEST_NAME = 40
_MOST_NAMES = 3


class SquareSource(OrderSource):
    """Transactions and items of a till of Square, joined by Transaction ID.

    Items are the lines; the row of their transaction says who bought, and is
    set aside as a summary.  A transaction without items is a line itself, so
    a folder may hold one kind of file only, or items of some months.  The
    amount is Net Sales: after discounts, without taxes and tips.
    """

    name = "square"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "items": (("Transaction ID",), ("Item",), ("Qty",), ("Net Sales",)),
            "transactions": (
                ("Transaction ID",),
                ("Date",),
                ("Time",),
                ("Time Zone",),
                ("Net Sales",),
                ("Event Type",),
                ("Total Collected", "Partial Refunds"),
            ),
        }
    )
    sales_channel = "square"
    timezone = "America/New_York"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give the items as lines, and the transactions that have none."""
        paid = read_payments(tables.get("transactions", pd.DataFrame()))
        items = read_items(tables.get("items", pd.DataFrame()))
        rows = pd.concat([part for part in (paid, items) if len(part)] or [paid])
        cells = rows["zone"].dropna().unique()
        zones = sorted({zone[:_LONGEST_NAME] for zone in cells if read_zone(zone) is None})
        if zones:
            warnings.warn(
                f"Time Zone {zones[:_MOST_NAMES]} is not known; such times are read as those of "
                "timezone=…",
                DataQualityWarning,
                stacklevel=5,
            )
        items = items.assign(ordered_at=_fill_times(items, paid))
        parts = [_arrange_payments(paid, items), _arrange_items(items, paid)]
        lines = pd.concat([part for part in parts if len(part)] or parts[:1])
        people = rows.groupby("order_id")[list(WHO)].first()
        people = people.reindex(lines["order_id"]).set_axis(lines.index)
        who = {header: lines[header].fillna(people[header]) for header in WHO}
        names = who["Customer Name"]
        names = names.mask(names.str.casefold().isin(_NOBODY))
        return lines.drop(columns=list(WHO)).assign(
            account_id=who["Customer ID"].fillna(who["Customer Reference ID"]).fillna(names),
            name=names,
            why_unknown=_WALK_IN,
        )


def _fill_times(items: pd.DataFrame, paid: pd.DataFrame) -> pd.Series[str]:
    """Give items without a time of their own that of their transaction."""
    times = paid.dropna(subset=["order_id"]).groupby(KEY)["ordered_at"].first()
    times = times.reindex(pd.MultiIndex.from_frame(items[KEY])).set_axis(items.index)
    return items["ordered_at"].fillna(times)


def _arrange_payments(paid: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Give transactions as lines, and those that have items as summaries.

    What was paid back without an item is taken off the payment; where the
    refund is a row of its own, it is a line below zero.
    """
    known = items[items["order_id"].notna()]
    first = known[~known.duplicated([*KEY, "line_id"])]
    of_items = first.groupby(KEY)["money"].agg(["size", "sum"])
    keys = pd.MultiIndex.from_frame(paid[KEY])
    of_items = of_items.reindex(keys).set_axis(paid.index)
    has_items, back = of_items["size"].notna(), paid["back"]
    returned = -paid["partial"] + paid["money"].mask(has_items, 0.0)
    amounts = np.where(back, returned, paid["money"].mask(has_items, 0.0))
    summary = has_items & ~(back & (paid["partial"] > 0))
    say = "its items are the lines, {:.0f} in all".format
    details = of_items["size"].map(say, na_action="ignore")
    counted = paid["money"].where(~paid.duplicated([*KEY, "line_id"]))
    gap = counted.groupby([paid[name] for name in KEY]).transform("sum") - of_items["sum"]
    gap = gap.where(gap.abs() >= _CENT / 2)
    more = gap.map("; its Net Sales is {:+.2f} from theirs".format, na_action="ignore")
    refunded = paid["partial"].astype(object).where(paid["doubtful"].isna(), paid["doubtful"])
    return _keep(paid).assign(
        amount=write_amounts(amounts, paid["net"]),
        refunded=refunded.mask(back | (has_items & paid["doubtful"].isna()), 0.0),
        aside=pd.Series(str(SetAsideReason.ORDER_SUMMARY), paid.index).where(summary),
        aside_detail=details.astype("str") + more.astype("str").fillna(""),
    )


def _arrange_items(items: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """Give items with their share of what was paid back of the transaction without naming one."""
    first = ~items.duplicated(["order_id", "line_id"]).to_numpy()
    money = items["money"].to_numpy()
    weights = np.where(first & (money > 0), money, 0.0)
    sums = paid[~paid["back"] & ~paid.duplicated(["order_id", "line_id"])]
    of_orders = sums.groupby("order_id")["partial"].sum()
    totals = of_orders.reindex(items["order_id"]).fillna(0.0).to_numpy()
    groups = _number_orders(items["order_id"])
    whole = items["net"].str.contains("[¥₩원]", na=False)
    units = smallest_units(pd.Series("JPY", items.index).where(whole))
    return _keep(items).assign(
        amount=write_amounts(money, items["net"]),
        refunded=split_money(totals, weights, groups, units),
    )


def _number_orders(order_ids: pd.Series[str]) -> npt.NDArray[np.intp]:
    """Give each order a number from 0; rows without an id are one."""
    return np.asarray(pd.factorize(order_ids.fillna(""))[0])


def _keep(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that lines have."""
    return rows.drop(
        columns=["zone", "back", "money", "net", "partial", "doubtful"], errors="ignore"
    )
