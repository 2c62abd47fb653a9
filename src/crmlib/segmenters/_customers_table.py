"""What a customers table must look like before a segmenter reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

_MADE_BY = "make the table with crmlib.summarize_customers"


def check_customers(customers: pd.DataFrame, columns: Iterable[str]) -> None:
    """Check that *customers* has *columns* and one row per customer."""
    if not isinstance(customers, pd.DataFrame):
        raise InvalidTableError("customers", f"is a {type(customers).__name__}", _MADE_BY)
    check_columns("customers", customers, columns, _MADE_BY)
    if not _is_unique(customers.index):
        repeated = customers.index[customers.index.duplicated()].unique()
        raise InvalidTableError(
            "customers",
            f"has {len(repeated)} customers in more than one row, e.g. {repeated[0]!r}",
            "keep one row per customer, indexed by customer_id",
        )


def require_somebody(customers: pd.DataFrame) -> None:
    """Check that *customers*, a table to learn from, has rows."""
    if isinstance(customers, pd.DataFrame) and not len(customers):
        raise InvalidTableError("customers", "holds no rows", "fit on at least one customer")


def require_finite(customers: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Give *column* as finite floats, or say which customer has none."""
    try:
        numbers = customers[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        kind = customers[column].dtype
        raise InvalidTableError(
            "customers", f"has no numbers in {column!r} but {kind}", _MADE_BY
        ) from error
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InvalidTableError(
            "customers",
            f"has {len(bad)} values in {column!r} that are missing or infinite, "
            f"the first for {customers.index[bad[0]]!r}",
            "drop or repair these customers",
        )
    return numbers


def _is_unique(index: pd.Index) -> bool:
    """Tell whether no label is repeated; texts that rise, as most do, need no table for it."""
    if index.dtype == "str":
        texts = index.array
        if (texts[1:] > texts[:-1]).all():
            return True
    return index.is_unique  # the index remembers that, so fit and predict ask once
