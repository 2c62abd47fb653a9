"""What sets clusters apart, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidTableError
from crmlib.reports._canvas import new_axes, put_title, style, writable
from crmlib.reports._palette import CATEGORIES, LINE, SOFT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")


def plot_cluster_profile(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a line per segment through its columns: a snake plot.

    Parameters
    ----------
    profile : DataFrame of shape (n_segments, n_columns), indexed by segment
        Standard deviations from the mean of all customers, as
        ``KMeansSegmenter.profile_`` holds them.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Columns to the right, in the order of *profile*; the line at 0 is the
        mean of all customers.  Lines differ in colour and marker.

    Raises
    ------
    InvalidTableError
        If there is no segment or no column.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> profile = pd.DataFrame({"frequency": [1.2, -0.4]}, index=["buys often", "others"])
    >>> [line.get_label() for line in plot_cluster_profile(profile).get_lines()[1:]]
    ['buys often', 'others']
    """
    if profile.empty:
        raise InvalidTableError("profile", "holds nothing", "give the profile_ of a segmenter")
    places = range(profile.shape[1])
    with style():
        ax = new_axes(ax, 3.4 + 0.26 * len(profile))
        columns = [str(name).replace("_", " ") for name in profile.columns]
        written = writable([*profile.index, *columns], ax)
        ax.axhline(0, color=SOFT, linewidth=1, label="_mean of all")
        for number, (name, values) in enumerate(
            zip(written[: len(profile)], profile.to_numpy(dtype=float), strict=True)
        ):
            ax.plot(
                places,
                values,
                color=CATEGORIES[number % len(CATEGORIES)],
                marker=_MARKERS[number % len(_MARKERS)],
                markersize=7,
                linewidth=2,
                label=name,
            )
        ax.set_xticks(places, written[len(profile) :])
        ax.margins(x=0.1, y=0.12)
        ax.grid(axis="x")
        ax.spines["left"].set_color(LINE)
        ax.set_ylabel("standard deviations\nfrom the mean of all")
        put_title(ax, "What sets the segments apart")
    return ax
