"""What every room asks of a transactions table."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.tables import check_transactions


def make_lines() -> pd.DataFrame:
    """Give two lines, one of them of nobody known."""
    return pd.DataFrame(
        {
            "customer_id": ["C1", None],
            "order_id": ["1", "2"],
            "ordered_at": pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True),
            "amount": [9.0, -2.0],
        }
    )


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
)
def test_a_table_that_can_be_used_comes_back(make: Any) -> None:
    """Of any kind, with lines or without."""
    for lines in (make_lines(), make_lines().iloc[:0]):
        assert check_transactions("orders", make(lines)).shape == lines.shape


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"amount": math.nan}, "has no finite amount in 2 rows; make the table with crmlib.read"),
        ({"amount": math.inf}, "has no finite amount in 2 rows"),
        ({"amount": "ten"}, "holds String in amount; make it numbers"),
        ({"ordered_at": "2024-01-01"}, "holds String in ordered_at; make it aware datetimes"),
        ({"ordered_at": datetime(2024, 1, 1)}, r"holds Datetime.* in ordered_at; make it aware"),  # noqa: DTZ001
        ({"ordered_at": pd.DatetimeIndex([None] * 2, tz="UTC")}, "lacks ordered_at in 2 rows"),
        ({"order_id": None}, "lacks order_id in 2 rows"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_lines_that_cannot_be_used_are_refused(change: dict[str, Any], text: str) -> None:
    """Nothing is guessed and nothing dropped; the error bears the name of the table."""
    with pytest.raises(InvalidTableError, match=f"later_orders {text}"):
        check_transactions("later_orders", make_lines().assign(**change))


def test_missing_columns_and_other_things_are_refused() -> None:
    """The errors say what came."""
    with pytest.raises(
        MissingColumnsError, match=r"orders lacks the columns \['amount'\]"
    ) as caught:
        check_transactions("orders", make_lines().drop(columns="amount"))
    with pytest.raises(InvalidParameterError, match="must be an eager dataframe, got 'list'"):
        check_transactions("orders", [1])

    assert caught.value.available == ["customer_id", "order_id", "ordered_at"]
