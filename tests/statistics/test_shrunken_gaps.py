"""Gaps drawn towards those of all, and rates with intervals."""

import numpy as np
import pytest

from crmlib.statistics import EventRates, ShrunkenGaps, fit_shrunken_gaps


def test_variances_are_the_moments_of_the_one_way_analysis() -> None:
    """Groups 0, 2 and 4, 6: mean square within 2, between 16, so 2 and (16 - 2) / 2."""
    fitted = fit_shrunken_gaps(np.array([0.0, 2.0, 4.0, 6.0]), np.array([0, 0, 3, 3]))

    assert (fitted.mean, fitted.within, fitted.between) == pytest.approx((3, 2, 7))


def test_what_cannot_be_told_has_a_default() -> None:
    """Nothing gives 30 days; one gap its own length; equal gaps still spread a little."""
    nothing = fit_shrunken_gaps(np.array([]), np.array([], dtype=np.int64))
    once = fit_shrunken_gaps(np.array([1.5]), np.array([0]))
    equal = fit_shrunken_gaps(np.full(4, 1.5), np.array([0, 0, 1, 1]))

    assert np.exp(nothing.mean) == pytest.approx(30)
    assert (once.mean, once.within, once.between) == (1.5, nothing.within, nothing.between)
    assert (equal.within, equal.between) == (1e-4, 0)


def test_own_gaps_count_by_the_formula() -> None:
    """The mean is (sum / within + prior / between) / (n / within + 1 / between)."""
    gaps = ShrunkenGaps(mean=3.0, within=2.0, between=0.5)
    mean, variance = gaps.expect(np.array([4]), np.array([8.0]))
    drawn_elsewhere, _ = gaps.expect(np.array([0]), np.array([0.0]), around=np.array([1.0]))

    precision = 4 / 2 + 1 / 0.5
    assert mean[0] == pytest.approx((8 / 2 + 3 / 0.5) / precision)
    assert variance[0] == pytest.approx(2 + 1 / precision)
    assert drawn_elsewhere.tolist() == [1]


def test_simulated_gaps_give_their_variances_back() -> None:
    """Of 2,000 groups of 1 to 8 gaps both variances are found within a tenth."""
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(2000), rng.integers(1, 9, 2000))
    logs = 3 + rng.normal(0, 0.9, 2000)[groups] + rng.normal(0, 0.7, len(groups))
    fitted = fit_shrunken_gaps(logs, groups)

    assert fitted.mean == pytest.approx(3, abs=0.1)
    assert fitted.between**0.5 == pytest.approx(0.9, rel=0.1)
    assert fitted.within**0.5 == pytest.approx(0.7, rel=0.1)


def test_a_rate_of_independent_customers_has_the_interval_of_a_share() -> None:
    """Of 400 customers in a week 100 bought: the log rate has the error sqrt(.75 / 100)."""
    events = np.repeat([1.0, 0.0], [100, 300])[:, None]
    rate, low, high = EventRates(events=events, exposure=np.ones((400, 1))).rates()
    spread = np.exp(1.959964 * np.sqrt(0.75 / 100 * 400 / 399))

    assert rate.tolist() == [0.25]
    assert (low[0], high[0]) == pytest.approx((0.25 / spread, 0.25 * spread))


def test_an_empty_bin_has_no_rate_and_a_quiet_one_the_rule_of_three() -> None:
    """Nothing in 60 weeks can be up to 3 in 60; where there was no time nothing is said."""
    rate, low, high = EventRates(
        events=np.zeros((2, 2)), exposure=np.array([[30, 0], [30, 0]])
    ).rates()

    assert (rate[0], low[0], high[0]) == (0, 0, 0.05)
    assert np.isnan([rate[1], low[1], high[1]]).all()


def test_customers_who_are_alike_in_all_bins_make_a_comparison_sure() -> None:
    """Where every customer has twice the rate in one bin, the ratio is 2 without doubt."""
    events = np.array([[4.0, 2.0], [8.0, 4.0]])
    counts = EventRates(events=events, exposure=np.array([[2.0, 2.0], [4.0, 4.0]]))
    first = np.array([True, False])

    assert counts.compare(first, ~first) == pytest.approx((2, 2, 2))
    assert np.isnan(counts.compare(first, np.array([False, False]))).all()


def test_where_nothing_happened_the_ratio_is_against_three_events() -> None:
    """Four a week here, nothing in 6 weeks there: at least 4 / (3 / 6) times as often."""
    counts = EventRates(events=np.array([[4.0, 0], [8, 0]]), exposure=np.array([[1.0, 2], [2, 4]]))
    first = np.array([True, False])

    assert counts.compare(first, ~first) == pytest.approx((np.inf, 8, np.inf))


def test_of_one_customer_nothing_is_known() -> None:
    """What one customer does may be chance: the interval has no end."""
    alone = EventRates(events=np.array([[4.0, 2.0]]), exposure=np.array([[2.0, 2.0]]))
    first = np.array([True, False])
    rate, low, high = alone.rates()

    assert (rate[0], low[0], high[0]) == (2, 0, np.inf)
    assert alone.compare(first, ~first) == (2, 0, np.inf)
