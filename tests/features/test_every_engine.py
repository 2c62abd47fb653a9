"""One answer, whatever kind of table the lines lie in."""

from __future__ import annotations

import random
import warnings
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlib.exceptions import CRMLibError, DataQualityWarning
from crmlib.features import summarize_customers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

pytestmark = pytest.mark.filterwarnings(
    "ignore:fetch_arrow_table:DeprecationWarning:ibis.*",  # ibis 12 on DuckDB 2
)

DAY = date(2024, 11, 4)


class Line(NamedTuple):
    """One order line."""

    customer_id: str | int | None
    sales_channel: str | None
    order_id: str | None
    ordered_at: datetime | None
    amount: float | None


def at(text: str) -> datetime:
    """Give an instant; in UTC if the text names no zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def reference(lines: Iterable[Any], day: date, timezone: str) -> dict[Any, dict[str, Any]]:
    """Summarise line by line, in Python's own numbers and dates."""
    zone = ZoneInfo(timezone)
    money: dict[Any, int] = defaultdict(int)
    orders: dict[Any, dict[Any, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for customer, channel, order, moment, amount in lines:
        if customer is None or moment.astimezone(zone).date() > day:
            continue
        minor = round(amount * 10_000)
        money[customer] += minor
        if minor > 0:
            orders[customer][channel, order].append(moment.astimezone(UTC))
    rows = {}
    for customer, bought in orders.items():
        first = min(moment for moments in bought.values() for moment in moments)
        ends = sorted(max(moments) for moments in bought.values())
        gaps = [(later - end) / timedelta(days=1) for end, later in pairwise(ends)]
        rows[customer] = {
            "first_purchase_at": first,
            "last_purchase_at": ends[-1],
            "recency_days": (day - ends[-1].astimezone(zone).date()).days,
            "frequency": len(bought),
            "monetary_value": money[customer] / 10_000,
            "average_order_value": money[customer] / 10_000 / len(bought),
            "tenure_days": (day - first.astimezone(zone).date()).days,
            # A mean of floats differs from engine to engine in its last digit.
            "mean_gap_days": pytest.approx(sum(gaps) / len(gaps), rel=1e-14) if gaps else None,
            "max_gap_days": max(gaps, default=None),
        }
    return rows


def hostile_lines(timezone: str) -> list[Line]:
    """Give lines at which engines differ, in an order that is no order."""
    lot = random.Random(3)
    zone = ZoneInfo(timezone)
    midnights = [
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        for day in (
            *(date(2024, 3, 9) + timedelta(n) for n in range(4)),  # New York springs forward
            *(date(2024, 3, 30) + timedelta(n) for n in range(3)),  # so does London
            *(date(2024, 4, 6) + timedelta(n) for n in range(3)),  # Lord Howe falls back
            *(date(2024, 10, 5) + timedelta(n) for n in range(3)),  # and springs by half an hour
            *(date(2024, 10, 26) + timedelta(n) for n in range(3)),  # London falls back
            *(date(2024, 11, 2) + timedelta(n) for n in range(5)),  # New York too, then the end
            *(date(2011, 12, 29) + timedelta(n) for n in range(4)),  # Apia had no 30 December
        )
    ]
    instants = [
        midnight + timedelta(microseconds=shift)
        for midnight in midnights
        for shift in (-3_600_000_000, -1, 0, 1, 1_800_000_000, 3_600_000_000)
    ]
    customers = ["é", "e\u0301", "한나", "💚", "O'Brien", "", " a", "a ", "NULL", "nan", "A", "a"]
    # A line at each instant, of somebody; then one customer with half of all lines.
    lines = [
        Line(lot.choice(customers), None, f"s{n}", moment, n / 7)
        for n, moment in enumerate(instants, start=1)
    ]
    lines += [
        Line("half", lot.choice(["shop", "mall", None]), str(lot.randrange(40)), moment, amount)
        for moment in instants * 2
        for amount in (round(lot.uniform(-30, 60), 2),)
    ]
    first, later, night = (at(f"2024-05-{day}") for day in ("01T00:00", "02T00:00", "02T00:01"))
    lines += [
        # The same order ids in two channels, and in none.
        *(Line("two", channel, "7", first, 1.0) for channel in ("shop", "mall", None, "shop")),
        # An order with several instants around another one.
        Line("parts", "shop", "1", first, 1.0),
        Line("parts", "shop", "2", later, 1.0),
        Line("parts", "shop", "1", night, 1.0),
        Line("parts", "shop", "1", night + timedelta(days=1), -0.5),
        # Orders at one instant; refunds larger than purchases, in an order of their own.
        *(Line("tie", "mall", order, first, 0.1) for order in "abc"),
        Line("tie", "mall", "back", later, -99.99),
        # Halves of the smallest unit; money that a float just holds; 0.1 ten times.
        *(Line("halves", None, str(n), first, n / 20_000) for n in range(1, 12)),
        Line("large", None, "1", first, 899_999_999_999.25),
        *(Line("tenths", None, "1", first, 0.1) for _ in range(10)),
        # Nobody, and those who bought nothing.
        Line(None, "shop", "7", first, 50.0),
        Line(None, None, "8", first, -50.0),
        Line("gift", "shop", "1", first, 0.0),
        Line("returner", "shop", "1", first, -5.0),
        # One order, a microsecond old.
        Line("once", None, "1", at("2024-05-05T05:05:05.000001"), 12.34),
    ]
    lot.shuffle(lines)
    return lines


def number_ids(lines: Iterable[Line]) -> list[Line]:
    """Give the lines that have a customer, with numbers for ids, far apart."""
    names = sorted({str(line.customer_id) for line in lines})
    return [
        line._replace(customer_id=(names.index(line.customer_id) - 3) * 10**15)
        for line in lines
        if isinstance(line.customer_id, str)
    ]


def to_arrow(lines: Iterable[Line]) -> pa.Table:
    """Give canonical transactions."""
    columns = dict(zip(Line._fields, zip(*lines, strict=True), strict=True))
    numbers = any(isinstance(name, int) for name in columns["customer_id"])
    types = {
        "customer_id": pa.int64() if numbers else pa.string(),
        "sales_channel": pa.string(),
        "order_id": pa.string(),
        "ordered_at": pa.timestamp("us", "UTC"),
        "amount": pa.float64(),
    }
    return pa.table({name: pa.array(columns[name], kind) for name, kind in types.items()})


EAGER = ["pandas", "polars", "pyarrow"]
LAZY = ["polars_lazy", "duckdb", "ibis", "dask", "spark"]


def summarize(transactions: Any, timezone: str = "UTC", day: date = DAY) -> Any:
    """Summarise, without a word of what is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return summarize_customers(transactions, snapshot_date=day, timezone=timezone)


@pytest.mark.parametrize("kind", EAGER + LAZY)
@pytest.mark.parametrize(
    ("timezone", "ids"),
    [
        ("Europe/London", "texts"),
        ("America/New_York", "texts"),
        ("Australia/Lord_Howe", "texts"),
        ("Pacific/Apia", "numbers"),
    ],
)
def test_every_engine_gives_the_answer_of_plain_python(
    engines: Any, kind: str, timezone: str, ids: str
) -> None:
    """To the last bit, but for a mean gap, where the last digit is left to the division."""
    lines = hostile_lines(timezone)
    if ids == "numbers":
        lines = number_ids(lines)
    expected = reference(lines, DAY, timezone)

    rows = engines.compute(summarize(engines.make(kind, to_arrow(lines)), timezone))

    assert rows.keys() == expected.keys()
    for customer, row in rows.items():
        assert row == expected[customer], customer


@pytest.mark.parametrize("kind", EAGER + LAZY)
def test_the_columns_are_those_that_are_documented(engines: Any, kind: str) -> None:
    """In this order, and no others, whatever columns the lines have."""
    lines = to_arrow(hostile_lines("UTC"))
    lines = lines.append_column("category", lines["order_id"])

    rows = engines.compute(summarize(engines.make(kind, lines)))

    assert list(rows["half"]) == [
        "first_purchase_at",
        "last_purchase_at",
        "recency_days",
        "frequency",
        "monetary_value",
        "average_order_value",
        "tenure_days",
        "mean_gap_days",
        "max_gap_days",
    ]


@pytest.mark.parametrize("kind", LAZY)
def test_lines_that_cannot_be_used_are_left_out_where_nobody_can_count_them(
    engines: Any, kind: str
) -> None:
    """A lazy table with them gives what it gives without them; one in memory is refused."""
    good = hostile_lines("UTC")
    bad = [
        good[0]._replace(customer_id="half", **change)
        for change in (
            {"ordered_at": None},
            {"order_id": None},
            {"amount": None},
            {"amount": float("nan")},
            {"amount": float("inf")},
            {"amount": float("-inf")},
            {"amount": 9.1e11},
        )
    ]
    expected = engines.compute(summarize(engines.make(kind, to_arrow(good))))

    rows = engines.compute(summarize(engines.make(kind, to_arrow([*bad, *good]))))

    assert rows == expected
    for line in bad[:-1]:
        with pytest.raises(CRMLibError):
            summarize(engines.make("pandas", to_arrow([line, *good])))


@pytest.mark.parametrize("kind", LAZY)
def test_no_lines_are_no_customers(engines: Any, kind: str) -> None:
    """A lazy table may turn out to be empty, or to end before it begins."""
    lines = to_arrow(hostile_lines("UTC"))

    empty = engines.compute(summarize(engines.make(kind, lines.slice(0, 0))))
    early = engines.compute(summarize(engines.make(kind, lines), day=date(1999, 1, 1)))

    assert empty == {}
    assert early == {}


@pytest.mark.parametrize("kind", LAZY)
@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.drop_columns(["amount", "order_id"]),
        lambda lines: change_type(lines, "ordered_at", pa.timestamp("us")),
        lambda lines: change_type(lines, "ordered_at", pa.string()),
        lambda lines: change_type(lines, "amount", pa.string()),
    ],
    ids=["missing columns", "naive instants", "texts for instants", "texts for amounts"],
)
def test_what_the_schema_shows_is_refused_in_the_words_of_eager_tables(
    engines: Any, kind: str, change: Callable[[pa.Table], pa.Table]
) -> None:
    """The class, the columns and the way out are the same."""
    lines = change(to_arrow(hostile_lines("UTC")))
    with pytest.raises(CRMLibError) as expected:
        summarize(engines.make("polars", lines))

    with pytest.raises(CRMLibError) as caught:
        summarize(engines.make(kind, lines))

    assert type(caught.value) is type(expected.value)
    assert str(caught.value) == str(expected.value)


def change_type(lines: pa.Table, column: str, kind: pa.DataType) -> pa.Table:
    """Give *lines* with another type of *column*."""
    place = lines.column_names.index(column)
    return lines.set_column(place, column, lines[column].cast(kind))


MOMENTS = st.datetimes(datetime(2024, 3, 1), datetime(2024, 4, 20), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds are naive there
LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["a", "b", "한", None]),
        st.sampled_from(["shop", "mall", None]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from([at("2024-03-31 00:00"), at("2024-03-10 05:00")]) | MOMENTS,
        st.integers(-(10**7), 10**7).map(lambda minor: minor / 10_000),
    ),
    max_size=25,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu"]))
@pytest.mark.parametrize("kind", ["polars_lazy", "duckdb"])
def test_any_lines_give_the_answer_of_plain_python(
    engines: Any, kind: str, lines: list[Line], timezone: str
) -> None:
    """Small tables of every sort, with days at which the clocks change."""
    day = date(2024, 4, 10)
    expected = reference(lines, day, timezone)
    table = to_arrow([*lines, Line(None, None, "0", at("2024-03-01"), 1.0)])

    rows = engines.compute(summarize(engines.make(kind, table), timezone, day))

    assert rows.keys() == expected.keys()
    for customer, row in rows.items():
        assert row == expected[customer], customer
