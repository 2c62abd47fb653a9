"""What every room asks of a transactions table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.tables._requirements import check_columns
from crmlib.tables._transactions import REQUIRED_COLUMNS

if TYPE_CHECKING:
    import numpy.typing as npt

_WAY_OUT = "make the table with crmlib.read_orders, which sets such rows aside"


def check_transactions(name: str, transactions: Any) -> nw.DataFrame[Any]:
    """Refuse *transactions*, called *name* in errors, unless each line can be used.

    Parameters
    ----------
    name : str
    transactions : DataFrame of shape (n_lines, n_columns)
        Of pandas, Polars, PyArrow or another eager library that narwhals
        knows; n_lines may be 0.  A customer may be missing, nothing else of
        the columns that are required.

    Returns
    -------
    DataFrame of narwhals, shape (n_lines, n_columns)
        The same table.

    Raises
    ------
    InvalidParameterError
        If it is no eager dataframe.
    MissingColumnsError
        If a required column is not there.
    InvalidTableError
        If an instant is missing or naive, an order id is missing, or an
        amount is no finite number.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1"], "order_id": ["1"], "amount": [9.0],
    ...     "ordered_at": pd.to_datetime(["2024-01-01"], utc=True),
    ... })
    >>> check_transactions("later_orders", lines).shape
    (1, 4)
    """
    try:
        frame: nw.DataFrame[Any] = nw.from_native(transactions, eager_only=True)
    except TypeError as error:
        raise InvalidParameterError(
            name, type(transactions).__name__, "an eager dataframe"
        ) from error
    check_columns(name, frame, REQUIRED_COLUMNS, _WAY_OUT)
    instants, amounts = frame["ordered_at"].dtype, frame["amount"].dtype
    if not isinstance(instants, nw.Datetime) or instants.time_zone is None:
        raise InvalidTableError(
            name, f"holds {instants} in ordered_at", "make it aware datetimes, in UTC"
        )
    for column in ("ordered_at", "order_id"):
        if frame[column].is_null().any():
            missing = frame[column].null_count()
            raise InvalidTableError(name, f"lacks {column} in {missing:,} rows", _WAY_OUT)
    if not amounts.is_numeric():
        raise InvalidTableError(name, f"holds {amounts} in amount", "make it numbers")
    if strange := _count_strange(frame["amount"].cast(nw.Float64()).to_numpy()):
        raise InvalidTableError(name, f"has no finite amount in {strange:,} rows", _WAY_OUT)
    return frame


def _count_strange(amounts: npt.NDArray[np.float64]) -> int:
    """Count the amounts that are not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(amounts.sum()):  # the sum of all is quicker than a look at each
            return 0
    return len(amounts) - int(np.count_nonzero(np.isfinite(amounts)))
