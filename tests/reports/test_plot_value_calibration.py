"""The picture of what was expected and what came: right points, in any state of the data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmlib.exceptions import MissingColumnsError, MissingExtraError
from crmlib.reports import plot_value_calibration

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION = pd.DataFrame(
    {
        "customers": [600, 620],
        "expected_purchases": [0.2, 1.5],
        "purchases": [0.1, 2.0],
        "purchases_error": [0.1, 0.25],
    }
)


def test_each_bin_is_a_point_with_its_interval() -> None:
    """Expected to the right, came upwards, two standard errors, and not below nothing."""
    ax = plot_value_calibration(CALIBRATION)

    (points, _, (bars,)) = ax.containers[0]
    assert points.get_xdata().tolist() == [0.2, 1.5]
    assert points.get_ydata().tolist() == [0.1, 2.0]
    low, high = bars.get_segments()[0][:, 1], bars.get_segments()[1][:, 1]
    assert low == pytest.approx([0.0, 0.296])
    assert high == pytest.approx([1.51, 2.49])


def test_the_picture_can_be_saved_where_the_caller_wants_it(tmp_path: Path) -> None:
    """On given axes, as a file, with a title and the number of customers."""
    ax = Figure(figsize=(5, 5)).subplots()

    assert plot_value_calibration(CALIBRATION, ax=ax) is ax
    ax.figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000
    assert ax.get_title(loc="left") == "Did they buy as often as expected?"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["as expected", "1,220 customers in 2 bins, with 95% intervals"]


@pytest.mark.parametrize("table", [CALIBRATION[:0], CALIBRATION * 0], ids=["no bins", "nothing"])
def test_nothing_can_be_drawn(table: pd.DataFrame) -> None:
    """Without bins, or where nobody bought, the picture is empty and no error."""
    ax = plot_value_calibration(table)

    ax.figure.canvas.draw()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column, or matplotlib itself."""
    with pytest.raises(MissingColumnsError, match="purchases_error"):
        plot_value_calibration(CALIBRATION.drop(columns="purchases_error"))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[plots\]'"):
        plot_value_calibration(CALIBRATION)
