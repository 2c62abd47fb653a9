"""What choosing the message by customer is worth, beside each single message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.reports._canvas import new_axes, style, writable
from crmlib.reports._palette import GREEN, GREY, INK, SOFT
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_policy_values(summary: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what each way of sending brings per customer, with its interval.

    Parameters
    ----------
    summary : DataFrame of shape (n_policies, n_columns), indexed by policy
        As :meth:`crmlib.planners.PolicyEvaluation.summary` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A row for choosing by customer, one for the best single message and
        one for each single message; the line is the interval.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"value": [0.3, 0.2], "low": [0.2, 0.1], "high": [0.4, 0.3]},
    ...     index=["choosing by customer", "coupon"],
    ... )
    >>> plot_policy_values(summary).get_xlabel()
    'reward per customer'
    """
    check_columns("the summary", summary, ["value", "low", "high"], "use that of an evaluation")
    with style():
        ax = new_axes(ax, 1.0 + 0.5 * len(summary))
        colours = (GREEN, INK)
        for place, (value, low, high) in enumerate(
            summary[["value", "low", "high"]].itertuples(index=False)
        ):
            colour = colours[place] if place < len(colours) else GREY
            ax.plot([low, high], [place] * 2, linewidth=4, color=colour, solid_capstyle="butt")
            ax.plot(value, place, "o", color=colour, markersize=8)
            ax.annotate(
                f"{value:.4f}",
                (high, place),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                fontsize=9.5,
                color=SOFT,
            )
        names = [name.replace(", ", ",\n") for name in writable(summary.index, ax)]
        ax.set_yticks(range(len(summary)), names)
        ax.set_ylim(len(summary) - 0.5, -0.5)
        ax.margins(x=0.15)
        ax.grid(visible=True, axis="x")
        ax.set_xlabel("reward per customer")
        ax.spines[["left"]].set_visible(False)
        ax.set_title("Does choosing the message pay?")
    return ax
