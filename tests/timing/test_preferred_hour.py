"""PreferredHourTiming: the customer's own hours, drawn towards everybody's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
)
from crmlib.timing import PreferredHourTiming
from crmlib.timing._peak import find_peak

START = pd.Timestamp("2026-01-05", tz="UTC")  # a Monday


def make_events(moments: dict[str, list[float]]) -> pd.DataFrame:
    """Orders of each customer, as hours since Monday 2026-01-05 00:00 UTC."""
    rows = [
        (name, START + pd.Timedelta(hours=h)) for name, hours in moments.items() for h in hours
    ]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at"])


def make_customers(*names: str) -> pd.DataFrame:
    """Build a table of customers without columns."""
    return pd.DataFrame(index=pd.Index(names, name="customer_id"))


EVENTS = make_events(
    {
        "owl": [22, 46, 70.5, 95, 119, 142, 190],
        "lark": [6, 30, 54, 78.9, 102, 127],
        "once": [12],
    }
)


def test_probabilities_follow_the_formula() -> None:
    """The formula: p = (n K + s m) / (N + s), with the kernel and s that fit shows."""
    timing = PreferredHourTiming(half_life_days=None).fit(EVENTS)
    counts = np.zeros(24)
    counts[[6, 7]] = 5, 1
    angle = 2 * np.pi * np.arange(24) / 24
    how = timing.hour_shrinkage_
    kernel = np.exp(how.kappa * (np.cos(angle[:, None] - angle) - 1))
    kernel /= kernel.sum(axis=1, keepdims=True)
    s, m = how.concentrations[0], timing.hour_population_
    expected = (counts @ kernel + s * m) / (6 + s)

    np.testing.assert_allclose(
        timing.hour_probabilities(make_customers("lark")).to_numpy()[0], expected
    )
    assert m.sum() == pytest.approx(1)
    assert m.min() > 0


def test_each_customer_prefers_its_own_hours() -> None:
    """The owl's best hour is late, the lark's early, and theirs differ from everybody's."""
    best = PreferredHourTiming().fit(EVENTS).hour_probabilities(make_customers("owl", "lark"))

    assert best.idxmax(axis=1).to_dict() == {"owl": 22, "lark": 6}


def test_a_stranger_gets_what_is_known_of_all() -> None:
    """Cold start is the same formula with N = 0."""
    timing = PreferredHourTiming(day_type="none").fit(EVENTS)
    stranger = make_customers("nobody")
    week = timing.probabilities(stranger).to_numpy().reshape(7, 24)

    np.testing.assert_allclose(
        timing.hour_probabilities(stranger)[:1].T[stranger.index[0]], timing.hour_population_
    )
    np.testing.assert_allclose(week.sum(axis=0), timing.hour_population_)
    np.testing.assert_allclose(week.sum(axis=1), timing.weekday_population_)


def test_weights_are_visible() -> None:
    """The own weight is N / (N + s), and the rest is the population's."""
    timing = PreferredHourTiming(half_life_days=None).fit(EVENTS)
    weights = timing.weights(make_customers("owl", "nobody"))
    s = timing.hour_shrinkage_.concentrations[0]

    assert weights["events"].tolist() == [7, 0]
    assert weights["own"].tolist() == pytest.approx([7 / (7 + s), 0])
    assert weights["population"].tolist() == pytest.approx([s / (7 + s), 1])


def test_the_week_sums_to_one_and_feeds_the_preferences() -> None:
    """Preferences are the probabilities of the slots' hours of the week."""
    timing = PreferredHourTiming().fit(EVENTS)
    customers = make_customers("owl", "once", "nobody")
    week = timing.probabilities(customers)
    slots = pd.date_range("2026-02-03 21:00", periods=3, freq="h", tz="Asia/Seoul")  # a Tuesday

    np.testing.assert_allclose(week.sum(axis=1), 1)
    np.testing.assert_allclose(
        timing.preferences(customers, slots), week[[(1, 21), (1, 22), (1, 23)]]
    )
    assert week.index.equals(customers.index)


def test_busy_hours_of_a_weekday_move_everybody() -> None:
    """Hours at which all buy on Sundays are likelier on Sunday than on Monday."""
    everybody = {f"c{i}": [12 + 24 * day for day in range(6)] + [144 + 16] for i in range(40)}
    week = PreferredHourTiming().fit(make_events(everybody)).probabilities(make_customers("c0"))
    by_day = week.to_numpy().reshape(7, 24)
    by_day = by_day / by_day.sum(axis=1, keepdims=True)

    assert by_day[6, 16] > by_day[0, 16]
    assert by_day[6].argmax() == 16
    assert by_day[0].argmax() == 12


def test_lines_and_orders_within_an_hour_are_one_visit() -> None:
    """Twenty lines of an order, or two orders at 10:05 and 10:55, count once."""
    events = make_events({"ann": [*[10.08] * 20, 10.92, 11.1], "bob": [34.5]})
    timing = PreferredHourTiming().fit(events)

    assert timing.hour_counts_[0].sum() == 2
    assert timing.hour_counts_[0, [10, 11]].tolist() == [1, 1]
    assert timing.weekday_counts_.tolist() == [[2, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]]


def test_hours_are_those_of_the_customers_zone() -> None:
    """00:30 UTC on a Monday is 9 h in Seoul, 6 h in Kolkata and 19 h on Sunday in New York."""
    events = make_events({"seoul": [0.5], "kolkata": [0.5], "york": [0.5], "lost": [0.5]})
    zones = pd.Series(
        {"york": "America/New_York", "kolkata": "Asia/Kolkata", "seoul": "Asia/Seoul", "x": "UTC"}
    )
    timing = PreferredHourTiming(timezone="Europe/Paris").fit(events, zones=zones)
    hours = dict(zip(timing.customer_ids_, timing.hour_counts_.argmax(axis=1), strict=True))

    assert hours == {"seoul": 9, "kolkata": 6, "york": 19, "lost": 1}
    assert timing.weekday_counts_.argmax(axis=1).tolist() == [0, 0, 0, 6]


def test_zones_that_do_not_exist_are_counted() -> None:
    """The customer is taken to live in the account's zone, and the warning says so."""
    zones = pd.Series({"once": "Mars/Olympus"})
    with pytest.warns(DataQualityWarning, match="1 customers have a zone that does not exist"):
        timing = PreferredHourTiming(timezone="Asia/Seoul").fit(EVENTS, zones=zones)

    assert timing.hour_counts_[1].argmax() == 21


def test_returns_teach_nothing() -> None:
    """Lines without a positive amount are no visits."""
    events = make_events({"ann": [10, 34, 58, 82]}).assign(amount=[5.0, -5.0, 0.0, np.nan])

    assert PreferredHourTiming().fit(events).hour_counts_.sum() == 1


def test_only_what_a_person_does_counts_among_engagements() -> None:
    """Opens, clicks and replies of people teach; sends, bounces and machine opens do not."""
    events = make_events({"ann": [9, 34, 59, 84, 109]}).rename(columns={"ordered_at": "at"})
    events["event"] = ["sent", "opened", "clicked", "opened", "bounced"]
    events["is_machine"] = pd.array([False, False, None, True, False], dtype="boolean")
    timing = PreferredHourTiming().fit(events)
    moment = pd.Series([START + pd.Timedelta(hours=10)], index=["ann"])

    assert np.flatnonzero(timing.hour_counts_[0]).tolist() == [10, 11]
    assert timing.reasons(make_customers("ann"), moment)["ann"].startswith("answers around ")


def test_events_without_customer_or_instant_are_counted() -> None:
    """They are left out, and the warning says how many."""
    events = make_events({"ann": [10, 34], "bob": [58]})
    events.loc[0, "ordered_at"] = pd.NaT
    events.loc[2, "customer_id"] = None
    with pytest.warns(DataQualityWarning, match="2 of 3 events have no customer or no instant"):
        timing = PreferredHourTiming().fit(events)

    assert timing.customer_ids_.tolist() == ["ann"]


def test_reasons_say_what_they_rest_on() -> None:
    """Peak hours, events, weights; and that the moment lies outside them where it does."""
    timing = PreferredHourTiming(half_life_days=None, other_days=1.0).fit(EVENTS)
    own = 7 / (7 + timing.hour_shrinkage_.concentrations[0])
    customers = make_customers("owl", "once", "nobody", "lark")
    hours = [22, 12, 22, 15]
    send_at = pd.Series([START + pd.Timedelta(hours=h) for h in hours], index=customers.index)
    reasons = timing.reasons(customers, send_at)

    assert reasons["owl"].startswith("buys around 22-24 h on weekdays; 7 events, weight ")
    assert reasons["owl"].endswith(f"weight {own:.2f} own, {1 - own:.2f} population")
    assert "; 1 event, weight" in reasons["once"]
    assert reasons["nobody"].startswith("no events yet; everybody buys ")
    assert reasons["lark"].endswith("; 15 h is the best that is permitted")


def test_a_flat_day_has_no_peak() -> None:
    """Where every hour is at least half as likely as the best the reason says so."""
    everywhere = make_events({f"c{i}": list(range(168)) for i in range(2)})
    send_at = pd.Series([START], index=["c0"])
    reason = PreferredHourTiming().fit(everywhere).reasons(make_customers("c0"), send_at)

    assert reason["c0"].startswith("buys at any hour on weekdays; 168 events")


def test_peaks_cross_midnight() -> None:
    """The run of hours at least half as likely as the best may begin before midnight."""
    row = np.zeros(24)
    row[[22, 23, 0, 1, 12]] = 0.2, 0.3, 0.4, 0.1, 0.39
    first, width = find_peak(row[None])

    assert (first[0], width[0]) == (22, 3)


def test_nobody_came_twice() -> None:
    """With one visit each the stated defaults hold."""
    timing = PreferredHourTiming().fit(make_events({"a": [9], "b": [10]}))

    assert (timing.hour_shrinkage_.kappa, timing.hour_shrinkage_.concentrations[0]) == (20, 10)
    assert timing.weekday_shrinkage_.concentrations == [20]


moments = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.integers(0, 400), min_size=1, max_size=9), min_size=1
)


@settings(max_examples=10, deadline=None)
@given(moments, st.integers(0, 9))
def test_the_order_of_rows_is_nothing(hours: dict[str, list[float]], seed: int) -> None:
    """Shuffling events changes nothing, shuffling customers shuffles the answer; inputs stay."""
    events = make_events(hours)
    before = events.copy()
    customers = make_customers(*"abcdefg")
    expected = PreferredHourTiming().fit(events).probabilities(customers)
    shuffled = PreferredHourTiming().fit(events.sample(frac=1, random_state=seed))
    others = customers.sample(frac=1, random_state=seed)

    pd.testing.assert_frame_equal(events, before)
    pd.testing.assert_frame_equal(shuffled.probabilities(others), expected.loc[others.index])
    assert (expected.to_numpy() > 0).all()
    np.testing.assert_allclose(expected.sum(axis=1), 1)


def test_refit_forgets() -> None:
    """Fitting again gives what a new model gives."""
    second = make_events({"new": [3, 27, 51], "newer": [80]})
    customers = make_customers("owl", "new")
    expected = PreferredHourTiming().fit(second).probabilities(customers)

    pd.testing.assert_frame_equal(
        PreferredHourTiming().fit(EVENTS).fit(second).probabilities(customers), expected
    )


def test_follows_scikit_learn() -> None:
    """Parameters come back and clones are unfitted."""
    timing = PreferredHourTiming(timezone="Asia/Seoul").fit(EVENTS)

    assert timing.get_params() == {
        "timezone": "Asia/Seoul",
        "day_type": "weekday",
        "most_shapes": 4,
        "event_weights": None,
        "half_life_days": 365.0,
        "other_days": 0.25,
    }
    with pytest.raises(NotFittedError):
        clone(timing).hour_probabilities(make_customers("owl"))


def test_bad_parameters_are_refused() -> None:
    """An unknown zone or day type is an error with what would do."""
    with pytest.raises(InvalidParameterError, match="IANA zone"):
        PreferredHourTiming(timezone="Asia/Soul").fit(EVENTS)
    with pytest.raises(InvalidParameterError, match=r"one of.*'weekend'"):
        PreferredHourTiming(day_type="holiday").fit(EVENTS)
    with pytest.raises(InvalidParameterError, match="most_shapes must be 1 or more, got 0"):
        PreferredHourTiming(most_shapes=0).fit(EVENTS)


def test_bad_events_are_refused() -> None:
    """Missing columns, instants without a zone, nothing to learn from, a customer's zone twice."""
    naive = EVENTS.assign(ordered_at=EVENTS["ordered_at"].dt.tz_localize(None))
    twice = pd.Series(["UTC", "UTC"], index=["owl", "owl"])

    with pytest.raises(MissingColumnsError, match="'ordered_at'"):
        PreferredHourTiming().fit(EVENTS[["customer_id"]])
    with pytest.raises(InvalidTableError, match="instants with a zone"):
        PreferredHourTiming().fit(naive)
    with pytest.raises(InvalidTableError, match="no purchase and no deed"):
        PreferredHourTiming().fit(EVENTS.assign(amount=-1.0))
    with pytest.raises(InvalidTableError, match="a customer more than once"):
        PreferredHourTiming().fit(EVENTS, zones=twice)


def test_online_retail_hours_are_foretold_better_than_by_everybody(shared_data: Path) -> None:
    """Held out from 2011-09-10: hour 2.211 or, the day known, 2.168; weekday 1.745 at most."""
    lines = pd.read_csv(
        shared_data / "online_retail.csv.gz",
        usecols=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"],
        dtype={"InvoiceNo": str, "StockCode": str, "CustomerID": str},
        parse_dates=["InvoiceDate"],
    ).rename(columns={"CustomerID": "customer_id", "InvoiceDate": "ordered_at"})
    product = lines["StockCode"].str.fullmatch(r"\d{5}[A-Za-z]{0,2}")
    kept = lines["customer_id"].notna() & ~lines["InvoiceNo"].str.startswith("C") & product
    kept &= (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)
    orders = lines[kept].groupby("InvoiceNo")[["customer_id", "ordered_at"]].min()
    hour = orders["ordered_at"].dt.floor("h")
    orders = orders[~orders.assign(hour=hour).duplicated(["customer_id", "hour"])]
    orders["ordered_at"] = orders["ordered_at"].dt.tz_localize("Europe/London")
    past = orders["ordered_at"] < pd.Timestamp("2011-09-10", tz="Europe/London")
    timing = PreferredHourTiming(timezone="Europe/London").fit(orders[past])
    test = orders[~past & orders["customer_id"].isin(timing.customer_ids_)]
    hours = test["ordered_at"].dt.hour.to_numpy()
    week = timing.probabilities(test.set_index("customer_id")).to_numpy().reshape(-1, 7, 24)
    of_day = week[np.arange(len(test)), test["ordered_at"].dt.day_of_week.to_numpy()]
    of_day = of_day / of_day.sum(axis=1, keepdims=True)
    places = np.arange(len(test))

    assert len(test) == 4595
    assert -np.log(timing.hour_population_[hours]).mean() == pytest.approx(2.260, abs=1e-3)
    assert -np.log(week.sum(axis=1)[places, hours]).mean() <= 2.211
    assert -np.log(of_day[places, hours]).mean() <= 2.168
    weekdays = test["ordered_at"].dt.day_of_week.to_numpy()
    assert -np.log(week.sum(axis=2)[places, weekdays]).mean() <= 1.745
