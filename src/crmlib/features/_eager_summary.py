"""The customers table of a frame in memory, by the numpy kernel."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.features._kernel import Summary, collapse, summarize
from crmlib.tables import (
    check_transactions,
    local_days,
    order_key,
    start_of_day,
    to_minor_units,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_DAY_ZERO = date(1970, 1, 1).toordinal()
_INSTANTS = ("first_purchase_at", "last_purchase_at")


def summarize_frame(transactions: Any, day: date, timezone: str) -> Any:
    """Give one row per customer at the end of *day* in *timezone*, of the kind that came."""
    frame = check_transactions("transactions", transactions)
    if frame.is_empty():
        raise InvalidTableError(
            "transactions", "holds no rows", "Orders.report() says why rows were set aside"
        )
    instants = frame["ordered_at"].dt.timestamp("us").to_numpy()
    amounts = frame["amount"].cast(nw.Float64()).to_numpy()
    frame = frame.select(order_key(frame.columns))
    keep = _keep(frame, instants, start_of_day(day + timedelta(1), timezone))
    if not keep.all():
        frame, instants, amounts = frame[np.flatnonzero(keep)], instants[keep], amounts[keep]
    changes = np.ones(len(instants), dtype=bool)
    np.not_equal(instants[1:], instants[:-1], out=changes[1:])
    for name in frame.columns:
        changes |= _changes(frame[name])
    runs = collapse(changes, instants, to_minor_units(amounts))
    heads = frame[runs.starts]
    customers, ids = pd.factorize(heads["customer_id"].to_numpy())
    orders = np.zeros(len(heads), dtype=np.int64)
    for name in frame.columns[1:]:
        codes, values = pd.factorize(heads[name].to_numpy())
        orders = orders * (len(values) + 1) + codes + 1  # 0: no sales channel
    summary = summarize(runs, customers, orders)
    if len(summary.customers) < len(ids):
        _warn(f"{len(ids) - len(summary.customers):,} customers who bought nothing are left out")
    names = np.array([str(name) for name in ids[summary.customers]], dtype=object)
    by_name = np.argsort(names, kind="stable")
    columns = _columns(summary, day, timezone)
    columns = {name: column[by_name] for name, column in columns.items()}
    return _give_back(frame, names[by_name], columns)


def _keep(
    frame: nw.DataFrame[Any], instants: npt.NDArray[np.int64], end: int
) -> npt.NDArray[np.bool_]:
    """Tell which lines count, and warn of the others."""
    late = instants >= end
    if late.any():
        _warn(f"{int(late.sum()):,} lines after snapshot_date are left out", depth=2)
    unknown = frame["customer_id"].is_null().to_numpy() & ~late
    if unknown.any():
        _warn(f"{int(unknown.sum()):,} lines without a customer are left out", depth=2)
    return np.asarray(~(late | unknown))


def _changes(column: nw.Series[Any]) -> npt.NDArray[np.bool_]:
    """Tell where a value differs from the one before; true for the first and beside nulls."""
    native = column.to_native()
    if isinstance(native, pd.Series) and getattr(native.dtype, "storage", "") == "python":
        # Without pyarrow, texts are Python objects, which numpy compares 10 times faster.
        texts = np.asarray(native.array)
        changes = np.ones(len(texts), dtype=bool)
        np.not_equal(texts[1:], texts[:-1], out=changes[1:])
        return changes
    return np.asarray((column != column.shift(1)).fill_null(value=True).to_numpy(), dtype=bool)


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


def _give_back(
    frame: nw.DataFrame[Any], names: npt.NDArray[np.object_], columns: dict[str, npt.NDArray[Any]]
) -> Any:
    """Make a table of the kind that came."""
    if frame.implementation.is_pandas():
        index = pd.Index(names, dtype="str", name="customer_id")
        table = pd.DataFrame(columns, index=index)
        for name in _INSTANTS:
            table[name] = table[name].dt.tz_localize("UTC")
        return table
    ids = nw.new_series("customer_id", names.tolist(), nw.String(), backend=frame.implementation)
    plain = nw.from_dict({"customer_id": ids, **columns}, backend=frame.implementation)
    aware = [nw.col(name).dt.replace_time_zone("UTC") for name in _INSTANTS]
    return plain.with_columns(*aware).to_native()


def _warn(text: str, depth: int = 1) -> None:
    """Warn the caller of :func:`summarize_customers`, which is *depth* + 1 calls up."""
    warnings.warn(text, DataQualityWarning, stacklevel=depth + 3)
