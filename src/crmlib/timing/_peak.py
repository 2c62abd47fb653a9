"""The hours around which a customer's day is highest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

_HOURS = 24


def find_peak(
    probabilities: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the first hour and the width of the peak of each row.

    The peak is the run of hours around the highest one, across midnight if
    need be, that are at least half as likely.
    """
    mode = probabilities.argmax(axis=1)
    around = (mode[:, None] + np.arange(_HOURS)) % _HOURS
    turned = np.take_along_axis(probabilities, around, axis=1)
    high = turned >= turned[:, :1] / 2
    high = np.column_stack([high, np.zeros(len(high), dtype=bool)])  # a run ends somewhere
    after = high.argmin(axis=1)
    before = high[:, _HOURS - 1 :: -1].argmin(axis=1)
    before[after == _HOURS] = 0
    return (mode - before) % _HOURS, after + before


def describe_habits(
    deed: str,
    on_days: str,
    *,
    visits: npt.NDArray[np.int32],
    weights: dict[str, npt.NDArray[np.float64]],
    peak: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    chosen: npt.NDArray[np.int32],
    segments: tuple[npt.NDArray[np.intp], list[str]],
) -> npt.NDArray[np.object_]:
    """Say around which hours each customer does *deed*, and on how much that rests.

    Many customers share a sentence: each is written once.  All but *deed* and
    *on_days* hold a value per customer; *segments* are codes, -1 for none, and names.
    """
    codes, names = segments
    first, width = peak
    own, of_segment = ((weights[name] * 100).round() for name in ("own", "segment"))

    def rest(facts: list[int]) -> str:
        events, mine, shared, segment = facts
        return _describe_weights(events, mine, shared, ["", *names][segment])

    def outside(facts: list[int]) -> str:
        return f"; {facts[0]} h is the best that is permitted" if facts[1] else ""

    away = (chosen - first) % _HOURS >= width
    around = _write(lambda facts: f"{deed} {_describe_hours(*facts)}{on_days}", [first, width])
    strangers = np.flatnonzero(visits == 0)
    whose = ["everybody", *(f"segment {name}" for name in names)]
    around[strangers] = [
        f"no events yet; {whose[code + 1]} {text}"
        for code, text in zip(codes[strangers], around[strangers], strict=True)
    ]
    weighed = _write(rest, [visits, own, of_segment, codes + 1])
    return np.asarray(around + weighed + _write(outside, [chosen, away]))


def _write(
    sentence: Callable[[list[int]], str], facts: list[npt.NDArray[Any]]
) -> npt.NDArray[np.object_]:
    """Write a sentence for each customer, those with the same facts once."""
    table = np.stack(facts, axis=1).astype(np.int64)
    packed = np.ravel_multi_index(table.T, table.max(axis=0, initial=0) + 1)
    _, examples, which = np.unique(packed, return_index=True, return_inverse=True)
    texts: npt.NDArray[np.object_] = np.array(
        [sentence(row) for row in table[examples].tolist()], dtype=object
    )
    return texts[which]


def _describe_weights(events: int, own: int, of_segment: int, segment: str) -> str:
    """Say on how much the hours of a customer rest; weights are in percent."""
    if events:
        text = f"; {events} {'event' if events == 1 else 'events'}, weight {own / 100:.2f} own"
    else:
        text = ", weight 0 own"
    if segment:
        text += f", {of_segment / 100:.2f} segment {segment}"
    rest = 100 - own - of_segment
    return f"{text}, {rest / 100:.2f} population" if rest < 100 else f"{text}, 1 population"  # noqa: PLR2004 -- percent


def _describe_hours(first: int, width: int) -> str:
    if width == _HOURS:
        return "at any hour"
    return f"around {first}-{(first + width - 1) % _HOURS + 1} h"
