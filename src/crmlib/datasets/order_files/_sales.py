"""What was ordered, before a source writes it down in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets._baskets import draw_lines
from crmlib.datasets._catalogue import CATEGORIES, PRODUCTS
from crmlib.datasets._moments import draw_seconds, to_instants

if TYPE_CHECKING:
    import numpy.typing as npt

CANCELLED, RETURNED, PARTLY = 0.05, 0.06, 0.05
"""Shares: of the orders that were cancelled; of the lines that came back, or got a part paid
back."""

WITH_COUPON, OFF = 0.15, 0.10
"""Share of the orders with a coupon, and what it takes off each line."""

FREE_DELIVERY_FROM, DELIVERY_FEE = 50_000, 3_000
"""Below an order of won 50,000 the delivery costs won 3,000."""

COLOURS, SIZES = ("블랙", "아이보리", "네이비"), ("S", "M", "L")

DAYS = 365
_DAWN, _HALF_A_DAY = 4 * 3600, 12 * 3600
_PRODUCT_NUMBERS = dict(zip(PRODUCTS["product_id"], range(1, len(PRODUCTS) + 1), strict=True))


def draw_sales(
    rng: np.random.Generator,
    people: pd.DataFrame,
    buyers: npt.NDArray[np.intp],
    *,
    zone: str,
    end_date: str,
    cents: bool,
) -> pd.DataFrame:
    """Draw an order for each of *buyers*, in the year before the end of *end_date*.

    Parameters
    ----------
    rng : Generator
    people : DataFrame of shape (n_people, n_columns)
        See :func:`draw_buyers`.
    buyers : ndarray of int, shape (n_orders,)
        Place in *people* of who bought.
    zone : str
        IANA zone of the shop.
    end_date : str
        Last local day with orders.
    cents : bool
        Prices such as 18.99 rather than 19000 won.

    Returns
    -------
    DataFrame of shape (n_lines, n_columns), in the order of time
        The columns of *people*, and ``order`` (from 0), ``line`` (from 1; a
        product comes once in an order), ``first`` (whether it is the first
        line), ``ordered_at`` (UTC, whole seconds, never at night, when clocks
        change), ``local`` (the same in *zone*, naive), ``product_id``,
        ``product_number`` (from 1), ``product_name``, ``category``,
        ``colour``, ``size``, ``quantity``, ``unit_price``, ``amount`` (their
        product), ``coupon`` (bool, one per order), ``status`` (``sold``,
        ``cancelled`` for whole orders, ``returned``) and ``part`` (share paid
        back: 1 if returned, else mostly 0).
    """
    n = len(buyers)
    dates = np.datetime64(end_date, "D") - rng.integers(0, DAYS, n).astype("timedelta64[D]")
    seconds = draw_seconds(rng, rng.integers(8, 23, n))
    seconds = np.where(seconds < _DAWN, seconds + _HALF_A_DAY, seconds)
    ordered_at = to_instants(dates, seconds, np.full(n, zone, dtype=object))
    orders = people.iloc[buyers].reset_index(drop=True)
    orders = orders.assign(
        ordered_at=ordered_at,
        local=ordered_at.dt.tz_convert(zone).dt.tz_localize(None),
        coupon=rng.random(n) < WITH_COUPON,
        cancelled=rng.random(n) < CANCELLED,
    ).sort_values("ordered_at", kind="stable", ignore_index=True)
    lines = draw_lines(rng, rng.integers(0, len(CATEGORIES), n))
    lines = lines.drop_duplicates(["order", "product_id"], ignore_index=True)
    sales = orders.iloc[lines["order"]].reset_index(drop=True).join(lines)
    luck = rng.random(len(sales))
    cancelled = sales.pop("cancelled").to_numpy()
    returned = ~cancelled & (luck < RETURNED)
    partly = ~cancelled & ~returned & (luck < RETURNED + PARTLY)
    price = sales["unit_price"] / 1000 - 0.01 if cents else sales["unit_price"].astype("float64")
    status = np.where(cancelled, "cancelled", np.where(returned, "returned", "sold"))
    return sales.assign(
        line=sales.groupby("order").cumcount() + 1,
        first=~sales["order"].duplicated(),
        product_number=sales["product_id"].map(_PRODUCT_NUMBERS),
        colour=rng.choice(np.array(COLOURS, dtype=object), len(sales)),
        size=rng.choice(np.array(SIZES, dtype=object), len(sales)),
        unit_price=price.round(2),
        amount=(price * sales["quantity"]).round(2),
        status=status,
        part=np.where(returned, 1.0, np.where(partly, rng.uniform(0.1, 0.5, len(sales)), 0.0)),
    )


def count_orders(sales: pd.DataFrame) -> int:
    """Give how many orders there are."""
    return int(sales["order"].max()) + 1


def take_coupons_off(sales: pd.DataFrame) -> pd.Series[float]:
    """Give the amount of each line after the coupon of its order."""
    return sales["amount"] - (sales["amount"] * OFF).round(2).where(sales["coupon"], 0.0)


def delivery_fees(sales: pd.DataFrame, amounts: pd.Series[float]) -> pd.Series[float]:
    """Give the delivery fee of the order of each line, in won, again on each line."""
    totals = amounts.groupby(sales["order"]).transform("sum")
    return (totals < FREE_DELIVERY_FROM) * float(DELIVERY_FEE)


def refunds(sales: pd.DataFrame, amounts: pd.Series[float], unit: float) -> pd.Series[float]:
    """Give what was paid back for each line, in multiples of *unit* where it is a part."""
    parts = (sales["part"] * amounts // unit * unit).round(2)
    return parts.where(sales["part"] < 1, amounts)


def newest_first(sales: pd.DataFrame) -> pd.DataFrame:
    """Give *sales* with the last order first, the lines of each order as they were."""
    return sales.iloc[np.argsort(-sales["order"].to_numpy(), kind="stable")].reset_index(drop=True)


def scramble(numbers: pd.Series[int] | npt.NDArray[np.int64], digits: int) -> pd.Series[str]:
    """Give *numbers* other names of so many digits, no two the same."""
    mixed: pd.Series[int] = (
        pd.Series(numbers).astype("int64") * 7_919_231 + 3_571_117
    ) % 10**digits
    return mixed.astype(str).str.zfill(digits)
