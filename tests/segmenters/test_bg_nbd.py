"""BG/NBD: the published figures, the formulas of the paper, and what breaks a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd
import pytest
from cdnow import read_days, summarize
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln, gammaln, hyp2f1

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._bg_nbd_histories import read_histories
from crmlib.statistics import _bg_nbd, _likelihood_search
from crmlib.statistics._bg_nbd import BgNbd, fit_bg_nbd, log_likelihood
from crmlib.statistics._bg_nbd_forecast import (
    expected_purchases,
    probability_alive,
    purchase_probability,
)
from crmlib.statistics._purchase_histories import PurchaseHistories, group, thin_out

if TYPE_CHECKING:
    from pathlib import Path

WEEK = 7
PUBLISHED = BgNbd(r=0.2426, alpha=4.4136 * WEEK, a=0.7929, b=2.4259)
models = st.builds(
    BgNbd,
    r=st.floats(0.05, 5),
    alpha=st.floats(1, 300),
    a=st.floats(0.01, 20),
    b=st.floats(0.05, 50),
)


def make(*rows: tuple[int, int, int]) -> PurchaseHistories:
    """Give histories (x, t_x, T), each of one customer."""
    x, t_x, T = np.array(rows, dtype=np.int64).T
    return PurchaseHistories(x=x, t_x=t_x, T=T, weight=np.ones_like(x))


def simulate(n_customers: int, model: BgNbd, seed: int) -> PurchaseHistories:
    """Let customers buy for at most a year as *model* says."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n_customers):
        rate, leave = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b)
        T, now, x, last = int(rng.integers(30, 365)), 0.0, 0, 0
        while (now := now + rng.exponential(1 / rate)) <= T:
            x, last = x + 1, min(int(np.ceil(now)), T)
            if rng.random() < leave:
                break
        rows.append((x, last, T))
    return make(*rows)


@pytest.fixture(scope="module")
def cdnow(shared_data: Path) -> PurchaseHistories:
    """Give the histories of CDNOW until 1997-09-30."""
    return read_histories(summarize(read_days(shared_data)))


def test_cdnow_is_what_was_published(cdnow: PurchaseHistories) -> None:
    """2,357 customers, 2,457 repeats, 1,411 without any, and the first three by weeks."""
    weeks = [(2, 30.43, 38.86), (1, 1.71, 38.86), (0, 0.0, 38.86)]

    assert len(cdnow.x) == 2357
    assert cdnow.x.sum() == 2457
    assert (cdnow.x == 0).sum() == 1411
    for row, expected in enumerate(weeks):
        found = (cdnow.x[row], cdnow.t_x[row] / WEEK, cdnow.T[row] / WEEK)
        assert found == pytest.approx(expected, abs=0.005)


def test_cdnow_gives_the_published_parameters(cdnow: PurchaseHistories) -> None:
    """Fader, Hardie and Lee (2005), table 2, and their log-likelihood, to a thousandth."""
    fit = fit_bg_nbd(cdnow)
    in_weeks = fit.log_likelihood + cdnow.x.sum() * np.log(WEEK)

    assert attrs.astuple(fit.model) == pytest.approx(attrs.astuple(PUBLISHED), rel=1e-3)
    assert in_weeks == pytest.approx(-9582.43, abs=0.005)
    assert fit.at_limit == ()
    assert fit.starts["converged"].all()
    assert np.ptp(fit.starts["log_likelihood"]) < 1e-5


def test_many_histories_are_first_thinned_out(
    cdnow: PurchaseHistories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts on a part of the customers, then a few steps on all: the same parameters."""
    whole = fit_bg_nbd(cdnow)
    monkeypatch.setattr(_bg_nbd, "MOST_GROUPS", 300)

    thin = fit_bg_nbd(cdnow)

    assert attrs.astuple(thin.model) == pytest.approx(attrs.astuple(whole.model), rel=1e-4)
    assert thin.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-10)
    assert (thin.starts["log_likelihood"] > whole.starts["log_likelihood"]).all()


def test_the_long_way_is_taken_where_the_short_one_fails(
    cdnow: PurchaseHistories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the quick steps the climb over all customers still arrives."""
    whole = fit_bg_nbd(cdnow)
    monkeypatch.setattr(_bg_nbd, "MOST_GROUPS", 300)
    monkeypatch.setattr(_likelihood_search, "_MOST_POLISHING", 1)

    fit = fit_bg_nbd(cdnow)

    assert attrs.astuple(fit.model) == pytest.approx(attrs.astuple(whole.model), rel=1e-4)


def test_a_thinned_out_history_keeps_the_shape() -> None:
    """Every second customer of groups of 4, 1 and 3."""
    histories = attrs.evolve(make((0, 0, 9), (1, 2, 9), (1, 3, 9)), weight=np.array([4, 1, 3]))

    thin = thin_out(histories, 4)

    assert thin.weight.tolist() == [2, 2]
    assert thin.t_x.tolist() == [0, 3]


def naive(histories: PurchaseHistories, model: BgNbd) -> float:
    """Give the log-likelihood customer by customer, Fader, Hardie and Lee (2005), eq. 6."""
    r, alpha, a, b = attrs.astuple(model)
    total = 0.0
    for x, t_x, T in zip(histories.x, histories.t_x, histories.T, strict=True):
        stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + T)
        leaves = -np.inf
        if x > 0:
            leaves = betaln(a + 1, b + x - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
        total += gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.logaddexp(stays, leaves)
    return total


@given(models)
def test_the_likelihood_is_that_of_the_paper(model: BgNbd) -> None:
    """Grouped and in parts, it is the sum over customers; its slope is that of the value."""
    histories = make((0, 0, 9), (3, 8, 30), (0, 0, 9), (3, 8, 30), (1, 0, 0), (40, 200, 400))
    value, slope = log_likelihood(histories, model)

    assert value == pytest.approx(naive(histories, model), rel=1e-9)
    for name, found in zip(("r", "alpha", "a", "b"), slope, strict=True):
        here = getattr(model, name)
        ends = [
            naive(histories, attrs.evolve(model, **{name: here * f})) for f in (0.9999, 1.0001)
        ]
        expected = (ends[1] - ends[0]) / (2e-4 * here)
        assert found * here == pytest.approx(expected * here, rel=1e-3, abs=1e-4)


def by_hypergeometric(model: BgNbd, x: int, T: int, days: float) -> float:
    """Give what is expected of who is there, eq. 10, after a transformation of Euler's."""
    r, alpha, a, b = attrs.astuple(model)
    z = days / (alpha + T + days)
    series = hyp2f1(a - 1, a + b - 1 - r, a + b + x - 1, z)
    return float((a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series))


@pytest.mark.parametrize(
    "model",
    [
        PUBLISHED,
        BgNbd(0.7, 60.0, 0.05, 0.3),
        BgNbd(2.0, 100.0, 3.0, 0.2),
        BgNbd(1.0, 30.0, 5.0, 20.0),
        BgNbd(1.0, 30.0, 20.0, 80.0),
        BgNbd(0.2, 10.0, 0.3, 0.01),
    ],
    ids=str,
)
@pytest.mark.parametrize("days", [1, 90, 365])
def test_expectations_are_those_of_the_paper(model: BgNbd, days: int) -> None:
    """The sum over fixed points is the hypergeometric function, to six digits."""
    histories = make((0, 0, 0), (0, 0, 272), (1, 272, 272), (2, 1, 272), (29, 3, 266))
    expected = [
        by_hypergeometric(model, x, T, days) for x, T in zip(histories.x, histories.T, strict=True)
    ] * probability_alive(model, histories)

    found = expected_purchases(model, histories, np.array([days]))[:, 0]

    assert found == pytest.approx(expected, rel=1e-6)


def test_expectations_hold_where_the_formula_divides_by_zero() -> None:
    """At a = 1 the expectation lies between those just beside it."""
    histories = make((0, 0, 50), (3, 40, 50))
    beside = [
        expected_purchases(BgNbd(0.5, 40.0, a, 2.0), histories, np.array([90.0]))
        for a in (1.0001, 1.0, 0.9999)
    ]

    assert (beside[0] < beside[1]).all()
    assert (beside[1] < beside[2]).all()
    assert np.ptp(beside, axis=0).max() < 1e-3


def test_where_nobody_leaves_purchases_come_at_the_rate() -> None:
    """Without leaving, expected are rate times days, also of who bought ten thousand times."""
    histories = make((0, 0, 50), (10, 3, 50), (10_000, 600, 600))
    model = BgNbd(0.5, 40.0, 1e-6, 100.0)
    rate = (0.5 + histories.x) / (40 + histories.T)

    found = expected_purchases(model, histories, np.array([30.0, 60.0]))

    assert found[1:] == pytest.approx((rate[:, None] * [30, 60])[1:], rel=1e-2)
    assert found[0] == pytest.approx(rate[0] * np.array([30, 60]), rel=1e-6)


@given(models, st.integers(0, 60), st.integers(0, 700), st.integers(0, 700))
def test_laws_of_expectations(model: BgNbd, x: int, t_x: int, silence: int) -> None:
    """More days bring more, chances are chances, and no chance exceeds the purchases."""
    histories = make((x, t_x if x else 0, t_x + silence))
    alive = probability_alive(model, histories)
    soon, later = expected_purchases(model, histories, np.array([30.0, 60.0]))[0]
    chance = purchase_probability(model, histories, 30.0)

    assert 0 <= soon <= later
    assert 0 <= chance[0] <= alive[0] <= 1
    assert chance[0] * (1 - 1e-6) <= soon


def test_a_longer_silence_makes_who_bought_often_the_likelier_gone() -> None:
    """After 60 silent days, thirty purchases in 200 days say more than one does."""
    alive = probability_alive(PUBLISHED, make((30, 200, 260), (1, 200, 260), (0, 0, 260)))

    assert alive[0] < alive[1] < alive[2] == 1


def test_the_truth_is_found_again() -> None:
    """From 4,000 made-up customers the parameters come back within a few percent."""
    truth = BgNbd(r=0.8, alpha=20.0, a=0.6, b=2.5)
    fit = fit_bg_nbd(simulate(4000, truth, seed=7))

    assert fit.model.r / fit.model.alpha == pytest.approx(truth.r / truth.alpha, rel=0.1)
    assert fit.model.a / (fit.model.a + fit.model.b) == pytest.approx(0.6 / 3.1, rel=0.15)


def test_it_is_said_where_nobody_leaves() -> None:
    """Of customers who never leave, the parameter of leaving goes to its limit."""
    model = BgNbd(r=2.0, alpha=20.0, a=1e-9, b=1.0)

    assert "a" in fit_bg_nbd(simulate(500, model, seed=1)).at_limit


def test_alike_customers_are_one_group() -> None:
    """Groups are sorted and weigh as many as they are."""
    grouped = group(make((2, 5, 9), (0, 0, 4), (2, 5, 9)))

    assert grouped.x.tolist() == [0, 2]
    assert grouped.weight.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("histories", "message"),
    [
        (make((0, 0, 9), (0, 0, 40)), "nobody who bought again on a later day"),
        (make((2, 0, 0), (0, 0, 0)), "nobody who bought again on a later day"),
        (make((2, 9, 40), (2, 9, 40)), "one history only"),
        (make((2**40, 1, 2**30), (1, 2**30, 2**30)), "numbers beyond reason"),
    ],
    ids=["all bought once", "all on one day", "all equal", "too large"],
)
def test_histories_that_teach_nothing_are_refused(
    histories: PurchaseHistories, message: str
) -> None:
    """The error says what is wrong with them."""
    with pytest.raises(InvalidTableError, match=message):
        fit_bg_nbd(histories)


def test_a_search_that_does_not_arrive_says_so(
    cdnow: PurchaseHistories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After too few steps there is an error, not an answer."""
    monkeypatch.setattr(_likelihood_search, "MOST_STEPS", 1)

    with pytest.raises(InvalidTableError, match="found no maximum"):
        fit_bg_nbd(cdnow)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("recency_days", -1, "1 values in 'recency_days' that are negative or no whole numbers"),
        ("tenure_days", 2.5, "1 values in 'tenure_days' that are negative or no whole numbers"),
        ("frequency", np.nan, "1 values in 'frequency' that are missing or infinite"),
        ("frequency", 0, "1 customers without an order, the first of them 'b'"),
        ("recency_days", 90, "1 customers whose last purchase lies before the first"),
    ],
)
def test_histories_that_cannot_be_are_refused(column: str, value: float, message: str) -> None:
    """The error names the column and the customer."""
    customers = pd.DataFrame(
        {"recency_days": [3.0, 4.0], "frequency": [2.0, 1.0], "tenure_days": [9.0, 4.0]},
        index=["a", "b"],
    )
    customers.loc["b", column] = value

    with pytest.raises(InvalidTableError, match=message):
        read_histories(customers)
