"""Differences of means, adjusted by what was known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import estimate_cuped_difference, estimate_mean_difference

if TYPE_CHECKING:
    import pandas as pd


def test_hillstrom_spend_difference_given_history(hillstrom: pd.DataFrame) -> None:
    """Adjusted by ``history``, Hillstrom's spend difference is .76743849943, ratio .9996."""
    value, ratio = 0.76743849943, 0.9996
    mens = hillstrom[hillstrom["segment"] == "Mens E-Mail"]
    none = hillstrom[hillstrom["segment"] == "No E-Mail"]

    result = estimate_cuped_difference(
        mens["spend"], none["spend"], mens["history"], none["history"]
    )

    assert result.adjusted.value == pytest.approx(value, abs=1e-9)
    assert result.variance_ratio == pytest.approx(ratio, abs=5e-5)
    assert result.unadjusted == estimate_mean_difference(mens["spend"], none["spend"])


def test_adjustment_by_hand() -> None:
    """Covariates 0, 2 | 1, 3 and outcomes 1, 5 | 1, 5: theta 1.6, and 1.6 is added back."""
    theta, value = 8 / 5, 0 - 8 / 5 * (1 - 2)

    result = estimate_cuped_difference([1, 5], [1, 5], [0, 2], [1, 3])

    assert result.theta == pytest.approx(theta)
    assert result.adjusted.value == pytest.approx(value)


def test_a_covariate_that_tells_much_narrows_the_interval() -> None:
    """With correlation r between before and after, the variance falls by about r squared."""
    rng = np.random.default_rng(1)
    before = rng.normal(size=(2, 4000))
    after = 0.8 * before + 0.6 * rng.normal(size=(2, 4000))
    expected = 1 - 0.8**2

    result = estimate_cuped_difference(after[0], after[1], before[0], before[1])

    assert result.variance_ratio == pytest.approx(expected, abs=0.02)


def test_a_covariate_that_never_varies_changes_nothing() -> None:
    """The same covariate for all leaves the difference as it was."""
    result = estimate_cuped_difference([1, 2, 6], [0, 1, 2], [7, 7, 7], [7, 7, 7])

    assert result.theta == 0
    assert result.adjusted == result.unadjusted
    assert result.variance_ratio == pytest.approx(1)


@pytest.mark.parametrize("treated", [[], [4]], ids=["empty arm", "one customer"])
def test_too_few_customers(treated: list[float]) -> None:
    """Where no standard error is known, the ratio is not known either."""
    result = estimate_cuped_difference(treated, [1, 2], treated, [3, 4])

    assert result.variance_ratio is None
    assert result.adjusted.interval is None


def test_no_customers_at_all() -> None:
    """Two empty arms give no value and no warning."""
    result = estimate_cuped_difference([], [], [], [])

    assert result.adjusted.value is None


def test_lengths_that_differ() -> None:
    """A covariate must have a number for each customer."""
    with pytest.raises(InvalidParameterError, match="control_before must be as long as its arm"):
        estimate_cuped_difference([1, 2], [1, 2], [1, 2], [1])
