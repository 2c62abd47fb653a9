"""Whether customers buy when they are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import BLUE, GREY, SKY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.timing import PurchaseCycleTiming


def plot_hazard(timing: PurchaseCycleTiming, *, ax: Axes | None = None) -> Axes:
    """Draw how likely a purchase is as the time since the last one goes by.

    Parameters
    ----------
    timing : PurchaseCycleTiming
        Fitted.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Time since the last purchase to the right, in shares of the gap that
        was expected, and purchases per 100 customers and week upwards, with
        95 % intervals; a line for the rate if all times were alike.  The title
        says whether there is a golden time.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.timing import PurchaseCycleTiming
    >>> weekly = pd.date_range("2026-01-05", periods=20, freq="7D", tz="UTC")
    >>> events = pd.DataFrame({"customer_id": "ann", "ordered_at": weekly})
    >>> plot_hazard(PurchaseCycleTiming().fit(events)).get_xlabel()
    'time since the last purchase, of the expected gap'
    """
    curve = timing.hazard()
    seen = curve[curve["weeks"] > 0]
    edges = np.append(curve["share_from"], curve["share_to"].iloc[-1])
    overall = curve["purchases"].sum() / max(curve["weeks"].sum(), np.finfo(float).tiny)
    high = seen["high"].clip(upper=10 * seen["rate"].max())  # that of one customer has no end
    middle = (seen["share_from"] + seen["share_to"]) / 2
    with style():
        ax = new_axes(ax, 3.4)
        n_purchases = int(curve["purchases"].sum())
        ax.bar(
            seen["share_from"],
            100 * seen["rate"],
            width=seen["share_to"] - seen["share_from"],
            align="edge",
            color=SKY,
            alpha=0.6,
            label=f"{n_purchases:,} purchases, with 95% intervals",
        )
        ax.errorbar(
            middle,
            100 * seen["rate"],
            yerr=100 * np.array([seen["rate"] - seen["low"], high - seen["rate"]]),
            fmt="none",
            ecolor=BLUE,
            elinewidth=1.5,
        )
        ax.axhline(100 * overall, color=GREY, linewidth=1.5, label="were all times alike")
        ax.set_xlim(0, edges[-1])
        ax.set_xticks(edges, [f"{edge:g}" for edge in edges])
        ax.set_ylim(0, _find_top(seen))
        ax.set_xlabel("time since the last purchase, of the expected gap")
        ax.set_ylabel("purchases a week, per 100")
        ax.grid(visible=True, axis="y")
        put_title(ax, "Customers buy when they are due" if timing.golden_ else "No golden time")
    return ax


def _find_top(seen: pd.DataFrame) -> float:
    """Give where the picture ends: above the intervals, unless these are very wide."""
    highest = seen[["rate", "high"]].max().fillna(0.0)
    return 110 * float(max(min(2 * highest["rate"], highest["high"]), 0.001))
