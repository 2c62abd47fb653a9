"""What customers did in a window, beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import narwhals.stable.v2 as nw
import pandas as pd
from pandas.api.types import is_numeric_dtype

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.features._id_texts import to_id_texts
from crmlib.features._lazy_events import MESSAGE_COLUMNS, EventPlan, name_columns
from crmlib.features._lazy_partitions import do_in_partitions, empty_of
from crmlib.features._lazy_summary import find_key
from crmlib.features._snapshot import to_day
from crmlib.tables import check_transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from crmlib.features._event_measure import EventMeasure

FrameT = TypeVar("FrameT")

_KEY = "event_customer"
_ROW = "event_row"
_CHECKED = "make the table with crmlib.tables.check_engagements"


def add_event_columns(
    customers: FrameT,
    measures: Iterable[EventMeasure],
    *,
    transactions: Any = None,
    engagements: Any = None,
    snapshot_date: date | str,
    timezone: str = "UTC",
) -> FrameT:
    """Put beside each customer a column for each of *measures*.

    Only what was known at the end of *snapshot_date* counts.  The last ``n``
    days are that day and the ``n - 1`` before it, whole days in *timezone*,
    whether they have 23, 24 or 25 hours.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns)
        As :func:`crmlib.features.summarize_customers` gives it, of any kind
        that it gives: of pandas indexed by ``customer_id``, else with that
        column.
    measures : iterable of EventMeasure
        What is to be known; :attr:`crmlib.segmenters.RuleSegmenter.measures`
        gives those of its rules.
    transactions : DataFrame of shape (n_lines, n_columns), optional
        Canonical transactions, of the kind of *customers*.  A purchase is a
        line with a positive amount, as in the customers table.
    engagements : DataFrame of shape (n_events, n_columns), optional
        As :func:`crmlib.tables.check_engagements` gives them, of the kind of
        *customers*.  What ``is_machine`` says was done by software does not
        count.
    snapshot_date : date or str
        The last day that counts, in *timezone*: that of *customers*.
    timezone : str, default="UTC"
        IANA zone of the account.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns + n_measures)
        Of the kind of *customers*, which are left as they are; a lazy one is
        a plan, in no order.  The columns are called
        :attr:`EventMeasure.column`.  Counts (int64) and sums (float) are 0
        for whom nothing is known; first and last values and days (float,
        whole) are missing then.  Of several values at one instant the first
        in the alphabet is told.

    Raises
    ------
    InvalidParameterError
        If a table that a measure needs is not given or of another kind than
        *customers*, or date or zone are none.
    MissingColumnsError
        If a table lacks a column that a measure names.
    InvalidTableError
        If customers have such a column already, or a table is not as described.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.features import EventMeasure
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1", "C1", "C2"], "order_id": ["1", "2", "3"], "amount": 9.0,
    ...     "ordered_at": pd.to_datetime(["2024-01-02", "2024-01-31", "2024-01-01"], utc=True),
    ...     "sales_channel": ["shop", "mall", "mall"],
    ... })
    >>> customers = pd.DataFrame(index=pd.Index(["C1", "C2"], name="customer_id"))
    >>> measures = [
    ...     EventMeasure("count", "orders", days=30), EventMeasure("first", "sales_channel"),
    ... ]
    >>> table = add_event_columns(
    ...     customers, measures, transactions=lines, snapshot_date="2024-01-31"
    ... )
    >>> table.loc["C1"].to_dict()
    {'orders_in_30_days': 2, 'first_sales_channel': 'shop'}
    """
    day = to_day(snapshot_date, timezone)
    asked = tuple(dict.fromkeys(measures))
    _check_free(customers, asked)
    table: Any = customers.copy() if isinstance(customers, pd.DataFrame) else customers
    for name, events, is_of_messages in (
        ("transactions", transactions, False),
        ("engagements", engagements, True),
    ):
        mine = tuple(measure for measure in asked if measure.is_of_messages == is_of_messages)
        if not mine:
            continue
        _check_kind(table, events, name, mine[0])
        schema = _read_schema(events)
        unit = _check_messages(schema) if is_of_messages else _check_lines(events, schema)
        columns = name_columns(mine)
        if missing := [column for column in columns if column not in schema]:
            needed = "measures of events read them"
            raise MissingColumnsError(name, missing, list(schema), needed)
        plan = EventPlan(measures=mine, unit=unit, columns=columns, day=day, timezone=timezone)
        table = _add(table, events, plan)
    return cast("FrameT", table)


def _add(customers: Any, events: Any, plan: EventPlan) -> Any:
    """Join what *plan* measures in *events* to *customers*, by the way of their kind."""
    take = plan.take_messages if "message_key" in plan.unit else plan.take_lines
    if nw.dependencies.is_dask_dataframe(customers):
        taken = do_in_partitions(take, events).shuffle("customer_id")
        return _join_partitions(customers, do_in_partitions(plan.measure, taken), plan)
    measured = plan.measure(take(nw.from_native(events)))
    if isinstance(customers, pd.DataFrame):
        return _join_pandas(customers, measured.to_native(), plan)
    frame = nw.from_native(customers)
    if isinstance(frame, nw.LazyFrame):
        return plan.finish(_join(frame, measured)).to_native()
    joined = plan.finish(_join(frame.with_row_index(_ROW), measured))
    return joined.sort(_ROW).drop(_ROW).to_native()


def _join(customers: Any, measured: Any) -> Any:
    key = _choose_key(customers.collect_schema(), measured.collect_schema())
    keyed = measured.with_columns(key).drop("customer_id")
    return customers.with_columns(key).join(keyed, on=_KEY, how="left").drop(_KEY)


def _join_partitions(customers: Any, measured: Any, plan: EventPlan) -> Any:
    key = _choose_key(_read_schema(customers), _read_schema(measured))
    left = do_in_partitions(lambda part: part.with_columns(key), customers)
    right = do_in_partitions(lambda part: part.with_columns(key).drop("customer_id"), measured)
    joined = left.astype({_KEY: right.dtypes[_KEY]}).merge(right, on=_KEY, how="left")
    return do_in_partitions(lambda part: plan.finish(part.drop(_KEY)), joined)


def _join_pandas(customers: pd.DataFrame, measured: pd.DataFrame, plan: EventPlan) -> pd.DataFrame:
    ids: Any = customers.index
    found: Any = measured["customer_id"]
    if is_numeric_dtype(ids.dtype) != is_numeric_dtype(found.dtype):
        ids, found = to_id_texts(ids), to_id_texts(found)
    beside = measured[list(plan.raw)].set_axis(pd.Index(found)).reindex(pd.Index(ids))
    joined = pd.concat([customers, beside.set_axis(customers.index)], axis=1)
    answer: pd.DataFrame = plan.finish(nw.from_native(joined, eager_only=True)).to_native()
    return answer


def _choose_key(customers: Mapping[str, Any], measured: Mapping[str, Any]) -> nw.Expr:
    """Give what to join on: ids, as texts if one table has numbers and the other one not."""
    ids = nw.col("customer_id")
    mixed = customers["customer_id"].is_numeric() != measured["customer_id"].is_numeric()
    return (ids.cast(nw.String()) if mixed else ids).alias(_KEY)


def _check_free(customers: Any, measures: Sequence[EventMeasure]) -> None:
    """Refuse customers who have one of the columns already."""
    there = _read_schema(customers)
    if not isinstance(customers, pd.DataFrame) and "customer_id" not in there:
        raise MissingColumnsError("customers", ["customer_id"], list(there))
    if taken := [measure.column for measure in measures if measure.column in there]:
        raise InvalidTableError(
            "customers", f"has the columns {taken} already", "drop or rename them"
        )


def _check_lines(lines: Any, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Refuse what is no transactions; give the columns that tell orders apart."""
    if isinstance(nw.from_native(lines), nw.DataFrame):
        check_transactions("transactions", lines)
    return tuple(find_key(schema))


def _check_messages(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Refuse what by its schema is no engagements; give the columns that tell messages apart."""
    if missing := [name for name in MESSAGE_COLUMNS if name not in schema]:
        raise MissingColumnsError("engagements", missing, list(schema), _CHECKED)
    instants = schema["at"]
    if not isinstance(instants, nw.Datetime) or instants.time_zone is None:
        raise InvalidTableError("engagements", f"holds {instants} in at", _CHECKED)
    return ("customer_id", "message_key")


def _check_kind(customers: Any, events: Any, name: str, measure: EventMeasure) -> None:
    """Refuse *events* that are not there or cannot be joined to *customers* where they lie."""
    kind = f"{type(customers).__module__.partition('.')[0]}.{type(customers).__name__}"
    if events is None:
        raise InvalidParameterError(name, None, f"a table, as {measure.column} is measured in it")
    if type(events) is not type(customers):
        raise InvalidParameterError(
            name, type(events).__name__, f"of the kind of customers, {kind}"
        )


def _read_schema(table: Any) -> dict[str, Any]:
    """Give the types of the columns."""
    if nw.dependencies.is_dask_dataframe(table):
        table = empty_of(table)
    frame = nw.from_native(table, pass_through=True)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        known = "a dataframe of a library that narwhals knows"
        raise InvalidParameterError("customers", type(table).__name__, known)
    return dict(frame.collect_schema())
