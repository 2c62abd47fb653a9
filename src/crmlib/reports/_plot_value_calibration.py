"""Whether customers bought as often as was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.reports._canvas import style
from crmlib.reports._draw_calibration import draw_calibration
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = ("customers", "expected_purchases", "purchases", "purchases_error")


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
    n_customers = int(calibration["customers"].sum())
    expected, came, error = (calibration[name].to_numpy(dtype=float) for name in _COLUMNS[1:])
    with style():
        ax = draw_calibration(
            ax,
            expected,
            came,
            error,
            line_label="as expected",
            label=f"{n_customers:,} customers in {len(expected)} bins, with 95% intervals",
            title="Did they buy as often as expected?",
        )
        ax.set_xlabel("purchases expected, mean of each bin")
        ax.set_ylabel("purchases that came")
    return ax
