"""Sums, counts and gaps per customer, in numpy.

Runs of lines go into two tables, one of customers and one of orders.  There
each order is one integer, its customer above the instant at which it counts.
While one thread adds up, others read the blocks that follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.features._block_columns import split
from crmlib.features._blocks import collect_runs, read_runs
from crmlib.features._code_ranks import rank
from crmlib.features._kernel_clock import choose_clock, number_instants
from crmlib.features._order_gaps import follow_orders

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._blocks import Lines, Runs
    from crmlib.features._kernel_clock import Clock
    from crmlib.features._threads import Threads

_NEVER = 2**63 - 1
_N_BLOCK = 2**17

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
            orders, keys = orders.compress(runs.sold), keys.compress(runs.sold)
        before = self.last.take(orders)
        np.maximum.at(self.last, orders, keys)
        after = self.last.take(orders)
        return all(self._note_earlier(some, after) for some in (keys, before))

    def _note_earlier(self, keys: Int64s, last: Int64s) -> bool:
        """Keep those of *keys* that are not the *last* of their order, few as they mostly are."""
        places = np.flatnonzero((keys != last) & (keys >= 0))
        keys, last = keys.take(places), last.take(places)
        np.minimum.at(self.first, keys >> self.n_bits, keys)
        return not ((keys ^ last) >> self.n_bits).any()


def summarize(lines: Lines, threads: Threads) -> Summary:
    """Summarise *lines* per customer."""
    return _summarize_at_once(lines, threads) or _summarize_collected(lines, threads)


def _summarize_at_once(lines: Lines, threads: Threads) -> Summary | None:
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
    for runs in read_runs(lines, threads):
        ticks = clock.to_ticks(runs.instants)
        if ticks is None:
            return None
        if not tally.add(runs, runs.customers[0] - low, runs.orders[0] - low_order, ticks):
            return None
    key = lines.customers.sort_key
    sort_key = None if key is None else lambda codes: key(codes + low)
    return _finish(tally, clock, lines.scale, threads, sort_key)


def _summarize_collected(lines: Lines, threads: Threads) -> Summary:
    """Add up runs after numbering the ids of all of them, and if need be the instants."""
    runs = collect_runs(lines, threads)
    key = lines.customers.sort_key
    words = runs.customers if key is None else [key(*runs.customers)]
    customers, n_customers = rank(words, threads, sort=True)
    clock = choose_clock(lines.span, n_customers)
    ticks = clock.to_ticks(runs.instants)
    if ticks is None:
        clock, ticks = number_instants(runs.instants, threads)

    def add_up(words: list[Int64s]) -> Tally | None:
        orders, n_orders = rank(words, threads, sort=False)
        tally = Tally(n_customers, n_orders, clock.n_bits)
        for start, stop in split(len(orders), lines.n_block):
            block = slice(start, stop)
            part = runs.part(start, stop)
            if not tally.add(part, customers[block], orders[block], ticks[block]):
                return None
        return tally

    tally = add_up(runs.orders) or add_up([customers, *runs.orders])
    assert tally is not None
    return _finish(tally, clock, lines.scale, threads)


def _finish(
    tally: Tally,
    clock: Clock,
    scale: float,
    threads: Threads,
    sort_key: Callable[[Int64s], Int64s] | None = None,
) -> Summary:
    """Give what *tally* says of each customer with a purchase; its orders are used up.

    A *sort_key* gives integers that sort as the ids of customers whose numbers do not.
    """
    gaps = follow_orders(tally.last, clock, len(tally.rows), threads)
    customers = np.flatnonzero(gaps.counts)
    if sort_key is not None:
        customers = customers.take(np.argsort(sort_key(customers)))
    rows, first, last, orders = np.empty((4, len(customers)), dtype=np.int64)
    money, mean_gap, max_gap = np.empty((3, len(customers)))

    def fill(block: tuple[int, int]) -> None:
        part = slice(*block)
        some = customers[part]
        counts, begun, ended = (
            column.take(some) for column in (gaps.counts, gaps.first, gaps.last)
        )
        several = counts > 1
        mean = (ended - begun) / DAY / np.maximum(counts - 1, 1)
        mean_gap[part] = np.where(several, mean, np.nan)
        max_gap[part] = np.where(several, gaps.longest.take(some) / DAY, np.nan)
        earlier = tally.first.take(some)
        places = np.flatnonzero(earlier != _NEVER)
        begun[places] = np.minimum(begun[places], clock.to_instants(earlier[places]))
        first[part], last[part], orders[part] = begun, ended, counts
        rows[part] = tally.rows.take(some)
        money[part] = tally.net.take(some) / scale

    for _ in threads.map(fill, split(len(customers), _N_BLOCK)):
        pass
    return Summary(
        rows=rows,
        first=first,
        last=last,
        orders=orders,
        money=money,
        mean_gap=mean_gap,
        max_gap=max_gap,
        n_idle=int(np.count_nonzero(tally.rows >= 0)) - len(customers),
    )
