"""Gamma-Gamma: the published figures, its laws, and what breaks a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from cdnow import read_days, summarize
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters import _gamma_gamma
from crmlib.segmenters._gamma_gamma import GammaGamma, fit_gamma_gamma, log_likelihood
from crmlib.statistics import _likelihood_search

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PUBLISHED = GammaGamma(p=6.25, q=3.74, v=15.44)
models = st.builds(GammaGamma, p=st.floats(0.1, 20), q=st.floats(1.1, 20), v=st.floats(0.5, 100))


@pytest.fixture(scope="module")
def repeats(shared_data: Path) -> tuple[Floats, Floats]:
    """Give count and mean value of the repeats of CDNOW until 1997-09-30."""
    customers = summarize(read_days(shared_data))
    known = customers[customers["repeat_value"] > 0]
    return (known["frequency"] - 1).to_numpy(float), known["repeat_value"].to_numpy()


def test_cdnow_gives_the_published_parameters(repeats: tuple[Floats, Floats]) -> None:
    """Fader and Hardie (2013): p 6.25, q 3.74, v 15.44, to the last of these digits."""
    fit = fit_gamma_gamma(*repeats)

    assert attrs.astuple(fit.model) == pytest.approx((6.25, 3.74, 15.44), abs=0.005)
    assert fit.log_likelihood >= log_likelihood(*repeats, PUBLISHED)[0]
    assert fit.log_likelihood == pytest.approx(-4055.92, abs=0.005)
    assert fit.at_limit == ()


def test_many_customers_are_first_thinned_out(
    repeats: tuple[Floats, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts on a part of the customers, then a few steps on all: the same parameters."""
    whole = fit_gamma_gamma(*repeats)
    monkeypatch.setattr(_gamma_gamma, "MOST_CUSTOMERS", 200)

    thin = fit_gamma_gamma(*repeats)

    assert attrs.astuple(thin.model) == pytest.approx(attrs.astuple(whole.model), rel=1e-4)
    assert thin.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-10)


@given(models)
def test_the_likelihood_is_that_of_the_paper(model: GammaGamma) -> None:
    """It is eq. 1a, customer by customer, and its slope is that of the value."""
    n, mean = np.array([1.0, 3.0, 3.0, 20.0]), np.array([12.0, 30.5, 7.0, 55.0])

    def naive(model: GammaGamma) -> float:
        p, q, v = attrs.astuple(model)
        share = n * mean / (v + n * mean)
        terms = -np.log(mean) - betaln(p * n, q) + q * np.log1p(-share) + p * n * np.log(share)
        return float(terms.sum())

    value, slope = log_likelihood(n, mean, model)

    assert value == pytest.approx(naive(model), rel=1e-9, abs=1e-9)
    for name, found in zip(("p", "q", "v"), slope, strict=True):
        here = getattr(model, name)
        ends = [naive(attrs.evolve(model, **{name: here * f})) for f in (0.9999, 1.0001)]
        assert found * here == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-3, abs=1e-4)


def test_a_customer_without_purchases_gets_the_mean_of_all() -> None:
    """That is p v / (q - 1), 35.22 dollars on CDNOW; who bought is drawn towards it."""
    nobody, once, often = PUBLISHED.expected_spend(
        np.array([0.0, 1.0, 50.0]), np.array([0.0, 100.0, 100.0])
    )

    assert nobody == pytest.approx(6.25 * 15.44 / 2.74)
    assert nobody < once < often < 100


@given(models, st.floats(0.01, 100), st.integers(1, 50))
def test_spend_is_in_the_unit_of_money(model: GammaGamma, factor: float, n: int) -> None:
    """Prices in another currency give expectations in that currency."""
    other = attrs.evolve(model, v=model.v * factor)

    ours = model.expected_spend(np.array([float(n)]), np.array([10.0]))
    theirs = other.expected_spend(np.array([float(n)]), np.array([10.0 * factor]))

    assert theirs == pytest.approx(ours * factor)


def test_money_in_another_unit_fits_alike(repeats: tuple[Floats, Floats]) -> None:
    """In won instead of dollars p and q stay, and v is in won."""
    n, mean = repeats
    dollars, won = fit_gamma_gamma(n, mean).model, fit_gamma_gamma(n, 1300 * mean).model

    assert (won.p, won.q) == pytest.approx((dollars.p, dollars.q), rel=1e-4)
    assert won.v == pytest.approx(1300 * dollars.v, rel=1e-4)


def test_one_price_is_a_limit() -> None:
    """Where every purchase costs the same, the shape of a customer's spend has no end."""
    fit = fit_gamma_gamma(np.array([1.0, 2.0, 5.0]), np.array([9.0, 9.0, 9.0]))

    assert fit.at_limit
    assert fit.model.expected_spend(np.array([1.0]), np.array([9.0])) == pytest.approx(9, rel=1e-3)


def test_nobody_teaches_nothing() -> None:
    """Without a value there is nothing to fit."""
    with pytest.raises(InvalidTableError, match="nobody whose purchases have a value"):
        fit_gamma_gamma(np.array([]), np.array([]))


def test_a_search_that_does_not_arrive_says_so(
    repeats: tuple[Floats, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After too few steps there is an error, not an answer."""
    monkeypatch.setattr(_gamma_gamma, "_STARTS", ((0.5, 1.5),))
    monkeypatch.setattr(_likelihood_search, "MOST_STEPS", 1)

    with pytest.raises(InvalidTableError, match="found no maximum"):
        fit_gamma_gamma(*repeats)
