"""What another policy would have earned: the formulas by hand, and what cannot be judged."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.statistics import (
    estimate_dr,
    estimate_dr_difference,
    estimate_ips,
    estimate_snips,
    hashed_uniforms,
)

# Four decisions between two messages, logged with unequal chances.
REWARDS, CHOSEN, PROPENSITIES = [1.0, 0.0, 3.0, 2.0], [0, 1, 1, 0], [0.5, 0.25, 0.8, 0.5]
POLICY = [[1.0, 0.0], [0.5, 0.5], [0.2, 0.8], [0.0, 1.0]]
PREDICTIONS = [[1.0, 2.0], [0.5, 0.5], [1.0, 2.5], [2.0, 1.0]]
LOG: tuple[Any, ...] = (REWARDS, CHOSEN, PROPENSITIES)
Z = 1.959963984540054


def error_of(values: list[float]) -> float:
    """Give the standard error of a mean: root of Σ(v - mean)² / (n (n - 1))."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values) / (len(values) - 1))


def test_ips_by_hand() -> None:
    """Weights 2, 2, 1, 0: (2·1 + 2·0 + 1·3 + 0·2) / 4 = 1.25; (Σw)²/Σw² = 25/9."""
    told = estimate_ips(*LOG, POLICY)

    assert told.value == pytest.approx(1.25, abs=1e-12)
    assert told.standard_error == pytest.approx(error_of([2, 0, 3, 0]), abs=1e-12)
    half = Z * told.standard_error
    assert told.interval == pytest.approx((1.25 - half, 1.25 + half), abs=1e-12)
    assert told.effective_sample_size == pytest.approx(25 / 9, abs=1e-12)
    assert (told.max_weight, told.decisions, told.alpha) == (2.0, 4, 0.05)


def test_snips_by_hand() -> None:
    """Σwr/Σw = 5/5 = 1, influence w (r - 1) / 1.25."""
    told = estimate_snips(*LOG, POLICY)

    assert told.value == pytest.approx(1.0, abs=1e-12)
    influence = [0, -1.6, 1.6, 0]
    assert told.standard_error == pytest.approx(error_of(influence), abs=1e-12)


def test_dr_by_hand() -> None:
    """Rows: 1 + 2(1-1) = 1; .5 + 2(0-.5) = -.5; .2 + 2 + 1(3-2.5) = 2.7; 1 + 0 = 1."""
    told = estimate_dr(*LOG, POLICY, PREDICTIONS)

    assert told.value == pytest.approx(1.05, abs=1e-12)
    assert told.standard_error == pytest.approx(error_of([1, -0.5, 2.7, 1]), abs=1e-12)


def test_the_paired_difference_by_hand() -> None:
    """Always message 0: 1, .5, 1, 2 + 2(2-2) = 2; differences 0, -1, 1.7, -1."""
    baseline = [[1, 0]] * 4

    told = estimate_dr_difference(*LOG, POLICY, PREDICTIONS, baseline=baseline)

    assert told.value == pytest.approx(-0.075, abs=1e-12)
    assert told.standard_error == pytest.approx(error_of([0, -1, 1.7, -1]), abs=1e-12)
    same = estimate_dr_difference(*LOG, POLICY, PREDICTIONS, baseline=POLICY)
    assert (same.value, same.standard_error) == (0.0, 0.0)


def test_rows_of_one_customer_are_one_piece_of_evidence() -> None:
    """Sums by customer: (2-1.25)+(0-1.25) = -.5 and .5; root of 2/1 · .5 / 16 = .25."""
    told = estimate_ips(*LOG, POLICY, clusters=["C1", "C1", "C2", "C2"])

    assert told.value == pytest.approx(1.25, abs=1e-12)
    assert told.standard_error == pytest.approx(0.25, abs=1e-12)


def test_self_normalising_ignores_a_constant_added_to_all_rewards() -> None:
    """SNIPS moves by just the constant; IPS by the constant times the mean weight."""
    moved = [reward + 10 for reward in REWARDS]

    assert estimate_snips(moved, *LOG[1:], POLICY).value == pytest.approx(11.0, abs=1e-12)
    assert estimate_ips(moved, *LOG[1:], POLICY).value == pytest.approx(13.75, abs=1e-12)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Of 400 logs drawn by a known policy, 93 % to 97 % of the intervals hold the true value."""
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        chosen = (rng.random(300) < 0.3).astype(int)
        rewards = (rng.random(300) < np.array([0.2, 0.5])[chosen]).astype(float)
        chances = np.array([0.7, 0.3])[chosen]
        policy = np.tile([0.4, 0.6], (300, 1))
        low, high = estimate_dr(rewards, chosen, chances, policy, np.full((300, 2), 0.3)).interval
        hits += low < 0.4 * 0.2 + 0.6 * 0.5 < high

    assert 0.93 < hits / 400 < 0.97


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rewards": [1.0, np.nan, 1.0, 1.0]}, "rewards must be two or more finite numbers"),
        ({"rewards": [[1.0]]}, "rewards must be numbers in one dimension"),
        ({"chosen": [0, 1, 1, -1]}, "chosen must be 4 whole numbers, from 0"),
        ({"propensities": [0.5, 0.0, 0.5, 0.5]}, "propensities must be above 0 and at most 1, go"),
        ({"propensities": [0.5]}, "propensities must be 4 numbers"),
        ({"policy": [[1.0], [1.0], [1.0], [1.0]]}, r"policy must be of shape \(4, 2 or more\)"),
        ({"policy": [[0.5, 0.4]] * 4}, "policy must be probabilities"),
        ({"policy": [[1.0, 0.0]] * 3}, r"policy must be of shape \(4, 2\)"),
        ({"policy": [[np.nan, 1.0]] * 4}, "policy must be finite numbers"),
        ({"alpha": 1.0}, "alpha must be between 0 and 1"),
        ({"clusters": ["C1"] * 4}, "clusters must be 4 ids of two or more customers"),
    ],
    ids=str,
)
def test_what_cannot_be_judged_is_refused(change: dict[str, Any], problem: str) -> None:
    """Each argument that is not as described is named, with what was expected."""
    given = {"rewards": REWARDS, "chosen": CHOSEN, "propensities": PROPENSITIES, "policy": POLICY}

    with pytest.raises(InvalidParameterError, match=problem):
        estimate_ips(**(given | change))


def test_a_policy_that_did_nothing_of_what_was_done() -> None:
    """Weights of 0 have no mean to divide by; IPS is 0 with no effective decision."""
    never = [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]

    with pytest.raises(InvalidParameterError, match="one that sometimes does"):
        estimate_snips(*LOG, never)
    assert estimate_ips(*LOG, never).effective_sample_size == 0.0


def test_hashed_luck_belongs_to_the_id() -> None:
    """The same id has the same number in any company, evenly spread; another salt is another."""
    ids = [f"C{number}" for number in range(4000)]
    luck = hashed_uniforms(ids, "spring")

    np.testing.assert_array_equal(hashed_uniforms(ids[::-1], "spring"), luck[::-1])
    counts = np.bincount((luck * 10).astype(int), minlength=10)
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-square with 9 degrees, p = .001
    assert abs(np.corrcoef(luck, hashed_uniforms(ids, "autumn"))[0, 1]) < 0.05
    assert len(hashed_uniforms([], "spring")) == 0
