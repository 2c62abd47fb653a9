"""Counts around a circle, drawn towards those of everybody."""

import numpy as np
import pytest

from crmlib.statistics import (
    Shrinkage,
    circular_kernel,
    estimate_population,
    fit_shrinkage,
    shrink,
)

DEFAULT = Shrinkage(kappa=20.0, concentration=10.0, log_loss=np.nan)


def test_the_kernel_is_a_circle() -> None:
    """Rows sum to 1, 23 h is as near to 0 h as 1 h is, and infinite kappa smooths nothing."""
    kernel = circular_kernel(24, 20.0)
    # exp(20 (cos(15 degrees) - 1)) = exp(-.681483) = .505866
    ratio = 0.505866

    np.testing.assert_allclose(kernel.sum(axis=1), 1)
    assert kernel[0, 23] == pytest.approx(kernel[0, 1])
    assert kernel[0, 1] / kernel[0, 0] == pytest.approx(ratio, abs=1e-6)
    np.testing.assert_array_equal(circular_kernel(7, np.inf), np.eye(7))


def test_shrinking_follows_the_formula() -> None:
    """(n + s m) / (N + s) by hand: (3 + 2/4) / 5 and (0 + 2 · 3/4) / 5; alone it is m."""
    counts = np.array([[3, 0], [0, 0]])
    how = Shrinkage(kappa=np.inf, concentration=2.0, log_loss=np.nan)

    np.testing.assert_allclose(
        shrink(counts, np.array([0.25, 0.75]), how), [[0.7, 0.3], [0.25, 0.75]]
    )
    np.testing.assert_allclose(how.own_weight(np.array([3, 0])), [0.6, 0])


def test_the_population_is_shrunk_towards_equal_shares() -> None:
    """A bin that nobody used keeps a small share; of one event alone the default decides."""
    many = estimate_population(np.array([[60, 30, 0]]), kappas=[np.inf], default=DEFAULT)
    plain = Shrinkage(kappa=np.inf, concentration=2.0, log_loss=np.nan)
    alone = estimate_population(np.array([[0, 0], [0, 1]]), kappas=[1.0], default=plain)

    assert many[0] == pytest.approx(2 / 3, abs=0.01)
    assert 0 < many[2] < 0.01
    np.testing.assert_allclose(alone, [1 / 3, 2 / 3])


def test_leaving_one_out_is_scored_in_closed_form() -> None:
    """The loss at the optimum equals that of predicting each event from the others, one by one."""
    counts = np.array([[4, 1, 0, 0], [0, 2, 3, 0], [1, 1, 1, 1]])
    population = estimate_population(counts, kappas=[np.inf], default=DEFAULT)
    fitted = fit_shrinkage(counts, population, kappas=[2.0], default=DEFAULT)
    losses = []
    for row in counts:
        for place in np.repeat(np.arange(4), row):
            others = row.copy()
            others[place] -= 1
            losses.append(-np.log(shrink(others[None], population, fitted)[0, place]))

    assert fitted.log_loss == pytest.approx(np.mean(losses), rel=1e-12)


def test_the_concentration_that_made_the_data_is_found() -> None:
    """Counts drawn around the population with s = 8 give s near 8 and no kernel."""
    rng = np.random.default_rng(5)
    population = np.array([0.1, 0.4, 0.05, 0.25, 0.02, 0.08, 0.1])
    tastes = rng.dirichlet(8 * population, size=3000)
    counts = np.array([rng.multinomial(12, taste) for taste in tastes])
    fitted = fit_shrinkage(counts, population, kappas=[2.0, np.inf], default=DEFAULT)

    assert fitted.kappa == np.inf
    assert fitted.concentration == pytest.approx(8, rel=0.1)


def test_many_customers_are_sampled() -> None:
    """A sample of ten thousand customers of two kinds gives about the fit of few of them."""
    counts = np.tile([[3, 1, 0], [0, 2, 2]], (5000, 1))
    population = estimate_population(counts, kappas=[np.inf], default=DEFAULT)
    few = fit_shrinkage(counts[:100], population, kappas=[1.0], default=DEFAULT)
    many = fit_shrinkage(counts, population, kappas=[1.0], default=DEFAULT)

    assert many.concentration == pytest.approx(few.concentration, rel=0.1)


def test_without_repeaters_the_default_stays() -> None:
    """Where nobody came twice there is nothing to fit."""
    counts = np.array([[1, 0], [0, 1]])

    assert fit_shrinkage(counts, np.array([0.5, 0.5]), kappas=[1.0], default=DEFAULT) is DEFAULT
