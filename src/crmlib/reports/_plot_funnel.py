"""From everybody looked at to those sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, style
from crmlib.reports._numbers import funnel_steps
from crmlib.reports._palette import BLUE, GREEN, GREY, ORANGE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.campaigns import Plan

_COLOURS = {"all": BLUE, "held": GREY, "hold-out": ORANGE, "send": GREEN}


def plot_funnel(plan: Plan, *, ax: Axes | None = None) -> Axes:
    """Draw what becomes of everybody whom *plan* looked at.

    Parameters
    ----------
    plan : Plan
        What was decided.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        From the top: all, less those held for each reason, less the
        hold-out, leaves those sent to.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    steps = funnel_steps(plan)
    places = np.arange(len(steps))
    widest = max(int(steps["customers"].max()), 1)
    with style():
        ax = new_axes(ax, 0.6 + 0.36 * len(steps))
        ax.barh(
            places,
            steps["customers"],
            left=steps["start"],
            height=0.72,
            color=[_COLOURS[kind] for kind in steps["kind"]],
        )
        for place, customers, start in zip(
            places, steps["customers"], steps["start"], strict=True
        ):
            ax.annotate(
                f"{customers:,}{_share(customers, widest) if place else ''}",
                (start + customers, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9.5,
                color=SOFT,
            )
        ax.set_yticks(places, list(steps["label"]))
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.set_xlim(0, 1.2 * widest)
        ax.spines[["bottom"]].set_visible(False)
        ax.set_title("Who gets a message, and why others do not")
    return ax


def _share(customers: int, of: int) -> str:
    if 0 < customers / of < 0.005:  # noqa: PLR2004 -- would be rounded to nothing
        return "  (<1%)"
    return f"  ({customers / of:.0%})"
