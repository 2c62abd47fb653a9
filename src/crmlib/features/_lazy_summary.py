"""The customers table of a lazy frame: one plan, computed by the engine that has the lines.

Aggregates hold bare columns and nothing else (tests/features/test_lazy_plan.py
watches over it): what is more gives wrong answers without a word on some
engines, so that columns are made beforehand and groups are made twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import narwhals.stable.v2 as nw
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.features._lazy_days import DAY, DAY_ZERO, day_offset, to_days
from crmlib.features._lazy_instants import add_microseconds, to_utc
from crmlib.tables import MINOR_UNITS, REQUIRED_COLUMNS, check_columns, order_key, start_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])

_WAY_OUT = "make the table with crmlib.read_orders, which sets such rows aside"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_AMOUNT = 2.0**53 / MINOR_UNITS
_HALF = 0.5


def summarize_lazily(lines: nw.LazyFrame[Any], day: date, timezone: str) -> Any:
    """Plan one row per customer at the end of *day* in *timezone*, in the kind that came."""
    key = find_key(lines.collect_schema())
    orders = sum_orders(use_lines(lines, key, day, timezone), key)
    return describe(sum_customers(orders), day, timezone).to_native()


def find_key(schema: Mapping[str, Any]) -> list[str]:
    """Give the columns that tell orders apart.

    What by its *schema* is no transactions is refused in the words of tables in memory.
    """
    columns = list(schema)
    check_columns("transactions", pd.DataFrame(columns=columns), REQUIRED_COLUMNS, _WAY_OUT)
    instants, amounts = schema["ordered_at"], schema["amount"]
    if not isinstance(instants, nw.Datetime) or instants.time_zone is None:
        raise InvalidTableError(
            "transactions", f"holds {instants} in ordered_at", "make it aware datetimes, in UTC"
        )
    if not amounts.is_numeric():
        raise InvalidTableError("transactions", f"holds {amounts} in amount", "make it numbers")
    return order_key(columns)


def use_lines(lines: Frame, key: Sequence[str], day: date, timezone: str) -> Frame:
    """Keep what can be used until the end of *day*, with money in minor units."""
    end = _EPOCH + timedelta(microseconds=start_of_day(day + timedelta(1), timezone))
    amount = nw.col("amount")
    sold_at = nw.when(nw.col("minor") > 0).then(nw.col("ordered_at"))
    return (
        to_utc(lines.select(*key, "ordered_at", amount.cast(nw.Float64())), "ordered_at")
        .filter(
            nw.col("ordered_at") < nw.lit(end),
            ~nw.col("customer_id").is_null(),
            ~nw.col("order_id").is_null(),
            # NaN is larger than all numbers or like none of them: it goes in any case.
            amount > -LARGEST_AMOUNT,
            amount < LARGEST_AMOUNT,
        )
        .with_columns(minor=round_to_minor(amount))
        .with_columns(first_at=sold_at, last_at=sold_at)
    )


def sum_orders(lines: Frame, key: Sequence[str]) -> Frame:
    """Give one row per order; what comes of parts of the lines can be put together by it."""
    return lines.group_by(*key).agg(
        nw.col("minor").sum(), nw.col("first_at").min(), nw.col("last_at").max()
    )


def sum_customers(orders: Frame) -> Frame:
    """Give one row per customer who bought, in microseconds and minor units."""
    orders = add_microseconds(orders, "last_at", "last")
    before = nw.col("last").shift(1).over("customer_id", order_by="last")
    bought = nw.when(nw.col("last").is_null()).then(nw.lit(0)).otherwise(nw.lit(1))
    return (
        orders.with_columns(gap=nw.col("last") - before, bought=bought)
        .group_by("customer_id")
        .agg(
            nw.col("minor").sum(),
            nw.col("last").max(),
            nw.col("gap").max(),
            earliest=nw.col("last").min(),
            frequency=nw.col("bought").sum(),
            first_purchase_at=nw.col("first_at").min(),
            last_purchase_at=nw.col("last_at").max(),
        )
        .filter(nw.col("frequency") > 0)
    )


def describe(customers: Frame, day: date, timezone: str) -> Frame:
    """Give the columns of the customers table."""
    today = (day - DAY_ZERO).days
    customers = add_microseconds(customers, "first_purchase_at", "first")
    customers = customers.with_columns(
        first=nw.col("first") + day_offset("first", day, timezone),
        last_local=nw.col("last") + day_offset("last", day, timezone),
    )
    frequency = nw.col("frequency").cast(nw.Int64())
    money = divide(nw.col("minor"), MINOR_UNITS)
    span = divide(nw.col("last") - nw.col("earliest"), DAY)
    several = frequency > 1
    return customers.select(
        "customer_id",
        "first_purchase_at",
        "last_purchase_at",
        recency_days=today - to_days("last_local"),
        frequency=frequency,
        monetary_value=money,
        average_order_value=money / frequency,
        tenure_days=today - to_days("first"),
        mean_gap_days=nw.when(several).then(span / (frequency - 1)),
        max_gap_days=nw.when(several).then(divide(nw.col("gap"), DAY)),
    )


def round_to_minor(numbers: nw.Expr) -> nw.Expr:
    """Give finite *numbers* in minor units; halves go to even numbers, as with numpy.

    Engines round them in three ways.
    """
    minor = numbers * MINOR_UNITS
    whole = minor.floor()
    rest = minor - whole
    up = (rest > _HALF) | ((rest == _HALF) & (whole % 2 != 0))
    return whole.cast(nw.Int64()) + nw.when(up).then(nw.lit(1)).otherwise(nw.lit(0))


def divide(column: nw.Expr, by: int) -> nw.Expr:
    """Divide to the last bit, by a column: Polars multiplies by one part of a number.

    See https://github.com/pola-rs/polars/issues/23741.
    """
    return column.cast(nw.Float64()) / (column * 0 + by).cast(nw.Float64())
