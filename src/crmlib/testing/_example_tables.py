"""Small tables to try segmenters, planners and timing models on.

All are made of one seed and are the same at every call.  Nobody in them exists.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from crmlib.features import add_category_interests, add_demographics, summarize_customers

N_FREQUENT, N_OCCASIONAL, N_ONCE = 24, 12, 12
N_CUSTOMERS = N_FREQUENT + N_OCCASIONAL + N_ONCE
WITHOUT_NAME, WITHOUT_GENDER, WITHOUT_BIRTH_DATE = {5, 25, 45}, {7, 27, 47}, {9, 29, 46}
SNAPSHOT_DATE = "2011-12-31"
ZONES = ("Asia/Seoul", "Europe/London", "America/New_York")
LOCALES = ("ko-KR", "en-GB", "en-US")
NAMES = ("Mina", "Jun", "Oliver", "Amelia", "Noah", "Sora", "Emma", "Minho")
PRODUCTS = {
    "tops": ("linen shirt", "wool jumper"),
    "bottoms": ("chino trousers", "pleated skirt"),
    "shoes": ("canvas shoes", "leather boots"),
}


def example_transactions() -> pd.DataFrame:
    """Give order lines of the year 2011, some of them returns.

    Half of the customers buy often, a quarter two or three times, and a
    quarter once, for the same amount, so that ties are many.

    Returns
    -------
    DataFrame of shape (n_lines, 7)
        The canonical transactions table, in order of time.

    Examples
    --------
    >>> example_transactions().columns.to_list()
    ['customer_id', 'order_id', 'ordered_at', 'amount', 'product_name', 'category', 'quantity']
    """
    return _transactions().copy()


def example_profiles() -> pd.DataFrame:
    """Give a profile of each customer; a few names, genders and birth dates are missing.

    Returns
    -------
    DataFrame of shape (n_customers, 10)
        The canonical profiles table, with ``occupation`` besides.

    Examples
    --------
    >>> example_profiles().loc[0, ["customer_id", "name", "timezone"]].to_list()
    ['C001', 'Mina', 'Asia/Seoul']
    """
    numbers = range(N_CUSTOMERS)
    return pd.DataFrame(
        {
            "customer_id": [_customer_id(number) for number in numbers],
            "name": [None if i in WITHOUT_NAME else NAMES[i % len(NAMES)] for i in numbers],
            "email": [f"customer{number}@example.com" for number in numbers],
            "phone": [f"+821000000{number:03d}" for number in numbers],
            "gender": [
                None if i in WITHOUT_GENDER else ("female", "male")[i % 2] for i in numbers
            ],
            "birth_date": pd.Series([_birth_date(number) for number in numbers]),
            "region": [("Seoul", "London", "New York")[number % 3] for number in numbers],
            "timezone": [ZONES[number % 3] for number in numbers],
            "locale": [LOCALES[number % 3] for number in numbers],
            "occupation": [("student", "employee")[number // 2 % 2] for number in numbers],
        }
    )


def example_customers() -> pd.DataFrame:
    """Give a customers table with demographics and interests.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns), indexed by customer_id
        What :func:`crmlib.summarize_customers`, :func:`crmlib.add_demographics`
        and :func:`crmlib.add_category_interests` make of
        :func:`example_transactions` and :func:`example_profiles`.

    Examples
    --------
    >>> len(example_customers())
    48
    """
    return _customers().copy()


def example_audience() -> pd.DataFrame:
    """Give the customers of a campaign, each with a segment.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns), indexed by customer_id
        :func:`example_customers` with ``segment`` in front.

    Examples
    --------
    >>> example_audience()["segment"].unique().tolist()
    ['Champions', 'At Risk', 'Hibernating']
    """
    audience = example_customers()
    names = ["Champions", "At Risk", "Hibernating"]
    segments = np.repeat(names, [N_FREQUENT, N_OCCASIONAL, N_ONCE])
    audience.insert(0, "segment", pd.Series(segments, index=audience.index, dtype="str"))
    return audience


def example_slots(timezone: str = "Asia/Seoul") -> pd.DatetimeIndex:
    """Give the 168 hours of a week, from a Monday on, on the clocks of *timezone*.

    Examples
    --------
    >>> example_slots()[[0, -1]].strftime("%A %H:%M").to_list()
    ['Monday 00:00', 'Sunday 23:00']
    """
    return pd.date_range("2012-01-02", periods=168, freq="h", tz=timezone)


@cache
def _transactions() -> pd.DataFrame:
    random = np.random.default_rng(2011)
    lines = [line for number in range(N_CUSTOMERS) for line in _lines(number, random)]
    table = pd.DataFrame(lines).sort_values(["ordered_at", "order_id"], ignore_index=True)
    return table.astype(
        {
            "customer_id": "str",
            "order_id": "str",
            "ordered_at": "datetime64[us, UTC]",
            "product_name": "str",
            "category": "str",
        }
    )


@cache
def _customers() -> pd.DataFrame:
    transactions = example_transactions()
    customers = summarize_customers(transactions, snapshot_date=SNAPSHOT_DATE)
    customers = add_demographics(customers, example_profiles(), snapshot_date=SNAPSHOT_DATE)
    return add_category_interests(customers, transactions)


def _customer_id(number: int) -> str:
    return f"C{number + 1:03d}"


def _birth_date(number: int) -> pd.Timestamp | None:
    """Give a birth date between 1960 and 2007."""
    if number in WITHOUT_BIRTH_DATE:
        return None
    return pd.Timestamp(year=1960 + number, month=1 + number % 12, day=15)


def _n_orders(number: int, random: np.random.Generator) -> int:
    """Give many orders to the first customers, and one to the last."""
    if number < N_FREQUENT:
        return int(random.integers(4, 13))
    if number < N_FREQUENT + N_OCCASIONAL:
        return int(random.integers(2, 4))
    return 1


def _lines(number: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Give the order lines of one customer, who buys at much the same hour of the day."""
    favourite_hour = 8 + number * 5 % 14
    n_orders = _n_orders(number, random)
    last_day = 360 if number < N_FREQUENT else 150
    lines: list[dict[str, Any]] = []
    for order in range(n_orders):
        ordered_at = pd.Timestamp("2011-01-03", tz=ZONES[number % 3]) + pd.Timedelta(
            days=int(random.integers(0, last_day)),
            hours=int(favourite_hour + random.integers(-1, 2)),
            minutes=int(random.integers(0, 60)),
        )
        category = list(PRODUCTS)[(number + order // 3) % 3]
        line = {
            "customer_id": _customer_id(number),
            "order_id": f"{_customer_id(number)}-{order + 1}",
            "ordered_at": ordered_at.tz_convert("UTC"),
            "amount": 20.0 if n_orders == 1 else round(float(random.lognormal(4, 0.6)), 2),
            "product_name": PRODUCTS[category][order % 2],
            "category": category,
            "quantity": 1.0,
        }
        lines.append(line)
    if number % 8 == 0:
        returned_at = lines[-1]["ordered_at"] + pd.Timedelta(days=1)
        lines.append(lines[-1] | {"ordered_at": returned_at, "amount": -5.0, "quantity": -1.0})
    return lines
