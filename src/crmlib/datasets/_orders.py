"""The order lines of the synthetic shop, before anything goes wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets._baskets import draw_lines, draw_main_categories, to_places
from crmlib.datasets._moments import SHOP_ZONE, draw_seconds, to_instants
from crmlib.datasets._truth import BEHAVIOURS

if TYPE_CHECKING:
    import numpy.typing as npt

SALES_CHANNELS = {"own mall": 0.55, "marketplace": 0.30, "shop": 0.15}
"""Shares of the orders by sales channel."""

ID_LETTERS = {"own mall": "M", "marketplace": "P", "shop": "S"}

_MOST_ORDERS = 64
_TO_WEEKEND = 0.15
_THURSDAY, _SATURDAY = 3, 5  # the first day of 1970, and what shoppers wait for; Monday is 0
_GAP_SHAPE = 3.0


def draw_orders(
    rng: np.random.Generator, truth: pd.DataFrame, zones: npt.NDArray[np.object_], end_date: str
) -> pd.DataFrame:
    """Draw all order lines of the customers of *truth* until the end of *end_date*.

    Returns
    -------
    DataFrame of shape (n_lines, 12), in the order of time
        ``customer_id``, ``order_id``, ``line_id``, ``ordered_at`` (UTC),
        ``product_id``, ``product_name``, ``category``, ``quantity``,
        ``unit_price``, ``amount``, ``sales_channel`` and ``order``.
    """
    customers, days_ago = _draw_days(rng, truth)
    dates = np.datetime64(end_date, "D") - days_ago.astype("timedelta64[D]")
    weekend = _SATURDAY + (rng.random(len(dates)) < 0.5)  # noqa: PLR2004 -- or Sunday
    wait = (weekend - (dates.astype(np.int64) + _THURSDAY) % 7) % 7
    waits = (rng.random(len(dates)) < _TO_WEEKEND) & (wait <= days_ago)
    dates = np.where(waits, dates + wait.astype("timedelta64[D]"), dates)
    seconds = draw_seconds(rng, truth["favourite_hour"].to_numpy()[customers])
    ordered_at = to_instants(dates, seconds, zones[customers])
    end = pd.Timestamp(end_date, tz=SHOP_ZONE) + pd.Timedelta(days=1)
    late = ordered_at >= end  # evenings west of the shop are its next day
    ordered_at[late] = ordered_at[late] - pd.Timedelta(days=1)
    favourites = to_places(truth["favourite_category"])[customers]
    main = draw_main_categories(rng, customers, favourites)
    names = np.array(list(SALES_CHANNELS), dtype=object)
    orders = pd.DataFrame(
        {
            "customer_id": truth.index.to_numpy()[customers],
            "ordered_at": ordered_at,
            "sales_channel": rng.choice(names, len(customers), p=list(SALES_CHANNELS.values())),
            "main": main,
        }
    ).sort_values(["ordered_at", "customer_id"], ignore_index=True)
    orders["order_id"] = make_order_ids(orders["sales_channel"])
    lines = draw_lines(rng, orders.pop("main").to_numpy())
    lines = orders.iloc[lines["order"]].reset_index(drop=True).join(lines)
    lines["line_id"] = lines["order_id"] + "-" + lines["line"].astype(str)
    return lines.drop(columns="line")


def make_order_ids(sales_channels: pd.Series[str], first: int = 1) -> pd.Series[str]:
    """Give each order its number within its channel: M000001, P000001 and so on."""
    numbers = sales_channels.groupby(sales_channels).cumcount() + first
    return sales_channels.map(ID_LETTERS) + numbers.astype(str).str.zfill(6)


def _draw_days(
    rng: np.random.Generator, truth: pd.DataFrame
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Give customer (place in *truth*) and age in days of each order, oldest first for each."""
    kinds = [BEHAVIOURS[kind] for kind in truth["behaviour"]]
    joined = _uniform(rng, [kind.joined_days for kind in kinds])
    left = _uniform(rng, [kind.left_days for kind in kinds])
    means = np.array([kind.gap_days for kind in kinds])
    gaps = rng.gamma(_GAP_SHAPE, 1 / _GAP_SHAPE, (len(kinds), _MOST_ORDERS)) * means[:, None]
    gaps[:, 0] = 0
    ages = joined[:, None] - gaps.cumsum(axis=1)
    kept = ages >= left[:, None]
    customers, _ = np.nonzero(kept)
    days = np.floor(ages[kept]).astype(np.int64)
    return customers, days


def _uniform(rng: np.random.Generator, spans: list[tuple[int, int]]) -> npt.NDArray[np.float64]:
    far, near = np.array(spans, dtype=np.float64).T
    days: npt.NDArray[np.float64] = near + rng.random(len(spans)) * (far - near)
    return days
