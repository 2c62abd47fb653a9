"""Intervals for those who look again and again."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import sequence_half_width


def test_half_width_by_hand() -> None:
    """At n = planned = 1000 and alpha .05, n * rho^2 is 5.99146 + ln 6.99146 = 7.93615."""
    by_hand = sqrt(2 * 8.936155 / (1000 * 7.936155) * 4.090525)

    half = sequence_half_width(1.0, 1000, planned=1000)

    assert half == pytest.approx(by_hand, rel=1e-4)
    assert half / (1.959964 / sqrt(1000)) == pytest.approx(1.55, abs=0.005)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.001, 0.2))
def test_it_is_never_narrower_than_a_single_look(n: int, planned: int, alpha: float) -> None:
    """Looking often costs width, at every n; the width scales with the spread."""
    half = sequence_half_width(1.0, n, planned=planned, alpha=alpha)

    assert half > 1.2 / sqrt(n)
    assert sequence_half_width(3.0, n, planned=planned, alpha=alpha) == pytest.approx(3 * half)


def test_twenty_looks_at_nothing() -> None:
    """Of 2,000 seeded A/A tests with 20 looks, a quarter fool single-look intervals, few these."""
    rng = np.random.default_rng(3)
    steps = rng.standard_normal((2000, 20)) * sqrt(50)
    n = 50 * np.arange(1, 21)
    means = steps.cumsum(axis=1) / n
    halves = np.array([sequence_half_width(1.0, int(k), planned=1000) for k in n])

    naive = (np.abs(means) > 1.959964 / np.sqrt(n)).any(axis=1).mean()
    safe = (np.abs(means) > halves).any(axis=1).mean()

    assert naive == pytest.approx(0.242, abs=0.02)
    assert safe < 0.02


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"standard_deviation": -1.0, "n": 1, "planned": 1}, "standard_deviation"),
        ({"standard_deviation": float("nan"), "n": 1, "planned": 1}, "standard_deviation"),
        ({"standard_deviation": 1.0, "n": 0, "planned": 1}, "n"),
        ({"standard_deviation": 1.0, "n": 1, "planned": 0}, "planned"),
        ({"standard_deviation": 1.0, "n": 1, "planned": 1, "alpha": 2.0}, "alpha"),
    ],
)
def test_numbers_that_cannot_be(arguments: dict[str, float], name: str) -> None:
    """Numbers out of range are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        sequence_half_width(**arguments)

    assert caught.value.name == name
