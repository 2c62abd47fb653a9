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
_N_BLOCK = 2**17
_NEVER = 2**63 - 1

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

    Attributes
    ----------
    rows, net : ndarray of int, shape (n_customers,)
        A row of each customer, -1 of none, and the money.
    last : ndarray of int, shape (n_orders,)
        Customer and tick of the last purchase line of each order; -1: none.
    first : ndarray of int, shape (n_customers,)
        The same of the first line that is not the last of its order.
    """

    def __init__(self, n_customers: int, n_orders: int, n_bits: int) -> None:
        self.rows = np.full(n_customers, -1)
        self.net = np.zeros(n_customers, dtype=np.int64)
        self.first = np.full(n_customers, _NEVER)
        self.last = np.full(n_orders, -1)
        self.n_bits = n_bits

    def add(self, runs: Runs, customers: Int64s, orders: Int64s, ticks: Int64s) -> bool:
        """Add *runs* of *customers* and *orders* at *ticks*.

        Tell whether it went well: False if an order turns out to have several
        customers, of whom the tally knows one only.
        """
        self.rows[customers] = runs.rows
        np.add.at(self.net, customers, runs.net)
        keys = (customers << self.n_bits) | ticks
        if not runs.sold.all():
            orders, keys = orders[runs.sold], keys[runs.sold]
        before = self.last[orders]
        np.maximum.at(self.last, orders, keys)
        after = self.last[orders]
        return all(self._note_earlier(some, after) for some in (keys, before))

    def _note_earlier(self, keys: Int64s, last: Int64s) -> bool:
        """Keep those of *keys* that are not the *last* of their order, few as they mostly are."""
        places = np.flatnonzero((keys != last) & (keys >= 0))
        keys, last = keys[places], last[places]
        np.minimum.at(self.first, keys >> self.n_bits, keys)
        return not ((keys ^ last) >> self.n_bits).any()


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
        if not tally.add(runs, runs.customers[0] - low, runs.orders[0] - low_order, ticks):
            return None
    return _finish(tally, clock, lines.scale)


def _summarize_collected(lines: Lines) -> Summary:
    """Add up runs after numbering the ids of all of them, and if need be the instants."""
    runs = collect_runs(lines)
    customers, n_customers = rank(runs.customers, sort=True)
    clock = choose_clock(lines.span, n_customers)
    ticks = clock.to_ticks(runs.instants)
    if ticks is None:
        clock, ticks = number_instants(runs.instants)

    def add_up(words: list[Int64s]) -> Tally | None:
        orders, n_orders = rank(words, sort=False)
        tally = Tally(n_customers, n_orders, clock.n_bits)
        for start, stop in split(len(orders), lines.n_block):
            block = slice(start, stop)
            part = runs.part(start, stop)
            if not tally.add(part, customers[block], orders[block], ticks[block]):
                return None
        return tally

    tally = add_up(runs.orders) or add_up([customers, *runs.orders])
    assert tally is not None
    return _finish(tally, clock, lines.scale)


def _finish(tally: Tally, clock: Clock, scale: float) -> Summary:
    """Give what *tally* says of each customer with a purchase; its orders are used up."""
    counts, instants = _by_customer(tally, clock)
    customers = np.flatnonzero(counts)
    counts = counts[customers]
    ends = np.cumsum(counts) - 1
    heads = ends - counts + 1
    first, last = instants[heads], instants[ends]
    several = counts > 1
    span = (last - first) / DAY
    _to_gaps(instants)
    instants[heads] = 0  # the way from another customer's last order
    longest = np.maximum.reduceat(instants, heads) / DAY if len(heads) else span
    begun = tally.first[customers]
    places = np.flatnonzero(begun != _NEVER)
    first[places] = np.minimum(first[places], clock.to_instants(begun[places]))
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
    """Give how many orders each customer has, and their instants by customer and time."""
    keys, n_customers = tally.last, len(tally.rows)
    numbers = np.int32 if max(len(keys), n_customers) < _MOST_INT32 else np.int64
    customers = np.empty(len(keys), dtype=numbers)
    n_orders, latest, stand_by_time = 0, 0, True
    for start, stop in split(len(keys), _N_BLOCK):
        bought = keys[start:stop]
        bought = bought[bought >= 0]
        ticks = np.concatenate([[latest], bought & (2**clock.n_bits - 1)])
        stand_by_time &= bool((ticks[1:] >= ticks[:-1]).all())
        latest = ticks[-1]
        block = slice(n_orders, n_orders + len(bought))
        keys[block] = bought
        customers[block] = bought >> clock.n_bits
        n_orders += len(bought)
    keys, customers = keys[:n_orders], customers[:n_orders]
    counts = np.bincount(customers, minlength=n_customers)
    if stand_by_time:
        places = customers, np.arange(n_orders, dtype=numbers)
        dealt: Any = csr_array((keys, places), shape=(n_customers, n_orders))
        keys = dealt.data
    else:
        keys.sort()
    return counts, clock.to_instants(keys)


def _to_gaps(instants: Int64s) -> None:
    """Take from each instant the one before it, from the end on, as no memory is left over."""
    for start, stop in reversed([*split(len(instants) - 1, _N_BLOCK)]):
        instants[start + 1 : stop + 1] -= instants[start:stop]
