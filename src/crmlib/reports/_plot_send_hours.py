"""When messages leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.reports._canvas import new_axes, style
from crmlib.reports._numbers import send_hours
from crmlib.reports._palette import GREEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.campaigns import Plan


def plot_send_hours(plan: Plan, *, ax: Axes | None = None) -> Axes:
    """Draw how many messages arrive at each hour of the recipients' day.

    Parameters
    ----------
    plan : Plan
        Only customers to send to are counted, each in the own zone.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A bar per local hour.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    hours = send_hours(plan)
    with style():
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 -- an extra

        ax = new_axes(ax, 2.5)
        ax.bar(hours.index, hours.to_numpy(), width=0.82, color=GREEN)
        ax.set_xticks(range(0, 24, 3), [f"{hour:02}" for hour in range(0, 24, 3)])
        ax.set_xlim(-0.6, 23.6)
        ax.set_ylim(0, max(1.0, 1.08 * float(hours.max())))
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.yaxis.grid(visible=True)
        ax.spines[["left"]].set_visible(False)
        ax.set_xlabel("hour of the day, where the recipient lives")
        ax.set_ylabel("messages")
        ax.set_title("When messages leave")
    return ax
