"""The traits of purchases: what, how dear, when and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.planners._purchases import name_products

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_PRODUCTS = 300
"""Products that are compared: those that most customers bought."""

HOURS = 3
"""Hours of the day that are one trait."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEASONS = ("winter", "spring", "summer", "autumn")
PRICE_LEVELS = ("low price", "middle price", "high price")


def list_traits(bought: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """List each trait of each line.

    Returns
    -------
    DataFrame of shape (n_traits, 4)
        ``line`` (its place), ``day`` (local), ``kind`` and ``value`` (text).
        Seasons are those of the northern half; price levels are thirds of the
        lines of a category by unit price, or of all lines without categories.
    """
    local = bought["ordered_at"].dt.tz_convert(timezone).dt.tz_localize(None)
    day = (local - pd.Timestamp(0)) // pd.Timedelta(days=1)
    hour = local.dt.hour // HOURS * HOURS
    season = np.array(SEASONS, dtype=object)[local.dt.month.to_numpy() % 12 // 3]
    columns: dict[str, Any] = {
        "product": _name_often_bought(bought),
        "price level": _level_prices(bought),
        "season": season,
        "hours": [f"{first:02}-{first + HOURS:02} h" for first in hour.tolist()],
        "weekday": np.array(WEEKDAYS, dtype=object)[local.dt.day_of_week.to_numpy()],
    }
    for kind, column in (("category", "category"), ("sales channel", "sales_channel")):
        if column in bought.columns:
            columns[kind] = bought[column].astype(object).to_numpy()
    parts = [
        pd.DataFrame(
            {"line": np.arange(len(bought)), "day": day.to_numpy(), "kind": kind, "value": value}
        )
        for kind, value in columns.items()
        if value is not None
    ]
    traits = pd.concat(parts, ignore_index=True)
    traits = traits[traits["value"].notna()]
    return traits.assign(value=traits["value"].astype(str))


def _name_often_bought(bought: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Give the name of each line's product, None for those that few bought."""
    product = name_products(bought)
    buyers = bought.groupby(product)["customer_id"].nunique()
    buyers = buyers.sort_index().sort_values(ascending=False, kind="stable")
    often = bought[product].isin(buyers.index[:MOST_PRODUCTS]).to_numpy()
    names = bought[product].astype(object)
    if "product_name" in bought.columns:
        newest = bought.sort_values(["ordered_at", "product_name"], kind="stable")
        named = newest.dropna(subset=["product_name"]).drop_duplicates(product, keep="last")
        told = names.map(named.set_index(product)["product_name"].astype(object))
        names = told.where(told.notna(), names)
    return np.where(often, names.to_numpy(), np.array(None, dtype=object))


def _level_prices(bought: pd.DataFrame) -> npt.NDArray[np.object_] | None:
    """Give the third that each line's price is in; None without prices."""
    if "unit_price" not in bought.columns:
        return None
    price = bought["unit_price"].astype(float)
    within = bought["category"] if "category" in bought.columns else pd.Series(0, bought.index)
    # Lines without a category are compared with each other.
    rank = price.groupby(within.astype(object).where(within.notna(), "")).rank(pct=True)
    third = np.minimum(np.ceil(rank.fillna(1) * 3).astype(int) - 1, 2)
    levels = np.array(PRICE_LEVELS, dtype=object)[third]
    return np.where(price.notna(), levels, np.array(None, dtype=object))
