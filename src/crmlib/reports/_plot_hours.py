"""When orders come in."""

from __future__ import annotations

from calendar import day_abbr
from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, style
from crmlib.reports._numbers import order_hours
from crmlib.reports._palette import SOFT, ramp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_hours(
    transactions: pd.DataFrame, *, timezone: str = "UTC", ax: Axes | None = None
) -> Axes:
    """Draw how many orders come in at each hour of the week.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        The canonical table of :attr:`crmlib.tables.Orders.table`.
    timezone : str, default="UTC"
        IANA zone in which hours and weekdays are told.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Hours to the right, Monday on top, the darker the more orders.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    InvalidTableError
        If an instant is missing or naive, or an amount is not finite.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1"], "order_id": ["A"], "amount": [5.0],
    ...     "ordered_at": pd.to_datetime(["2026-06-28T12:30Z"]),
    ... })
    >>> plot_hours(lines, timezone="Asia/Seoul").get_xlabel()
    'hour of the day, Asia/Seoul'
    """
    counts = order_hours(transactions, timezone)
    with style():
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 -- an extra

        ax = new_axes(ax, 2.9)
        mesh = ax.pcolormesh(
            counts.to_numpy(),
            cmap=ramp(),
            vmin=0,
            vmax=max(int(counts.to_numpy().max()), 1),
            edgecolors="white",
            linewidth=1,
        )
        ax.set_xticks(np.arange(0, 24, 3) + 0.5, [f"{hour:02}" for hour in range(0, 24, 3)])
        ax.set_yticks(np.arange(7) + 0.5, list(day_abbr))
        ax.invert_yaxis()
        ax.set_xlabel(f"hour of the day, {timezone}")
        ax.spines[:].set_visible(False)
        bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=20)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=9)
        bar.ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        bar.set_label("orders", color=SOFT)
        ax.set_title("When customers buy")
    return ax
