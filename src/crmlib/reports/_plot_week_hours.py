"""When the customers of each segment are there."""

from __future__ import annotations

from calendar import day_abbr
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.reports._canvas import new_axes, put_title, style, writable
from crmlib.reports._palette import INK, SOFT, ramp

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    from crmlib.interfaces import TimingModel

_DAYS, _HOURS = 7, 24
_MOST_SEGMENTS = 6
_CUSTOMERS_AT_ONCE = 20_000
_GAP = 2
"""Rows between segments, where their names stand."""


def plot_week_hours(
    timing: TimingModel, segments: pd.Series[str], *, ax: Axes | None = None
) -> Axes:
    """Draw the hours of the week that the customers of each segment like.

    Parameters
    ----------
    timing : TimingModel
        Fitted.
    segments : Series of str, indexed by ``customer_id``
        As a segmenter predicts them; the six largest are drawn.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A week per segment, the largest on top: hours of the local day to the
        right, the darker the larger the mean share of a customer's week.

    Raises
    ------
    InvalidTableError
        If no customer is in a segment.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.timing import FixedTiming
    >>> segments = pd.Series(["new", "loyal", "new"], index=["C1", "C2", "C3"])
    >>> [text.get_text() for text in plot_week_hours(FixedTiming(), segments).texts]
    ['new, 2 customers', 'loyal, 1 customer']
    """
    segments = segments.dropna().astype("str")
    sizes = segments.value_counts()[:_MOST_SEGMENTS]
    if sizes.empty:
        raise InvalidTableError("segments", "has nobody in a segment", "predict segments first")
    weeks = [_mean_week(timing, segments.index[segments == name]) for name in sizes.index]
    block = _DAYS + _GAP
    rows = np.full((block * len(weeks), _HOURS), np.nan)
    for place, week in enumerate(weeks):
        rows[place * block + _GAP : (place + 1) * block] = 100 * week
    with style():
        ax = new_axes(ax, 1.1 + 1.35 * len(weeks))
        mesh = ax.pcolormesh(
            np.ma.masked_invalid(rows), cmap=ramp(), vmin=0, edgecolors="white", linewidth=0.5
        )
        for place, (name, size) in enumerate(
            zip(writable(sizes.index, ax), sizes.to_list(), strict=True)
        ):
            who = "1 customer" if size == 1 else f"{size:,} customers"
            ax.text(0, place * block + _GAP - 0.35, f"{name}, {who}", fontsize=9.5, color=INK)
        days = [place * block + _GAP + day for place in range(len(weeks)) for day in (0, 2, 4, 6)]
        names = [day_abbr[day] for day in (0, 2, 4, 6)] * len(weeks)
        ax.set_yticks(np.array(days) + 0.5, names, fontsize=8.5, color=SOFT)
        ax.set_xticks(np.arange(0, 24, 3) + 0.5, [f"{hour:02}" for hour in range(0, 24, 3)])
        ax.invert_yaxis()
        ax.set_xlabel(ax.get_xlabel() or "hour of the local day")
        ax.spines[:].set_visible(False)
        bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=10 + 8 * len(weeks))
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=9)
        bar.set_label("share of a customer's week, %", color=SOFT)
        put_title(ax, "When each segment is there")
    return ax


def _mean_week(timing: TimingModel, customer_ids: pd.Index) -> npt.NDArray[np.float64]:
    """Give the mean over customers of their shares of the hours of a week."""
    slots = pd.date_range("2026-01-05", periods=_DAYS * _HOURS, freq="h", tz="UTC")  # a Monday
    total = np.zeros(_DAYS * _HOURS)
    for begin in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        block = pd.DataFrame(index=customer_ids[begin : begin + _CUSTOMERS_AT_ONCE])
        scores = timing.preferences(block, slots)
        total += (scores / scores.sum(axis=1, keepdims=True)).sum(axis=0)
    return np.asarray((total / len(customer_ids)).reshape(_DAYS, _HOURS), dtype=np.float64)
