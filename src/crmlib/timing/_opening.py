"""The hours that are open to all customers of one zone and one permission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.messages import Reason
from crmlib.timing._slots import MINUTE, Slots

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pandas as pd

    from crmlib.timing._send_limits import SendLimits

    Flags = npt.NDArray[np.bool_]
    Permission = Callable[[pd.DatetimeIndex], Flags]

_HOURS: Final = 24


@attrs.frozen(kw_only=True, eq=False)
class Opening:
    """What law and calendar leave of a window, in one zone.

    Parameters
    ----------
    zone : str
        IANA name.
    rows : ndarray of int, shape (n_customers,)
        Whose hours these are.
    slots : Slots
        The hours that are left.
    reason : Reason or None
        What took the last hour, if none is left.
    words : str
        What was taken, as it is told; empty for nothing.
    """

    zone: str
    rows: npt.NDArray[np.intp]
    slots: Slots
    reason: Reason | None
    words: str

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Starts of the hours, in microseconds since 1970."""
        return np.asarray(self.slots.starts.asi8, dtype=np.int64)

    @property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where each hour ends, or the clock changes in it, or the window ends."""
        return np.asarray(self.starts + self.slots.minutes * MINUTE, dtype=np.int64)


def open_zone(
    zone: str,
    rows: npt.NDArray[np.intp],
    slots: Slots,
    *,
    permitted: Permission,
    limits: SendLimits,
    authority: str | None,
) -> Opening:
    """Give what *permitted* and the holidays leave of *slots*, the hours of *zone*."""
    reason: Reason | None = None if len(slots.starts) else Reason.NO_SEND_TIME
    words: list[str] = []
    if reason is None:
        allowed = _ask(permitted, slots.starts)
        if not allowed.any():
            reason = Reason.NO_SEND_TIME
        elif authority and not allowed.all():
            words.append(f"{authority} allows {_describe_hours(slots.starts, allowed)}")
        slots = slots.choose(allowed)
    if reason is None and limits.holidays:
        slots, told = _skip_holidays(slots, dict(limits.holidays))
        words.extend(told)
        reason = None if len(slots.starts) else Reason.HOLIDAY
    return Opening(zone=zone, rows=rows, slots=slots, reason=reason, words="; ".join(words))


def _ask(permitted: Permission, starts: pd.DatetimeIndex) -> Flags:
    answer = np.asarray(permitted(starts))
    if answer.shape != starts.shape or answer.dtype != bool:
        raise InvalidTableError(
            "the answer of permitted",
            f"has shape {answer.shape} and type {answer.dtype}",
            f"give one bool for each of the {len(starts)} hours",
        )
    return answer


def _skip_holidays(slots: Slots, holidays: dict[str, str]) -> tuple[Slots, list[str]]:
    days = np.asarray(slots.starts.strftime("%Y-%m-%d"), dtype=object)
    met = [day for day in dict.fromkeys(days) if day in holidays]
    if not met:
        return slots, []
    told = " and ".join(f"{day} is a holiday ({holidays[day]})" for day in met)
    return slots.choose(~np.isin(days, met)), [told]


def _describe_hours(starts: pd.DatetimeIndex, allowed: Flags) -> str:
    """Name the hours of the day, if they are the same every day, or else count."""
    hours = np.asarray(starts.hour)
    ever, never = np.unique(hours[allowed]), np.unique(hours[~allowed])
    if np.intersect1d(ever, never).size:
        return f"{allowed.sum()} of {len(allowed)} hours"
    inside = np.isin(np.arange(_HOURS), ever)
    first = np.flatnonzero(inside & ~np.roll(inside, 1))
    last = np.flatnonzero(inside & ~np.roll(inside, -1)) + 1
    if len(first) and last[0] <= first[0]:
        last = np.roll(last, -1)
    stretches = [f"{begin}-{end} h" for begin, end in zip(first, last, strict=True)]
    return " and ".join(stretches)
