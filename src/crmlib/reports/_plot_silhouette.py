"""How well each number of clusters sets customers apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidTableError, UnknownNameError
from crmlib.reports._canvas import new_axes, put_title, style
from crmlib.reports._palette import BLUE, GREY, INK, SOFT
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_silhouette(
    curve: pd.DataFrame, *, taken: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean silhouette and the stability of each number of clusters.

    Parameters
    ----------
    curve : DataFrame indexed by ``n_clusters``
        ``silhouette`` and ``stability``, as
        ``KMeansSegmenter.silhouette_curve_`` holds them.
    taken : int, optional
        The number that was taken; by default that of the highest silhouette.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        The number taken is marked and its silhouette written beside.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If a column is missing, or no silhouette is known.
    UnknownNameError
        If the number taken is not in the curve.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> curve = pd.DataFrame({"silhouette": [0.3, 0.5], "stability": [1.0, 0.9]}, index=[2, 3])
    >>> [text.get_text() for text in plot_silhouette(curve).texts]
    ['3 clusters: 0.50']
    """
    check_columns("curve", curve, ["silhouette", "stability"])
    silhouette = curve["silhouette"].to_numpy(dtype=float)
    if not np.isfinite(silhouette).any():
        raise InvalidTableError("curve", "knows no silhouette", "fit two clusters or more")
    if taken is None:
        taken = int(curve.index[int(np.nanargmax(silhouette))])
    if taken not in curve.index:
        raise UnknownNameError("number of clusters", str(taken), [str(n) for n in curve.index])
    with style():
        ax = new_axes(ax, 3.4)
        ax.plot(
            curve.index,
            curve["stability"],
            color=GREY,
            linestyle="--",
            marker="s",
            markersize=4,
            label="stability between seeds (adjusted Rand)",
        )
        ax.plot(
            curve.index, silhouette, color=BLUE, marker="o", linewidth=2, label="mean silhouette"
        )
        height = float(curve["silhouette"].loc[taken])
        ax.plot([taken], [height], "o", markersize=13, markerfacecolor="none", color=INK)
        ax.annotate(
            f"{taken} clusters: {height:.2f}",
            (taken, height),
            xytext=(0, 13),
            textcoords="offset points",
            ha=_keep_inside(taken, curve.index),
            color=INK,
        )
        ax.set_xticks(list(curve.index))
        lowest = min(0.0, float(np.nanmin([*silhouette, *curve["stability"]])))
        ax.set_ylim(lowest, 1.08)
        ax.margins(x=0.1)
        ax.grid(axis="y")
        ax.set_xlabel("number of clusters", color=SOFT)
        put_title(ax, "How many clusters", columns=2)
    return ax


def _keep_inside(taken: int, tried: pd.Index) -> str:
    """Give to which side of its point a text goes so that no axis crosses it."""
    if len(tried) > 1 and taken == tried.min():
        return "left"
    return "right" if len(tried) > 1 and taken == tried.max() else "center"
