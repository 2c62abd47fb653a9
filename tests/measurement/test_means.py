"""Differences of two means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import estimate_mean_difference

if TYPE_CHECKING:
    import pandas as pd

MONEY = st.integers(0, 100_000).map(lambda cents: cents / 100)


def test_hillstrom_spend_difference(hillstrom: pd.DataFrame) -> None:
    """The spend difference on Hillstrom has Welch's t and interval."""
    value, t, low, high = 0.7698271558945368, 5.3001403584, 0.4851397326, 1.0545145792
    spend = hillstrom.groupby("segment")["spend"]

    lift = estimate_mean_difference(spend.get_group("Mens E-Mail"), spend.get_group("No E-Mail"))

    assert lift.value == pytest.approx(value, abs=1e-12)
    assert lift.statistic == pytest.approx(t, abs=1e-9)
    assert lift.interval == pytest.approx((low, high), abs=1e-9)


def test_difference_by_hand() -> None:
    """Variances 500/3 and 100/3 over four customers each give an error of sqrt(50)."""
    freedom = 50**2 / ((125 / 3) ** 2 / 3 + (25 / 3) ** 2 / 3)
    half = float(stats.t.ppf(0.975, freedom)) * 50**0.5

    lift = estimate_mean_difference([30, 0, 10, 20], [0, 10, 0, 10])

    assert lift.value == 10
    assert lift.standard_error == pytest.approx(50**0.5)
    assert lift.interval == pytest.approx((10 - half, 10 + half))


@given(arrays(float, st.integers(2, 30), elements=MONEY), arrays(float, 5, elements=MONEY))
def test_agrees_with_scipy(treated: np.ndarray, control: np.ndarray) -> None:
    """Whatever the data, SciPy's Welch test says the same."""
    lift = estimate_mean_difference(treated, control, alpha=0.1)

    if treated.std() > 0 and control.std() > 0:  # SciPy warns of arms without spread
        other = stats.ttest_ind(treated, control, equal_var=False)
        assert lift.statistic == pytest.approx(other.statistic)
        assert lift.p_value == pytest.approx(other.pvalue)
        assert lift.interval == pytest.approx(tuple(other.confidence_interval(0.9)))


@pytest.mark.parametrize(
    ("treated", "control", "value", "reason"),
    [
        ([], [1, 2], None, "one of the arms has no customers"),
        ([1, 2], [], None, "one of the arms has no customers"),
        ([3], [1, 2], 1.5, "one of the arms has a single customer"),
        ([1, 2], [3], -1.5, "one of the arms has a single customer"),
        ([0.1, 0.1, 0.1], [0, 0], 0.1, "within each arm all customers did the same"),
        ([0, 0], [0, 0], 0.0, "within each arm all customers did the same"),
    ],
    ids=[
        "nobody treated",
        "no hold-out",
        "one treated",
        "one held out",
        "all the same",
        "all zero",
    ],
)
def test_difference_that_has_no_interval(
    treated: list[float], control: list[float], value: float | None, reason: str | None
) -> None:
    """Too few customers, or no spread: a reason and no interval, and no warning."""
    lift = estimate_mean_difference(treated, control)

    assert lift.value == (value if value is None else pytest.approx(value))
    assert (lift.interval, lift.reason) == (None, reason)


@pytest.mark.parametrize(
    ("treated", "message"),
    [
        ([1.0, float("nan")], "treated must be finite numbers, got '1 that are not'"),
        ([[1.0], [2.0]], "treated must be an array of one dimension, got '2 dimensions'"),
    ],
    ids=["NaN", "a matrix"],
)
def test_values_that_are_no_numbers(treated: list[float], message: str) -> None:
    """A mean over NaN is refused, with a count."""
    with pytest.raises(InvalidParameterError) as caught:
        estimate_mean_difference(treated, [1.0, 2.0])

    assert str(caught.value) == message


def test_coverage_on_skewed_spend() -> None:
    """Of 1,500 seeded trials with many zeros, about 95 % of intervals hold the truth."""
    rng = np.random.default_rng(7)

    def spend(share: float, size: int) -> np.ndarray:
        return rng.binomial(1, share, (1500, size)) * rng.gamma(2, 20, (1500, size))

    treated, control = spend(0.2, 600), spend(0.1, 300)
    intervals = [
        estimate_mean_difference(t, c).interval for t, c in zip(treated, control, strict=True)
    ]

    covered = np.mean([low <= 0.1 * 40 <= high for low, high in intervals])
    assert covered == pytest.approx(0.95, abs=0.02)
