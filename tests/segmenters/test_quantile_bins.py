"""The distinct values of a column, counted in a table or by sorting."""

import numpy as np
import pytest

from crmlib.segmenters._quantile_bins import count_values


@pytest.mark.parametrize(
    "values",
    [
        [3, 1, 1, 2],
        [-2.5, 0.1, 0.1, 0.29, -0.0],
        [0.1 + 0.2, 0.3, 0.3],
        [1e300, -1e300, 5.0],
        [2.0**53, 2.0**53 + 2, 1.0],
        [90_071_992_547_409.91, 1.25],
        [7.0],
        [3, 1e9, 1, 0.25, 1e9 + 0.5],
    ],
    ids=[
        "whole",
        "cents",
        "nearly cents",
        "huge",
        "beyond 2^53",
        "huge cents",
        "alone",
        "far apart",
    ],
)
def test_counted_or_sorted_they_are_the_same(values: list[float]) -> None:
    """Whichever way is taken, values come as they were, rising, with their counts."""
    many = np.array(values * 50)
    distinct, counts = count_values(many)
    expected, times = np.unique(many, return_counts=True)

    np.testing.assert_array_equal(distinct, expected)
    np.testing.assert_array_equal(counts, times)
