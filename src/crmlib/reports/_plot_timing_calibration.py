"""Whether hours thought twice as likely came twice as often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.reports._canvas import style
from crmlib.reports._draw_calibration import draw_calibration
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = ("expected", "observed", "error", "population", "guesses")


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
        ax = draw_calibration(
            ax,
            expected,
            observed,
            error,
            others=population,
            others_label="what everybody's hours expect of them",
            line_label="as thought",
            label=f"came, {n_guesses:,} guesses in {len(expected)} groups, with 95% intervals",
            title="Did they come when thought?",
        )
        ax.set_xlabel("thought likely, %, mean of each group")
        ax.set_ylabel("came, %")
    return ax
