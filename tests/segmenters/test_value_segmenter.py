"""Value: expectations by hand, tiers, what came of them, and any engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cdnow import read_days, summarize
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
)
from crmlib.interfaces import Segmenter
from crmlib.segmenters import ValueSegmenter
from crmlib.testing import segmenter_checks

pytestmark = pytest.mark.filterwarnings(  # the shops of tests are small on purpose
    "ignore:the parameters .* ran to the end:crmlib.exceptions.DataQualityWarning"
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEEK = 7
# Of CDNOW by weeks, to the published digits; the customers of the three rows
# are its first three.  docs/segments.md derives what is expected of them by hand.
R, ALPHA, A, B = 0.2426, 4.4136, 0.7929, 2.4259
P, Q, V = 6.25, 3.74, 15.44
FIRST_THREE = pd.DataFrame(
    {
        "recency_days": [59, 260, 272],
        "frequency": [3, 2, 1],
        "tenure_days": [272, 272, 272],
        "repeat_value": [22.345, 11.77, np.nan],
    },
    index=pd.Index(["0001", "0002", "0003"], name="customer_id"),
)


def to_relation(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """Give a relation; a reference to DuckDB's own function would outlive the interpreter."""
    return duckdb.from_df(table)


KINDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "polars-lazy": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": to_relation,
}


def to_pandas(frame: Any) -> pd.DataFrame:
    """Give any answer as a frame of pandas."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return frame.df()
    return frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()


def make_customers(seed: int = 0, n_customers: int = 300) -> pd.DataFrame:
    """Make up customers of whom some bought often, many once, and one returned it all."""
    rng = np.random.default_rng(seed)
    frequency = rng.geometric(0.35, n_customers)
    tenure = rng.integers(1, 400, n_customers)
    between = np.where(frequency > 1, rng.integers(0, tenure + 1), 0)
    mean = rng.gamma(3, 10, n_customers).round(2) + 1
    mean[0] = -5.0
    return pd.DataFrame(
        {
            "recency_days": tenure - between,
            "frequency": frequency,
            "monetary_value": mean * frequency,
            "average_order_value": mean,
            "tenure_days": tenure,
        },
        index=pd.Index([f"C{n}" for n in range(n_customers)], name="customer_id"),
    )


def as_published() -> ValueSegmenter:
    """Give a segmenter with the published parameters of CDNOW, as if it had learned them."""
    segmenter = ValueSegmenter(repeat_value="repeat_value").fit(
        make_customers().assign(repeat_value=lambda table: table["average_order_value"])
    )
    segmenter.purchase_parameters_ = {"r": R, "alpha": ALPHA, "a": A, "b": B}
    segmenter.spend_parameters_ = {"p": P, "q": Q, "v": V}
    return segmenter


@pytest.fixture(scope="module")
def fitted() -> ValueSegmenter:
    """Give a segmenter fitted to made-up customers."""
    return ValueSegmenter().fit(make_customers())


def test_conforms() -> None:
    """Every promise of the interface is kept, with own tiers, too."""
    own = ValueSegmenter({"Top": 0.2, "Rest": 0.8}, horizon_days=90, period_days=1)

    for check in [*segmenter_checks(ValueSegmenter()), *segmenter_checks(own)]:
        check()


def test_the_first_three_of_cdnow_by_hand() -> None:
    """P(alive), purchases in 39 weeks and spend, as docs/segments.md derives them on paper."""
    segmenter = as_published()

    alive = segmenter.probability_alive(FIRST_THREE)
    purchases = segmenter.expected_purchases(FIRST_THREE, 39 * WEEK)
    spend = segmenter.expected_spend(FIRST_THREE)

    assert alive.to_list() == pytest.approx([0.7266, 0.2124, 1.0], abs=5e-5)
    assert purchases.to_list() == pytest.approx([1.2260, 0.2034, 0.1948], abs=5e-5)
    assert spend.to_list() == pytest.approx([24.66, 18.92, 35.22], abs=5e-3)


def test_the_chance_of_a_purchase_by_hand() -> None:
    """Of the second: .2124 (1 - (43.2707 / 56.2707) ** 1.2426) = .0591 within 13 weeks."""
    chance = as_published().purchase_probability(FIRST_THREE, 13 * WEEK)

    assert chance.to_list() == pytest.approx([0.3235, 0.0591, 0.0617], abs=1e-4)


def test_cdnow_gives_the_published_figures(shared_data: Path) -> None:
    """Both models at once, from the customers table; units of weeks."""
    customers = summarize(read_days(shared_data))

    segmenter = ValueSegmenter(repeat_value="repeat_value").fit(customers)

    assert segmenter.purchase_parameters_ == pytest.approx(
        {"r": R, "alpha": ALPHA, "a": A, "b": B}, rel=1e-3
    )
    assert segmenter.purchase_log_likelihood_ == pytest.approx(-9582.43, rel=1e-6)
    assert segmenter.spend_parameters_ == pytest.approx({"p": P, "q": Q, "v": V}, abs=0.005)
    assert segmenter.predict(customers).value_counts(normalize=True).to_dict() == pytest.approx(
        {"Bronze": 0.5, "Silver": 0.3, "Gold": 0.15, "Platinum": 0.05}, abs=0.01
    )


def test_the_second_half_of_cdnow_is_foretold(shared_data: Path) -> None:
    """39 weeks later more come of each better half, and of all together within an eighth."""
    days = read_days(shared_data)
    customers = summarize(days)
    segmenter = ValueSegmenter(repeat_value="repeat_value").fit(customers)
    later = days[days["ordered_at"] > pd.Timestamp("1997-09-30", tz="UTC")]

    table = segmenter.calibration(customers, later.groupby("customer_id").size(), 39 * WEEK)

    total = table.mul(table["customers"], axis=0).sum()
    assert table["customers"].sum() == 2357
    assert total["expected_purchases"] == pytest.approx(total["purchases"], rel=0.125)
    assert table["purchases"].iloc[-1] > 4 * table["purchases"].iloc[0]


def test_tiers_hold_their_shares_and_equal_customers_stay_together() -> None:
    """Shares are as near as ties allow; a third of all are alike here and share a tier."""
    customers = make_customers()
    customers.iloc[:100] = customers.iloc[100].to_numpy()
    segmenter = ValueSegmenter({"A": 0.1, "B": 0.4, "C": 0.5}).fit(customers)

    tiers = segmenter.predict(customers)

    assert len(set(tiers.iloc[:101])) == 1
    assert (tiers == "A").mean() == pytest.approx(0.1, abs=0.01)
    by_tier = segmenter.value(customers).groupby(tiers).agg(["min", "max"])
    assert by_tier.loc["A", "min"] > by_tier.loc["B", "max"] > 0
    assert by_tier.loc["B", "min"] > by_tier.loc["C", "max"]


def test_a_tier_may_be_one_or_empty() -> None:
    """All customers in the one tier; with ties a tier may have nobody."""
    customers = make_customers(n_customers=40)
    alike = pd.concat([customers.iloc[[3]]] * 30 + [customers.iloc[10:12]]).set_axis(range(32))

    assert set(ValueSegmenter({"All": 1.0}).fit_predict(customers)) == {"All"}
    tiers = ValueSegmenter({"A": 0.3, "B": 0.3, "C": 0.4}).fit(alike).predict(alike)
    assert set(tiers) < {"A", "B", "C"}


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([0.001, 0.5, 3.0, 1300.0]))
def test_another_currency_moves_nobody(seed: int, factor: float) -> None:
    """Money times a factor gives values times the factor, and the same tiers."""
    customers = make_customers(seed, 80)
    dearer = customers.assign(average_order_value=factor * customers["average_order_value"])
    ours, theirs = ValueSegmenter().fit(customers), ValueSegmenter().fit(dearer)

    expected = factor * ours.value(customers).to_numpy()
    nothing = 1e-6 * expected.mean()  # who has been silent for long is worth that much
    assert theirs.value(dearer).to_numpy() == pytest.approx(expected, rel=1e-3, abs=nothing)
    assert (theirs.predict(dearer) == ours.predict(customers)).mean() > 0.97


@settings(deadline=None, max_examples=12)
@given(
    x=st.integers(0, 30),
    between=st.integers(0, 300),
    silence=st.integers(0, 300),
    more=st.floats(1.01, 5),
)
def test_more_spend_and_more_days_never_bring_less(
    x: int, between: int, silence: int, more: float
) -> None:
    """Value rises with the mean order, expectations with the days and months ahead."""
    segmenter = as_published().set_params(repeat_value=None)
    span = between if x else 0
    one = pd.DataFrame(
        {
            "recency_days": [silence],
            "frequency": [x + 1],
            "tenure_days": [span + silence],
            "average_order_value": [20.0],
        }
    )
    dearer = one.assign(average_order_value=20.0 * more)

    assert segmenter.value(dearer)[0] > segmenter.value(one)[0]
    assert segmenter.expected_purchases(one, 60)[0] >= segmenter.expected_purchases(one, 59)[0]
    values = [segmenter.discounted_value(one, months, 0.1)[0] for months in (6, 12)]
    assert values[0] <= values[1] <= segmenter.discounted_value(one, 12, 0.05)[0]


def test_without_discount_a_year_is_a_year(fitted: ValueSegmenter) -> None:
    """Twelve months at a rate of nothing are purchases of 365.25 days times spend."""
    customers = make_customers(1)
    expected = fitted.expected_purchases(customers, 365.25) * fitted.expected_spend(customers)

    found = fitted.discounted_value(customers, 12, 0)

    assert found.to_numpy() == pytest.approx(expected.to_numpy())


def test_what_was_returned_counts_as_nothing(fitted: ValueSegmenter) -> None:
    """Who sent all back is drawn from 0 towards the mean of all, and is no error."""
    customers = make_customers()
    none = customers.iloc[[0]].assign(average_order_value=0.0)

    assert fitted.expected_spend(customers)["C0"] == fitted.expected_spend(none)["C0"] > 0


@pytest.mark.parametrize("repeat_value", [None, "repeat_value"])
@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_expression_names_what_predict_names(
    kind: str, repeat_value: str | None, seed: int
) -> None:
    """In any kind of frame, of those it was fitted to and of new customers."""

    def make(seed: int) -> pd.DataFrame:
        table = make_customers(seed, 100)
        return table.assign(
            repeat_value=table["average_order_value"].where(table["frequency"] > 1)
        )

    segmenter = ValueSegmenter(repeat_value=repeat_value).fit(make(seed))
    customers = pd.concat([make(seed), make(seed + 1).add_prefix("new ", axis=0)])
    customers.index.name = "customer_id"

    answer = segmenter.add_segments(KINDS[kind](customers.reset_index()))

    frame = to_pandas(answer).set_index("customer_id")
    assert frame.loc[customers.index, "segment"].to_list() == (
        segmenter.predict(customers).to_list()
    )


def test_the_expression_alone_names_the_same(fitted: ValueSegmenter) -> None:
    """It is one expression for whoever composes his own."""
    customers = make_customers(3)
    frame = nw.from_native(pl.from_pandas(customers))

    named = frame.select(tier=fitted.expression())["tier"].to_list()

    assert named == fitted.predict(customers).to_list()


def test_the_expression_survives_a_customer_who_is_gone(fitted: ValueSegmenter) -> None:
    """A thousand purchases and a year of silence overflow nothing."""
    gone = make_customers().iloc[[1]].assign(recency_days=700, frequency=1000, tenure_days=900)

    assert fitted.add_segments(gone)["segment"].to_list() == ["Bronze"]
    assert fitted.predict(gone).to_list() == ["Bronze"]


def test_nothing_is_computed_before_it_is_asked_for(fitted: ValueSegmenter) -> None:
    """A lazy frame stays lazy."""
    lazy = pl.from_pandas(make_customers().reset_index()).lazy()

    assert isinstance(fitted.add_segments(lazy), pl.LazyFrame)


def test_a_saved_segmenter_is_the_same(tmp_path: Path) -> None:
    """Parameters, edges, starts and the correction come back, without a pickle."""
    customers = make_customers()
    bought = pd.Series(1, index=customers.index[::3])
    segmenter = ValueSegmenter({"A": 0.3, "B": 0.7}).fit(customers)
    segmenter.recalibrate(customers, bought, 30).save(tmp_path / "value.json")

    back = Segmenter.load(tmp_path / "value.json")

    assert isinstance(back, ValueSegmenter)
    assert back.get_params() == segmenter.get_params()
    pd.testing.assert_frame_equal(back.starts_, segmenter.starts_)
    later = make_customers(1)
    pd.testing.assert_series_equal(back.predict(later), segmenter.predict(later))
    pd.testing.assert_series_equal(
        back.recalibrated_probability(later), segmenter.recalibrated_probability(later)
    )


def test_a_customer_is_explained_by_what_is_expected() -> None:
    """The text tells history, chance, purchases, spend and where the tiers begin."""
    segmenter = as_published()
    segmenter.edges_ = {"Platinum": 100.0, "Gold": 30.0, "Silver": 5.0, "Bronze": 0.0}

    text = segmenter.explain(FIRST_THREE, "0001")

    assert text == (
        "0001: Gold; bought 2 times after the first in 272 days, is silent for 59: still there "
        "with 73%; expected 1.56 purchases of 24.66 in 365 days, together 38.52 (Platinum from "
        "100.00, Gold from 30.00, Silver from 5.00, Bronze from 0.00)"
    )


def test_a_summary_has_the_tiers_in_order(fitted: ValueSegmenter) -> None:
    """Best first, everybody once."""
    summary = fitted.summary(make_customers())

    assert tuple(summary.index) == ("Platinum", "Gold", "Silver", "Bronze")
    assert summary["customers"].sum() == 300


def test_a_period_says_how_the_chances_are_off(fitted: ValueSegmenter) -> None:
    """Where twice as many buy as before, and those who spend much, the correction says so."""
    customers = make_customers(2, 2000)
    rng = np.random.default_rng(1)
    chance = fitted.purchase_probability(customers, 60)
    spend = fitted.expected_spend(customers)
    odds = 2 * chance / (1 - chance) * spend / spend.mean()
    later = pd.Series((rng.random(2000) < odds / (1 + odds)).astype(int), index=customers.index)

    learned = ValueSegmenter().fit(make_customers()).recalibrate(customers, later, 60)

    assert learned.correction_["days"] == 60
    assert learned.correction_["log_spend"] == pytest.approx(1, abs=0.4)
    corrected = learned.recalibrated_probability(customers)
    assert corrected.mean() == pytest.approx(later.mean(), abs=1e-3)
    assert ((corrected - later) ** 2).mean() < ((chance - later) ** 2).mean()


def test_fit_forgets_the_correction(fitted: ValueSegmenter) -> None:
    """After another fit, or before any correction, there is none."""
    customers = make_customers()
    later = pd.Series(1, index=customers.index[::2])
    segmenter = ValueSegmenter().fit(customers).recalibrate(customers, later, 30)

    with pytest.raises(NotFittedError):
        segmenter.fit(customers).recalibrated_probability(customers)
    with pytest.raises(NotFittedError):
        fitted.recalibrated_probability(customers)


def test_a_calibration_by_hand(fitted: ValueSegmenter) -> None:
    """Two bins of two customers; who is not named bought nothing, strangers do not count."""
    customers = make_customers().iloc[[5, 6, 7, 8]]
    order = fitted.expected_purchases(customers, 30).sort_values().index
    later = pd.Series([3, 1, 9], index=[order[3], order[2], "stranger"])

    table = fitted.calibration(customers, later, 30, n_bins=2)

    assert table["customers"].to_list() == [2, 2]
    assert table["purchases"].to_list() == [0.0, 2.0]
    assert table["bought"].to_list() == [0.0, 1.0]
    assert table["purchases_error"].to_list() == pytest.approx([0.0, 1.0])
    assert table["expected_purchases"].is_monotonic_increasing
    assert table["probability"].between(0, 1).all()


@pytest.mark.parametrize(
    ("later", "n_bins", "message"),
    [
        ([1, 2], 2, "later_purchases is a list"),
        (pd.Series([1, 2], index=["C1", "C1"]), 2, "names a customer twice"),
        (pd.Series(["two"], index=["C1"]), 2, "later_purchases has no numbers but str"),
        (pd.Series([-1.0], index=["C1"]), 2, "has counts below 0 or missing"),
        (pd.Series([np.nan], index=["C1"]), 2, "has counts below 0 or missing"),
        (pd.Series([1], index=["C1"]), 1000, "has 300 rows for 1000 bins"),
        (pd.Series([1], index=["C1"]), 1, "n_bins must be a whole number from 2 on, got 1"),
    ],
)
def test_later_purchases_that_cannot_be(
    fitted: ValueSegmenter, later: Any, n_bins: int, message: str
) -> None:
    """The error says what is wrong with them, or with the bins."""
    with pytest.raises((InvalidTableError, InvalidParameterError), match=message):
        fitted.calibration(make_customers(), later, 30, n_bins=n_bins)


@pytest.mark.parametrize(("count", "who"), [(1, "all"), (0, "no")])
def test_nothing_is_learned_where_all_did_alike(
    fitted: ValueSegmenter, count: int, who: str
) -> None:
    """A correction needs some who bought and some who did not."""
    customers = make_customers()

    with pytest.raises(InvalidTableError, match=f"says that {who} customers bought"):
        fitted.recalibrate(customers, pd.Series(count, index=customers.index), 30)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tiers": {"A": 0.5, "B": 0.4}}, "tiers must be a dict of names and shares"),
        ({"tiers": {"A": 1.5, "B": -0.5}}, "tiers must be a dict of names and shares"),
        ({"tiers": {"A": "all"}}, "tiers must be a dict of names and shares"),
        ({"tiers": {" ": 1.0}}, "tiers must be a dict of names and shares"),
        ({"tiers": ["A", "B"]}, "tiers must be a dict of names and shares"),
        ({"tiers": {}}, "tiers must be a dict of names and shares"),
        ({"horizon_days": 0}, "horizon_days must be a number of days above 0, got 0"),
        ({"period_days": "week"}, "period_days must be a number of days above 0, got 'week'"),
    ],
)
def test_parameters_that_cannot_be(parameters: dict[str, Any], message: str) -> None:
    """The error says what is expected."""
    with pytest.raises(InvalidParameterError, match=message):
        ValueSegmenter(**parameters).fit(make_customers())


@pytest.mark.parametrize(("months", "rate"), [(0, 0.1), (1.5, 0.1), (12, -0.1), (12, None)])
def test_discounts_that_cannot_be(fitted: ValueSegmenter, months: Any, rate: Any) -> None:
    """Months are whole and from 1 on, a rate is 0 or more."""
    with pytest.raises(InvalidParameterError, match=r"months must be|rate must be"):
        fitted.discounted_value(make_customers(), months, rate)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frequency": 1, "recency_days": 9, "tenure_days": 9}, "nobody who bought again"),
        ({"frequency": 3, "recency_days": 2, "tenure_days": 9}, "one history only"),
        ({"average_order_value": np.nan}, "values in 'average_order_value' that are missing"),
        ({"average_order_value": -1.0}, "nobody whose purchases have a value"),
        ({"frequency": -2}, "values in 'frequency' that are negative"),
    ],
    ids=["all bought once", "all equal", "no money known", "all returned", "negative"],
)
def test_customers_that_teach_nothing(change: dict[str, float], message: str) -> None:
    """The error says why nothing can be learned of them."""
    with pytest.raises(InvalidTableError, match=message):
        ValueSegmenter().fit(make_customers().assign(**change))


def test_one_customer_teaches_nothing() -> None:
    """One customer is one history, or none who bought again."""
    one = make_customers().query("frequency > 1").iloc[[0]]

    with pytest.raises(InvalidTableError, match=r"one history only|nobody who bought again"):
        ValueSegmenter().fit(one)


def test_nobody_teaches_nothing() -> None:
    """A table without rows cannot be learned from."""
    with pytest.raises(InvalidTableError, match="holds no rows; fit on at least one customer"):
        ValueSegmenter().fit(make_customers().iloc[:0])


def test_nobody_is_asked_about(fitted: ValueSegmenter) -> None:
    """A table without rows is answered without rows."""
    assert fitted.predict(make_customers().iloc[:0]).empty


def test_a_column_that_is_missing_is_named() -> None:
    """Also one that only a parameter names."""
    with pytest.raises(MissingColumnsError, match="repeat_value"):
        ValueSegmenter(repeat_value="repeat_value").fit(make_customers())


def test_a_tiny_shop_is_warned_of() -> None:
    """Where few bought again and a parameter ran to its limit, the forecast is hardly one."""
    tenure = np.array([40, 60, 80, 100] * 5)
    customers = pd.DataFrame(
        {
            "frequency": [3, 2, 4, 1] * 5,
            "recency_days": [1, 2, 1, 90] * 5,
            "tenure_days": tenure,
            "average_order_value": np.linspace(10, 30, 20),
        },
        index=pd.Index([f"C{number:02}" for number in range(20)], name="customer_id"),
    )

    with pytest.warns(DataQualityWarning, match=r"only 15 customers bought again: what is expec"):
        segmenter = ValueSegmenter().fit(customers)

    assert segmenter.at_limit_
