"""Segments between customers and everybody."""

import numpy as np
import pytest

from crmlib.statistics import (
    DirichletMixture,
    SegmentShrinkage,
    ShapedShrinkage,
    draw_segments,
)

EVERYBODY = ShapedShrinkage(
    mixture=DirichletMixture(
        weights=np.array([0.7, 0.3]),
        shapes=np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]),
        concentrations=np.array([30.0, 8.0]),
    ),
    kappa=np.inf,
    concentrations=np.array([30.0, 8.0]),
    log_loss=np.nan,
)


def draw(which: int) -> SegmentShrinkage:
    """Draw two segments of eighty: the first keeps to one shape, the second to the other."""
    generator = np.random.default_rng(which)
    counts = np.vstack([generator.multinomial(9, shape, 80) for shape in EVERYBODY.mixture.shapes])
    return draw_segments(EVERYBODY, counts, np.repeat([0, 1], 80), 2)


def test_segments_have_their_own_shapes() -> None:
    """Whose customers all have the first shape is expected to have it, and so are newcomers."""
    drawn = draw(3)
    first, second = (how.mixture.weights for how in drawn.segments)
    newcomers = drawn.expected_responsibilities(np.array([0, 1, -1]))

    assert first[0] > 0.9
    assert second[1] > 0.9
    np.testing.assert_allclose(newcomers, [first, second, EVERYBODY.mixture.weights])
    assert (drawn.weights > 0).all()
    assert drawn.weigh_segment(np.array([1, -1])).tolist() == [drawn.weights[1], 0]


def test_customers_are_drawn_towards_their_segment() -> None:
    """The same visit is told of the segment's shape; without a segment it is everybody's."""
    drawn = draw(4)
    counts, codes = np.array([[0, 1, 0]] * 3), np.array([0, 1, -1])
    share = drawn.responsibilities(counts, codes)
    answer = drawn.draw(share, counts, codes)

    assert answer[0, 0] > answer[2, 0] > answer[1, 0]
    np.testing.assert_allclose(answer[2], EVERYBODY.shrink(counts[2:])[0])
    np.testing.assert_allclose(answer.sum(axis=1), 1)


def test_without_segments_it_is_everybody() -> None:
    """Nothing is drawn, and every customer is of none."""
    counts, nobody = np.array([[3, 0, 1], [0, 0, 0]]), np.array([-1, -1])
    drawn = draw_segments(EVERYBODY, counts, nobody, 0)
    share = drawn.responsibilities(counts, nobody)

    np.testing.assert_allclose(drawn.draw(share, counts, nobody), EVERYBODY.shrink(counts))
    assert drawn.weigh_segment(nobody).tolist() == [0, 0]


def test_segments_that_are_alike_stay_with_everybody() -> None:
    """Where segments do not differ the weight on them is small, and they stay close."""
    generator = np.random.default_rng(1)
    counts = generator.multinomial(4, [0.7, 0.2, 0.1], 400)
    one = ShapedShrinkage(
        mixture=DirichletMixture(
            weights=np.ones(1),
            shapes=np.array([[0.7, 0.2, 0.1]]),
            concentrations=np.array([30.0]),
        ),
        kappa=np.inf,
        concentrations=np.array([30.0]),
        log_loss=np.nan,
    )
    drawn = draw_segments(one, counts, np.arange(400) % 8, 8)

    assert drawn.weights.max() < 0.3
    assert drawn.segments[0].population == pytest.approx([0.7, 0.2, 0.1], abs=0.03)
