"""Sizes and value of the segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidParameterError
from crmlib.reports._canvas import new_axes, put_title, style, writable
from crmlib.reports._numbers import segment_shares
from crmlib.reports._palette import BLUE, SKY, SOFT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_BAR = 0.38
_ONE = 0.5
"""Percent from which on a share is written as 1 % or more."""


def plot_segments(
    customers: pd.DataFrame,
    segments: pd.Series[str],
    *,
    most: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draw each segment's share of the customers and of the money.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by customer_id, with ``monetary_value`` (money, net).
    segments : Series of str, indexed by customer_id
        As ``predict`` gives it; customers without one are drawn as
        ``no segment``.
    most : int, default=20
        Of more segments than this, those with the least money are drawn as
        one, ``24 other segments``, and come last.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Two bars per segment, the one with most money on top; save it with
        ``ax.figure.savefig(...)``.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If *customers* lacks the column or holds nobody.
    InvalidParameterError
        If *most* is no whole number from 1 on.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"monetary_value": [90.0, 10.0]}, index=["C1", "C2"])
    >>> segments = pd.Series(["Champions", "Lost"], index=["C1", "C2"])
    >>> [text.get_text() for text in plot_segments(customers, segments).get_yticklabels()]
    ['Champions (1)', 'Lost (1)']
    """
    shares = _put_together(segment_shares(customers, segments), most)
    places = np.arange(len(shares))
    with style():
        ax = new_axes(ax, 0.9 + 0.44 * len(shares))
        for offset, column, colour, label in (
            (-_BAR / 2, "customer_share", SKY, "share of customers"),
            (_BAR / 2, "money_share", BLUE, "share of money"),
        ):
            values = 100 * shares[column].fillna(0)
            ax.barh(places + offset, values, height=_BAR, color=colour, label=label)
            for place, value in zip(places, values, strict=True):
                ax.annotate(
                    "<1%" if 0 < value < _ONE else f"{value:.0f}%",
                    (max(value, 0), place + offset),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                    color=SOFT,
                )
        names = writable(shares.index, ax)
        labels = [f"{name} ({n:,})" for name, n in zip(names, shares["customers"], strict=True)]
        ax.set_yticks(places, labels)
        ax.set_ylim(len(shares) - 0.5, -0.5)
        ax.set_xticks([])
        ax.spines[["bottom"]].set_visible(False)
        ax.margins(x=0.08)
        put_title(ax, "Segments: how many, and how much they bring", columns=2)
    return ax


def _put_together(shares: pd.DataFrame, most: int) -> pd.DataFrame:
    """Make the segments beyond the first *most* one row, the last."""
    if not (isinstance(most, int) and most > 0):
        raise InvalidParameterError("most", most, "a whole number from 1 on")
    few = shares[["customers", "customer_share", "money_share"]]
    if len(few) <= most:
        return few
    rest = few.iloc[most:]
    few = few.iloc[:most].copy()
    few.loc[f"{len(rest)} other segments"] = rest.sum()
    return few.astype({"customers": int})
