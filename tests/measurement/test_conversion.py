"""Differences and ratios of two conversion rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import estimate_conversion_difference, estimate_relative_lift

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from crmlib.measurement import Estimate


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Draw buyers and customers of two arms."""
    treated, control = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    return (
        draw(st.integers(0, treated)),
        treated,
        draw(st.integers(0, control)),
        control,
    )


def visits(hillstrom: pd.DataFrame) -> tuple[int, int, int, int]:
    """Count visitors and customers of the men's mail and of no mail."""
    mens = hillstrom.loc[hillstrom["segment"] == "Mens E-Mail", "visit"]
    none = hillstrom.loc[hillstrom["segment"] == "No E-Mail", "visit"]
    return int(mens.sum()), len(mens), int(none.sum()), len(none)


def test_hillstrom_visit_difference(hillstrom: pd.DataFrame) -> None:
    """The visit difference on Hillstrom is that of statsmodels, with Wald's interval."""
    expected, low, high = 0.07658956365153125, 0.06995350, 0.08322563

    lift = estimate_conversion_difference(*visits(hillstrom))

    assert lift.value == pytest.approx(expected, abs=1e-12)
    assert lift.interval == pytest.approx((low, high), abs=6e-9)
    assert lift.excludes_zero


def test_hillstrom_relative_lift(hillstrom: pd.DataFrame) -> None:
    """The relative lift on Hillstrom and its log-ratio interval hold."""
    expected, low, high = 0.721404616781399, 0.640385, 0.806426

    lift = estimate_relative_lift(*visits(hillstrom))

    assert lift.value == pytest.approx(expected, abs=1e-12)
    assert lift.interval == pytest.approx((low, high), abs=6e-7)


def test_difference_by_hand() -> None:
    """With 60 of 100 against 40 of 100 the standard error is sqrt(.24/100 + .24/100)."""
    error = 0.0692820323
    low, high = 0.2 - 1.959963985 * error, 0.2 + 1.959963985 * error

    lift = estimate_conversion_difference(60, 100, 40, 100)

    assert lift.value == pytest.approx(0.2)
    assert lift.standard_error == pytest.approx(error, abs=1e-9)
    assert lift.interval == pytest.approx((low, high), abs=1e-9)
    assert lift.statistic == pytest.approx(2.886751346)
    assert lift.p_value == pytest.approx(0.0038924171, abs=1e-9)


def test_relative_lift_of_the_scipy_example() -> None:
    """10 of 75 against 12 of 225 is the example that SciPy documents for Katz's method."""
    expected = (2.5, 1.1261564003469628, 5.549850800541033)

    lift = estimate_relative_lift(10, 75, 12, 225)

    assert (lift.value + 1, lift.interval[0] + 1, lift.interval[1] + 1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "value", "reason"),
    [
        ((0, 0, 1, 9), None, "one of the arms has no customers"),
        ((1, 9, 0, 0), None, "one of the arms has no customers"),
        ((0, 9, 0, 9), 0.0, "within each arm all customers did the same"),
        ((9, 9, 9, 9), 0.0, "within each arm all customers did the same"),
        ((9, 9, 0, 9), 1.0, "within each arm all customers did the same"),
    ],
    ids=["nobody treated", "no hold-out", "nobody bought", "all bought", "opposites"],
)
def test_difference_that_has_no_interval(
    arguments: tuple[int, ...], value: float | None, reason: str | None
) -> None:
    """Where the formula would give a width of 0, there is a reason and no interval."""
    lift = estimate_conversion_difference(*arguments)

    assert (lift.value, lift.interval, lift.reason) == (value, None, reason)
    assert not lift.excludes_zero


@pytest.mark.parametrize(
    ("arguments", "value", "reason"),
    [
        ((0, 0, 1, 9), None, "one of the arms has no customers"),
        ((3, 9, 0, 9), None, "nobody bought in one of the arms"),
        ((0, 9, 3, 9), None, "nobody bought in one of the arms"),
        ((9, 9, 5, 5), 0.0, "within each arm all customers did the same"),
    ],
    ids=["nobody treated", "no base", "no success", "all bought"],
)
def test_relative_lift_that_is_not_known(
    arguments: tuple[int, ...], value: float | None, reason: str | None
) -> None:
    """A ratio over nothing is not known, and says why."""
    lift = estimate_relative_lift(*arguments)

    assert (lift.value, lift.interval, lift.reason) == (value, None, reason)


@pytest.mark.parametrize("estimate", [estimate_conversion_difference, estimate_relative_lift])
@pytest.mark.parametrize(
    ("arguments", "alpha", "name"),
    [
        ((10, 9, 1, 9), 0.05, "treated_buyers"),
        ((1, 9, 10, 9), 0.05, "control_buyers"),
        ((1, -1, 1, 9), 0.05, "treated"),
        ((1, 9, 1, 9.5), 0.05, "control"),
        ((1, 9, 1, 9), 0.0, "alpha"),
        ((1, 9, 1, 9), 1.0, "alpha"),
    ],
)
def test_impossible_counts(
    estimate: Callable[..., Estimate], arguments: tuple[int, ...], alpha: float, name: str
) -> None:
    """Counts that cannot be are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        estimate(*arguments, alpha=alpha)

    assert caught.value.name == name


@given(counts())
def test_swapping_the_arms_turns_the_sign(table: tuple[int, int, int, int]) -> None:
    """Swapping the arms turns value and interval round, nothing else."""
    t_buyers, t, c_buyers, c = table

    there = estimate_conversion_difference(t_buyers, t, c_buyers, c)
    back = estimate_conversion_difference(c_buyers, c, t_buyers, t)

    assert there.reason == back.reason
    assert (there.value is None) == (back.value is None)
    if there.interval is not None:
        assert there.value == pytest.approx(-back.value)
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))
        assert there.interval[0] <= there.value <= there.interval[1]


@given(counts())
def test_relative_lift_agrees_with_scipy(table: tuple[int, int, int, int]) -> None:
    """Where both arms have buyers, SciPy's Katz interval is the same."""
    t_buyers, t, c_buyers, c = table

    lift = estimate_relative_lift(t_buyers, t, c_buyers, c)

    if lift.interval is not None:
        other = relative_risk(t_buyers, t, c_buyers, c)
        assert lift.value + 1 == pytest.approx(other.relative_risk)
        low, high = other.confidence_interval(0.95)
        assert (lift.interval[0] + 1, lift.interval[1] + 1) == pytest.approx((low, high))


def test_coverage_of_the_difference() -> None:
    """Of 2,000 seeded trials at 12 % against 8 %, about 95 % of intervals hold the truth."""
    rng = np.random.default_rng(20260701)
    treated, control = rng.binomial(900, 0.12, 2000), rng.binomial(300, 0.08, 2000)

    intervals = [
        estimate_conversion_difference(t, 900, c, 300).interval
        for t, c in zip(treated.tolist(), control.tolist(), strict=True)
    ]

    covered = np.mean([low <= 0.04 <= high for low, high in intervals])
    assert covered == pytest.approx(0.95, abs=0.015)
