"""The hours around which a customer's day is highest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
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
    after = np.cumprod(high, axis=1).sum(axis=1)
    before = np.cumprod(high[:, :0:-1], axis=1).sum(axis=1)
    width = np.minimum(after + before, _HOURS)
    return (mode - before) % _HOURS, width


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
    own, of_segment = ((weights[name] * 100).round() for name in ("own", "segment"))
    facts: list[npt.NDArray[Any]] = [visits, own, of_segment, *peak, chosen, codes + 1]
    sizes = [101, 101, _HOURS, _HOURS + 1, _HOURS, len(names) + 1]
    packed = facts[0].astype(np.int64)
    for fact, size in zip(facts[1:], sizes, strict=True):
        packed = packed * size + fact.astype(np.int64)
    _, examples, which = np.unique(packed, return_index=True, return_inverse=True)
    rows = np.stack(facts, axis=1)[examples].astype(np.int64).tolist()
    sentences = [_describe(deed, on_days, ["", *names][row[-1]], row[:-1]) for row in rows]
    return np.array(sentences, dtype=object)[which]


def _describe(deed: str, on_days: str, segment: str, facts: list[int]) -> str:
    """Write the sentence of one customer."""
    events, own, of_segment, first, width, hour = facts
    around = f"{deed} {_describe_hours(first, width)}{on_days}"
    if events:
        noun = "event" if events == 1 else "events"
        sentence = f"{around}; {events} {noun}, weight {own / 100:.2f} own"
    elif segment:
        sentence = f"no events yet; segment {segment} {around}, weight 0 own"
    else:
        sentence = f"no events yet; everybody {around}, weight 0 own"
    if segment:
        sentence += f", {of_segment / 100:.2f} segment {segment}"
    rest = 100 - own - of_segment
    sentence += f", {rest / 100:.2f} population" if rest < 100 else ", 1 population"  # noqa: PLR2004 -- percent
    if (hour - first) % _HOURS >= width:
        sentence += f"; {hour} h is the best that is permitted"
    return sentence


def _describe_hours(first: int, width: int) -> str:
    if width == _HOURS:
        return "at any hour"
    return f"around {first}-{(first + width - 1) % _HOURS + 1} h"
