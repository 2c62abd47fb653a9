"""Seeded order lines of any size, like those of a shop that has been open for two years.

Orders stand by time, to the second; an order holds 1 + Poisson(1.5) lines at
one instant, 2.5 on average.  Each customer orders once; all other orders go
to customers by Zipf's law (exponent 0.9).  Customers are numbered from 1 in
no order that means anything, orders by time.  Two lines of a hundred are returns.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["int", "shuffled", "str"]
CACHE = Path(__file__).parents[1] / ".cache" / "order_lines"
SNAPSHOT = date(2024, 12, 31)
ZONE = "Asia/Seoul"
LINES_PER_ORDER = 2.5
FIRST_ORDER = 1_000_001
START = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp())
SECONDS = 2 * 365 * 86_400
RETURNED = 0.02


def make_order_lines(
    n_lines: int, n_customers: int, kind: Kind = "int", seed: int = 0
) -> pd.DataFrame:
    """Give canonical order lines.

    Parameters
    ----------
    n_lines, n_customers : int
    kind : {"int", "shuffled", "str"}, default="int"
        Integers as ids, the same with the rows shuffled, or texts as ids:
        ``C`` and ``O`` before the numbers.
    seed : int, default=0

    Examples
    --------
    >>> lines = make_order_lines(1_000, 100)
    >>> lines.shape, lines["customer_id"].nunique(), lines["ordered_at"].is_monotonic_increasing
    ((1000, 4), 100, True)
    """
    return _to_frame(_draw(n_lines, n_customers, seed, is_shuffled=kind == "shuffled"), kind)


def load_order_lines(n_lines: int, n_customers: int, kind: Kind = "int") -> pd.DataFrame:
    """Give what :func:`make_order_lines` gives, drawn once and kept in ``.cache``."""
    folder = CACHE / f"{n_lines}-{n_customers}{'-shuffled' * (kind == 'shuffled')}"
    if not folder.is_dir():
        columns = _draw(n_lines, n_customers, seed=0, is_shuffled=kind == "shuffled")
        made = folder.with_suffix(".part")
        made.mkdir(parents=True, exist_ok=True)
        for name, column in columns.items():
            np.save(made / f"{name}.npy", column)
        made.rename(folder)
    names = ("customer_id", "order_id", "ordered_at", "amount")
    return _to_frame({name: np.load(folder / f"{name}.npy") for name in names}, kind)


def _draw(
    n_lines: int, n_customers: int, seed: int, *, is_shuffled: bool
) -> dict[str, npt.NDArray[Any]]:
    """Draw the columns."""
    rng = np.random.default_rng(seed)
    order = _draw_orders(rng, n_lines)
    n_orders = int(order[-1]) + 1
    customer = _draw_customers(rng, n_orders, n_customers)
    instants = (START + np.sort(rng.integers(0, SECONDS, n_orders))) * 1_000_000
    cents = rng.integers(100, 20_000, n_lines)
    cents[rng.random(n_lines) < RETURNED] *= -1
    columns = {
        "customer_id": customer[order],
        "order_id": order + FIRST_ORDER,
        "ordered_at": instants[order].view("M8[us]"),
        "amount": cents / 100,
    }
    if is_shuffled:
        places = rng.permutation(n_lines)
        columns = {name: column[places] for name, column in columns.items()}
    return columns


def _to_frame(columns: dict[str, npt.NDArray[Any]], kind: Kind) -> pd.DataFrame:
    """Make a table of the columns."""
    instants = pd.DatetimeIndex(columns["ordered_at"]).tz_localize("UTC")
    table: dict[str, Any] = {**columns, "ordered_at": instants}
    if kind == "str":
        for name, letter in (("customer_id", "C"), ("order_id", "O")):
            table[name] = _to_texts(letter, columns[name])
    return pd.DataFrame(table, copy=False)


def _draw_orders(rng: np.random.Generator, n_lines: int) -> npt.NDArray[np.int64]:
    """Give the order of each line, from 0."""
    n_orders = int(n_lines / LINES_PER_ORDER * 1.01) + 100  # more than are needed
    order = np.repeat(np.arange(n_orders), 1 + rng.poisson(LINES_PER_ORDER - 1, n_orders))
    return order[:n_lines].copy()


def _draw_customers(
    rng: np.random.Generator, n_orders: int, n_customers: int
) -> npt.NDArray[np.int64]:
    """Give the customer of each order, from 1."""
    shares = np.cumsum((np.arange(n_customers) + 10.0) ** -0.9)
    others = rng.random(max(n_orders - n_customers, 0)) * shares[-1]
    ranks = np.concatenate([np.arange(n_customers), np.searchsorted(shares, others)])[:n_orders]
    rng.shuffle(ranks)
    return rng.permutation(n_customers)[ranks] + 1


def _to_texts(letter: str, numbers: npt.NDArray[np.int64]) -> pd.Series[str]:
    """Give numbers as texts after *letter*."""
    kind = pa.large_string()
    digits = pc.cast(pa.array(numbers), kind)
    texts = pc.binary_join_element_wise(pa.scalar(letter, kind), digits, pa.scalar("", kind))
    return texts.to_pandas()
