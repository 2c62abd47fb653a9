"""The uplift curve: by hand, with ties, by lot, and with unequal chances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.statistics import auuc, qini_coefficient, qini_curve


def test_the_curve_by_hand() -> None:
    """Of the best two: treated 1/1, control 0/1, so (1 - 0) · 2/4 = .5; of all: (1 - 1/2) · 1."""
    curve = qini_curve([4, 3, 2, 1], [True, False, True, False], [1, 0, 1, 1])

    assert curve["share"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve["gain"].tolist() == [0, 0, 0.5, 0.75, 0.5]
    assert curve["random"].tolist() == [0, 0.125, 0.25, 0.375, 0.5]
    assert auuc(curve) == pytest.approx(0.375)
    assert qini_coefficient(curve) == pytest.approx(0.375 - 0.25)


def test_equal_scores_are_one_step() -> None:
    """Who cannot be told apart is contacted together, whatever the order of rows."""
    curve = qini_curve([1, 1, 1, 1], [True, False, True, False], [1, 0, 1, 1])

    assert curve["share"].tolist() == [0, 1]
    assert qini_coefficient(curve) == 0


def test_unequal_chances_are_weighed() -> None:
    """Treated (rewards 1 and 0, chances .25 and .5) have the mean 4/6; control has 0."""
    curve = qini_curve([1, 1, 1], [True, True, False], [1, 0, 0], propensities=[0.25, 0.5, 0.5])

    assert curve["gain"].iloc[-1] == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (([1.0], [True, False], [1, 0]), "scores must be 2 finite numbers"),
        (([1.0, 2.0], [True, False], [1, np.nan]), "rewards must be 2 finite numbers"),
        (([1.0, 2.0], [True, True], [1, 0]), "treated must be some True and some False"),
    ],
    ids=["length", "NaN", "no control"],
)
def test_what_is_no_comparison_is_refused(given: tuple[Any, ...], problem: str) -> None:
    """A curve needs a score and reward for each, and both groups."""
    with pytest.raises(InvalidParameterError, match=problem):
        qini_curve(*given)
