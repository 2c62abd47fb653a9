"""Sums, counts and gaps per customer, in numpy.

Lines of one order stand together in most files, so rows are first collapsed
into runs of one customer, order and instant; what follows works on the runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.tables import sum_by_group

if TYPE_CHECKING:
    import numpy.typing as npt

DAY = 86_400_000_000
"""Microseconds."""


@attrs.frozen(kw_only=True, eq=False)
class Runs:
    """Consecutive lines of one customer, order and instant.

    Parameters
    ----------
    starts : ndarray of int, shape (n_runs,)
        Row at which each run begins.
    instants : ndarray of int, shape (n_runs,)
        Microseconds since 1970 in UTC.
    net : ndarray of float, shape (n_runs,)
        Money in minor units.
    sold : ndarray of bool, shape (n_runs,)
        Whether some line has a positive amount.
    """

    starts: npt.NDArray[np.intp]
    instants: npt.NDArray[np.int64]
    net: npt.NDArray[np.float64]
    sold: npt.NDArray[np.bool_]


@attrs.frozen(kw_only=True, eq=False)
class Summary:
    """What is known of each customer with a purchase; all arrays are (n_customers,).

    Parameters
    ----------
    customers : ndarray of int
        Code of the customer, rising.
    first, last : ndarray of int
        First and last purchase line, microseconds since 1970 in UTC.
    orders : ndarray of int
        Orders with a purchase.
    money : ndarray of float
        Net sum in units of currency.
    mean_gap, max_gap : ndarray of float
        Days between successive orders; NaN if there is one order.
    """

    customers: npt.NDArray[np.intp]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    orders: npt.NDArray[np.int64]
    money: npt.NDArray[np.float64]
    mean_gap: npt.NDArray[np.float64]
    max_gap: npt.NDArray[np.float64]


def collapse(
    changes: npt.NDArray[np.bool_],
    instants: npt.NDArray[np.int64],
    minor: npt.NDArray[np.float64],
) -> Runs:
    """Collapse rows into runs.

    Parameters
    ----------
    changes : ndarray of bool, shape (n_rows,)
        True where customer, order or instant differs from the row before.
    instants : ndarray of int, shape (n_rows,)
    minor : ndarray of float, shape (n_rows,)
        Line totals in minor units.
    """
    starts = np.flatnonzero(changes)
    if not len(starts):  # reduceat wants rows
        return Runs(starts=starts, instants=instants, net=minor, sold=changes)
    return Runs(
        starts=starts,
        instants=instants[starts],
        net=np.add.reduceat(minor, starts),
        sold=np.maximum.reduceat(minor, starts) > 0,
    )


def summarize(
    runs: Runs, customers: npt.NDArray[np.intp], orders: npt.NDArray[np.intp]
) -> Summary:
    """Summarise *runs* per customer.

    Parameters
    ----------
    runs : Runs
        In any order.
    customers, orders : ndarray of int, shape (n_runs,)
        Codes from 0; one order code may belong to several customers.

    Returns
    -------
    Summary
        Customers without a purchase are not in it.
    """
    money = sum_by_group(customers, runs.net, int(customers.max(initial=-1)) + 1)
    buyer, first, last = _collapse_orders(
        customers[runs.sold].astype(np.int64), orders[runs.sold], runs.instants[runs.sold]
    )
    by_time = np.lexsort((last, buyer))
    buyer, first, last = buyer[by_time], first[by_time], last[by_time]
    heads = np.flatnonzero(np.diff(buyer, prepend=-1))
    if not len(heads):
        no_days = np.empty(0)
        return Summary(
            customers=heads,
            first=first,
            last=last,
            orders=heads.astype(np.int64),
            money=no_days,
            mean_gap=no_days,
            max_gap=no_days,
        )
    ends = np.append(heads[1:], len(buyer)) - 1
    counts = ends - heads + 1
    gaps = np.diff(last, prepend=last[0]) / DAY
    gaps[heads] = 0  # the way from another customer's last order
    several = counts > 1
    span = (last[ends] - last[heads]) / DAY
    return Summary(
        customers=buyer[heads],
        first=np.minimum.reduceat(first, heads),
        last=last[ends],
        orders=counts.astype(np.int64),
        money=money[buyer[heads]],
        mean_gap=np.where(several, span / np.maximum(counts - 1, 1), np.nan),
        max_gap=np.where(several, np.maximum.reduceat(gaps, heads), np.nan),
    )


def _collapse_orders(
    customers: npt.NDArray[np.int64],
    orders: npt.NDArray[np.intp],
    instants: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give customer, first and last instant of each order, sorted by customer and order."""
    keys = customers * (int(orders.max(initial=0)) + 1) + orders
    places = np.argsort(keys, kind="stable")
    keys, instants = keys[places], instants[places]
    heads = np.flatnonzero(np.diff(keys, prepend=-1))
    if not len(heads):
        return customers, instants, instants
    return (
        customers[places[heads]],
        np.minimum.reduceat(instants, heads),
        np.maximum.reduceat(instants, heads),
    )
