"""What the campaign brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.reports._canvas import new_axes, style
from crmlib.reports._palette import GREEN, INK, LINE, ORANGE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.measurement import LiftResult


def plot_lift(lift: LiftResult, *, ax: Axes | None = None) -> Axes:
    """Draw the conversion of both arms, and their difference with its intervals.

    Parameters
    ----------
    lift : LiftResult
        As :func:`crmlib.measure` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A bar for those sent to, one for the hold-out, and the difference: the
        thick line is the interval for one look, the thin line the one for any
        number of looks.  What is not known is not drawn, and said instead.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    with style():
        ax = new_axes(ax, 2.3)
        arms = ((0, lift.treated.conversion, GREEN), (1, lift.control.conversion, ORANGE))
        for place, rate, colour in arms:
            width = 0.0 if rate is None else 100 * rate
            ax.barh(place, width, height=0.55, color=colour)
            _say(ax, place, width, "not known" if rate is None else f"{width:.1f}%")
        _draw_difference(ax, lift)
        names = (
            f"sent to ({lift.treated.decided:,})",
            f"held out ({lift.control.decided:,})",
            "difference",
        )
        ax.set_yticks([0, 1, 2], names)
        ax.set_ylim(2.6, -0.5)
        ax.axvline(0, color=INK, linewidth=1)
        ax.margins(x=0.14)
        ax.set_xlabel(f"bought within {lift.window_days:g} days, % of customers")
        ax.spines[["left"]].set_visible(False)
        ax.set_title("What the messages brought")
    return ax


def _draw_difference(ax: Axes, lift: LiftResult) -> None:
    once, anytime = lift.conversion_difference, lift.conversion_difference_anytime
    if once.value is None:
        _say(ax, 2, 0, f"not known: {once.reason}")
        return
    value = 100 * once.value
    end = value
    for interval, width, colour in (
        (anytime.interval, 1.6, SOFT),
        (once.interval, 5.0, INK),
    ):
        if interval is not None:
            low, high = (100 * edge for edge in interval)
            ax.plot([low, high], [2, 2], linewidth=width, color=colour, solid_capstyle="butt")
            end = max(end, high)
    ax.plot(value, 2, "o", color=INK, markersize=8, markeredgecolor=LINE)
    _say(ax, 2, end, f"{value:+.1f} points")


def _say(ax: Axes, place: int, value: float, text: str) -> None:
    ax.annotate(
        text,
        (max(value, 0), place),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9.5,
        color=SOFT,
    )
