"""Which rules can be met, and reached, whatever customers there are.

The values that conditions name cut each column into cells: these values, what
lies between them, and what is missing.  Whoever is in the same cell meets the
same comparisons, so cells are all that has to be looked at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import InvalidParameterError
from crmlib.features import EventMeasure
from crmlib.segmenters._condition import COMPARE, Comparison, Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Box = dict[str, int]
"""Cells by column, as bits; a column that is not there may be in any."""


class Axes:
    """The cells of each column that some conditions compare.

    Parameters
    ----------
    conditions : iterable of (name of the rule, settled condition)

    Attributes
    ----------
    all_cells : dict of str to int
        By column all cells, as bits, with that of what is missing.

    Raises
    ------
    InvalidParameterError
        If a column is compared with values of several kinds.
    """

    def __init__(self, conditions: Iterable[tuple[str, Comparison | Group]]) -> None:
        self._kinds: dict[str, str] = {}
        self._whole: set[str] = set()
        named: dict[str, set[Any]] = {}
        for rule, condition in conditions:
            for leaf in condition.leaves():
                kind = self._kinds.setdefault(leaf.column, leaf.kind)
                if kind != leaf.kind:
                    subject = f"rule {rule!r}: {leaf.column} {leaf.operator}"
                    raise InvalidParameterError(
                        subject, leaf.value, f"a {kind}, as in other conditions on that column"
                    )
                named.setdefault(leaf.column, set()).update(leaf.values)
                measure = leaf.subject
                if isinstance(measure, EventMeasure) and measure.is_whole:
                    self._whole.add(leaf.column)
        truths = {
            name: {False, True} for name, kind in self._kinds.items() if kind == "truth value"
        }
        self._values = {name: sorted(values) for name, values in (named | truths).items()}
        self._cells = {name: self._find_cells(name) for name in named}
        self.all_cells = {name: self._add(name) for name in named}

    def find(self, leaf: Comparison) -> int:
        """Give the cells in which *leaf* is met."""
        values = self._values[leaf.column]
        named = [2 * values.index(value) + 1 for value in leaf.values]
        cells = self._cells[leaf.column]
        if leaf.operator in ("in", "not in"):
            return sum(1 << cell for cell in cells if (cell in named) == (leaf.operator == "in"))
        compare = COMPARE[leaf.operator]
        return sum(1 << cell for cell in cells if compare(cell, named[0]))

    def _add(self, column: str) -> int:
        """Give all cells of *column* as bits, and that of what is missing."""
        missing = 2 * len(self._values[column]) + 1
        return sum(1 << cell for cell in (*self._cells[column], missing))

    def _find_cells(self, column: str) -> list[int]:
        """Give the cells in which a value can be: odd ones are values, even ones lie between."""
        values = self._values[column]
        cells = range(2 * len(values) + 1)
        if self._kinds[column] == "truth value":
            return [cell for cell in cells if cell % 2]
        if column in self._whole:
            edges = [-1, *values, math.inf]
            return [cell for cell in cells if _holds_count(edges, cell)]
        return list(cells)


def _holds_count(edges: Sequence[float], cell: int) -> bool:
    """Tell whether a whole number from 0 on is in *cell*."""
    if cell % 2:
        value = edges[cell // 2 + 1]
        return value >= 0 and value == math.floor(value)
    low, high = edges[cell // 2], edges[cell // 2 + 1]
    return max(math.floor(low) + 1, 0) < high


def find_boxes(condition: Comparison | Group, axes: Axes) -> list[Box]:
    """Give boxes of cells that together hold whoever meets *condition*."""
    if isinstance(condition, Comparison):
        cells = axes.find(condition)
        return [{condition.column: cells}] if cells else []
    found = [find_boxes(part, axes) for part in condition.parts]
    if condition.word == "any":
        return _merge([box for part in found for box in part])
    boxes: list[Box] = [{}]
    for part in found:
        met = (_meet(box, other) for box in boxes for other in part)
        boxes = [box for box in met if box is not None]
    return boxes


def _merge(boxes: Sequence[Box]) -> list[Box]:
    """Put boxes of one and the same column together: a long list of values is one box."""
    single: Box = {}
    for box in boxes:
        if len(box) == 1:
            ((column, cells),) = box.items()
            single[column] = single.get(column, 0) | cells
    several = [box for box in boxes if len(box) > 1]
    return [{column: cells} for column, cells in single.items()] + several


def find_dead(condition: Comparison | Group, axes: Axes) -> Comparison | Group | None:
    """Give the innermost part of *condition* that nobody can meet, as little as does it."""
    if isinstance(condition, Comparison):
        return None if find_boxes(condition, axes) else condition
    for part in condition.parts:
        if dead := find_dead(part, axes):
            return dead
    if find_boxes(condition, axes):
        return None
    needed = list(condition.parts)
    for part in condition.parts:
        fewer = [other for other in needed if other is not part]
        if fewer and not find_boxes(Group("all", tuple(fewer)), axes):
            needed = fewer
    return Group("all", tuple(needed))


def find_takers(places: Sequence[Sequence[Box]], axes: Axes) -> list[int]:
    """Give which of the rules before the last one take all whom it fits; none if it is reached.

    Parameters
    ----------
    places : sequence of lists of boxes, one for each rule, in order
    axes : Axes
    """
    *before, last = places
    takers = list(range(len(before)))
    if _can_escape(last, [box for place in takers for box in before[place]], axes):
        return []
    for place in reversed(range(len(before))):
        fewer = [other for other in takers if other != place]
        if not _can_escape(last, [box for other in fewer for box in before[other]], axes):
            takers = fewer
    return takers


def _can_escape(boxes: Sequence[Box], taken: Sequence[Box], axes: Axes) -> bool:
    return any(_escapes(box, taken, axes) for box in boxes)


def _escapes(box: Box, taken: Sequence[Box], axes: Axes) -> bool:
    """Tell whether a customer can be in *box* and in none of those *taken*."""
    near = [other for other in taken if _meet(box, other) is not None]
    if not near:
        return True
    ways = [_ways_out(box, other, axes) for other in near]
    return any(_escapes(smaller, near, axes) for smaller in min(ways, key=len))


def _ways_out(box: Box, other: Box, axes: Axes) -> list[Box]:
    """Give the parts of *box* that are outside of *other* in one column."""
    left = {
        column: box.get(column, axes.all_cells[column]) & ~cells for column, cells in other.items()
    }
    return [{**box, column: cells} for column, cells in left.items() if cells]


def _meet(box: Box, other: Box) -> Box | None:
    """Give the box of those who are in both, if somebody can be."""
    both = {column: box.get(column, -1) & cells for column, cells in other.items()}
    return {**box, **both} if all(both.values()) else None
