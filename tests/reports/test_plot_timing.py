"""Pictures of timing: the week of each segment, and whether likely hours came."""

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.reports import plot_timing_calibration, plot_week_hours
from crmlib.timing import FixedTiming, PreferredHourTiming, evaluate

START = pd.Timestamp("2026-01-05", tz="UTC")
EVENTS = pd.DataFrame(
    {
        "customer_id": np.repeat(["ann", "bob"], 40),
        "ordered_at": [START + pd.Timedelta(days=day, hours=19) for day in range(40)]
        + [START + pd.Timedelta(days=day, hours=9) for day in range(40)],
    }
)
SEGMENTS = pd.Series({"ann": "late", "bob": "early", "cid": "late", "eve": None})


def test_weeks_are_the_mean_shares_of_a_segment() -> None:
    """The largest segment is on top, a row per weekday; a week sums to 100 %."""
    timing = PreferredHourTiming().fit(EVENTS)
    ax = plot_week_hours(timing, SEGMENTS)
    drawn = np.ma.filled(ax.collections[0].get_array(), np.nan).reshape(2, 9, 24)
    shares = timing.probabilities(pd.DataFrame(index=["ann", "cid"])).to_numpy().mean(axis=0)

    assert [text.get_text() for text in ax.texts] == ["late, 2 customers", "early, 1 customer"]
    assert np.isnan(drawn[:, :2]).all()
    np.testing.assert_allclose(drawn[0, 2:], 100 * shares.reshape(7, 24))
    assert drawn[1, 2:].sum() == pytest.approx(100)
    assert [label.get_text() for label in ax.get_yticklabels()[:4]] == ["Mon", "Wed", "Fri", "Sun"]


def test_the_six_largest_segments_are_drawn() -> None:
    """A seventh is left out; nobody in any segment is an error."""
    many = pd.Series({f"c{n}": f"segment {n % 7 if n > 6 else 0}" for n in range(48)})
    ax = plot_week_hours(FixedTiming(), many)

    assert len(ax.texts) == 6
    with pytest.raises(InvalidTableError, match="nobody in a segment"):
        plot_week_hours(FixedTiming(), SEGMENTS[["eve"]])


def test_calibration_draws_what_the_table_says() -> None:
    """Points are expected and observed shares in percent, squares the population's."""
    held_out = evaluate(
        PreferredHourTiming(), EVENTS, split_at=START + pd.Timedelta(days=30, hours=1)
    )
    table = held_out.calibration(n_groups=4)
    ax = plot_timing_calibration(table)
    _, squares, points = (line.get_xydata() for line in ax.lines[:3])

    np.testing.assert_allclose(points, 100 * table[["expected", "observed"]].to_numpy())
    np.testing.assert_allclose(squares, 100 * table[["expected", "population"]].to_numpy())
    with pytest.raises(MissingColumnsError, match=r"TimingEvaluation\.calibration"):
        plot_timing_calibration(table.drop(columns="error"))
