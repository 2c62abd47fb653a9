"""Who gets which stretch of time, if all want the same and a provider takes so many a minute.

A message that goes counts 1, and up to 1 more for how well its moment is
liked, as a share of the best that is open to the customer.  Few customers are
placed exactly.  Of many a sample finds the price of each stretch; at these
prices each customer takes what it likes best, who is one too many goes on to
what has room, and last everybody looks for something better that is still
free.  Whatever the prices are, no placement is worth more than the dual value
at them [1]_: the certificate.

References
----------
.. [1] D. P. Bertsekas, *Network Optimization*, Athena, 1998, sec. 7.1
   (prices and duality in assignment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crmlib.statistics._assignment_prices import find_prices
from crmlib.statistics._assignment_problem import AssignmentProblem
from crmlib.statistics._exact_assignment import solve_exactly
from crmlib.timing._minutes import pick_minutes
from crmlib.timing._placement import Placement
from crmlib.timing._slots import MINUTE
from crmlib.timing._wishes import shares_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from crmlib.timing._opening import Opening
    from crmlib.timing._rate_cells import RateCells
    from crmlib.timing._wishes import Wishes

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Integers = npt.NDArray[np.int64]
    Hashes = npt.NDArray[np.uint64]

EXACT_VALUES: Final = 5_000
"""Customers times cells up to which the best placement is looked for exactly."""
_SAMPLE: Final = 24_000
_SAMPLED_VALUES: Final = 8_000_000
_EARLIER: Final = 1e-4
"""What being first in the window is worth over being last, where all else is equal."""
_ROUNDING: Final = 1e-9
_DOUBT: Final = 20.0
"""Temperatures by which the best cell must lead to be beyond doubt."""
_MOST_LOOKS: Final = 3


class RatePlacement:
    """Place customers into cells with room for so many each.

    Parameters
    ----------
    wishes : Wishes
    openings : sequence of Opening
        With one hour at least each.
    cells : RateCells
        Of these openings.
    hashes : ndarray of uint64, shape (n_customers,)
        Customers are looked at in the order of their hashes, so the order of
        the rows changes nothing.
    """

    def __init__(
        self, wishes: Wishes, openings: Sequence[Opening], cells: RateCells, hashes: Hashes
    ) -> None:
        self._wishes = wishes
        self._openings = openings
        self._cells = cells
        self._hashes = hashes
        self._orders = [
            opening.rows[np.argsort(hashes[opening.rows], kind="stable")] for opening in openings
        ]
        self._chosen = np.full(len(hashes), -1, dtype=np.int64)

    def solve(self) -> Placement:
        """Give the placement: the first wishes if they fit, or else what prices lead to."""
        rows = np.concatenate(self._orders)
        best = self._take_first_wishes()
        if (self._room() >= 0).all():
            return self._placement(best, best, "greedy")
        rows = rows[np.argsort(self._hashes[rows], kind="stable")]
        if len(rows) * len(self._cells.caps) <= EXACT_VALUES:
            exact = self._solve_exactly(rows)
            if exact is not None:
                return exact
        prices, temperature = self._find_prices(rows)
        self._chosen[:] = -1
        bound, regret = self._take_at(prices, temperature)
        self._evict(regret)
        self._fill(prices)
        for _ in range(_MOST_LOOKS):
            if not self._look_again():
                break
        return self._placement(self._value(), bound, "prices")

    def _placement(self, value: float, bound: float, method: str) -> Placement:
        return Placement(cells=self._chosen, value=value, bound=max(bound, value), method=method)

    def _room(self) -> Integers:
        taken = self._chosen[self._chosen >= 0]
        return self._cells.caps - np.bincount(taken, minlength=len(self._cells.caps))

    def _values(self, chosen: Flags | None = None) -> Iterator[tuple[Integers, Floats, Integers]]:
        """Give customers some at a time, what each cell is worth to them, and which cells."""
        for opening, order, slots in zip(
            self._openings, self._orders, self._cells.slots, strict=True
        ):
            cells = np.flatnonzero(slots >= 0)
            rows = order if chosen is None else order[chosen[order]]
            for places, scores in self._wishes.blocks(opening, rows):
                yield places, 1 + shares_of(scores)[:, slots[cells]], cells

    def _take_first_wishes(self) -> float:
        """Give everybody the earliest of the hours it likes best; say what that is worth."""
        value = 0.0
        for opening, order in zip(self._openings, self._orders, strict=True):
            for places, scores in self._wishes.blocks(opening, order):
                some = np.isfinite(scores.max(axis=1))
                rows, slots = places[some], scores.argmax(axis=1)[some]
                # of the cells of that hour the one in which the minute of the hash falls
                minutes = pick_minutes(self._hashes[rows], opening.slots.minutes[slots])
                at = opening.starts[slots] + minutes * MINUTE
                self._chosen[rows] = np.searchsorted(self._cells.begins, at, side="right") - 1
                value += 2.0 * len(rows)
        return value

    def _dense(self, rows: Integers) -> Floats:
        """Give what each cell is worth to *rows*, -inf where it is closed."""
        lines = np.full(len(self._hashes), -1, dtype=np.int64)
        lines[rows] = np.arange(len(rows))
        table = np.full((len(rows), len(self._cells.caps)), -np.inf)
        for places, values, cells in self._values(lines >= 0):
            table[np.ix_(lines[places], cells)] = values
        return table

    def _solve_exactly(self, rows: Integers) -> Placement | None:
        values = self._dense(rows)
        best = solve_exactly(self._problem(values, 1.0))
        n_cells = len(self._cells.caps)
        earlier = _EARLIER * (n_cells - np.arange(n_cells)) / n_cells
        early = solve_exactly(self._problem(values + earlier, 1.0))
        if best is None or early is None:
            return None
        value, value_of_early = _sum(values, best[0]), _sum(values, early[0])
        self._chosen[rows] = early[0] if value_of_early >= value - _ROUNDING else best[0]
        return self._placement(value, best[1], "exact")

    def _find_prices(self, rows: Integers) -> tuple[Floats, float]:
        size = min(_SAMPLE, _SAMPLED_VALUES // len(self._cells.caps))
        sample = rows[:size]  # in the order of hashes, so by lot
        problem = self._problem(self._dense(sample), len(sample) / len(rows))
        prices, _, temperature = find_prices(problem)
        return prices, temperature

    def _problem(self, values: Floats, share: float) -> AssignmentProblem:
        return AssignmentProblem(
            scores=values,
            caps=np.asarray(self._cells.caps * share, dtype=np.float64),
            costs=np.zeros(len(self._cells.caps)),
            budget=float("inf"),
        )

    def _take_at(self, prices: Floats, temperature: float) -> tuple[float, Floats]:
        """Let everybody choose at *prices*; give the dual value and what each would miss.

        Cells that are nearly alike are drawn among by the hash, in the shares
        in which the prices were found.
        """
        bound = float(self._cells.caps @ prices)
        regret = np.zeros(len(self._hashes))
        for places, values, cells in self._values():
            worth = np.column_stack([values - prices[cells], np.zeros(len(places))])
            top = worth.max(axis=1)
            bound += float(top.sum())
            best = worth.argmax(axis=1)
            lead = top - np.partition(worth, -2, axis=1)[:, -2]
            unsure = np.flatnonzero(lead < _DOUBT * temperature)
            weights = np.exp((worth[unsure] - top[unsure, None]) / temperature)
            edges = np.cumsum(weights, axis=1)
            lots = (self._hashes[places[unsure]] >> np.uint64(11)) * 2.0**-53
            drawn = (edges <= (lots * edges[:, -1])[:, None]).sum(axis=1)
            best[unsure] = np.minimum(drawn, len(cells))  # rounding may put it one above
            self._chosen[places] = np.append(cells, -1)[best]
            regret[places] = lead
        return bound, regret

    def _evict(self, regret: Floats) -> None:
        """Take the cell from those who miss it least, where too many have it."""
        rows = np.flatnonzero(self._chosen >= 0)
        mine = self._chosen[rows]
        order = np.lexsort((self._hashes[rows], -regret[rows], mine))
        ranks = np.arange(len(rows)) - np.searchsorted(mine[order], mine[order], side="left")
        late = order[ranks >= self._cells.caps[mine[order]]]
        self._chosen[rows[late]] = -1

    def _fill(self, prices: Floats) -> None:
        """Give what has room to those without, those first to whom it is worth most."""
        waiting = self._chosen < 0
        while True:
            room = self._room()
            rows, cells, worth = self._best_of(waiting, np.where(room > 0, prices, np.inf))
            if not len(rows):
                return
            self._give(rows, cells, worth, room)
            waiting = np.zeros(len(waiting), dtype=bool)
            waiting[rows] = self._chosen[rows] < 0

    def _best_of(self, who: Flags, prices: Floats) -> tuple[Integers, Integers, Floats]:
        """Give those of *who* that have a cell with a finite price, the best, and its worth."""
        nobody = np.zeros(0, dtype=np.int64)
        rows, best, worths = [nobody], [nobody], [np.zeros(0)]
        for places, values, cells in self._values(who):
            worth = values - prices[cells]
            top = worth.max(axis=1)
            some = np.isfinite(top)
            rows.append(places[some])
            best.append(cells[worth.argmax(axis=1)[some]])
            worths.append(top[some])
        return np.concatenate(rows), np.concatenate(best), np.concatenate(worths)

    def _give(self, rows: Integers, cells: Integers, worth: Floats, room: Integers) -> None:
        """Give each of *rows* the cell it wants while there is room, by worth, then by hash."""
        order = np.lexsort((self._hashes[rows], -worth, cells))
        mine = cells[order]
        ranks = np.arange(len(order)) - np.searchsorted(mine, mine, side="left")
        given = order[ranks < room[mine]]
        self._chosen[rows[given]] = cells[given]

    def _look_again(self) -> bool:
        """Move who finds something better, or as good and earlier, in what has room."""
        room = self._room()
        moved = False
        for places, values, cells in self._values():
            mine = self._chosen[places]
            lines = np.flatnonzero(mine >= 0)
            own = values[lines, np.searchsorted(cells, mine[lines])]
            free = np.where(room[cells] > 0, values[lines], -np.inf)
            best = free.argmax(axis=1)
            gain = free[np.arange(len(lines)), best] - own
            better = (gain > 0) | ((gain == 0) & (cells[best] < mine[lines]))
            rows = places[lines[better]]
            before = self._chosen[rows]
            self._give(rows, cells[best[better]], gain[better], room)
            changed = self._chosen[rows] != before
            np.add.at(room, before[changed], 1)
            np.subtract.at(room, self._chosen[rows[changed]], 1)
            moved |= bool(changed.any())
        return moved

    def _value(self) -> float:
        total = 0.0
        for places, values, cells in self._values(self._chosen >= 0):
            mine = np.searchsorted(cells, self._chosen[places])
            total += float(values[np.arange(len(places)), mine].sum())
        return total


def _sum(values: Floats, chosen: npt.NDArray[np.intp]) -> float:
    given = np.flatnonzero(chosen >= 0)
    return float(values[given, chosen[given]].sum())
