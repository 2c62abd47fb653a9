"""Whether customers bought as often as was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import BLUE, GREY, ORANGE
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = ("customers", "expected_purchases", "purchases", "purchases_error")
_WIDTH = 1.96
"""Standard errors to either side of a mean that hold 95 %."""


def plot_value_calibration(calibration: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the purchases that were expected beside those that came.

    Parameters
    ----------
    calibration : DataFrame of shape (n_bins, n_columns)
        As :meth:`crmlib.segmenters.ValueSegmenter.calibration` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        A point per bin of customers, what was expected of them to the right
        and what came upwards, with 95 % intervals; on the line where both are
        equal.

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
    ...     "customers": [50, 50], "expected_purchases": [0.2, 1.4],
    ...     "purchases": [0.3, 1.2], "purchases_error": [0.05, 0.1],
    ... })
    >>> plot_value_calibration(calibration).get_xlabel()
    'purchases expected, mean of each bin'
    """
    check_columns(
        "calibration", calibration, _COLUMNS, "make the table with ValueSegmenter.calibration"
    )
    expected, came = calibration["expected_purchases"], calibration["purchases"]
    error = _WIDTH * calibration["purchases_error"]
    n_customers = int(calibration["customers"].sum())
    with style():
        ax = new_axes(ax, 5.2)
        most = max(float(np.max([expected, came + error], initial=0.0)) * 1.05, 1e-6)
        ax.plot([0, most], [0, most], color=GREY, linewidth=1, label="as expected")
        ax.errorbar(
            expected,
            came,
            yerr=[np.minimum(error, came), error],  # nobody buys less than nothing
            fmt="o",
            color=BLUE,
            ecolor=ORANGE,
            elinewidth=1.5,
            markersize=5,
            label=f"{n_customers:,} customers in {len(expected)} bins, with 95% intervals",
        )
        ax.set_xlim(0, most)
        ax.set_ylim(0, most)
        ax.set_aspect("equal")
        ax.grid(visible=True)
        ax.set_xlabel("purchases expected, mean of each bin")
        ax.set_ylabel("purchases that came")
        put_title(ax, "Did they buy as often as expected?")
    return ax
