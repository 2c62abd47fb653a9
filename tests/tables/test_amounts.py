"""Numbers as files write them, and money in minor units."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.tables import sum_by_group, sum_money, to_minor_units
from crmlib.tables._amounts import read_numbers


def read(cell: Any, decimal: str = ".") -> tuple[float, bool]:
    """Read one cell."""
    numbers, readable = read_numbers(pd.Series([cell], dtype=object), decimal)
    return float(numbers[0]), bool(readable[0])


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12.5", 12.5),
        (" 1,234,567.5 ", 1234567.5),
        ("12,500원", 12500.0),
        ("₩ 12,500", 12500.0),
        ("-£3.20", -3.2),
        ("\N{MINUS SIGN}3", -3.0),
        ("(3.20)", -3.2),
        ("3.20-", -3.2),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        (7, 7.0),
        (7.25, 7.25),
        (Decimal("7.25"), 7.25),
        ("inf", math.inf),
        ("1e999", math.inf),
    ],
    ids=str,
)
def test_numbers_are_read_as_people_write_them(cell: Any, number: float) -> None:
    """Currency signs, grouped thousands and three spellings of a minus are understood."""
    assert read(cell) == (number, True)


@pytest.mark.parametrize(
    "cell", ["", None, "ten", "1,23", "12,34,567", "1.2.3", "-", ".", "e5", "--5", True, "5 kg"]
)
def test_what_is_no_number_is_not_guessed(cell: Any) -> None:
    """Commas that do not group thousands may be decimals: nobody knows."""
    number, readable = read(cell)

    assert math.isnan(number)
    assert not readable


def test_nan_is_a_number_that_can_be_read() -> None:
    """A written NaN is told from a cell that holds no number."""
    number, readable = read("nan")

    assert math.isnan(number)
    assert readable


def test_the_decimal_mark_can_be_a_comma() -> None:
    """Then dots group thousands."""
    assert read("1.234,5", ",") == (1234.5, True)
    assert read("1,234.5", ",")[1] is False


@pytest.mark.parametrize("cell", [Decimal("12.250"), np.float32(12.25), 12.25], ids=repr)
def test_the_decimal_mark_is_that_of_texts(cell: Any) -> None:
    """A number that came as one, as from Parquet, is not made a thousand times larger."""
    assert read(cell, ",") == (12.25, True)


AMOUNTS = st.lists(st.integers(-(10**9), 10**9).map(lambda minor: minor / 10_000), max_size=40)


@settings(deadline=None)
@given(AMOUNTS, st.randoms())
def test_the_order_of_rows_never_changes_a_sum(amounts: list[float], random: Any) -> None:
    """Sums in minor units are exact, so every order gives the same float."""
    shuffled = random.sample(amounts, len(amounts))
    expected = float(sum(Fraction(round(amount * 10_000), 10_000) for amount in amounts))

    assert sum_money(np.array(amounts)) == sum_money(np.array(shuffled)) == expected


@settings(deadline=None)
@given(st.lists(st.integers(-(2**53), 2**53), max_size=30), st.randoms())
def test_huge_sums_do_not_depend_on_the_order_either(minor: list[int], random: Any) -> None:
    """Beyond 2**53 minor units the sum is rounded once, at the end."""
    groups = np.zeros(len(minor), dtype=np.intp)
    shuffled = random.sample(minor, len(minor))

    one, two = (sum_by_group(groups, np.array(m, float), 1)[0] for m in (minor, shuffled))

    assert one == two == pytest.approx(sum(minor) / 10_000, rel=1e-15, abs=1e-9)


def test_minor_units_are_ten_thousandths() -> None:
    """A float that is nearly 15.30 is 15.30."""
    assert to_minor_units(np.array([15.299999999999999])).tolist() == [153_000.0]
