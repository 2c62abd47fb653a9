"""The customers table of a frame in memory, by the numpy kernel."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.features._blocks import open_lines
from crmlib.features._kernel import Summary, summarize
from crmlib.features._threads import Threads
from crmlib.tables import check_transactions, local_days, start_of_day

if TYPE_CHECKING:
    import numpy.typing as npt

_DAY_ZERO = date(1970, 1, 1).toordinal()
N_BLOCK = 2**18
"""Rows of a block: what it needs, some 20 MB, fits into the cache."""

_INSTANTS = ("first_purchase_at", "last_purchase_at")


def summarize_frame(transactions: Any, day: date, timezone: str, *, n_block: int = N_BLOCK) -> Any:
    """Give one row per customer at the end of *day* in *timezone*, of the kind that came."""
    frame = check_transactions("transactions", transactions)
    if frame.is_empty():
        raise InvalidTableError(
            "transactions", "holds no rows", "Orders.report() says why rows were set aside"
        )
    end = start_of_day(day + timedelta(1), timezone)
    with Threads() as threads:
        lines = open_lines(frame, end, n_block, threads)
        summary = summarize(lines, threads)
    if lines.n_late:
        _warn(f"{lines.n_late:,} lines after snapshot_date are left out")
    if lines.n_unknown:
        _warn(f"{lines.n_unknown:,} lines without a customer are left out")
    if summary.n_idle:
        _warn(f"{summary.n_idle:,} customers who bought nothing are left out")
    return _give_back(frame["customer_id"][summary.rows], _columns(summary, day, timezone))


def _columns(summary: Summary, day: date, timezone: str) -> dict[str, npt.NDArray[Any]]:
    """Give the columns of the customers table."""
    today = day.toordinal() - _DAY_ZERO
    days = local_days(np.concatenate([summary.first, summary.last]), timezone)
    first_day, last_day = np.split(days, 2)
    return {
        "first_purchase_at": summary.first.astype("M8[us]"),
        "last_purchase_at": summary.last.astype("M8[us]"),
        "recency_days": today - last_day,
        "frequency": summary.orders,
        "monetary_value": summary.money,
        "average_order_value": summary.money / summary.orders,
        "tenure_days": today - first_day,
        "mean_gap_days": summary.mean_gap,
        "max_gap_days": summary.max_gap,
    }


def _give_back(ids: nw.Series[Any], columns: dict[str, npt.NDArray[Any]]) -> Any:
    """Make a table of the kind that came."""
    native = ids.to_native()
    if isinstance(native, pd.Series):
        kind = native.dtype if ids.dtype.is_numeric() else "str"
        index = pd.Index(native, dtype=kind, name="customer_id")
        aware_columns = {
            name: pd.DatetimeIndex(columns[name]).tz_localize("UTC") for name in _INSTANTS
        }
        return pd.DataFrame({**columns, **aware_columns}, index=index, copy=False)
    plain = nw.from_dict({"customer_id": ids, **columns}, backend=ids.implementation)
    aware = [nw.col(name).dt.replace_time_zone("UTC") for name in _INSTANTS]
    return plain.with_columns(*aware).to_native()


def _warn(text: str) -> None:
    """Warn the caller of :func:`summarize_customers`."""
    warnings.warn(text, DataQualityWarning, stacklevel=4)
