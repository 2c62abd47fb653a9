"""What there is to suggest: the products sold and those of the catalogue."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype

from crmlib.exceptions import DataQualityWarning, InvalidParameterError, InvalidTableError
from crmlib.planners._purchases import name_products
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Collection

FACTS = ("product_name", "category", "unit_price")
READ = {"product_id", "in_stock", "available_from", *FACTS}


def check_catalogue(catalogue: object) -> pd.DataFrame | None:
    """Give the catalogue, a row per product, indexed by ``product_id``; None without one.

    Raises
    ------
    InvalidParameterError
        If it is no table.
    MissingColumnsError
        If it lacks ``product_id``.
    InvalidTableError
        If a product is there twice or without an id, a stock is no truth value, or a
        day of arrival no date.
    """
    if catalogue is None:
        return None
    if not isinstance(catalogue, pd.DataFrame):
        raise InvalidParameterError("catalogue", catalogue, "a DataFrame with a row per product")
    check_columns("the catalogue", catalogue, ["product_id"])
    if catalogue["product_id"].isna().any() or catalogue["product_id"].duplicated().any():
        raise InvalidTableError(
            "the catalogue", "has a product_id twice or not at all", "keep one row per product"
        )
    if "in_stock" in catalogue and not is_bool_dtype(catalogue["in_stock"].dtype):
        raise InvalidTableError(
            "the catalogue", "has an in_stock that is neither true nor false", "convert it to bool"
        )
    if "available_from" in catalogue and not is_datetime64_any_dtype(catalogue["available_from"]):
        raise InvalidTableError(
            "the catalogue",
            "has an available_from that is no date",
            "convert it with pandas.to_datetime",
        )
    unread = [str(column) for column in catalogue.columns if column not in READ]
    if unread and "category" not in catalogue.columns:
        warnings.warn(
            "the catalogue has no column 'category', so it tells no category of any product; "
            f"if one of {unread} holds it, rename that to 'category'",
            DataQualityWarning,
            stacklevel=3,
        )
    return catalogue.set_index("product_id")


def list_categories(bought: pd.DataFrame, catalogue: pd.DataFrame | None) -> pd.Series[Any] | None:
    """Give the category of each line: that of the catalogue, else its own; None without any."""
    own = bought["category"].astype(object) if "category" in bought.columns else None
    if catalogue is None or "category" not in catalogue.columns:
        return own
    told = bought[name_products(bought)].map(catalogue["category"].astype(object))
    return told if own is None else told.where(told.notna(), own)


def stock_shelf(
    bought: pd.DataFrame,
    product_ids: pd.Index[Any],
    catalogue: pd.DataFrame | None,
    exclude: Collection[object],
    timezone: str,
) -> pd.DataFrame:
    """List the products that the model knows, then those of the catalogue never sold.

    Returns
    -------
    DataFrame of shape (n_products, 5), indexed by product_id
        ``product_name``, ``category``, ``unit_price`` (of the catalogue, else
        of the last line), ``available_from`` (local day since 1970, NaN where
        not told) and ``is_offered``: not excluded and, if there is a catalogue,
        in it and in stock.
    """
    product = name_products(bought)
    is_last = bought["ordered_at"] == bought.groupby(product)["ordered_at"].transform("max")
    newest = bought[is_last].sort_values([fact for fact in FACTS if fact in bought.columns])
    newest = newest.drop_duplicates(product, keep="last").set_index(product)
    known = newest.index
    index = product_ids
    if catalogue is not None:
        index = index.append(catalogue.index.difference(known))
    index = index.rename("product_id")
    if product == "product_name":
        newest = newest.assign(product_name=newest.index)
    shelf = pd.DataFrame(index=index)
    for fact in FACTS:
        shelf[fact] = _read_fact(fact, index, newest, catalogue)
    offered = ~index.isin(list(exclude))
    shelf["available_from"] = np.nan
    if catalogue is not None:
        offered &= index.isin(catalogue.index)
        told = catalogue.reindex(index)
        if "in_stock" in told.columns:
            offered &= told["in_stock"].eq(other=True).to_numpy(dtype=bool)
        if "available_from" in told.columns:
            shelf["available_from"] = _to_days(told["available_from"], timezone)
    return shelf.assign(is_offered=offered)


def _read_fact(
    fact: str, index: pd.Index[Any], newest: pd.DataFrame, catalogue: pd.DataFrame | None
) -> pd.Series[Any]:
    column: pd.Series[Any] = pd.Series(None, index=index, dtype=object)
    for table in (newest, catalogue):
        if table is not None and fact in table.columns:
            told = table[fact].astype(object).reindex(index)
            column = told.where(told.notna(), column)
    return column.where(column.notna(), None)


def _to_days(dates: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Give local days since 1970; dates without a zone are local."""
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert(timezone).dt.tz_localize(None)
    days: pd.Series[Any] = (dates - pd.Timestamp(0)) // pd.Timedelta(days=1)
    return days
