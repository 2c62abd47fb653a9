"""How much of the effect of contacting everybody comes from those ranked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, style
from crmlib.reports._palette import CATEGORIES, GREY, INK, PAPER
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes


def plot_qini(
    curves: Mapping[str, pd.DataFrame], *, budget: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw uplift curves: what contacting the best-ranked share brings.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        By the name of the ranking; as :func:`crmlib.statistics.qini_curve`
        gives them.
    budget : float, optional
        A share of customers to mark, from 0 to 1.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A line per ranking, from 0 to the effect of contacting everybody, and
        the straight line of contacting by lot.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlib.statistics import qini_curve
    >>> curve = qini_curve([4, 3, 2, 1], [True, False, True, False], [1, 0, 1, 1])
    >>> plot_qini({"uplift": curve}).get_xlabel()
    'share of customers contacted, the highest ranked first'
    """
    for name, curve in curves.items():
        check_columns(
            f"the curve {name!r}", curve, ["share", "gain", "random"], "make it with qini_curve"
        )
    with style():
        from matplotlib.ticker import PercentFormatter  # noqa: PLC0415 -- an extra

        ax = new_axes(ax, 4.0)
        for place, (name, curve) in enumerate(curves.items()):
            ax.plot(
                curve["share"],
                curve["gain"],
                color=CATEGORIES[place % len(CATEGORIES)],
                linewidth=1.8,
                label=str(name),
            )
        whole = float(np.mean([curve["random"].iloc[-1] for curve in curves.values()] or [0.0]))
        ax.plot([0, 1], [0, whole], color=GREY, linewidth=1.4, linestyle="--", label="by lot")
        if budget is not None:
            ax.axvline(budget, color=INK, linewidth=0.8, linestyle=":")
            ax.annotate(
                f"budget {budget:.0%}",
                (budget, 0),
                xycoords=("data", "axes fraction"),
                xytext=(4, 6),
                textcoords="offset points",
                fontsize=9.5,
            )
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.grid(visible=True)
        ax.set_xlabel("share of customers contacted, the highest ranked first")
        ax.set_ylabel("gain per customer of all")
        legend = {"frameon": True, "facecolor": PAPER, "edgecolor": "none", "framealpha": 1}
        ax.legend(loc="upper left", fontsize=9.5, **legend)
        ax.set_title("Whom does a message move?")
    return ax
