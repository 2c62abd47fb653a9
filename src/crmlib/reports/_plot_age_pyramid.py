"""Women and men by age, and the segments they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.reports._canvas import new_axes, put_title, style, writable
from crmlib.reports._palette import CATEGORIES, GREY, INK, SOFT
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DECADE = 10
_OLDEST = 120
_EVERYBODY = "all customers"
_OTHERS = "other segments"


def plot_age_pyramid(
    customers: pd.DataFrame, segments: pd.Series[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the ages of women to the left and of men to the right.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by customer_id, with ``gender`` ("female", "male") and ``age``
        (years), as :func:`crmlib.features.add_demographics` puts them there.
    segments : Series of str, indexed by customer_id, optional
        As ``predict`` gives it; the bars are made of the segments then, the
        largest next to the middle, those beyond six in grey.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes
        Ages upwards in steps of ten years, customers to both sides.  Who is
        not shown, as gender or age are not known, is counted below.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"gender": ["female", "male"], "age": [24, 38]})
    >>> [text.get_text() for text in plot_age_pyramid(customers).get_yticklabels()]
    ['20s', '30s']
    """
    check_columns("customers", customers, ["gender", "age"])
    table = _count(customers, segments)
    shown = int(table.to_numpy().sum())
    decades = table.columns.get_level_values("decade").unique()
    with style():
        ax = new_axes(ax, 1.6 + 0.36 * max(len(decades), 4) + 0.1 * len(table))
        labels = writable(table.index, ax)
        for gender, side in (("female", -1), ("male", 1)):
            begin = np.zeros(len(decades))
            for place, (name, label) in enumerate(zip(table.index, labels, strict=True)):
                size = table.loc[name, gender].to_numpy(dtype=float)
                colour = GREY if name == _OTHERS else CATEGORIES[place]
                ax.barh(
                    np.arange(len(decades)),
                    side * size,
                    left=side * begin,
                    height=0.82,
                    color=colour,
                    edgecolor="white",
                    linewidth=0.6,
                    label=label if side > 0 and name != _EVERYBODY else f"_{label}",
                )
                begin += size
        _finish(ax, table, [_name_decade(decade) for decade in decades])
        if len(customers) > shown:
            note = f"{len(customers) - shown:,} without known age, or neither woman nor man"
            ax.set_xlabel("\n".join(filter(None, [f"customers; {note}", ax.get_xlabel()])))
    return ax


def _count(customers: pd.DataFrame, segments: pd.Series[str] | None) -> pd.DataFrame:
    """Count customers by segment in rows, by gender and decade in columns."""
    age = customers["age"].to_numpy(dtype=float, na_value=np.nan)
    known = customers["gender"].isin(["female", "male"]).to_numpy() & (age >= 0) & (age < _OLDEST)
    if segments is None:
        names = np.full(len(customers), _EVERYBODY, dtype=object)
    else:
        names = segments.reindex(customers.index).astype(object).fillna("no segment").to_numpy()
    people = pd.DataFrame(
        {
            "segment": names[known],
            "gender": customers["gender"].to_numpy()[known],
            "decade": (age[known] // _DECADE * _DECADE).astype(int),
        }
    )
    sizes = people["segment"].value_counts().sort_index(kind="stable")
    largest = list(sizes.sort_values(ascending=False, kind="stable").index[: len(CATEGORIES)])
    people["segment"] = people["segment"].where(people["segment"].isin(largest), _OTHERS)
    order = [*largest, _OTHERS] if len(sizes) > len(largest) else largest
    low, high = (people["decade"].min(), people["decade"].max()) if len(people) else (0, 0)
    columns = pd.MultiIndex.from_product(
        [["female", "male"], range(int(low), int(high) + 1, _DECADE)], names=["gender", "decade"]
    )
    counts = people.groupby(["segment", "gender", "decade"]).size()
    return counts.unstack(["gender", "decade"]).reindex(index=order, columns=columns).fillna(0)  # noqa: PD010 -- indexed both ways


def _finish(ax: Axes, table: pd.DataFrame, decades: list[str]) -> None:
    """Put scales, sides and legend around the bars."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 -- an extra

    sums = table.sum()
    most = max(float(sums.max()) if len(sums) else 0.0, 1.0)
    ax.set_xlim(-1.12 * most, 1.12 * most)
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.set_yticks(np.arange(len(decades)), decades)
    ax.axvline(0, color=INK, linewidth=1)
    ax.grid(axis="x")
    for gender, word, place, side in (
        ("female", "women", 0.0, "left"),
        ("male", "men", 1.0, "right"),
    ):
        number = int(sums[gender].sum()) if len(sums) else 0
        ax.text(
            place,
            1.01,
            f"{word} ({number:,})",
            transform=ax.transAxes,
            ha=side,
            va="bottom",
            color=SOFT,
        )
    ax.spines["left"].set_visible(False)
    put_title(ax, "Age and gender", columns=2, below=18)  # where the sides are written


def _name_decade(decade: int) -> str:
    return f"{decade}s" if decade >= _DECADE else "under 10"
