"""Order lines in blocks.

Lines of one order stand together in most files, so the rows of a block are
collapsed into runs of one customer, order and instant at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw
import numpy as np

from crmlib.features._block_columns import find_span, open_column, open_instants, split
from crmlib.features._codes import Ids, number_texts, read_ids
from crmlib.tables import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._threads import Threads

_ROOM = 2.0**62


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """Order lines to be read in blocks.

    Parameters
    ----------
    n_rows : int
    customers : Ids
    orders : tuple of Ids
        Sales channel, if there are several, and order.
    instants, amounts : callable
        Give microseconds since 1970 in UTC, and line totals, of the rows from
        the first argument to before the second.
    span : tuple of int
        First and last instant.
    used : ndarray of bool, shape (n_rows,), or None
        Which rows count; all of them if None.
    n_late, n_unknown : int
        Rows that do not: at or after the end, and before it without a customer.
    scale : float
        Parts of a unit of currency in which money is added.
    n_block : int
        Rows of a block.
    """

    n_rows: int
    customers: Ids
    orders: tuple[Ids, ...]
    instants: Callable[[int, int], Int64s]
    amounts: Callable[[int, int], npt.NDArray[Any]]
    span: tuple[int, int]
    used: npt.NDArray[np.bool_] | None
    n_late: int
    n_unknown: int
    scale: float
    n_block: int


@attrs.frozen(kw_only=True, eq=False)
class Runs:
    """Consecutive lines of one customer, order and instant; arrays are (n_runs,).

    Parameters
    ----------
    customers, orders : list of ndarray of int
        Words of their ids.
    rows : ndarray of int
        Row of the table at which each run begins.
    instants : ndarray of int
        Microseconds since 1970 in UTC.
    net : ndarray of int
        Money in parts of a unit of currency.
    sold : ndarray of bool
        Whether some line has a positive amount.
    """

    customers: list[Int64s]
    orders: list[Int64s]
    rows: Int64s
    instants: Int64s
    net: Int64s
    sold: npt.NDArray[np.bool_]

    def part(self, start: int, stop: int) -> Runs:
        """Give the runs from *start* to before *stop*."""
        return Runs(
            customers=[word[start:stop] for word in self.customers],
            orders=[word[start:stop] for word in self.orders],
            rows=self.rows[start:stop],
            instants=self.instants[start:stop],
            net=self.net[start:stop],
            sold=self.sold[start:stop],
        )


def open_lines(frame: nw.DataFrame[Any], end: int, n_block: int, threads: Threads) -> Lines:
    """Look through *frame* once, so that it can be read in blocks.

    Parameters
    ----------
    frame : DataFrame of narwhals, shape (n_rows, n_columns)
        As ``check_transactions`` gives it; n_rows > 0.
    end : int
        First instant that does not count, microseconds since 1970 in UTC.
    n_block : int
        Rows of a block.
    threads : Threads
    """
    n_rows = len(frame)
    orders = [read_ids(frame["order_id"], n_block, threads)]
    if "sales_channel" in frame.columns:
        channels = number_texts(frame["sales_channel"].cast(nw.String()))
        if channels.span != (0, 0):
            orders.insert(0, channels)
    instants = open_instants(frame["ordered_at"])
    amounts = open_column(frame["amount"].cast(nw.Float64()))
    span = find_span(instants, split(n_rows, n_block), threads)
    late, unknown = np.zeros((2, n_rows), dtype=bool)
    if span[1] >= end:
        for start, stop in split(n_rows, n_block):
            np.greater_equal(instants(start, stop), end, out=late[start:stop])
    if frame["customer_id"].is_null().any():
        unknown = frame["customer_id"].is_null().to_numpy() & ~late
    n_late, n_unknown = int(np.count_nonzero(late)), int(np.count_nonzero(unknown))
    return Lines(
        n_rows=n_rows,
        customers=read_ids(frame["customer_id"], n_block, threads),
        orders=tuple(orders),
        instants=instants,
        amounts=amounts,
        span=span,
        used=~(late | unknown) if n_late or n_unknown else None,
        n_late=n_late,
        n_unknown=n_unknown,
        scale=_choose_scale(amounts, n_rows, n_block, threads),
        n_block=n_block,
    )


def read_runs(lines: Lines, threads: Threads) -> Iterator[Runs]:
    """Give the runs of one block after the other."""
    blocks = split(lines.n_rows, lines.n_block)
    return threads.map(lambda block: _read_block(lines, *block), blocks)


def _read_block(lines: Lines, start: int, stop: int) -> Runs:
    """Give the runs of the rows from *start* to before *stop*."""
    instants = lines.instants(start, stop)
    minor = np.rint(lines.amounts(start, stop) * lines.scale).astype(np.int64)
    customers = lines.customers.read(start, stop)
    orders = [word for ids in lines.orders for word in ids.read(start, stop)]
    rows = None
    if lines.used is not None:
        rows = np.flatnonzero(lines.used[start:stop])
        instants, minor = instants.take(rows), minor.take(rows)
        customers = [word.take(rows) for word in customers]
        orders = [word.take(rows) for word in orders]
    starts = find_changes([*customers, *orders, instants])
    net, sold = _collapse(minor, starts)
    return Runs(
        customers=[word.take(starts) for word in customers],
        orders=[word.take(starts) for word in orders],
        rows=(starts if rows is None else rows.take(starts)) + start,
        instants=instants.take(starts),
        net=net,
        sold=sold,
    )


def collect_runs(lines: Lines, threads: Threads) -> Runs:
    """Give the runs of all blocks; one that a block's end cuts is two."""
    n_customer_words = lines.customers.n_words
    n_words = n_customer_words + sum(ids.n_words for ids in lines.orders)
    # Memory that nothing is written to is not taken, so there may be room for every row.
    *words, rows, instants, net = np.empty((n_words + 3, lines.n_rows), dtype=np.int64)
    sold = np.empty(len(rows), dtype=bool)
    stop = 0
    for runs in read_runs(lines, threads):
        start, stop = stop, stop + len(runs.rows)
        parts = [*runs.customers, *runs.orders, runs.rows, runs.instants, runs.net, runs.sold]
        for column, part in zip([*words, rows, instants, net, sold], parts, strict=True):
            column[start:stop] = part
    words = [word[:stop] for word in words]
    return Runs(
        customers=words[:n_customer_words],
        orders=words[n_customer_words:],
        rows=rows[:stop],
        instants=instants[:stop],
        net=net[:stop],
        sold=sold[:stop],
    )


def find_changes(columns: list[Int64s]) -> Int64s:
    """Give the rows that differ from the row before."""
    changes = np.ones(len(columns[0]), dtype=bool)
    inner = changes[1:]
    np.not_equal(columns[0][1:], columns[0][:-1], out=inner)
    for column in columns[1:]:
        inner |= column[1:] != column[:-1]
    return np.flatnonzero(changes)


def _collapse(minor: Int64s, starts: Int64s) -> tuple[Int64s, npt.NDArray[np.bool_]]:
    """Add the money of each run, and tell which have a positive amount."""
    sums = np.zeros(len(minor) + 1, dtype=np.int64)
    np.cumsum(minor, out=sums[1:])
    ends = np.append(starts[1:], len(minor))
    net = sums.take(ends) - sums.take(starts)
    free = np.flatnonzero(minor <= 0)
    if not len(free):
        return net, np.ones(len(starts), dtype=bool)
    n_free = np.bincount(np.searchsorted(starts, free, side="right") - 1, minlength=len(starts))
    return net, n_free < ends - starts


def _choose_scale(
    amounts: Callable[[int, int], npt.NDArray[Any]], n_rows: int, n_block: int, threads: Threads
) -> float:
    """Give the parts of a unit in which no sum of *amounts* leaves the int64.

    These are ten-thousandths, unless the turnover is some 461 trillion units.
    """

    def add_up(rows: tuple[int, int]) -> float:
        return float((np.abs(amounts(*rows)) / n_rows).sum())

    mean = sum(threads.map(add_up, split(n_rows, n_block)))
    if mean * MINOR_UNITS <= _ROOM / n_rows:
        return MINOR_UNITS
    return 10.0 ** math.floor(math.log10(_ROOM / n_rows / mean))
