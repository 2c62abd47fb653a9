"""Many customers: learned from a sample drawn by lot, near to the best that all could give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from crmlib.segmenters import KMeansSegmenter
from crmlib.segmenters._k_means_space import read_steps, to_space

COLUMNS = ["recency_days", "frequency", "average_order_value"]


def make_many(n_customers: int, seed: int = 0) -> pd.DataFrame:
    """Make up customers of six kinds that overlap, with gaps, texts as ids."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 6, n_customers)
    middle = rng.normal(0, 1, (6, 3)) * [1.2, 0.8, 1.0] + [4.0, 1.5, 3.5]
    values = np.exp(middle[kinds] + rng.normal(0, 0.35, (n_customers, 3)))
    table = pd.DataFrame(values, columns=COLUMNS).round(2)
    table["monetary_value"] = table["frequency"] * table["average_order_value"]
    table.loc[rng.random(n_customers) < 0.02, "recency_days"] = np.nan
    table.index = pd.Index([f"C{n}" for n in range(n_customers)], name="customer_id")
    return table


def inertia(segmenter: KMeansSegmenter, customers: pd.DataFrame) -> float:
    """Give the sum of squared distances to the nearest centres."""
    places = places_of(segmenter, customers)
    centres = segmenter.profile_.to_numpy()
    return float(((places[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum())


def places_of(segmenter: KMeansSegmenter, customers: pd.DataFrame) -> np.ndarray:
    """Give the place of each customer on the scale that was learned."""
    numbers = [customers[column].to_numpy() for column in COLUMNS]
    return to_space(numbers, read_steps(segmenter.scaling_)).T


@pytest.mark.parametrize("sample_size", [20_000, 200_000])
def test_a_sample_is_nearly_as_good_as_all(sample_size: int) -> None:
    """Within a thousandth of the inertia that scikit-learn reaches from ten starts on all."""
    customers = make_many(40_000)
    segmenter = KMeansSegmenter(n_clusters=6, sample_size=sample_size).fit(customers)
    best = KMeans(6, n_init=10, random_state=0).fit(places_of(segmenter, customers))

    assert inertia(segmenter, customers) <= 1.001 * best.inertia_


@pytest.mark.parametrize("sample_size", [5_000, 10_000, 200_000])
def test_the_order_of_many_rows_says_nothing(sample_size: int) -> None:
    """Backwards, the same customers are drawn and the same is learned, to the last digit."""
    customers = make_many(40_000)
    one = KMeansSegmenter(n_clusters=5, sample_size=sample_size).fit(customers)
    other = KMeansSegmenter(n_clusters=5, sample_size=sample_size).fit(customers[::-1])

    pd.testing.assert_frame_equal(one.profile_, other.profile_, check_exact=True)
    assert (one.predict(customers) == other.predict(customers)).all()


def test_which_are_drawn_depends_on_the_seed() -> None:
    """Another random state learns from others, and comes to nearly the same."""
    customers = make_many(40_000)
    one, other = (
        KMeansSegmenter(n_clusters=6, sample_size=10_000, random_state=seed).fit(customers)
        for seed in (0, 1)
    )

    assert not np.array_equal(one.scaling_["mean"], other.scaling_["mean"])
    assert adjusted_rand_score(one.predict(customers), other.predict(customers)) > 0.95


def test_candidates_that_differ_are_all_refined() -> None:
    """Where few starts end in different places, the best on the larger sample is taken."""
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(rng.random((11_000, 3)), columns=COLUMNS)
    noise["monetary_value"] = 1.0
    segmenter = KMeansSegmenter(n_clusters=9, n_init=1, log_columns=[]).fit(noise)

    assert segmenter.stability_ < 0.9
    best = KMeans(9, n_init=10, random_state=0).fit(places_of(segmenter, noise))
    assert inertia(segmenter, noise) <= 1.05 * best.inertia_
