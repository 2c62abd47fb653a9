"""The picture of a customer's hours: what was seen, what is expected, and everybody."""

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.reports import plot_customer_hours
from crmlib.timing import PreferredHourTiming

EVENTS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "ann", "ann", "bob"],
        "ordered_at": pd.to_datetime([f"2026-01-0{day}T19:10Z" for day in range(5, 10)]),
    }
)


def test_the_lines_are_those_of_the_model() -> None:
    """Bars are shares of visits; the lines are the customer's and everybody's probabilities."""
    timing = PreferredHourTiming().fit(EVENTS)
    ax = plot_customer_hours(timing, "ann")
    everybody, expected = (line.get_ydata() for line in ax.lines)
    ann = timing.hour_probabilities(pd.DataFrame(index=["ann"])).to_numpy()[0]

    np.testing.assert_allclose(everybody, 100 * timing.hour_population_)
    np.testing.assert_allclose(expected, 100 * ann)
    assert [bar.get_height() for bar in ax.patches][18:21] == [0, 100, 0]
    low, high = timing.hour_intervals(pd.DataFrame(index=["ann"])).to_numpy().reshape(2, 24)
    edges = ax.collections[0].get_paths()[0].vertices
    assert edges[:, 1].max() == pytest.approx(100 * high.max())
    assert (low <= high).all()
    assert "seen, 4 visits" in ax.get_legend_handles_labels()[1]


def test_one_visit_is_written_as_one() -> None:
    """The legend counts in words that fit."""
    ax = plot_customer_hours(PreferredHourTiming().fit(EVENTS), "bob")

    assert "seen, 1 visit" in ax.get_legend_handles_labels()[1]


def test_a_stranger_has_no_picture() -> None:
    """Who was never seen is an error that says so."""
    with pytest.raises(InvalidParameterError, match="that the model was fitted on"):
        plot_customer_hours(PreferredHourTiming().fit(EVENTS), "eve")
