"""The facts behind suggestions: what was bought before, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.planners._purchases import Purchases
    from crmlib.planners._suggestion_scores import Signals

NOBODY = -1
"""Stands for a purchase that is not there."""

_FEW = 200_000
"""Picks that are looked into at once."""


@attrs.frozen(kw_only=True, eq=False)
class Facts:
    """One of each for every pick; of no meaning where *anchor* is -1.

    Parameters
    ----------
    anchor : ndarray of int
        Place of the bought product that speaks for the pick: itself, if it was bought.
    days, first_day, last_day : ndarray of int
        On how many days the customer bought the anchor, the first and the last.
    """

    anchor: npt.NDArray[np.int64]
    days: npt.NDArray[np.int64]
    first_day: npt.NDArray[np.int64]
    last_day: npt.NDArray[np.int64]


def find_facts(
    purchases: Purchases,
    signals: Signals,
    customer: npt.NDArray[np.int64],
    product: npt.NDArray[np.int64],
    *,
    is_complement: npt.NDArray[np.bool_],
) -> Facts:
    """Find the purchase that speaks most for each pick.

    For what was bought before it is that very product; for another one the
    purchase that adds most to its score; for a complement only of categories
    that it complements.
    """
    cells = np.full(len(customer), NOBODY, dtype=np.int64)
    for start in range(0, len(customer), _FEW):
        some = slice(start, start + _FEW)
        cells[some] = _find_cells(
            purchases, signals, customer[some], product[some], is_complement[some]
        )
    found = cells >= 0
    return Facts(
        anchor=np.where(found, purchases.things[cells], NOBODY),
        days=np.where(found, purchases.days[cells], 0),
        first_day=np.where(found, purchases.first_day[cells], 0),
        last_day=np.where(found, purchases.last_day[cells], 0),
    )


def _find_cells(
    purchases: Purchases,
    signals: Signals,
    customer: npt.NDArray[np.int64],
    product: npt.NDArray[np.int64],
    is_complement: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int64]:
    known = product < signals.bought.shape[1]
    cells = purchases.matrix(np.arange(len(purchases.things)) + 1)  # 0 where nothing was bought
    own = np.asarray(cells[customer, np.where(known, product, 0)]).ravel() - 1
    best = np.where(known, own, NOBODY)
    starts = np.append(purchases.starts, purchases.starts[-1])
    lengths = starts[customer + 1] - starts[customer]
    # Of what nobody bought yet nothing is known that could speak for it.
    asked = np.flatnonzero((lengths > 0) & known & (best == NOBODY))
    lengths = lengths[asked]
    pick = np.repeat(asked, lengths)
    ends = np.cumsum(lengths)
    within = np.arange(len(pick)) - np.repeat(ends - lengths, lengths)
    cell = starts[customer[pick]] + within
    thing, wanted = purchases.things[cell], product[pick]
    value = signals.bought.data[cell] * signals.item_pairs.weigh(thing, wanted)
    if len(signals.population):
        strength = np.pad(signals.pairs, (0, 1))
        goes = strength[signals.category[thing], signals.category[wanted]] > 0
        value[is_complement[pick] & ~goes] = -np.inf
    if len(pick):
        highest = np.repeat(np.maximum.reduceat(value, ends - lengths), lengths)
        places = np.flatnonzero((value == highest) & (value > -np.inf))
        # Backwards, so that the first of equal ones is written last.
        best[pick[places[::-1]]] = cell[places[::-1]]
    return best
