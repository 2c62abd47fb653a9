"""Sizes of arms against what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scipy import stats

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import check_sample_ratio

if TYPE_CHECKING:
    import pandas as pd


def test_hillstrom_thirds(hillstrom: pd.DataFrame) -> None:
    """Hillstrom's three arms are in ratio: chi-square .20253125, p .903693."""
    counts = hillstrom["segment"].value_counts().tolist()

    check = check_sample_ratio(counts, [1 / 3, 1 / 3, 1 / 3])

    assert check.chi2 == pytest.approx(0.20253125, abs=1e-9)
    assert check.p_value == pytest.approx(0.903693, abs=5e-7)
    assert not check.is_off


def test_two_arms_by_hand() -> None:
    """905 and 95 against 900 and 100 give 25/900 + 25/100."""
    expected = 25 / 900 + 25 / 100

    check = check_sample_ratio([905, 95], [0.9, 0.1])

    assert check.chi2 == pytest.approx(expected)
    assert check.p_value == pytest.approx(stats.chi2.sf(expected, 1))
    assert check.expected == pytest.approx((900, 100))


def test_arms_out_of_ratio() -> None:
    """Half the hold-out missing raises the alarm."""
    check = check_sample_ratio([950, 50], [0.9, 0.1])

    assert check.is_off


@pytest.mark.parametrize(
    ("counts", "shares", "name"),
    [
        ([10], [0.5], "counts"),
        ([10, 10], [0.5, 0.3, 0.2], "counts"),
        ([10, -1], [0.5, 0.5], "counts"),
        ([0, 0], [0.5, 0.5], "counts"),
        ([10, 10], [1.0, 0.0], "shares"),
        ([10, 10], [0.5, 0.4], "shares"),
    ],
)
def test_what_cannot_be_checked(counts: list[int], shares: list[float], name: str) -> None:
    """Counts and shares that make no test are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        check_sample_ratio(counts, shares)

    assert caught.value.name == name
