"""One offer each, within caps and budget, and a bound that proves how good it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners import OfferAssignment, _assign_offers, assign_offers


def frame(values: Any) -> pd.DataFrame:
    """Give scores of the customers C0, C1, … for the offers o0, o1, and so on."""
    table = pd.DataFrame(np.asarray(values))
    return table.set_axis([f"o{j}" for j in table], axis=1).set_axis(
        [f"C{i}" for i in table.index], axis=0
    )


def value_of(found: OfferAssignment, scores: pd.DataFrame) -> float:
    """Add up the scores of what was given."""
    return sum(
        float(scores.loc[customer, offer])
        for customer, offer in found.offers.items()
        if offer is not None
    )


def test_the_best_pair_is_not_the_greedy_one() -> None:
    """Greedy gives C0 the coupon (3 + .1); the best is 2 + 2.9, and C2 is not eligible."""
    scores = frame([[3.0, 2.0], [2.9, 0.1], [0.5, np.nan]])

    found = assign_offers(scores, {"o0": 1, "o1": 1})

    assert found.offers.tolist() == ["o1", "o0", None]
    assert (found.value, found.bound, found.gap, found.method) == (4.9, 4.9, 0.0, "milp")
    assert found.counts().to_dict() == {"o0": 1, "o1": 1}


def test_a_budget_is_spent_where_it_brings_most() -> None:
    """With 3 to spend, two at a cost of 1 and 2 beat one at 3: 1 + 1.5 against 2."""
    scores = frame([[1.0, 0.0], [0.9, 1.5], [0.0, 0.0]])
    costs = {"o0": 1.0, "o1": 2.0}

    found = assign_offers(scores, costs=costs, budget=3.0)

    assert found.offers.tolist() == ["o0", "o1", None]
    assert found.spent == 3.0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 0.6), tight=st.booleans())
def test_prices_keep_every_limit_and_prove_their_bound(
    seed: int, share: float, tight: bool
) -> None:
    """Caps, budget, eligibility and one offer each hold, and value <= bound, on any scores."""
    rng = np.random.default_rng(seed)
    n, k = 60, 4
    values = np.where(rng.random((n, k)) < 0.1, np.nan, rng.normal(1, 1, (n, k)).round(1))
    scores = frame(values)
    caps = {f"o{j}": int(n * share * rng.random()) for j in range(k)}
    costs = {f"o{j}": float(j) for j in range(k)}
    budget = n * 0.3 if tight else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_assign_offers, "EXACT_CELLS", 0)
        found = assign_offers(scores, caps, costs=costs, budget=budget)

    assert found.method == "prices"
    assert all(found.counts()[offer] <= cap for offer, cap in caps.items())
    assert budget is None or found.spent <= budget + 1e-9
    assert found.value == pytest.approx(value_of(found, scores))
    assert found.value <= found.bound
    assert all(
        scores.loc[customer, offer] > 0 for customer, offer in found.offers.items() if offer
    )
    best = assign_offers(scores, caps, costs=costs, budget=budget)
    assert best.value <= found.bound + 1e-9
    assert found.value >= 0.9 * best.value


@pytest.mark.parametrize("kind", ["noise", "kinds", "same order", "float32"])
def test_prices_come_within_a_ten_thousandth(kind: str) -> None:
    """Of noise, of few kinds of customers (all ties), and where all like the same offers."""
    rng = np.random.default_rng(7)
    n, k = 25_000, 5
    values = {
        "noise": lambda: rng.random((n, k)),
        "kinds": lambda: rng.random((6, k))[rng.integers(0, 6, n)],
        "same order": lambda: rng.gamma(2, 1, (n, 1)) + np.arange(k) * 0.1,
        "float32": lambda: rng.random((n, k), dtype=np.float32),
    }[kind]()

    found = assign_offers(frame(values), dict.fromkeys([f"o{j}" for j in range(k)], n // 10))

    assert 0 <= found.gap < 1e-4
    assert (found.prices >= 0).all()


def test_exact_answers_are_those_of_the_hungarian_method() -> None:
    """With one of each offer it is the assignment problem of scipy."""
    scores = np.random.default_rng(3).random((12, 8))

    found = assign_offers(frame(scores), {f"o{j}": 1 for j in range(8)})

    rows, columns = linear_sum_assignment(scores, maximize=True)
    assert found.value == pytest.approx(scores[rows, columns].sum())
    assert found.gap == pytest.approx(0, abs=1e-9)


def test_an_offer_without_a_cap_has_no_limit() -> None:
    """One coupon is there, and points for everybody who does not get it."""
    found = assign_offers(frame([[3.0, 1.0], [2.0, 1.0], [2.0, 1.0]]), {"o0": 1})

    assert found.offers.tolist() == ["o0", "o1", "o1"]


def test_nothing_to_give() -> None:
    """Nobody eligible, no offers left or nobody there: no offers, and proven so."""
    for scores, caps in (
        (frame([[np.nan, -1.0], [0.0, -np.inf]]), None),
        (frame([[1.0, 1.0]]), {"o0": 0, "o1": 0}),
        (frame(np.empty((0, 2))), None),
    ):
        found = assign_offers(scores, caps)

        assert found.offers.isna().all()
        assert (found.value, found.gap) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"caps": {"o0": -1}}, "caps must be numbers from 0 by offer"),
        ({"caps": {"o9": 1}}, "offers are \\['o0', 'o1'\\]"),
        ({"costs": {"o0": float("nan")}}, "costs must be numbers from 0"),
        ({"budget": -1.0}, "budget must be 0 or more, or None"),
        ({"budget": 10}, "budget must be given with costs, .* to limit how many there are"),
    ],
    ids=str,
)
def test_limits_that_cannot_be_are_refused(given: dict[str, Any], problem: str) -> None:
    """A limit is a number from 0, of an offer that there is."""
    with pytest.raises(InvalidParameterError, match=problem):
        assign_offers(frame([[1.0, 2.0]]), **given)


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        (frame(np.empty((2, 0))), "has no offers, or one twice"),
        (frame([[1.0], [2.0]]).set_axis(["C", "C"], axis=0), "repeats a customer_id"),
        (frame([["much"]]), "holds text"),
        (frame([[np.inf]]), r"holds \+inf"),
    ],
    ids=["no offers", "twice", "text", "inf"],
)
def test_scores_that_cannot_be_are_refused(scores: pd.DataFrame, problem: str) -> None:
    """Scores are finite numbers or none, one row per customer, one column per offer."""
    with pytest.raises(InvalidTableError, match=problem):
        assign_offers(scores)
