"""One row per customer."""

from __future__ import annotations

import math
import warnings
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
)
from crmlib.features import summarize_customers
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Line = tuple[str | None, str, datetime, float]
COLUMNS = ["customer_id", "order_id", "ordered_at", "amount"]


def table(lines: Sequence[Line]) -> pd.DataFrame:
    """Give canonical transactions."""
    frame = pd.DataFrame(lines, columns=COLUMNS)
    return frame.astype(
        {
            "customer_id": "str",
            "order_id": "str",
            "ordered_at": "datetime64[us, UTC]",
            "amount": float,
        }
    )


def at(text: str) -> datetime:
    """Give an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WORKED: list[Line] = [
    ("C1", "1", at("2024-01-01 10:00"), 10.0),
    ("C1", "1", at("2024-01-01 10:00"), 5.5),
    ("C2", "2", at("2024-01-02 08:00"), 7.0),
    ("C1", "3", at("2024-01-05 22:00"), 20.0),
    ("C1", "4", at("2024-01-06 09:00"), -20.0),  # a return: no order, but money
    ("C1", "5", at("2024-01-12 10:00"), 1.0),
    ("C1", "5", at("2024-01-12 11:00"), -0.5),
]


def test_a_worked_example() -> None:
    """Three orders of one customer, one return, one other customer; by hand."""
    expected = pd.DataFrame(
        {
            "first_purchase_at": [at("2024-01-01 10:00"), at("2024-01-02 08:00")],
            "last_purchase_at": [at("2024-01-12 10:00"), at("2024-01-02 08:00")],
            "recency_days": [8, 18],
            "frequency": [3, 1],
            "monetary_value": [16.0, 7.0],
            "average_order_value": [16 / 3, 7.0],
            "tenure_days": [19, 18],
            "mean_gap_days": [5.5, math.nan],
            "max_gap_days": [6.5, math.nan],
        },
        index=pd.Index(["C1", "C2"], name="customer_id", dtype="str"),
    )

    customers = summarize_customers(table(WORKED), snapshot_date="2024-01-20")

    pd.testing.assert_frame_equal(customers, expected, check_exact=True)


def test_the_input_is_left_alone() -> None:
    """Summarising writes into nothing."""
    transactions = table(WORKED)
    summarize_customers(transactions, snapshot_date="2024-01-20")

    pd.testing.assert_frame_equal(transactions, table(WORKED))


def test_days_are_counted_in_the_zone_of_the_account() -> None:
    """22:00 UTC on 5 January is 6 January in Seoul, so a day less has passed."""
    lines = [("C1", "1", at("2024-01-05 22:00"), 1.0)]

    days = [
        summarize_customers(table(lines), snapshot_date="2024-01-08", timezone=zone)
        for zone in ("UTC", "Asia/Seoul")
    ]

    assert [int(day["recency_days"].iloc[0]) for day in days] == [3, 2]


def test_nothing_after_the_snapshot_leaks_in() -> None:
    """The snapshot is the last local day that counts; later lines are left out and counted."""
    lines: list[Line] = [
        ("C1", "1", at("2024-01-05 14:59:59"), 1.0),
        ("C1", "2", at("2024-01-05 15:00"), 2.0),
        ("C2", "3", at("2024-01-06 00:00"), 4.0),
    ]

    with pytest.warns(DataQualityWarning, match="^2 lines after snapshot_date are left out$"):
        customers = summarize_customers(
            table(lines), snapshot_date="2024-01-05", timezone="Asia/Seoul"
        )

    assert customers.index.to_list() == ["C1"]
    assert customers["monetary_value"].to_list() == [1.0]
    assert customers["recency_days"].to_list() == [0]


def test_customers_who_only_returned_are_left_out_and_counted() -> None:
    """Nor does an order count that holds nothing but gifts."""
    lines: list[Line] = [
        ("C1", "1", at("2024-01-05 10:00"), -3.0),
        ("C2", "2", at("2024-01-05 10:00"), 0.0),
        ("C3", "3", at("2024-01-05 10:00"), 1.0),
    ]

    with pytest.warns(DataQualityWarning, match="^2 customers who bought nothing are left out$"):
        customers = summarize_customers(table(lines), snapshot_date="2024-01-05")

    assert customers.index.to_list() == ["C3"]


def test_warnings_point_at_the_caller() -> None:
    """So that the line shown is one of the user's own."""
    lines: list[Line] = [
        (None, "1", at("2024-01-04 10:00"), 3.0),
        ("C1", "2", at("2024-01-04 10:00"), -3.0),
        ("C1", "3", at("2024-01-09 10:00"), 3.0),
    ]

    with pytest.warns(DataQualityWarning) as caught:
        summarize_customers(table(lines), snapshot_date="2024-01-05")

    assert [warning.filename for warning in caught] == [__file__] * 3


def test_lines_without_a_customer_are_left_out_and_counted() -> None:
    """They may be in the table if the policy keeps them."""
    lines: list[Line] = [(None, "1", at("2024-01-05 10:00"), 3.0), *WORKED]

    with pytest.warns(DataQualityWarning, match="^1 lines without a customer are left out$"):
        customers = summarize_customers(table(lines), snapshot_date="2024-01-20")

    assert customers.index.to_list() == ["C1", "C2"]


def test_an_order_id_counts_within_its_sales_channel() -> None:
    """Order 7 of the shop and order 7 of the mall are two orders."""
    transactions = table([("C1", "7", at("2024-01-05 10:00"), 1.0)] * 3)
    channels = ["shop", "mall", "shop"]

    customers = summarize_customers(
        transactions.assign(sales_channel=channels), snapshot_date="2024-01-05"
    )

    assert customers["frequency"].to_list() == [2]


def test_one_order_id_of_two_customers_is_two_orders() -> None:
    """Orders are counted per customer."""
    lines: list[Line] = [(c, "7", at("2024-01-05 10:00"), 1.0) for c in ("C1", "C2", "C1")]

    customers = summarize_customers(table(lines), snapshot_date="2024-01-05")

    assert customers["frequency"].to_list() == [1, 1]


def test_an_order_counts_at_its_last_purchase_line() -> None:
    """Gaps run between last lines; first and last purchase are those of single lines."""
    lines: list[Line] = [
        ("C1", "1", at("2024-01-01 00:00"), 1.0),
        ("C1", "2", at("2024-01-02 00:00"), 1.0),
        ("C1", "1", at("2024-01-05 00:00"), 1.0),
    ]

    row = summarize_customers(table(lines), snapshot_date="2024-01-05").iloc[0]

    assert row["first_purchase_at"] == at("2024-01-01 00:00")
    assert row["last_purchase_at"] == at("2024-01-05 00:00")
    assert (row["mean_gap_days"], row["max_gap_days"]) == (3.0, 3.0)


@pytest.mark.parametrize(
    "line",
    [("C1", "1", at("2024-01-05 10:00"), -1.0), ("C1", "1", at("2024-02-05 10:00"), 1.0)],
    ids=["a return", "after the snapshot"],
)
def test_no_purchases_make_an_empty_table(line: Line) -> None:
    """With the columns and types of a full one."""
    full = summarize_customers(table(WORKED), snapshot_date="2024-01-20")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        customers = summarize_customers(table([line]), snapshot_date="2024-01-20")

    pd.testing.assert_frame_equal(customers, full.iloc[:0])


def test_a_table_without_lines_is_refused() -> None:
    """The error says where to look for the lines that are not there."""
    with pytest.raises(InvalidTableError) as caught:
        summarize_customers(table([]), snapshot_date="2024-01-20")

    assert str(caught.value) == (
        "transactions holds no rows; Orders.report() says why rows were set aside"
    )


@pytest.mark.parametrize(
    "snapshot",
    [
        "2024-01-20",
        date(2024, 1, 20),
        pd.Timestamp("2024-01-20"),
        "2024-01-20T23:00",
        pd.Timestamp("2024-01-20 01:00", tz="Asia/Seoul").tz_convert("UTC"),
    ],
    ids=str,
)
def test_the_snapshot_is_a_day_however_it_is_written(snapshot: Any) -> None:
    """An aware instant is a day in the zone of the account."""
    customers = summarize_customers(table(WORKED), snapshot_date=snapshot, timezone="Asia/Seoul")

    assert customers["recency_days"].to_list() == [8, 18]


@pytest.mark.parametrize("snapshot", ["soon", "", None, 5, pd.NaT, "2024-02-30", "9999-12-31"])
def test_a_snapshot_that_is_no_date_is_refused(snapshot: Any) -> None:
    """The error says what a date looks like."""
    with pytest.raises(InvalidParameterError, match="snapshot_date must be a date such as"):
        summarize_customers(table(WORKED), snapshot_date=snapshot)


def test_what_cannot_be_used_is_refused() -> None:
    """Tables that are not canonical, and zones that do not exist."""
    with pytest.raises(MissingColumnsError, match=r"transactions lacks the columns \['amount'\]"):
        summarize_customers(table(WORKED).drop(columns="amount"), snapshot_date="2024-01-20")
    with pytest.raises(InvalidParameterError, match="timezone must be an IANA zone"):
        summarize_customers(table(WORKED), snapshot_date="2024-01-20", timezone="Mars")


@pytest.mark.parametrize(
    ("make", "kind"),
    [(pl.from_pandas, pl.DataFrame), (pa.Table.from_pandas, pa.Table)],
    ids=["polars", "pyarrow"],
)
def test_the_kind_of_dataframe_that_comes_goes_back(make: Any, kind: type) -> None:
    """With customer_id as the first column, and the same values."""
    lines = [*WORKED, (None, "9", at("2024-01-05 10:00"), 3.0)]
    with pytest.warns(DataQualityWarning):
        expected = summarize_customers(table(lines), snapshot_date="2024-01-20")

    with pytest.warns(DataQualityWarning):
        customers = summarize_customers(make(table(lines)), snapshot_date="2024-01-20")

    assert isinstance(customers, kind)
    back = customers.to_pandas().set_index("customer_id")
    pd.testing.assert_frame_equal(back, expected, check_exact=True, check_index_type=False)


@pytest.mark.parametrize(
    "kind", ["int64", "int16", "uint64", "Int64", "float64", "int32[pyarrow]"], ids=str
)
def test_ids_keep_the_type_that_came(kind: str) -> None:
    """Numbers stay numbers, and sort as numbers do."""
    numbers = table([("2", "1", at("2024-01-05 10:00"), 3.0), *WORKED[2:3]])
    numbers["customer_id"] = pd.Series([10, 2], dtype=kind)
    expected = pd.Index([2, 10], dtype=kind, name="customer_id")

    customers = summarize_customers(numbers, snapshot_date="2024-01-20")

    pd.testing.assert_index_equal(customers.index, expected, exact=True)
    assert customers["monetary_value"].to_list() == [7.0, 3.0]


@pytest.mark.parametrize(
    "kind", [object, pd.StringDtype("python", na_value=math.nan), "category"], ids=str
)
def test_texts_may_be_kept_in_any_way(kind: Any) -> None:
    """As Python objects, as pandas keeps them without pyarrow, as categories."""
    lines = table([*WORKED, (None, "9", at("2024-01-05 10:00"), 3.0), WORKED[0]])
    typed = lines.astype({"customer_id": kind, "order_id": kind})

    with pytest.warns(DataQualityWarning):
        expected = summarize_customers(lines, snapshot_date="2024-01-20")
    with pytest.warns(DataQualityWarning):
        customers = summarize_customers(typed, snapshot_date="2024-01-20")

    pd.testing.assert_frame_equal(customers, expected)


def reference(lines: Sequence[Line], day: date, timezone: str) -> dict[str, dict[str, Any]]:
    """Summarise in plain Python, as the documentation says it."""
    zone = ZoneInfo(timezone)
    result = {}
    lines = [line for line in lines if line[2].astimezone(zone).date() <= day]
    for customer in sorted({line[0] for line in lines if line[0] is not None}):
        own = [line for line in lines if line[0] == customer]
        sold = [line for line in own if line[3] > 0]
        if not sold:
            continue
        orders: dict[str, datetime] = {}
        for _, order, moment, _ in sold:
            orders[order] = max(moment, orders.get(order, moment))
        times = sorted(orders.values())
        gaps = [(b - a) / timedelta(days=1) for a, b in pairwise(times)]
        first, last = min(line[2] for line in sold), max(line[2] for line in sold)
        money = sum(Fraction(round(line[3] * 10_000), 10_000) for line in own)
        result[customer] = {
            "first_purchase_at": first,
            "last_purchase_at": last,
            "recency_days": (day - last.astimezone(zone).date()).days,
            "frequency": len(orders),
            "monetary_value": float(money),
            "average_order_value": float(money) / len(orders),
            "tenure_days": (day - first.astimezone(zone).date()).days,
            "mean_gap_days": (times[-1] - times[0]) / timedelta(days=1) / len(gaps)
            if gaps
            else None,
            "max_gap_days": max(gaps) if gaps else None,
        }
    return result


MOMENTS = st.datetimes(
    pd.Timestamp("2024-03-01"), pd.Timestamp("2024-04-20"), timezones=st.just(UTC)
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C2", "한", None]),
        st.sampled_from(["1", "2", "3", "4"]),
        st.sampled_from([at("2024-03-31 00:30"), at("2024-03-10 07:00")]) | MOMENTS,
        st.integers(-(10**6), 10**6).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(
    LINES,
    st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Seoul"]),
    st.randoms(),
)
def test_the_answer_is_that_of_plain_python_whatever_the_order_of_rows(
    lines: list[Line], timezone: str, random: Any
) -> None:
    """Hostile tables, shuffled: equal to a slow implementation of the documentation."""
    day = date(2024, 4, 10)
    expected = reference(lines, day, timezone)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        customers = summarize_customers(table(lines), snapshot_date=day, timezone=timezone)
        shuffled = summarize_customers(
            table(random.sample(lines, len(lines))), snapshot_date=day, timezone=timezone
        )

    pd.testing.assert_frame_equal(customers, shuffled, check_exact=True)
    rows = customers.astype(object).where(customers.notna(), None).to_dict("index")
    assert rows.keys() == expected.keys()
    for customer, row in expected.items():
        for name, value in row.items():
            assert rows[customer][name] == (
                pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
            ), name


@pytest.fixture(scope="module")
def online_retail(shared_data: Path) -> pd.DataFrame:
    """Give the lines used of the Online Retail year."""
    return read_orders(shared_data / "online_retail.csv.gz").table


def test_the_online_retail_year(online_retail: pd.DataFrame) -> None:
    """4,363 customers have a row used; 29 of them only returned goods; the money adds up."""
    with pytest.warns(DataQualityWarning, match="^29 customers who bought nothing are left out$"):
        customers = summarize_customers(
            online_retail, snapshot_date="2011-12-10", timezone="Europe/London"
        )

    bought = online_retail[online_retail["customer_id"].isin(customers.index)]
    assert len(customers) == 4_363 - 29
    assert customers["monetary_value"].sum() == pytest.approx(bought["amount"].sum())
    assert customers["frequency"].sum() == bought.loc[bought["amount"] > 0, "order_id"].nunique()
    assert customers["recency_days"].min() == 1
    assert customers["tenure_days"].max() == 374


def test_shuffling_the_online_retail_year_changes_nothing(online_retail: pd.DataFrame) -> None:
    """To the last bit."""
    shuffled = online_retail.iloc[np.random.default_rng(0).permutation(len(online_retail))]

    with pytest.warns(DataQualityWarning):
        one = summarize_customers(online_retail, snapshot_date="2011-12-10")
    with pytest.warns(DataQualityWarning):
        two = summarize_customers(shuffled, snapshot_date="2011-12-10")

    pd.testing.assert_frame_equal(one, two, check_exact=True)
