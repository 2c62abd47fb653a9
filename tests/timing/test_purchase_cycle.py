"""PurchaseCycleTiming: due days from gaps, and whether there is a golden time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.features import summarize_customers
from crmlib.segmenters import ValueSegmenter
from crmlib.timing import PreferredHourTiming, PurchaseCycleTiming, schedule

if TYPE_CHECKING:
    from pathlib import Path

START = pd.Timestamp("2026-01-05", tz="UTC")


def make_events(days: dict[str, list[int]], **columns: Any) -> pd.DataFrame:
    """Make an order of each customer on each of its days, counted from START."""
    rows = [(name, START + pd.Timedelta(days=day, hours=9)) for name in days for day in days[name]]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).assign(**columns)


def make_customers(*names: str) -> pd.DataFrame:
    """Build a table of customers without columns."""
    return pd.DataFrame(index=pd.Index(names, name="customer_id"))


def simulate(spread: float, seed: int, n_customers: int = 300) -> pd.DataFrame:
    """Let customers buy for a year, after log-normal gaps around their own mean."""
    rng = np.random.default_rng(seed)
    days: dict[str, list[int]] = {}
    for customer in range(n_customers):
        own = np.exp(rng.normal(np.log(30), 0.4))
        when = rng.uniform(0, 30) + np.cumsum(own * np.exp(rng.normal(0, spread, 60)))
        days[f"C{customer:03}"] = np.unique(when[when < 365].astype(int)).tolist()
    return make_events(days)


REGULAR = simulate(0.25, seed=1)


@pytest.fixture(scope="module")
def regular() -> PurchaseCycleTiming:
    """Fit on customers who buy regularly."""
    return PurchaseCycleTiming(until="2027-01-04").fit(REGULAR)


def test_regular_customers_have_a_golden_time(regular: PurchaseCycleTiming) -> None:
    """Where gaps vary by a quarter, hardly anybody buys soon after a purchase."""
    curve = regular.hazard()

    assert regular.golden_
    assert regular.rise_["low"] > 3
    assert curve["rate"].is_monotonic_increasing
    assert curve["purchases"].sum() <= len(REGULAR)


def test_customers_who_buy_at_random_have_none() -> None:
    """Exponential gaps are as likely to end now as at any other time; all days score alike."""
    rng = np.random.default_rng(2)
    days = {
        f"C{c:03}": np.unique(np.cumsum(rng.exponential(25, 40)).astype(int)).tolist()
        for c in range(300)
    }
    events = make_events({name: [d for d in own if d < 365] for name, own in days.items()})
    timing = PurchaseCycleTiming().fit(events)
    slots = pd.date_range("2027-01-05", periods=240, freq="h", tz="UTC")
    customers = make_customers("C000", "C001")
    reasons = timing.reasons(customers, pd.Series(slots[0], index=customers.index))

    assert not timing.golden_
    assert timing.rise_["low"] < 1
    assert np.unique(timing.preferences(customers, slots)).tolist() == [1]
    assert set(reasons) == {"no golden time here: nobody is known to buy more when it is due"}


def test_two_real_shops_get_different_verdicts(shared_data: Path) -> None:
    """CDNOW, music bought at a whim, has no golden time."""
    lines = pd.read_csv(
        shared_data / "cdnow_sample.txt",
        sep=r"\s+",
        header=None,
        names=["of_all", "customer_id", "date", "discs", "amount"],
        dtype={"customer_id": str, "date": str},
    )
    orders = lines.assign(ordered_at=pd.to_datetime(lines["date"], utc=True))
    timing = PurchaseCycleTiming().fit(orders[["customer_id", "ordered_at"]])

    assert not timing.golden_
    assert timing.until_ == date(1998, 6, 30)
    assert timing.rise_["high"] < 1.1


def test_the_next_purchase_is_due_a_gap_after_the_last(regular: PurchaseCycleTiming) -> None:
    """Who is not yet overdue is due about an expected gap after the last purchase."""
    table = regular.next_due(make_customers(*regular.customer_ids_))
    fresh = table[table["silent_days"] < 0.3 * table["gap_days"]]
    expected = fresh["gap_days"] - fresh["silent_days"]
    ahead = (fresh["due_on"] - pd.Timestamp(regular.until_)).dt.days

    assert len(fresh) > 50
    assert (ahead - expected).abs().max() < 3
    assert (table["due_on"] > pd.Timestamp(regular.until_)).all()
    assert (table["window_from"] <= table["due_on"]).all()
    assert (table["due_on"] <= table["window_to"]).all()


def test_windows_hold_half_of_what_came() -> None:
    """Fitted on half of the year, the middle half holds 40 to 60 % of the next purchases."""
    day = REGULAR["ordered_at"].dt.tz_localize(None).dt.normalize()
    split = pd.Timestamp("2026-09-30")
    timing = PurchaseCycleTiming(until=split.date()).fit(REGULAR)
    later = day[day > split].groupby(REGULAR["customer_id"]).min()
    due = timing.next_due(pd.DataFrame(index=later.index))
    inside = (due["window_from"] <= later) & (later <= due["window_to"])

    assert 0.4 < inside.mean() < 0.6


def test_chances_are_those_of_the_value_segmenter() -> None:
    """Uncorrected chances are BG/NBD's: the segmenter says the same of the same days."""
    rng = np.random.default_rng(3)
    own = {f"C{c}": np.unique(rng.integers(0, 200, 1 + c % 8)).tolist() for c in range(160)}
    events = make_events(own, amount=10.0)
    orders = events.assign(order_id=np.arange(len(events)).astype(str))
    timing = PurchaseCycleTiming(until="2026-08-01", horizon_days=300).fit(events)
    customers = summarize_customers(orders, snapshot_date="2026-08-01")
    segmenter = ValueSegmenter().fit(customers)
    due = timing.next_due(customers)

    pd.testing.assert_series_equal(
        due["uncorrected"], segmenter.purchase_probability(customers, 300), check_names=False
    )
    pd.testing.assert_series_equal(
        due["alive"], segmenter.probability_alive(customers), check_names=False
    )
    pd.testing.assert_series_equal(
        timing.purchase_probability(customers, 30),
        segmenter.purchase_probability(customers, 30),
    )
    assert timing.correction_ == {}  # nobody had bought 300 days before
    assert due["probability"].equals(due["uncorrected"])


def test_chances_are_corrected_by_the_days_before(regular: PurchaseCycleTiming) -> None:
    """BG/NBD takes regular customers for random ones; the correction knows their silence."""
    split = "2026-12-05"
    before = REGULAR["ordered_at"] < pd.Timestamp("2026-12-06", tz="UTC")
    timing = PurchaseCycleTiming(until=split, horizon_days=15).fit(REGULAR[before])
    due = timing.next_due(make_customers(*timing.customer_ids_))
    soon = REGULAR["ordered_at"] < pd.Timestamp("2026-12-21", tz="UTC")
    came = due.index.isin(REGULAR.loc[~before & soon, "customer_id"])
    corrected, plain = (
        ((due[name] - came) ** 2).mean() for name in ("probability", "uncorrected")
    )

    assert list(timing.correction_) == ["with a gap"]
    assert timing.correction_["with a gap"]["log_elapsed_share"] > 0
    assert corrected < 0.8 * plain


def test_the_due_day_is_chosen_and_told(regular: PurchaseCycleTiming) -> None:
    """The schedule takes a day around the due one, and the reason names gap and silence."""
    table = regular.next_due(make_customers(*regular.customer_ids_))
    name = ((table["silent_days"] / table["gap_days"] - 0.3).abs()).idxmin()
    customers = make_customers(name).assign(timezone="UTC")
    due = schedule(
        regular,
        customers,
        not_before=datetime(2027, 1, 5, tzinfo=UTC),
        not_after=datetime(2027, 3, 5, tzinfo=UTC),
        permitted=lambda slots: np.ones(len(slots), dtype=bool),
    )
    gap, silent = table.loc[name, ["gap_days", "silent_days"]]
    elapsed = (due.loc[name, "send_at"].tz_localize(None) - pd.Timestamp("2027-01-04")).days
    share = (elapsed + silent) / gap

    assert 0.6 < share < 1.9
    assert due.loc[name, "why"] == (
        f"due around {table.loc[name, 'due_on']:%Y-%m-%d}: buys every {gap:.0f} days "
        f"({table.loc[name, 'gaps']:.0f} gaps), silent for {silent:.0f}"
    )


def test_the_day_goes_with_the_hour_of_another_model() -> None:
    """Preferences are those of the hours, times the rate of the day; so are the reasons."""
    hours = PreferredHourTiming()
    events = REGULAR[REGULAR["customer_id"] < "C040"]
    with_hours = PurchaseCycleTiming(hours=hours).fit(events)
    without = PurchaseCycleTiming().fit(events)
    alone = PreferredHourTiming().fit(events)
    customers = make_customers("C001", "C002", "stranger")
    slots = pd.date_range("2027-01-06", periods=100, freq="h", tz="UTC")
    at = pd.Series(slots[0], index=customers.index)
    product = without.preferences(customers, slots) * alone.preferences(customers, slots)

    np.testing.assert_allclose(with_hours.preferences(customers, slots), product)
    assert with_hours.hours_ is not hours
    told = without.reasons(customers, at) + "; " + alone.reasons(customers, at)
    assert with_hours.reasons(customers, at).tolist() == told.tolist()
    assert without.reasons(customers, at)["stranger"] == (
        "nothing is known of when this customer buys"
    )


def test_each_product_has_its_own_cycle() -> None:
    """Milk is due after a week and shampoo after two months, also for who bought it once."""
    milk = {f"M{c}": list(range(c, 150, 7)) for c in range(10)}
    shampoo = {f"M{c}": list(range(c, 300, 60)) for c in range(10)}
    once = make_events({"new": [140]})
    events = pd.concat(
        [
            make_events(milk, product_id="milk"),
            make_events(shampoo, product_id="shampoo"),
            once.assign(product_id="shampoo"),
            once.assign(product_id="one of a kind"),
            once.assign(product_id=None),
        ],
        ignore_index=True,
    )
    timing = PurchaseCycleTiming(by="product_id", until="2026-06-05").fit(events)
    items = timing.next_due_items(make_customers("M3", "new", "stranger"))
    gaps = items.set_index(["customer_id", "item"])["gap_days"]
    due = timing.next_due(make_customers("new", "M3", "stranger"))

    assert gaps["M3", "milk"] == pytest.approx(7, abs=0.5)
    assert gaps["M3", "shampoo"] == pytest.approx(60, abs=3)
    assert gaps["new", "shampoo"] == pytest.approx(60, abs=4)
    assert items["customer_id"].tolist() == ["M3", "M3", "new"]
    assert due["item"].tolist()[:2] == ["shampoo", "milk"]
    assert due.loc["stranger"].isna().all()
    told = timing.reasons(make_customers("new"), pd.Series(START, index=["new"])).iloc[0]
    assert "others buy shampoo every 60 days, this one not again yet, silent for 11" in told


def test_days_are_those_of_the_customers_calendar() -> None:
    """Orders at 23:30 and 00:30 in Seoul are two days there, though one in London."""
    late = pd.DatetimeIndex(["2026-01-05 23:30", "2026-01-06 00:30"], tz="Asia/Seoul")
    events = pd.DataFrame({"customer_id": "ann", "ordered_at": late})
    zones = pd.Series({"ann": "Asia/Seoul"})
    ann = make_customers("ann")

    assert PurchaseCycleTiming().fit(events, zones=zones).next_due(ann)["gaps"].tolist() == [1]
    assert PurchaseCycleTiming().fit(events).next_due(ann)["gaps"].tolist() == [0]


def test_of_engagements_deeds_of_people_count() -> None:
    """What was sent is no deed, and what a machine opened is nobody's."""
    events = make_events({"ann": [0, 7, 14, 21]}).rename(columns={"ordered_at": "at"})
    events = events.assign(
        event=["clicked", "sent", "opened", "opened"], is_machine=[False, False, True, False]
    )
    due = PurchaseCycleTiming().fit(events).next_due(make_customers("ann"))

    assert due[["gaps", "silent_days"]].to_numpy().tolist() == [[1, 0]]


def test_where_nobody_bought_again_little_is_known() -> None:
    """Then there is no BG/NBD: chances are NaN, gaps those that shops tend to have."""
    timing = PurchaseCycleTiming().fit(make_events({"ann": [0], "bob": [3]}))
    due = timing.next_due(make_customers("ann"))

    assert due["gap_days"].round().tolist() == [30]
    assert due[["alive", "probability", "uncorrected"]].isna().all(axis=None)
    assert timing.purchase_probability(make_customers("ann"), 30).isna().all()
    assert timing.purchase_parameters_ == {}
    assert not timing.golden_
    assert np.isnan(timing.rise_["ratio"])


def test_what_came_after_the_last_known_day_is_left_out() -> None:
    """Orders after *until* change nothing, and customers who had only these are strangers."""
    early = make_events({"ann": [0, 7, 14], "bob": [0, 30]})
    late = make_events({"ann": [21], "new": [40]})
    told = [
        PurchaseCycleTiming(until="2026-02-05").fit(events).next_due(make_customers("ann", "new"))
        for events in (early, pd.concat([early, late], ignore_index=True))
    ]

    assert told[0].loc["new"].isna().all()
    assert told[1].loc["new"].isna().all()
    assert told[1].loc["ann", "gaps"] == 3
    assert told[0].loc["ann", "gaps"] == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"horizon_days": 0}, "horizon_days must be whole days from 1 on, got 0"),
        ({"horizon_days": 7.5}, "horizon_days must be whole days from 1 on, got 7.5"),
        ({"hours": 9}, "hours must be a TimingModel, or None, got 9"),
        ({"until": "soon"}, "until must be a day such as '2026-06-30', got 'soon'"),
        ({"until": 7.5}, "until must be a day"),
        ({"timezone": "Mars"}, "Mars"),
    ],
    ids=["no horizon", "half days", "hours", "until", "until a number", "zone"],
)
def test_a_parameter_that_cannot_be_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The error says what was expected, and what came."""
    with pytest.raises(InvalidParameterError, match=message):
        PurchaseCycleTiming(**parameters).fit(make_events({"ann": [0]}))


def test_tables_that_do_not_do_are_refused() -> None:
    """No column of what is bought again, only returns, nothing until the day, no days ahead."""
    events = make_events({"ann": [0, 7]})
    fitted = PurchaseCycleTiming().fit(events)

    with pytest.raises(MissingColumnsError, match="category"):
        PurchaseCycleTiming(by="category").fit(events)
    with pytest.raises(InvalidTableError, match="no purchase and no deed"):
        PurchaseCycleTiming().fit(events.assign(amount=-1.0))
    with pytest.raises(InvalidTableError, match="no purchase until 2025-01-01"):
        PurchaseCycleTiming(until="2025-01-01").fit(events)
    with pytest.raises(InvalidParameterError, match="days must be a number of days above 0"):
        fitted.purchase_probability(make_customers("ann"), 0)


def test_a_column_that_names_nothing_is_refused_by_name() -> None:
    """Where *by* is empty in all rows there is nothing that is bought again."""
    at = pd.Timestamp("2026-05-01", tz="UTC")
    events = pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": at, "product": None})

    with pytest.raises(InvalidTableError, match="no purchase until 2026-05-01 with 'product'"):
        PurchaseCycleTiming(by="product").fit(events)
