"""Whether hours thought twice as likely came twice as often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import BLUE, GREY, ORANGE
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = ("expected", "observed", "error", "population", "guesses")
_WIDTH = 1.96
"""Standard errors to either side of a mean that hold 95 %."""


def plot_timing_calibration(calibration: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how often hours came true beside how likely they were thought.

    Parameters
    ----------
    calibration : DataFrame of shape (n_groups, n_columns)
        As :meth:`crmlib.timing.TimingEvaluation.calibration` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A point per group of guesses, what the model thought to the right and
        what came upwards, with 95 % intervals; on the line where both are
        equal.  Squares are what everybody's hours expect of the same guesses.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> calibration = pd.DataFrame({
    ...     "expected": [0.01, 0.2], "observed": [0.02, 0.18], "error": [0.004, 0.02],
    ...     "population": [0.04, 0.1], "guesses": [90, 90],
    ... })
    >>> plot_timing_calibration(calibration).get_xlabel()
    'thought likely, %, mean of each group'
    """
    check_columns(
        "calibration", calibration, _COLUMNS, "make it with TimingEvaluation.calibration"
    )
    expected, observed, error, population = (
        100 * calibration[name].to_numpy(dtype=float) for name in _COLUMNS[:4]
    )
    n_guesses = int(calibration["guesses"].sum())
    with style():
        ax = new_axes(ax, 5.4)
        most = float(np.max([expected, observed + _WIDTH * error, population])) * 1.05
        ax.plot([0, most], [0, most], color=GREY, linewidth=1, label="as thought")
        ax.plot(
            expected,
            population,
            "s",
            color=ORANGE,
            markersize=4.5,
            label="what everybody's hours expect of them",
        )
        ax.errorbar(
            expected,
            observed,
            yerr=[np.minimum(_WIDTH * error, observed), _WIDTH * error],
            fmt="o",
            color=BLUE,
            elinewidth=1.5,
            markersize=5,
            label=f"came, {n_guesses:,} guesses in {len(expected)} groups, with 95% intervals",
        )
        ax.set_xlim(0, most)
        ax.set_ylim(0, most)
        ax.set_aspect("equal")
        ax.grid(visible=True)
        ax.set_xlabel("thought likely, %, mean of each group")
        ax.set_ylabel("came, %")
        put_title(ax, "Did they come when thought?")
    return ax
