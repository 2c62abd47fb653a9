"""FixedTiming: one hour for everybody."""

import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.timing import FixedTiming

CUSTOMERS = pd.DataFrame(index=pd.Index(["ann", "bob"], name="customer_id"))
# 2026-01-05 is a Monday.
WEEK = pd.date_range("2026-01-05", periods=168, freq="h", tz="Asia/Seoul")


def test_the_hour_is_liked_best_and_the_nearest_next() -> None:
    """10 h scores 1, 9 h and 11 h a half, for everybody alike."""
    scores = FixedTiming(hour=10).preferences(CUSTOMERS, WEEK)

    assert scores.shape == (2, 168)
    assert scores[0, 9:12].tolist() == [0.5, 1.0, 0.5]
    assert (scores[0] == scores[1]).all()


@pytest.mark.parametrize("hour", [0, 1, 12, 23])
def test_nearness_goes_around_the_clock(hour: int) -> None:
    """From 0 h it is an hour to 23 h; no hour is farther than 12, and twelve hours score 1/13."""
    scores = FixedTiming(hour=hour).preferences(CUSTOMERS, WEEK[:24])[0]

    assert scores[hour] == 1
    assert scores[hour - 1] == scores[(hour + 1) % 24] == 0.5
    assert scores[(hour + 12) % 24] == scores.min() == 1 / 13


def test_weekdays_come_before_other_days() -> None:
    """Any hour of a chosen weekday is better than all of the others."""
    scores = FixedTiming(hour=9, weekdays=["tue", "sun"]).preferences(CUSTOMERS, WEEK)[0]
    by_day = pd.Series(scores).groupby(WEEK.day_of_week)

    assert WEEK[scores.argmax()] == pd.Timestamp("2026-01-06 09:00", tz="Asia/Seoul")
    assert by_day.min()[[1, 6]].min() > by_day.max()[[0, 2, 3, 4, 5]].max()


def test_reasons_say_whether_the_wish_was_met() -> None:
    """The sentence names hour and days, and that another had to be taken."""
    moments = pd.to_datetime(["2026-01-06 09:20", "2026-01-07 09:20"]).tz_localize("Asia/Seoul")
    send_at = pd.Series(moments, index=CUSTOMERS.index)
    with_days = FixedTiming(hour=9, weekdays=("tue",)).reasons(CUSTOMERS, send_at)
    any_day = FixedTiming(hour=9).reasons(CUSTOMERS, send_at)

    assert with_days.tolist() == [
        "the campaign wants 9 h on tue",
        "the campaign wants 9 h on tue; this is the nearest that is permitted",
    ]
    assert any_day.tolist() == ["the campaign wants 9 h"] * 2


def test_it_needs_no_fit() -> None:
    """Fitting only checks; the model counts as fitted from the start."""
    model = FixedTiming(hour=7)

    check_is_fitted(model)
    assert model.fit(pd.DataFrame()) is model
    assert clone(model).get_params() == {"hour": 7, "weekdays": None}


@pytest.mark.parametrize("hour", [-1, 24, 10.0, True])
def test_the_hour_is_one_of_a_day(hour: object) -> None:
    """Anything but 0 to 23 is refused."""
    with pytest.raises(InvalidParameterError, match="hour must be a whole number from 0 to 23"):
        FixedTiming(hour=hour).fit(pd.DataFrame())


@pytest.mark.parametrize("weekdays", [[], ["monday"], [0], "mon"])
def test_weekdays_are_those_of_a_week(weekdays: object) -> None:
    """None, unknown ones, or a text instead of a list are refused."""
    with pytest.raises(InvalidParameterError, match="weekdays must be some of"):
        FixedTiming(weekdays=weekdays).preferences(CUSTOMERS, WEEK)
