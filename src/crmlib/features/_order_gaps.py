"""How many orders each customer has, the first, the last, and the longest gap.

Orders are followed block by block with a table of each customer's last one.
A block whose orders stand by time, as they mostly do, is dealt out to its
customers, which takes less time than sorting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.sparse import csr_array

from crmlib.features._block_columns import split

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._kernel_clock import Clock
    from crmlib.features._threads import Threads

_MOST_CUSTOMERS = 2**31 - 1
_N_BLOCK = 2**19
_NEVER = -(2**63)


@attrs.frozen(kw_only=True, eq=False)
class OrderGaps:
    """What is known of the orders of each customer; arrays are (n_customers,).

    Parameters
    ----------
    counts : ndarray of int
    first, last : ndarray of int
        Microseconds since 1970 in UTC; mean nothing where there is no order.
    longest : ndarray of int
        Microseconds between two successive orders; 0 if there is one order.
    """

    counts: Int64s
    first: Int64s
    last: Int64s
    longest: Int64s


def follow_orders(keys: Int64s, clock: Clock, n_customers: int, threads: Threads) -> OrderGaps:
    """Follow the orders of each customer.

    Parameters
    ----------
    keys : ndarray of int, shape (n_orders,)
        Customer above the tick of the order, -1 for what is no order; sorted
        in place if the orders of some customer do not stand by time.
    clock : Clock
    n_customers : int
    threads : Threads
        Each takes a range of customers.
    """

    def follow_all() -> OrderGaps | None:
        gaps = OrderGaps(
            counts=np.zeros(n_customers, dtype=np.int64),
            first=np.zeros(n_customers, dtype=np.int64),
            last=np.full(n_customers, _NEVER),
            longest=np.zeros(n_customers, dtype=np.int64),
        )
        share = min(n_customers // threads.count + 1, _MOST_CUSTOMERS)
        ranges = [*split(n_customers, share)]
        stood = threads.map(lambda some: _follow(keys, clock, gaps, *some), ranges)
        return gaps if all([*stood]) else None

    gaps = follow_all()
    if gaps is None:
        keys.sort()
        gaps = follow_all()
    assert gaps is not None
    return gaps


def _follow(keys: Int64s, clock: Clock, gaps: OrderGaps, low: int, high: int) -> bool:
    """Follow the customers from *low* to before *high*; False if an order comes late."""
    low_key, high_key = low << clock.n_bits, high << clock.n_bits
    for start, stop in split(len(keys), _N_BLOCK):
        block = keys[start:stop]
        block = block.compress((block >= low_key) & (block < high_key))
        if not len(block):
            continue
        block = _by_customer(block, clock.n_bits, low, high)
        customers = block >> clock.n_bits
        heads = np.flatnonzero(_differ(customers))
        some = customers.take(heads)
        lengths = np.diff(heads, append=len(block))
        instants = clock.to_instants(block)
        begun = instants.take(heads)
        before = gaps.last.take(some)
        counts = gaps.counts.take(some)
        is_first = counts == 0
        before[is_first] = begun[is_first]
        if (begun < before).any():
            return False
        waits = np.empty_like(instants)
        np.subtract(instants[1:], instants[:-1], out=waits[1:])
        waits[heads] = begun - before
        longest = np.maximum.reduceat(waits, heads)
        gaps.first[some.compress(is_first)] = begun.compress(is_first)
        gaps.last[some] = instants.take(heads + lengths - 1)
        gaps.longest[some] = np.maximum(longest, gaps.longest.take(some))
        gaps.counts[some] = counts + lengths
    return True


def _by_customer(block: Int64s, n_bits: int, low: int, high: int) -> Int64s:
    """Sort keys."""
    ticks = block & (2**n_bits - 1)
    if (ticks[1:] < ticks[:-1]).any():
        block.sort()
        return block
    customers = ((block >> n_bits) - low).astype(np.int32)
    places = np.arange(len(block), dtype=np.int32)
    dealt: Any = csr_array((block, (customers, places)), shape=(high - low, len(block)))
    return np.asarray(dealt.data)


def _differ(customers: Int64s) -> npt.NDArray[np.bool_]:
    """Tell which differ from the one before."""
    changes = np.ones(len(customers), dtype=bool)
    np.not_equal(customers[1:], customers[:-1], out=changes[1:])
    return changes
