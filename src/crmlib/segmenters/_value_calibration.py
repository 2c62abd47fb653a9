"""Whether customers did what was expected of them, and what to learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def count_later(later_purchases: pd.Series[Any], customers: pd.Index) -> Floats:
    """Give the purchases that each of *customers* made later; none for those not there.

    Raises
    ------
    InvalidTableError
        If *later_purchases* is no Series of counts, or names somebody twice.
    """
    way_out = "give a Series of counts, indexed by customer_id"
    if not isinstance(later_purchases, pd.Series):
        raise InvalidTableError(
            "later_purchases", f"is a {type(later_purchases).__name__}", way_out
        )
    if later_purchases.index.has_duplicates:
        raise InvalidTableError("later_purchases", "names a customer twice", way_out)
    try:
        counts = later_purchases.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidTableError(
            "later_purchases", f"has no numbers but {later_purchases.dtype}", way_out
        ) from error
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise InvalidTableError("later_purchases", "has counts below 0 or missing", way_out)
    found = pd.Series(counts, index=later_purchases.index).reindex(customers, fill_value=0.0)
    return np.asarray(found)


def compare(expected: Floats, chance: Floats, later: Floats, n_bins: int) -> pd.DataFrame:
    """Set what was expected beside what came, in bins of customers alike in expectation.

    Raises
    ------
    InvalidParameterError
        If *n_bins* is no whole number from 2 on.
    InvalidTableError
        If there are fewer customers than bins.
    """
    if not (isinstance(n_bins, int | np.integer) and n_bins > 1):
        raise InvalidParameterError("n_bins", n_bins, "a whole number from 2 on")
    if len(expected) < n_bins:
        raise InvalidTableError(
            "customers", f"has {len(expected)} rows for {n_bins} bins", "ask for fewer bins"
        )
    # By value, not by place, so that equal customers share a bin.
    cuts = np.quantile(expected, np.arange(1, n_bins) / n_bins)
    groups = pd.DataFrame(
        {
            "expected_purchases": expected,
            "purchases": later,
            "probability": chance,
            "bought": later > 0,
        }
    ).groupby(np.searchsorted(cuts, expected, side="left"))
    table = groups.mean()
    table.insert(0, "customers", groups.size())
    table["purchases_error"] = groups["purchases"].std().fillna(0.0) / np.sqrt(table["customers"])
    table.index = pd.RangeIndex(1, len(table) + 1, name="bin")
    return table


def require_some(later: Floats) -> npt.NDArray[np.bool_]:
    """Say who bought.

    Raises
    ------
    InvalidTableError
        If all bought, or none.
    """
    bought = np.asarray(later > 0)
    if bought.all() or not bought.any():
        raise InvalidTableError(
            "later_purchases",
            "says that " + ("all customers" if bought.any() else "no customers") + " bought",
            "take a period in which some bought and some did not",
        )
    return bought
