"""What came beside what was expected, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crmlib.reports._canvas import new_axes, put_title
from crmlib.reports._palette import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

_WIDTH: Final = 1.96
"""Standard errors to either side of a mean that hold 95 %."""
_LEAST: Final = 1e-6


def draw_calibration(
    ax: Axes | None,
    expected: npt.NDArray[np.float64],
    came: npt.NDArray[np.float64],
    error: npt.NDArray[np.float64],
    *,
    others: npt.NDArray[np.float64] | None = None,
    others_label: str = "",
    line_label: str,
    label: str,
    title: str,
) -> Axes:
    """Draw a point per group, with 95 % intervals, and the line where both are equal.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; by default on a new figure.
    expected, came, error : ndarray of float, shape (n_groups,)
        0 or more; the standard error of what came.
    others : ndarray of float, shape (n_groups,), optional
        What somebody else expected of the same groups, drawn as squares.
    others_label, line_label, label : str
        What the legend calls the squares, the line and the points.
    title : str
    """
    error = _WIDTH * error
    known = [expected, came + error] + ([] if others is None else [others])
    ax = new_axes(ax, 5.4)
    most = max(float(np.max(known, initial=0.0)) * 1.05, _LEAST)
    ax.plot([0, most], [0, most], color=GREY, linewidth=1, label=line_label)
    if others is not None:
        ax.plot(expected, others, "s", color=ORANGE, markersize=4.5, label=others_label)
    ax.errorbar(
        expected,
        came,
        yerr=[np.minimum(error, came), error],  # nothing comes less often than never
        fmt="o",
        color=BLUE,
        elinewidth=1.5,
        markersize=5,
        label=label,
    )
    ax.set_xlim(0, most)
    ax.set_ylim(0, most)
    ax.set_aspect("equal")
    ax.grid(visible=True)
    put_title(ax, title)
    return ax
