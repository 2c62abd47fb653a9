"""What customers ask for themselves, and when their message is over."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import DataQualityWarning
from crmlib.messages import Reason
from crmlib.tables._checks import read_aware
from crmlib.timing._spans import ENDLESS, Limit, Spans

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._slots import Slots

    Flags = npt.NDArray[np.bool_]
    Integers = npt.NDArray[np.int64]

COLUMNS: Final = ("quiet_from", "quiet_until")
_MINUTES_PER_DAY: Final = 1440
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")


@attrs.frozen(kw_only=True, eq=False)
class OwnHours:
    """The quiet hours that customers asked for, each pair of times once.

    Parameters
    ----------
    codes : ndarray of int, shape (n_customers,)
        Which pair each customer asked for; -1 for none.
    words : tuple of str
        Each pair as it is told.
    begins, lengths : ndarray of int, shape (n_pairs,)
        In minutes of the day.
    """

    codes: Integers
    words: tuple[str, ...]
    begins: Integers
    lengths: Integers

    @property
    def are_none(self) -> bool:
        """Whether nobody asked for any."""
        return not self.lengths.any()

    def close(self, places: Integers, slots: Slots) -> Flags:
        """Say of each customer at *places* and each slot whether it touches the quiet hours."""
        clock = np.asarray(slots.starts.hour * 60 + slots.starts.minute)
        after = (clock - self.begins[:, None]) % _MINUTES_PER_DAY
        quiet = (after < self.lengths[:, None]) | (after + slots.minutes > _MINUTES_PER_DAY)
        quiet &= self.lengths[:, None] > 0
        quiet = np.vstack([quiet, np.zeros(len(clock), dtype=bool)])  # code -1
        return np.asarray(quiet[self.codes[places]], dtype=bool)


def read_own_hours(customers: pd.DataFrame) -> OwnHours:
    """Read ``quiet_from`` and ``quiet_until``, local times such as 22:00.

    Who wrote what is no pair of times is not written to at all, and a
    DataQualityWarning counts them: a wish that cannot be read is still a wish.
    """
    columns = [_texts(customers[name]) if name in customers else None for name in COLUMNS]
    texts = [np.full(len(customers), "") if column is None else column for column in columns]
    codes, pairs = pd.MultiIndex.from_arrays(texts).factorize()
    begins, lengths, words = [], [], []
    for first, last in pairs:
        begin, end = _minutes(first), _minutes(last)
        if not first and not last:
            length, told = 0, ""
        elif begin is None or end is None:
            length, told = _MINUTES_PER_DAY, f"the wish for quiet {first!r} to {last!r}"
        else:
            length, told = (end - begin) % _MINUTES_PER_DAY, f"the wish for quiet {first}-{last}"
        begins.append(begin or 0)
        lengths.append(length)
        words.append(told)
    hours = OwnHours(
        codes=np.asarray(codes, dtype=np.int64),
        words=tuple(words),
        begins=np.array(begins, dtype=np.int64),
        lengths=np.array(lengths, dtype=np.int64),
    )
    unread = (hours.lengths == _MINUTES_PER_DAY)[hours.codes].sum() if len(codes) else 0
    if unread:
        warnings.warn(
            f"the own quiet hours of {unread:,} customers cannot be read; they are not written "
            "to. Write both quiet_from and quiet_until as local times, such as 22:00",
            DataQualityWarning,
            stacklevel=3,
        )
    return hours


def read_expiry(customers: pd.DataFrame) -> npt.NDArray[np.datetime64]:
    """Give ``expires_at`` of each customer in UTC, NaT where there is none."""
    found = np.full(len(customers), np.datetime64("NaT"), dtype="M8[us]")
    if "expires_at" in customers:
        column = customers["expires_at"]
        rows = np.flatnonzero(column.notna().to_numpy())
        at = read_aware(column.iloc[rows], "customers")
        found[rows] = at.dt.tz_localize(None).to_numpy()
    return found


def close_after_expiry(customers: pd.DataFrame) -> Spans | None:
    """Close all from ``expires_at`` on; None if nobody has one."""
    expiry = read_expiry(customers)
    rows = np.flatnonzero(~np.isnat(expiry))
    if not len(rows):
        return None
    return Spans(
        limit=Limit(reason=Reason.EXPIRED, words="the expiry"),
        rows=rows,
        begins=expiry[rows].astype(np.int64),
        ends=np.full(len(rows), ENDLESS, dtype=np.int64),
    )


def _texts(column: pd.Series) -> npt.NDArray[np.object_]:
    """Give texts, empty for none; times become texts."""
    return column.astype(object).where(column.notna(), "").astype(str).str.strip().to_numpy(object)


def _minutes(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    return None if found is None else int(found[1]) * 60 + int(found[2])
