"""How often, how long and until when each customer bought, in the terms of BG/NBD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.exceptions import InvalidTableError

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class PurchaseHistories:
    """Repeat purchases, one row per customer or group of customers who bought alike.

    Parameters
    ----------
    x : ndarray of int
        Purchases after the first.
    t_x : ndarray of int
        BTYD's "recency": days from the first purchase to the last.
    T : ndarray of int
        Days from the first purchase to the snapshot, at least *t_x*.
    weight : ndarray of int
        How many customers a row stands for.
    """

    x: Ints
    t_x: Ints
    T: Ints
    weight: Ints


def group(histories: PurchaseHistories) -> PurchaseHistories:
    """Put customers who bought alike into one row, sorted by x, then t_x, then T."""
    columns = (histories.x, histories.t_x, histories.T)
    sizes = tuple(int(column.max()) + 1 for column in columns)
    if sizes[0] * sizes[1] * sizes[2] > np.iinfo(np.int64).max:
        raise InvalidTableError(
            "customers",
            f"has numbers beyond reason: up to {sizes[0]} orders in {sizes[2]} days",
            "make the table with crmlib.summarize_customers",
        )
    cells, weight = np.unique(np.ravel_multi_index(columns, sizes), return_counts=True)
    x, t_x, T = np.unravel_index(cells, sizes)
    return PurchaseHistories(x=x, t_x=t_x, T=T, weight=weight)


def thin_out(histories: PurchaseHistories, n_customers: int) -> PurchaseHistories:
    """Keep about *n_customers* of grouped *histories*: every so-many-th, as they are sorted."""
    reached = np.cumsum(histories.weight)
    kept = np.diff(reached // (reached[-1] // n_customers), prepend=0)
    some = kept > 0
    return PurchaseHistories(
        x=histories.x[some], t_x=histories.t_x[some], T=histories.T[some], weight=kept[some]
    )
