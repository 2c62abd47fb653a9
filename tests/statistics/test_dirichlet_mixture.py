"""Shapes of counts, and shrinkage towards them."""

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial

from crmlib.statistics import (
    DirichletMixture,
    Shrinkage,
    estimate_population,
    fit_dirichlet_mixture,
    fit_shaped_shrinkage,
    fit_shrinkage,
    shrink,
)

DEFAULT = Shrinkage(kappa=np.inf, concentration=10.0, log_loss=np.nan)
KAPPAS = (4.0, np.inf)
TWO = DirichletMixture(
    weights=np.array([0.7, 0.3]),
    shapes=np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]),
    concentrations=np.array([30.0, 8.0]),
)


def draw(mixture: DirichletMixture, n_customers: int) -> np.ndarray:
    """Draw 12 events of each customer from the mixture."""
    generator = np.random.default_rng(7)
    which = generator.choice(len(mixture.weights), n_customers, p=mixture.weights)
    alphas = (mixture.shapes * mixture.concentrations[:, None])[which]
    gammas = generator.gamma(alphas)
    return generator.multinomial(12, gammas / gammas.sum(axis=1, keepdims=True))


def test_likelihood_is_that_of_the_dirichlet_multinomial() -> None:
    """It equals scipy's but for the number of orders in which the events may come."""
    counts = np.array([[3, 0, 2], [0, 0, 0], [1, 1, 1]])
    alphas = TWO.shapes * TWO.concentrations[:, None]
    each = np.stack([dirichlet_multinomial(a, counts.sum(axis=1)).pmf(counts) for a in alphas])
    orders = np.array([10, 1, 6])
    joint = TWO.weights[:, None] * each / orders

    np.testing.assert_allclose(TWO.log_likelihood(counts), np.log(joint.sum(axis=0)), atol=1e-9)
    np.testing.assert_allclose(TWO.responsibilities(counts), (joint / joint.sum(axis=0)).T)


def test_the_fit_finds_what_was_drawn() -> None:
    """Two shapes of 3,000 customers come back with their shares and concentrations."""
    found = fit_dirichlet_mixture(draw(TWO, 3_000), most_shapes=2)

    np.testing.assert_allclose(found.weights, TWO.weights, atol=0.03)
    np.testing.assert_allclose(found.shapes, TWO.shapes, atol=0.02)
    np.testing.assert_allclose(found.concentrations, TWO.concentrations, rtol=0.25)


def test_one_shape_is_taken_where_there_is_one() -> None:
    """More shapes that foretell other customers no better are not taken."""
    one = DirichletMixture(
        weights=np.ones(1), shapes=np.full((1, 3), 1 / 3), concentrations=np.array([5.0])
    )

    assert len(fit_dirichlet_mixture(draw(one, 1_000), most_shapes=2).weights) == 1
    assert len(fit_dirichlet_mixture(draw(TWO, 99), most_shapes=2).weights) == 1


def test_the_order_of_customers_is_nothing_to_one_fit() -> None:
    """Where no half is drawn a turned table gives the same shape."""
    counts = draw(TWO, 300)
    expected, turned = (
        fit_dirichlet_mixture(table, most_shapes=1) for table in (counts, counts[::-1])
    )

    np.testing.assert_array_equal(turned.shapes, expected.shapes)
    np.testing.assert_array_equal(turned.concentrations, expected.concentrations)


def test_with_one_shape_it_is_the_plain_formula() -> None:
    """Shrinkage towards one shape is shrinkage towards everybody."""
    counts = draw(TWO, 200)
    population = estimate_population(counts, kappas=KAPPAS, default=DEFAULT)
    plain = fit_shrinkage(counts, population, kappas=KAPPAS, default=DEFAULT)
    shaped = fit_shaped_shrinkage(counts, kappas=KAPPAS, default=DEFAULT, most_shapes=1)

    assert shaped.concentrations[0] == pytest.approx(plain.concentration)
    assert (shaped.kappa, shaped.log_loss) == (plain.kappa, pytest.approx(plain.log_loss))
    np.testing.assert_allclose(shaped.shrink(counts), shrink(counts, population, plain))
    np.testing.assert_allclose(shaped.own_weight(counts), plain.own_weight(counts.sum(axis=1)))
    np.testing.assert_allclose(shaped.population, population)


def test_leaving_out_in_closed_form_is_leaving_out() -> None:
    """The fitted loss is what scoring each event by a customer without it gives."""
    counts = draw(TWO, 400)[:, :3]
    how = fit_shaped_shrinkage(counts, kappas=[np.inf], default=DEFAULT, most_shapes=2)
    losses = []
    for bin_, one in enumerate(np.eye(3, dtype=np.int64)):
        has = counts[counts[:, bin_] > 0]
        each = -np.log(how.shrink(has - one)[:, bin_])
        losses.append((has[:, bin_] @ each) / counts.sum())

    assert len(how.concentrations) == 2
    assert how.log_loss == pytest.approx(sum(losses))


def test_shapes_foretell_better_than_one() -> None:
    """Where customers have two shapes, knowing so lowers the loss; answers sum to 1."""
    counts = draw(TWO, 6_000)
    one, two = (
        fit_shaped_shrinkage(counts, kappas=KAPPAS, default=DEFAULT, most_shapes=most)
        for most in (1, 2)
    )

    assert two.log_loss < one.log_loss - 0.005
    np.testing.assert_allclose(two.shrink(counts[:50]).sum(axis=1), 1)
    np.testing.assert_allclose(two.shrink(np.zeros((1, 3), dtype=np.int64))[0], two.population)


def test_where_nobody_came_twice_the_default_stays() -> None:
    """It says nothing of how much to trust a customer."""
    how = fit_shaped_shrinkage(
        np.eye(3, dtype=np.int64), kappas=KAPPAS, default=DEFAULT, most_shapes=2
    )

    assert how.concentrations.tolist() == [10]
    assert np.isnan(how.log_loss)


def test_counts_in_parts_are_counts() -> None:
    """Counts that are no whole numbers have shapes, too: whole ones the same as ever."""
    counts = draw(TWO, 50)
    parts = TWO.responsibilities(counts * 0.5)

    np.testing.assert_allclose(TWO.responsibilities(counts * 1.0), TWO.responsibilities(counts))
    np.testing.assert_allclose(parts.sum(axis=1), 1)
    np.testing.assert_allclose(TWO.responsibilities(counts * 0.0), [TWO.weights] * 50)
