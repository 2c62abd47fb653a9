"""Money by recency and frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import SOFT, ink_on, ramp
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_WITH_TEXT = 6


def plot_rfm(customers: pd.DataFrame, scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the mean money per customer by recency digit and frequency digit.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by customer_id, with ``monetary_value`` (money, net).
    scores : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        ``r`` and ``f``, from 1 (worst) upwards, as
        ``scores`` of :class:`crmlib.segmenters.RFMSegmenter` gives them.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Recency to the right, frequency upwards, the darker the more money;
        each cell says how many customers it holds.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"monetary_value": [90.0, 10.0]}, index=["C1", "C2"])
    >>> scores = pd.DataFrame({"r": [2, 1], "f": [2, 1]}, index=["C1", "C2"])
    >>> [text.get_text() for text in plot_rfm(customers, scores).texts]
    ['1', '1']
    """
    check_columns("customers", customers, ["monetary_value"])
    check_columns("scores", scores, ["r", "f"])
    table = scores[["r", "f"]].join(customers["monetary_value"], how="inner")
    recency, frequency = (
        range(1, max(2, int(table[digit].max()) if len(table) else 2) + 1) for digit in "rf"
    )
    cells = table.groupby(["f", "r"])["monetary_value"]
    mean, count = (
        cell.unstack("r").reindex(index=frequency, columns=recency).to_numpy(dtype=float)  # noqa: PD010 -- indexed both ways
        for cell in (cells.mean(), cells.size())
    )
    highest = np.nanmax(mean, initial=0.0) or 1.0
    with style():
        from matplotlib.ticker import EngFormatter  # noqa: PLC0415 -- an extra

        ax = new_axes(ax, 4.3)
        mesh = ax.pcolormesh(
            mean, cmap=ramp(), vmin=0, vmax=highest, edgecolors="white", linewidth=2
        )
        if max(mean.shape) <= _MOST_WITH_TEXT:
            for (row, column), value in np.ndenumerate(mean):
                if np.isfinite(value):
                    ax.text(
                        column + 0.5,
                        row + 0.5,
                        f"{count[row, column]:,.0f}",
                        ha="center",
                        va="center",
                        fontsize=9.5,
                        color=ink_on(value / highest),
                    )
        lately = [f"{digit}" for digit in recency]
        lately[0], lately[-1] = "1\nlong ago", f"{lately[-1]}\nlately"
        often = [f"{digit}" for digit in frequency]
        often[0], often[-1] = "rarely  1", f"often  {often[-1]}"
        ax.set_xticks(np.arange(len(recency)) + 0.5, lately)
        ax.set_yticks(np.arange(len(frequency)) + 0.5, often)
        ax.set_xlabel("recency: last purchase")
        ax.set_ylabel("frequency: orders")
        ax.spines[:].set_visible(False)
        ax.set_aspect("auto")
        bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=25)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=9)
        bar.ax.yaxis.set_major_formatter(EngFormatter(sep=""))
        bar.set_label("mean money per customer", color=SOFT)
        put_title(ax, "Money by recency and frequency (customers in each cell)")
    return ax
