"""Who bought what on which days, in few numbers: products or categories."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from crmlib.exceptions import DataQualityWarning, InvalidTableError, MissingColumnsError
from crmlib.tables import Orders, check_columns

if TYPE_CHECKING:
    import numpy.typing as npt

NEEDED = ("customer_id", "ordered_at", "amount")


@attrs.frozen(kw_only=True, eq=False)
class Purchases:
    """A cell for each customer and thing that was bought on one day or more.

    Parameters
    ----------
    customer_ids, thing_ids : Index
        Both sorted.
    starts : ndarray of int, shape (n_customers + 1,)
        Where the cells of each customer begin, as in a CSR matrix.
    things : ndarray of int, shape (n_cells,)
        Place of the thing of each cell.
    days : ndarray of int, shape (n_cells,)
        On how many days it was bought.
    first_day, last_day : ndarray of int, shape (n_cells,)
        Local days since 1970.
    decayed : ndarray of float, shape (n_cells,)
        Sum of ``0.5 ** (age / half-life)`` over those days.
    baskets : csr_matrix of shape (n_baskets, n_things)
        1 for what was bought; a basket is what a customer buys on one day,
        and those of a customer follow each other in time.
    basket_owner, basket_day : ndarray of int, shape (n_baskets,)
        Place of the customer, and the day.
    """

    customer_ids: pd.Index[Any]
    thing_ids: pd.Index[Any]
    starts: npt.NDArray[np.int64]
    things: npt.NDArray[np.int32]
    days: npt.NDArray[np.int32]
    first_day: npt.NDArray[np.int32]
    last_day: npt.NDArray[np.int32]
    decayed: npt.NDArray[np.float32]
    baskets: csr_matrix
    basket_owner: npt.NDArray[np.int32]
    basket_day: npt.NDArray[np.int32]

    def matrix(self, cells: npt.NDArray[Any]) -> csr_matrix:
        """Give customers by things, with the values of *cells*; a last row, nobody's, is empty."""
        starts = np.append(self.starts, self.starts[-1])
        shape = (len(self.customer_ids) + 1, len(self.thing_ids))
        return csr_matrix((cells, self.things, starts), shape=shape)

    def count_buyers(self, first_day: int, end_day: int) -> npt.NDArray[np.float64]:
        """Count for each thing on how many days a customer bought it, *end_day* not included."""
        inside = (self.basket_day >= first_day) & (self.basket_day < end_day)
        return np.asarray(inside.astype(np.float32) @ self.baskets, dtype=np.float64)


def name_products(transactions: pd.DataFrame) -> str:
    """Give the column that tells products apart: their id, else their name.

    Raises
    ------
    MissingColumnsError
        If there is neither.
    """
    for column in ("product_id", "product_name"):
        if column in transactions.columns:
            return column
    raise MissingColumnsError(
        "transactions",
        ["product_id", "product_name"],
        [str(column) for column in transactions.columns],
        "one of the two is needed to tell products apart",
    )


def keep_purchases(transactions: pd.DataFrame) -> pd.DataFrame:
    """Keep the lines on which a known customer bought a known product.

    Raises
    ------
    MissingColumnsError
        If a needed column is missing.
    InvalidTableError
        If nothing is left, the instants have no zone, or it is no table.
    """
    if isinstance(transactions, Orders):
        raise InvalidTableError("transactions", "is an Orders, no table", "pass orders.table")
    check_columns("transactions", transactions, NEEDED)
    product = name_products(transactions)
    if not isinstance(transactions["ordered_at"].dtype, pd.DatetimeTZDtype):
        raise InvalidTableError(
            "transactions",
            "has an ordered_at without a zone",
            "read it with crmlib.read_orders, or localise it",
        )
    known = transactions[["customer_id", "ordered_at", product]].notna().all(axis=1)
    if not known.all():
        warnings.warn(
            f"{(~known).sum()} of {len(known)} lines have no customer, product or instant; "
            "they are left out",
            DataQualityWarning,
            stacklevel=4,
        )
    # A return says nothing about what somebody likes.
    bought = transactions[known & (transactions["amount"] > 0).fillna(value=False)]
    if not len(bought):
        raise InvalidTableError("transactions", "holds no purchase", "fit on past orders")
    return bought


def count_purchases(
    customers: pd.Series[Any],
    things: pd.Series[Any],
    day: npt.NDArray[np.int64],
    *,
    half_life_days: float,
    most_things: int | None = None,
) -> Purchases:
    """Count on which days each customer bought each thing; repeated lines of a day are one.

    Of more than *most_things* those stay that most customers bought (of equal
    ones the first in the order of ids).
    """
    customer, customer_ids = pd.factorize(customers, sort=True)
    thing, thing_ids = pd.factorize(things, sort=True)
    begin, end = int(day.min()), int(day.max())
    n_days, n_things = end - begin + 1, len(thing_ids)
    cell, offset = _sort_cells(customer.astype(np.int64) * n_things + thing, day - begin)
    kept = _most_bought(cell, n_things, most_things)
    if len(kept) < n_things:
        place = np.full(n_things, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        stays = place[cell % n_things] >= 0
        cell, offset = cell[stays], offset[stays]
        cell = cell // n_things * len(kept) + place[cell % n_things]
        thing_ids, n_things = thing_ids[kept], len(kept)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    last = np.append(first[1:], len(cell)) - 1
    owner, thing = np.divmod(cell, n_things)
    weights = 0.5 ** ((end - begin - offset) / half_life_days)
    order = np.argsort(owner * n_days + offset, kind="stable")
    basket = (owner * n_days + offset)[order]
    begins = np.flatnonzero(np.diff(basket, prepend=-1))
    baskets = csr_matrix(
        (np.ones(len(cell), dtype=np.float32), thing[order], np.append(begins, len(cell))),
        shape=(len(begins), n_things),
    )
    return Purchases(
        customer_ids=pd.Index(customer_ids, name="customer_id"),
        thing_ids=pd.Index(thing_ids),
        starts=np.searchsorted(owner[first], np.arange(len(customer_ids) + 1)),
        things=thing[first].astype(np.int32),
        days=(last - first + 1).astype(np.int32),
        first_day=(offset[first] + begin).astype(np.int32),
        last_day=(offset[last] + begin).astype(np.int32),
        decayed=np.add.reduceat(weights, first).astype(np.float32),
        baskets=baskets,
        basket_owner=(basket[begins] // n_days).astype(np.int32),
        basket_day=(basket[begins] % n_days + begin).astype(np.int32),
    )


def _sort_cells(
    cell: npt.NDArray[np.int64], offset: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give cell and day of each purchase once, in order."""
    n_days = int(offset.max()) + 1
    packed = np.sort(cell * n_days + offset)
    packed = packed[np.diff(packed, prepend=-1) != 0]
    cell, offset = np.divmod(packed, n_days)
    return cell, offset


def _most_bought(
    cell: npt.NDArray[np.int64], n_things: int, most: int | None
) -> npt.NDArray[np.int64]:
    """Give the places of the things with most buyers, in order."""
    bought = cell[np.diff(cell, prepend=-1) != 0] % n_things
    buyers = np.bincount(bought, minlength=n_things)
    return np.sort(np.argsort(-buyers, kind="stable")[:most])
