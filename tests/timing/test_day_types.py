"""How the days of a kind differ from all days."""

import numpy as np

from crmlib.timing._day_types import compare_day_types


def test_day_types_are_compared_with_all_days() -> None:
    """Three of four events on work days: seen 3 and 0, expected 9/4 and 3/4, one added to both."""
    week = np.zeros((7, 2), dtype=np.int64)
    week[0, 0], week[5, 1] = 3, 1
    effect = compare_day_types(week, np.array([0, 0, 0, 0, 0, 1, 1]))

    np.testing.assert_allclose(effect[:5], np.tile([4 / 3.25, 1 / 1.75], (5, 1)))
    np.testing.assert_allclose(effect[5:], np.tile([1 / 1.75, 2 / 1.25], (2, 1)))
    np.testing.assert_allclose(compare_day_types(week, np.zeros(7, dtype=np.int64)), 1)
