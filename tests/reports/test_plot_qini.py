"""The picture of uplift curves: right lines, in any state of the data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

from crmlib.exceptions import MissingColumnsError, MissingExtraError
from crmlib.reports import plot_qini
from crmlib.statistics import qini_curve

if TYPE_CHECKING:
    from pathlib import Path

CURVE = qini_curve([4, 3, 2, 1], [True, False, True, False], [1, 0, 1, 1])


def test_each_ranking_is_a_line_beside_that_of_lot(tmp_path: Path) -> None:
    """Share to the right, gain upwards, the budget marked; it can be saved."""
    ax = Figure(figsize=(5, 4)).subplots()

    assert plot_qini({"uplift": CURVE, "response": CURVE}, budget=0.3, ax=ax) is ax
    uplift, _, lot, mark = ax.lines
    assert uplift.get_xdata().tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert uplift.get_ydata().tolist() == [0, 0, 0.5, 0.75, 0.5]
    assert list(lot.get_ydata()) == [0, 0.5]
    assert list(mark.get_xdata()) == [0.3, 0.3]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["uplift", "response", "by lot"]
    ax.figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_without_curves_it_is_empty_and_no_error() -> None:
    """Nothing to draw draws the line of lot at 0."""
    ax = plot_qini({})

    ax.figure.canvas.draw()
    assert list(ax.lines[0].get_ydata()) == [0, 0.0]


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column, or matplotlib itself."""
    with pytest.raises(MissingColumnsError, match="make it with qini_curve"):
        plot_qini({"uplift": CURVE.drop(columns="gain")})
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[plots\]'"):
        plot_qini({"uplift": CURVE})
