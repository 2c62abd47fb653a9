"""Who moved from which segment to which, as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.reports._canvas import new_axes, put_title, style, writable
from crmlib.reports._palette import INK, SOFT, ink_on, ramp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_WITH_TEXT = 16


def plot_migration(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw from which segment to which customers moved.

    Parameters
    ----------
    table : DataFrame of int, shape (n_before, n_after)
        A row per segment before, a column per segment after, as
        :func:`crmlib.segmenters.migration` gives it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Each cell says how many customers moved, the darker the larger their
        share of the row; who stayed has a frame.

    Raises
    ------
    InvalidTableError
        If the table is empty.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame([[8, 2], [1, 0]], index=["Top", "(new)"], columns=["Top", "(gone)"])
    >>> [text.get_text() for text in plot_migration(table).texts]
    ['8', '2', '1']
    """
    if table.empty:
        raise InvalidTableError("table", "holds nothing", "give what migration gave")
    counts = table.to_numpy(dtype=float)
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    n_rows, n_columns = counts.shape
    with style():
        ax = new_axes(ax, 1.9 + 0.34 * n_rows)
        mesh = ax.pcolormesh(shares, cmap=ramp(), vmin=0, vmax=1, edgecolors="white", linewidth=2)
        if max(n_rows, n_columns) <= _MOST_WITH_TEXT:
            for (row, column), count in np.ndenumerate(counts):
                if count:
                    ax.text(
                        column + 0.5,
                        row + 0.5,
                        f"{count:,.0f}",
                        ha="center",
                        va="center",
                        fontsize=7.5 if n_columns > _MOST_WITH_TEXT / 2 else 9.5,
                        color=ink_on(shares[row, column]),
                    )
        _frame_who_stayed(ax, table)
        names = writable([*table.index, *table.columns], ax)
        before, after = names[:n_rows], names[n_rows:]
        totals = [f"{name} ({total:,.0f})" for name, total in zip(before, rows[:, 0], strict=True)]
        ax.set_yticks(np.arange(n_rows) + 0.5, totals)
        close = n_columns > _MOST_WITH_TEXT / 2
        ax.set_xticks(
            np.arange(n_columns) + 0.5,
            after,
            rotation=60 if close else 40,
            rotation_mode="anchor",
            ha="right",
            fontsize=9 if close else None,
            color=INK,
        )
        ax.invert_yaxis()
        ax.spines[:].set_visible(False)
        ax.set_ylabel("before")
        ax.set_xlabel("\n".join(filter(None, ["after", ax.get_xlabel()])))
        bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=25, format=_percent)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=9)
        bar.set_label("share of the row", color=SOFT)
        put_title(ax, "Who moved where (customers)")
    return ax


def _frame_who_stayed(ax: Axes, table: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 -- an extra

    columns = {name: column for column, name in enumerate(table.columns)}
    for row, name in enumerate(table.index):
        if name in columns:
            corner = (columns[name], row)
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=1.2))


def _percent(share: float, _: int) -> str:
    return f"{share:.0%}"
