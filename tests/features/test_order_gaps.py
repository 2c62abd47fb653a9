"""Orders of each customer, followed block by block."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.features import _order_gaps
from crmlib.features._kernel_clock import Clock
from crmlib.features._order_gaps import follow_orders
from crmlib.features._threads import Threads

N_BITS = 6
N_CUSTOMERS = 5
ORDERS = st.lists(
    st.none() | st.tuples(st.integers(0, N_CUSTOMERS - 1), st.integers(0, 2**N_BITS - 1)),
    max_size=30,
)


@given(ORDERS, st.booleans(), st.integers(1, 31), st.integers(1, 3))
def test_orders_are_followed_as_if_each_customer_stood_alone(
    orders: list[tuple[int, int] | None], stand_by_time: bool, n_block: int, n_threads: int
) -> None:
    """In blocks of any size, by any number of threads, by time or not; None is no order."""
    if stand_by_time:
        orders = sorted(orders, key=lambda order: -1 if order is None else order[1])
    known = [order for order in orders if order is not None]
    table = pd.DataFrame(known, columns=["customer", "tick"]).sort_values(["customer", "tick"])
    ticks = table.groupby("customer")["tick"]
    waits = (table["tick"] - ticks.shift()).fillna(0).groupby(table["customer"]).max()
    keys = np.array([-1 if o is None else o[0] << N_BITS | o[1] for o in orders], dtype=np.int64)

    with pytest.MonkeyPatch.context() as patch, Threads(n_threads) as threads:
        patch.setattr(_order_gaps, "_N_BLOCK", n_block)
        gaps = follow_orders(keys, Clock(n_bits=N_BITS, unit=1_000), N_CUSTOMERS, threads)

    assert gaps.counts.tolist() == ticks.size().reindex(range(N_CUSTOMERS), fill_value=0).tolist()
    bought = np.flatnonzero(gaps.counts)
    assert gaps.first[bought].tolist() == (ticks.min() * 1_000).tolist()
    assert gaps.last[bought].tolist() == (ticks.max() * 1_000).tolist()
    assert gaps.longest[bought].tolist() == (waits * 1_000).tolist()


def test_threads_work_no_further_ahead_than_there_are_of_them() -> None:
    """So what is read ahead fits into memory, and results come in the order of what was given."""
    begun: list[int] = []
    before = threading.active_count()

    with Threads(2) as threads:
        results = threads.map(lambda one: begun.append(one) or one, iter(range(100)))
        first = next(results)

        assert first == 0
        assert len(begun) <= 3
        assert [*results] == [*range(1, 100)]
    assert threading.active_count() == before


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    """And ends what was to come."""
    with Threads(2) as threads, pytest.raises(ZeroDivisionError):
        [*threads.map(lambda one: 1 / one, [2, 1, 0, 5])]
