"""Customers that an arm needs."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import (
    estimate_conversion_difference,
    sample_size_by_arcsine,
    sample_size_by_normal,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_ten_to_eleven_percent() -> None:
    """10 % to 11 % at 80 % power: 14,744 by arcsine, 14,748 by the closed form."""
    assert round(sample_size_by_arcsine(0.10, 0.11)) == 14_744
    assert round(sample_size_by_normal(0.10, 0.11)) == 14_748


@pytest.mark.parametrize("size", [sample_size_by_arcsine, sample_size_by_normal])
def test_power_is_reached(size: Callable[..., float]) -> None:
    """With the customers it asks for, about 80 of 100 seeded trials find the difference."""
    rng = np.random.default_rng(11)
    n = ceil(size(0.10, 0.16))
    treated, control = rng.binomial(n, 0.16, 2000), rng.binomial(n, 0.10, 2000)

    found = np.mean(
        [
            estimate_conversion_difference(t, n, c, n).excludes_zero
            for t, c in zip(treated.tolist(), control.tolist(), strict=True)
        ]
    )

    assert found == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize("size", [sample_size_by_arcsine, sample_size_by_normal])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"base_rate": 0.1, "new_rate": 0.1}, "new_rate"),
        ({"base_rate": 0.0, "new_rate": 0.1}, "base_rate"),
        ({"base_rate": 0.1, "new_rate": 1.0}, "new_rate"),
        ({"base_rate": 0.1, "new_rate": 0.2, "power": 1.0}, "power"),
        ({"base_rate": 0.1, "new_rate": 0.2, "alpha": 0.0}, "alpha"),
    ],
)
def test_rates_that_cannot_be(
    size: Callable[..., float], arguments: dict[str, float], name: str
) -> None:
    """Equal rates and shares outside (0, 1) are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        size(**arguments)

    assert caught.value.name == name
