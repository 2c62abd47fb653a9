"""Measures of events are those of plain Python, whatever kind of table the events lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import dask.dataframe as dd
import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.features import EventMeasure, add_event_columns
from crmlib.tables import check_engagements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning:ibis.*"),
    pytest.mark.filterwarnings("ignore:Dask support is moving out:FutureWarning"),
]

DAY = date(2024, 11, 4)  # the day after the clocks of New York went back


class Line(NamedTuple):
    """One order line."""

    customer_id: str | None
    sales_channel: str | None
    order_id: str
    ordered_at: datetime
    amount: float
    category: str | None
    quantity: float | None


class Event(NamedTuple):
    """What somebody did with a message."""

    customer_id: str | None
    message_key: str
    event: str
    at: datetime
    is_machine: bool
    campaign: str | None


LINE_TYPES = {
    "customer_id": pa.string(),
    "sales_channel": pa.string(),
    "order_id": pa.string(),
    "ordered_at": pa.timestamp("us", "UTC"),
    "amount": pa.float64(),
    "category": pa.string(),
    "quantity": pa.float64(),
}
EVENT_TYPES = {
    "customer_id": pa.string(),
    "message_key": pa.string(),
    "event": pa.string(),
    "at": pa.timestamp("us", "UTC"),
    "is_machine": pa.bool_(),
    "campaign": pa.string(),
}
MEASURES = [
    EventMeasure("count", "orders"),
    EventMeasure("count", "orders", days=1),
    EventMeasure("count", "orders", days=2, where={"category": ["상의", "Tops"]}),
    EventMeasure("count", "lines", days=30, where={"sales_channel": "shop"}),
    EventMeasure("sum", "amount", days=30),
    EventMeasure("sum", "amount", where={"category": "상의"}),
    EventMeasure("sum", "quantity"),
    EventMeasure("first", "sales_channel"),
    EventMeasure("last", "category", days=3),
    EventMeasure("first", "amount", where={"sales_channel": "mall"}),
    EventMeasure("days_since_last", "orders", where={"category": "상의"}),
    EventMeasure("days_since_first", "orders", days=7),
    EventMeasure("count", "opened", days=2),
    EventMeasure("count", "sent", where={"campaign": "spring"}),
    EventMeasure("days_since_last", "clicked"),
]
CUSTOMERS = ["a", "b", "한", "nobody"]


def reference(
    lines: Iterable[Line], events: Iterable[Event], day: date, timezone: str
) -> dict[str, dict[str, Any]]:
    """Measure in plain Python."""
    zone = ZoneInfo(timezone)
    return {
        customer: {
            measure.column: measure_one(
                measure,
                [line for line in lines if line.customer_id == customer],
                [event for event in events if event.customer_id == customer],
                day,
                zone,
            )
            for measure in MEASURES
        }
        for customer in CUSTOMERS
    }


def measure_one(
    measure: EventMeasure, lines: list[Line], events: list[Event], day: date, zone: ZoneInfo
) -> Any:
    """Measure one thing of one customer."""
    found: list[tuple[datetime, Any, Any]] = []  # when, what it is part of, the row
    if measure.is_of_messages:
        found = [
            (event.at, event.message_key, event)
            for event in events
            if event.event == measure.of and not event.is_machine
        ]
    else:
        found = [
            (line.ordered_at, (line.sales_channel, line.order_id), line)
            for line in lines
            if measure.kind == "sum" or round(line.amount * 10_000) > 0
        ]
    found = [
        (at, unit, row)
        for at, unit, row in found
        if all(getattr(row, name) in values for name, values in measure.where)
        and 0 <= (day - at.astimezone(zone).date()).days < (measure.days or 10**6)
    ]
    if measure.kind == "count":
        return len(found if measure.of == "lines" else {unit for _, unit, _ in found})
    if measure.kind == "sum":
        numbers = [getattr(row, measure.of) for _, _, row in found]
        return sum(round(number * 10_000) for number in numbers if number is not None) / 10_000
    if not found:
        return None
    choose = min if "first" in measure.kind else max
    edge = choose(at for at, _, _ in found)
    if measure.kind.startswith("days"):
        return (day - edge.astimezone(zone).date()).days
    values = [getattr(row, measure.of) for at, _, row in found if at == edge]
    return min((value for value in values if value is not None), default=None)


def midnights(timezone: str) -> list[datetime]:
    """Give the instants around the midnights of days at which clocks change, and at the end."""
    days = [date(2024, 10, 5), date(2024, 10, 27), *(date(2024, 11, 1 + n) for n in range(6))]
    starts = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(timezone)) for d in days]
    shifts = [-3_600_000_000, -1, 0, 1, 3_600_000_000]
    return [
        start.astimezone(UTC) + timedelta(microseconds=shift)
        for start in starts
        for shift in shifts
    ]


def hostile(timezone: str, seed: int = 0) -> tuple[list[Line], list[Event]]:
    """Give lines and events at which engines differ."""
    rng = np.random.default_rng(seed)
    instants = midnights(timezone)

    def pick(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    lines = [
        Line(
            pick("a", "b", "한", None, "stranger"),
            pick("shop", "mall", None),
            str(rng.integers(12)),
            at,
            pick(10.0, 0.1, 0.0, -4.5, 33.3333, 0.00001, 1 / 7),
            pick("상의", "Tops", "tops", None),
            pick(1.0, 2.0, -1.0, None),
        )
        for at in instants * 3
    ]
    events = [
        Event(
            pick("a", "b", "한", None),
            str(rng.integers(6)),
            pick("sent", "opened", "clicked"),
            at,
            bool(rng.random() < 0.2),
            pick("spring", "autumn", None),
        )
        for at in instants * 2
    ]
    return lines, events


def to_arrow(rows: Iterable[Any], types: dict[str, pa.DataType]) -> pa.Table:
    """Give a table of *rows*."""
    columns = list(zip(*rows, strict=True)) or [[]] * len(types)
    return pa.table(
        {name: pa.array(column, types[name]) for name, column in zip(types, columns, strict=True)}
    )


def to_customers(kind: str, make: Callable[[str, pa.Table], Any]) -> Any:
    """Give customers as a table of *kind*."""
    table = pa.table({"customer_id": CUSTOMERS, "age": [30, None, 50, 20]})
    if kind == "pandas":
        return table.to_pandas().set_index("customer_id")
    return make(kind, table)


def compute(table: Any) -> dict[str, dict[str, Any]]:
    """Compute, and give plain Python values by customer; what is not known is None."""
    if isinstance(table, dd.DataFrame):
        table = table.compute()
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(
            table.reset_index() if table.index.name else table, preserve_index=False
        )
    elif isinstance(table, duckdb.DuckDBPyRelation):
        table = table.to_arrow_table()
    elif isinstance(table, ibis.Table):
        table = table.to_pyarrow()
    elif isinstance(table, pl.DataFrame | pl.LazyFrame):
        table = table.lazy().collect().to_arrow()
    elif hasattr(table, "toArrow"):
        table = table.toArrow()
    rows = {row.pop("customer_id"): row for row in table.to_pylist()}
    assert len(rows) == table.num_rows
    return {
        customer: {
            name: None if pd.isna(value) else value for name, value in row.items() if name != "age"
        }
        for customer, row in rows.items()
    }


KINDS = ["pandas", "polars", "pyarrow", "polars_lazy", "duckdb", "ibis", "dask"]


def make_tables(engines: Any, kind: str, *tables: pa.Table) -> list[Any]:
    """Give *tables* as tables of *kind*, all of one database."""
    if kind in ("duckdb", "ibis"):
        connection = engines._connection if kind == "duckdb" else engines._ibis.con
        for place, table in enumerate(tables):
            connection.register("given", table)
            connection.execute(f"create or replace table t{place} as from given")
        opened = connection if kind == "duckdb" else engines._ibis
        return [opened.table(f"t{place}") for place in range(len(tables))]
    return [engines.make(kind, table) for table in tables]


def add(engines: Any, kind: str, lines: list[Line], events: list[Event], timezone: str) -> Any:
    """Add all measures to the customers of *kind*."""
    people = pa.table({"customer_id": CUSTOMERS, "age": [30, None, 50, 20]})
    customers, transactions, engagements = make_tables(
        engines, kind, people, to_arrow(lines, LINE_TYPES), to_arrow(events, EVENT_TYPES)
    )
    return add_event_columns(
        customers.set_index("customer_id") if kind == "pandas" else customers,
        MEASURES,
        transactions=transactions,
        engagements=engagements,
        snapshot_date=DAY,
        timezone=timezone,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("timezone", ["Europe/London", "America/New_York"])
def test_every_engine_gives_the_answer_of_plain_python(
    engines: Any, kind: str, timezone: str
) -> None:
    """To the last bit, with instants around each midnight, refunds and ids that are missing."""
    lines, events = hostile(timezone)

    answer = compute(add(engines, kind, lines, events, timezone))

    assert answer == reference(lines, events, DAY, timezone)


def test_spark_gives_the_answer_of_plain_python(engines: Any) -> None:
    """Whose session lives in another zone."""
    lines, events = hostile("America/New_York", seed=1)

    answer = compute(add(engines, "spark", lines, events, "America/New_York"))

    assert answer == reference(lines, events, DAY, "America/New_York")


MOMENTS = st.datetimes(
    datetime(2024, 11, 1),  # noqa: DTZ001 -- bounds are naive there
    datetime(2024, 11, 6),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.sampled_from(midnights("America/New_York"))
LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["a", "한", None]),
        st.sampled_from(["shop", "mall", None]),
        st.sampled_from(["1", "2"]),
        MOMENTS,
        st.integers(-(10**6), 10**6).map(lambda minor: minor / 10_000),
        st.sampled_from(["상의", "Tops", "tops", None]),
        st.sampled_from([1.0, 2.5, None]),
    ),
    max_size=12,
)
EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["a", "한", None]),
        st.sampled_from(["k", "l"]),
        st.sampled_from(["sent", "opened", "clicked"]),
        MOMENTS,
        st.booleans(),
        st.sampled_from(["spring", None]),
    ),
    max_size=12,
)
HOLD = (
    Line("stranger", "shop", "1", datetime(2024, 11, 1, tzinfo=UTC), 1.0, "x", 1.0),
    Event("stranger", "k", "sent", datetime(2024, 11, 1, tzinfo=UTC), False, "x"),
)
"""A row each, so that columns have their types."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, EVENTS)
def test_any_events_give_the_answer_of_plain_python(
    engines: Any, lines: list[Line], events: list[Event]
) -> None:
    """Small tables of every sort, in a zone whose clocks go back on the day before the last."""
    lines, events = [*lines, HOLD[0]], [*events, HOLD[1]]

    answer = compute(add(engines, "polars_lazy", lines, events, "America/New_York"))

    assert answer == reference(lines, events, DAY, "America/New_York")


@pytest.mark.parametrize(
    ("day", "n_hours"),
    [("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)],
    ids=["spring forward", "fall back", "any day"],
)
def test_a_window_is_whole_local_days(day: str, n_hours: int) -> None:
    """From the first microsecond of the first day to the last of the snapshot date."""
    start = pd.Timestamp(day, tz="Europe/London")
    end = start + pd.Timedelta(hours=n_hours)
    instants = [start - pd.Timedelta("1us"), start, end - pd.Timedelta("1us"), end]
    lines = pd.DataFrame(
        {
            "customer_id": ["before", "first", "last", "after"],
            "order_id": "1",
            "ordered_at": pd.to_datetime(instants, utc=True),
            "amount": 1.0,
        }
    )
    customers = pd.DataFrame(index=pd.Index(lines["customer_id"], name="customer_id"))
    measures = [EventMeasure("count", "orders", days=1), EventMeasure("count", "orders", days=2)]

    table = add_event_columns(
        customers, measures, transactions=lines, snapshot_date=day, timezone="Europe/London"
    )

    assert table["orders_in_1_days"].to_dict() == {"before": 0, "first": 1, "last": 1, "after": 0}
    assert table["orders_in_2_days"].tolist() == [1, 1, 1, 0]


def small() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give customers, order lines and engagements, with numbers for ids but in the last."""
    at = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)
    lines = pd.DataFrame(
        {"customer_id": [7, 8], "order_id": ["1", "2"], "ordered_at": at, "amount": [2.5, 1.0]}
    )
    events = check_engagements(
        pd.DataFrame(
            {
                "customer_id": ["7", "9"],
                "message_key": ["k", "l"],
                "channel": "email",
                "event": "opened",
                "at": at,
            }
        )
    )
    return pd.DataFrame({"age": [1, 2]}, index=pd.Index([8, 7], name="customer_id")), lines, events


BOTH = [EventMeasure("sum", "amount"), EventMeasure("count", "opened")]


@pytest.mark.parametrize("kind", ["pandas", "polars", "dask"])
def test_numbers_and_texts_are_compared_as_texts(kind: str) -> None:
    """Where one table holds ids as numbers and another one as texts."""
    customers, lines, events = small()
    made: list[Any] = [customers, lines, events]
    if kind == "polars":
        made = [pl.from_pandas(table) for table in (customers.reset_index(), lines, events)]
    if kind == "dask":
        made = [dd.from_pandas(t, npartitions=2) for t in (customers.reset_index(), lines, events)]
    table = add_event_columns(
        made[0], BOTH, transactions=made[1], engagements=made[2], snapshot_date="2024-01-31"
    )

    assert compute(table) == {
        7: {"amount_ever": 2.5, "opened_ever": 1},
        8: {"amount_ever": 1.0, "opened_ever": 0},
    }


def test_customers_are_left_as_they_are() -> None:
    """Rows stay in their order, with their columns; without measures a copy comes back."""
    customers, lines, events = small()
    before = customers.copy()
    given = {"transactions": lines, "engagements": events, "snapshot_date": "2024-01-31"}
    table = add_event_columns(customers, [*BOTH, BOTH[0]], **given)
    nothing = add_event_columns(customers, [], **given)

    assert table.index.equals(customers.index)
    assert list(table.columns) == ["age", "amount_ever", "opened_ever"]
    assert table["opened_ever"].dtype == "int64"
    pd.testing.assert_frame_equal(customers, before)
    pd.testing.assert_frame_equal(nothing, before)
    assert nothing is not customers


def test_engagements_without_a_word_on_machines_are_of_people() -> None:
    """As check_engagements has it, too."""
    customers, _, events = small()
    table = add_event_columns(
        customers,
        BOTH[1:],
        engagements=events.drop(columns="is_machine"),
        snapshot_date="2024-01-31",
    )

    assert table["opened_ever"].to_dict() == {7: 1, 8: 0}


def test_what_is_missing_or_wrong_is_told() -> None:
    """Which table, which column, and what would do."""
    customers, lines, events = small()
    given: dict[str, Any] = {"transactions": lines, "engagements": events}

    def fail(error: type[Exception], text: str, measures: Any = BOTH, **change: Any) -> None:
        told = {"customers": customers, **given, "snapshot_date": "2024-01-31", **change}
        with pytest.raises(error, match=text):
            add_event_columns(told.pop("customers"), measures, **told)

    fail(InvalidParameterError, "engagements must be a table, as opened_ever", engagements=None)
    fail(InvalidParameterError, "of the kind of customers", transactions=pl.from_pandas(lines))
    fail(InvalidParameterError, "customers must be a dataframe", customers=[1])
    fail(MissingColumnsError, "customers lacks", customers=pl.DataFrame({"age": [1]}))
    fail(
        InvalidTableError,
        r"has the columns \['opened_ever'\]",
        customers=customers.assign(opened_ever=1),
    )
    fail(
        MissingColumnsError,
        r"transactions lacks the columns \['shop'\]",
        [EventMeasure("count", "orders", where={"shop": "x"})],
    )
    fail(MissingColumnsError, "engagements lacks", engagements=events.drop(columns="event"))
    fail(
        InvalidTableError,
        "engagements holds",
        engagements=events.assign(at=events["at"].dt.tz_localize(None)),
    )
    fail(
        InvalidTableError,
        "transactions has no finite amount",
        transactions=lines.assign(amount=np.nan),
    )
    fail(InvalidParameterError, "snapshot_date must be", snapshot_date="yesterday")
