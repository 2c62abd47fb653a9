"""Sums, counts and gaps per customer, in numpy.

Runs of lines go into two tables, one of customers and one of orders.  Then
each order is one integer, its customer above the instant at which it counts;
sorted, these stand by customer and time.  Where orders already stand by time,
as they mostly do, they are dealt out to their customers instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.sparse import csr_array

from crmlib.features._block_columns import split
from crmlib.features._blocks import collect_runs, read_runs
from crmlib.features._code_ranks import rank
from crmlib.features._kernel_clock import choose_clock, number_instants

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._blocks import Lines, Runs
    from crmlib.features._kernel_clock import Clock

_MOST_INT32 = 2**31

DAY = 86_400_000_000
"""Microseconds."""


@attrs.frozen(kw_only=True, eq=False)
class Summary:
    """What is known of each customer with a purchase; arrays are (n_customers,).

    Parameters
    ----------
    rows : ndarray of int
        A row of each customer, in the order of their ids.
    first, last : ndarray of int
        First and last purchase line, microseconds since 1970 in UTC.
    orders : ndarray of int
        Orders with a purchase.
    money : ndarray of float
        Net sum in units of currency.
    mean_gap, max_gap : ndarray of float
        Days between successive orders; NaN if there is one order.
    n_idle : int
        Customers without a purchase, who are not here.
    """

    rows: Int64s
    first: Int64s
    last: Int64s
    orders: Int64s
    money: npt.NDArray[np.float64]
    mean_gap: npt.NDArray[np.float64]
    max_gap: npt.NDArray[np.float64]
    n_idle: int


class Tally:
    """What runs have added up to.

    Parameters
    ----------
    n_customers, n_orders : int
        Customers and orders are numbered below these.
    n_bits : int
        Bits for the tick at which an order counts; its customer stands above.
    """

    def __init__(self, n_customers: int, n_orders: int, n_bits: int) -> None:
        self.rows = np.full(n_customers, -1)
        self.net = np.zeros(n_customers, dtype=np.int64)
        self.last = np.full(n_orders, -1)
        self.first = np.full(n_orders, np.iinfo(np.int64).max)
        self.n_bits = n_bits

    def add(self, runs: Runs, customers: Int64s, orders: Int64s, ticks: Int64s) -> None:
        """Add *runs* of *customers* and *orders* at *ticks*."""
        self.rows[customers] = runs.rows
        np.add.at(self.net, customers, runs.net)
        keys = (customers << self.n_bits) | ticks
        if not runs.sold.all():
            orders, keys = orders[runs.sold], keys[runs.sold]
        np.maximum.at(self.last, orders, keys)
        np.minimum.at(self.first, orders, keys)

    def find_long(self) -> Int64s | None:
        """Give the orders of several ticks; None if some order has several customers."""
        orders = np.flatnonzero((self.first != self.last) & (self.last >= 0))
        is_mixed = (self.first[orders] ^ self.last[orders]) >> self.n_bits
        return None if is_mixed.any() else orders


def summarize(lines: Lines) -> Summary:
    """Summarise *lines* per customer."""
    return _summarize_at_once(lines) or _summarize_collected(lines)


def _summarize_at_once(lines: Lines) -> Summary | None:
    """Add up runs block by block, if ids can be places in tables; give None if not."""
    of_customers, of_orders = lines.customers.span, lines.orders[0].span
    if len(lines.orders) > 1 or of_customers is None or of_orders is None:
        return None
    (low, high), (low_order, high_order) = of_customers, of_orders
    if max(high - low, high_order - low_order) >= lines.n_rows:
        return None
    n_customers = high - low + 1
    clock = choose_clock(lines.span, n_customers)
    tally = Tally(n_customers, high_order - low_order + 1, clock.n_bits)
    for runs in read_runs(lines):
        ticks = clock.to_ticks(runs.instants)
        if ticks is None:
            return None
        tally.add(runs, runs.customers[0] - low, runs.orders[0] - low_order, ticks)
    long_orders = tally.find_long()
    return None if long_orders is None else _finish(tally, long_orders, clock, lines.scale)


def _summarize_collected(lines: Lines) -> Summary:
    """Add up runs after numbering the ids of all of them, and if need be the instants."""
    runs = collect_runs(lines)
    customers, n_customers = rank(runs.customers, sort=True)
    clock = choose_clock(lines.span, n_customers)
    ticks = clock.to_ticks(runs.instants)
    if ticks is None:
        clock, ticks = number_instants(runs.instants)

    def add_up(words: list[Int64s]) -> tuple[Tally, Int64s | None]:
        orders, n_orders = rank(words, sort=False)
        tally = Tally(n_customers, n_orders, clock.n_bits)
        for start, stop in split(len(orders), lines.n_block):
            block = slice(start, stop)
            tally.add(runs.part(start, stop), customers[block], orders[block], ticks[block])
        return tally, tally.find_long()

    tally, long_orders = add_up(runs.orders)
    if long_orders is None:
        tally, long_orders = add_up([customers, *runs.orders])
        assert long_orders is not None
    return _finish(tally, long_orders, clock, lines.scale)


def _finish(tally: Tally, long_orders: Int64s, clock: Clock, scale: float) -> Summary:
    """Give what *tally* says of each customer with a purchase; its orders are used up."""
    begun = tally.first[long_orders]
    first_places, first_ticks = begun >> clock.n_bits, clock.to_instants(begun)
    counts, instants = _by_customer(tally, clock)
    customers = np.flatnonzero(counts)
    counts = counts[customers]
    ends = np.cumsum(counts) - 1
    heads = ends - counts + 1
    first, last = instants[heads], instants[ends]
    several = counts > 1
    span = (last - first) / DAY
    gaps = tally.first[: len(instants)]  # its memory is free now
    np.subtract(instants[1:], instants[:-1], out=gaps[1:])
    gaps[heads] = 0  # the way from another customer's last order
    longest = np.maximum.reduceat(gaps, heads) / DAY if len(heads) else span
    np.minimum.at(first, np.searchsorted(customers, first_places), first_ticks)
    return Summary(
        rows=tally.rows[customers],
        first=first,
        last=last,
        orders=counts,
        money=tally.net[customers] / scale,
        mean_gap=np.where(several, span / np.maximum(counts - 1, 1), np.nan),
        max_gap=np.where(several, longest, np.nan),
        n_idle=int(np.count_nonzero(tally.rows >= 0)) - len(customers),
    )


def _by_customer(tally: Tally, clock: Clock) -> tuple[Int64s, Int64s]:
    """Give how many orders each customer has, and their instants by customer and time.

    What *tally* knows of the first line of each order is used up.
    """
    keys = tally.last
    is_bought = keys >= 0
    if not is_bought.all():
        keys = keys[is_bought]
    numbers = np.int32 if max(len(keys), len(tally.rows)) < _MOST_INT32 else np.int64
    customers: npt.NDArray[Any] = (keys >> clock.n_bits).astype(numbers)
    counts = np.bincount(customers, minlength=len(tally.rows))
    instants = tally.first[: len(keys)]  # its memory is free now
    instants[:] = keys
    instants = clock.to_instants(instants)
    if (instants[1:] >= instants[:-1]).all():
        # Orders are numbered as time goes on: they are dealt out to customers, not sorted.
        places = customers, np.arange(len(keys), dtype=numbers)
        dealt: Any = csr_array((instants, places), shape=(len(counts), len(keys)))
        return counts, dealt.data
    keys.sort()
    return counts, clock.to_instants(keys)
