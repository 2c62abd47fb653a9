"""PreferredHourTiming: segments, kinds of events, old visits and days of the other kind."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.statistics import circular_kernel
from crmlib.timing import PreferredHourTiming

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


# Sixty who come at 9 h on five weekdays, and sixty who come at 20 h.
CROWD = make_events(
    {f"lark {n}": [9 + 24 * day for day in range(5)] for n in range(60)}
    | {f"owl {n}": [20 + 24 * day for day in range(5)] for n in range(60)}
)
SEGMENTS = pd.Series({name: name.split()[0] for name in CROWD["customer_id"].unique()})


def test_who_never_came_is_drawn_towards_its_segment() -> None:
    """A new lark is expected in the morning, a stranger of no segment at both hours."""
    segments = pd.concat([SEGMENTS, pd.Series({"new lark": "lark", "new owl": "owl"})])
    timing = PreferredHourTiming(most_shapes=1).fit(CROWD, segments=segments)
    hours = timing.hour_probabilities(make_customers("new lark", "new owl", "stranger"))

    assert hours.idxmax(axis=1).tolist()[:2] == [9, 20]
    assert hours.loc["new lark", 9] > 0.9
    assert hours.loc["stranger"].tolist() == pytest.approx(timing.hour_population_.tolist())
    np.testing.assert_allclose(hours.sum(axis=1), 1)


def test_segments_follow_the_same_formula() -> None:
    """A segment's shape is m_g = (n_g + s m) / (N_g + s), by the weight that is shown."""
    timing = PreferredHourTiming(most_shapes=1).fit(CROWD, segments=SEGMENTS)
    m, s = timing.hour_population_, timing.hour_shrinkage_.concentrations[0]
    drawn = timing.habits_.by_hour
    told = np.zeros(24)
    told[9] = 60 * 5 * (1 + s) / (5 + s)
    own = drawn.weights[0]
    expected = own * told / told.sum() + (1 - own) * m

    np.testing.assert_allclose(drawn.segments[0].population, expected)
    assert timing.segments_.tolist() == SEGMENTS.tolist()


def test_weights_go_from_customer_to_segment_to_population() -> None:
    """What the customer does not weigh is shared between its segment and everybody."""
    timing = PreferredHourTiming().fit(CROWD, segments=SEGMENTS.iloc[:100])
    weights = timing.weights(make_customers("lark 1", "owl 59", "stranger"))

    np.testing.assert_allclose(weights[["own", "segment", "population"]].sum(axis=1), 1)
    assert weights.loc["lark 1", "segment"] > 0
    assert weights["segment"].tolist()[1:] == [0, 0]
    assert weights["events"].tolist() == [5, 5, 0]


def test_reasons_name_the_segment() -> None:
    """Both who came and who never did are told how much rests on their segment."""
    segments = pd.concat([SEGMENTS, pd.Series({"new": "lark"})])
    timing = PreferredHourTiming(most_shapes=1).fit(CROWD, segments=segments)
    who = make_customers("owl 1", "new", "stranger")
    monday = pd.Series(START + pd.Timedelta(hours=20), index=who.index)
    own, segment, everybody = timing.weights(who).loc["owl 1"].iloc[1:].round(2)
    reasons = timing.reasons(who, monday)

    assert reasons["owl 1"] == (
        f"buys around 20-21 h on weekdays; 5 events, weight {own:.2f} own, "
        f"{segment:.2f} segment owl, {everybody:.2f} population"
    )
    assert reasons["new"].startswith(
        "no events yet; segment lark buys around 9-10 h on weekdays, weight 0 own, "
    )
    assert reasons["new"].endswith("; 20 h is the best that is permitted")
    assert reasons["stranger"].startswith("no events yet; everybody buys around ")
    assert ", weight 0 own, 1 population" in reasons["stranger"]


def test_a_loud_customer_does_not_speak_for_its_segment() -> None:
    """One customer of 500 visits moves its segment less than fifty of ten each."""
    loud = make_events({"loud": [20 + 24 * day for day in range(500)]})
    many = make_events({f"late {n}": [20 + 24 * day for day in range(10)] for n in range(50)})
    weights = []
    for late in (loud, many):
        events = pd.concat([CROWD, late])
        names = late["customer_id"].unique()
        segments = pd.concat([SEGMENTS[SEGMENTS == "lark"], pd.Series("late", index=names)])
        timing = PreferredHourTiming(most_shapes=1).fit(events, segments=segments)
        weights.append(timing.habits_.by_hour.weights[1])

    assert weights[0] < weights[1]


def test_days_of_the_other_kind_count_for_less() -> None:
    """Ann comes at 9 h on weekdays and at 20 h on weekends, and is expected so."""
    weekdays = [9 + 24 * day for day in range(28) if day % 7 < 5]
    weekends = [20 + 24 * day for day in range(28) if day % 7 >= 5]
    others = {f"c{n}": [14 + 24 * n % 28] for n in range(40)}
    events = make_events({"ann": weekdays + weekends} | others)
    timing = PreferredHourTiming(other_days=0.0).fit(events)
    alike = PreferredHourTiming(other_days=1.0, day_type="none").fit(events)
    who = make_customers("ann")
    week, same = (
        each.probabilities(who).to_numpy().reshape(7, 24).argmax(axis=1)
        for each in (timing, alike)
    )
    saturday = pd.Series(START + pd.Timedelta(days=5, hours=20), index=["ann"])

    assert week.tolist() == [9] * 5 + [20] * 2
    assert same.tolist() == [9] * 7
    assert " 20-21 h on weekends; 28 events" in timing.reasons(who, saturday)["ann"]
    assert "on week" not in alike.reasons(who, saturday)["ann"]


def test_the_weight_of_other_days_enters_the_formula() -> None:
    """On a weekday n and N take visits on weekends for their weight."""
    events = make_events({"ann": [9, 33, 129], "bob": [12, 36]})
    timing = PreferredHourTiming(other_days=0.5, half_life_days=None).fit(events)
    how = timing.hour_shrinkage_
    counts = np.zeros(24)
    counts[9] = 2 + 0.5
    s, m = how.concentrations[0], timing.hour_population_
    expected = (counts @ circular_kernel(24, how.kappa) + s * m) / (2.5 + s)
    expected *= timing.day_effect_[0]
    monday = timing.probabilities(make_customers("ann"))[0].to_numpy()[0]

    np.testing.assert_allclose(monday / monday.sum(), expected / expected.sum(), rtol=1e-6)


def test_old_visits_count_for_less() -> None:
    """After a half-life a visit counts for half; the newest of all counts for one."""
    events = make_events({"ann": [9, 20 + 24 * 100], "bob": [12, 36]})
    timing = PreferredHourTiming(half_life_days=100.0).fit(events)
    recent = timing.habits_.counts.recent_hours[0].sum(axis=0)
    s = timing.hour_shrinkage_.concentrations[0]

    assert recent[20] == pytest.approx(1)
    assert recent[9] == pytest.approx(0.5 ** (1 + 11 / 2400))
    assert timing.hour_counts_[0, [9, 20]].tolist() == [1, 1]
    assert timing.weights(make_customers("ann"))["own"].iloc[0] == pytest.approx(
        recent.sum() / (recent.sum() + s), abs=1e-6
    )


def test_intervals_narrow_with_visits() -> None:
    """Who came often is known better; with one shape the bounds are those of a beta law."""
    events = make_events({"often": [9 + 24 * day for day in range(100)], "once": [9], "b": [8]})
    timing = PreferredHourTiming(half_life_days=None).fit(events)
    who = make_customers("often", "once", "stranger")
    bounds = timing.hour_intervals(who, alpha=0.1)
    mean, s = timing.hour_probabilities(who), timing.hour_shrinkage_.concentrations[0]
    p, events_of = mean.loc["often", 9], 100 + s
    law = beta(p * events_of, (1 - p) * events_of)
    width = bounds["high"] - bounds["low"]

    assert bounds.loc["often", [("low", 9), ("high", 9)]].tolist() == pytest.approx(
        law.ppf([0.05, 0.95]).tolist()
    )
    assert width.loc["often", 9] < width.loc["once", 9] < width.loc["stranger", 9]
    with pytest.raises(InvalidParameterError, match="alpha must be between 0 and 1"):
        timing.hour_intervals(who, alpha=0)


def mix_events() -> pd.DataFrame:
    """Orders at 9 h, opens at 14 h and clicks at 20 h, in one table."""
    orders = make_events({name: [9, 33, 57] for name in "ab"}).assign(event="ordered", amount=5.0)
    opens = make_events({name: [14, 38, 62] for name in "ab"}).assign(event="opened")
    clicks = make_events({name: [20, 44, 68] for name in "ab"}).assign(event="clicked")
    events = pd.concat([orders, opens, clicks], ignore_index=True)
    return events.rename(columns={"ordered_at": "at"})


def test_kinds_of_events_are_weighted() -> None:
    """A visit counts for what the event in it tells that tells most; other kinds tell nothing."""
    weights = {"clicked": 1.0, "ordered": 0.5}
    events = mix_events()
    together = events.assign(at=events["at"].dt.floor("D"))
    timing = PreferredHourTiming(event_weights=weights).fit(events)

    assert timing.hour_counts_[0, [9, 14, 20]].tolist() == [1.5, 0, 3]
    assert timing.visits_.tolist() == [6, 6]
    assert timing.event_kind_ == "is there"
    assert timing.hour_population_[20] > timing.hour_population_[9] > timing.hour_population_[14]
    assert PreferredHourTiming(event_weights=weights).fit(together).hour_counts_[0, 0] == 3


def test_all_kinds_count_alike_by_default() -> None:
    """Orders, opens and clicks are visits; an amount is asked of orders only."""
    counts = PreferredHourTiming().fit(mix_events()).hour_counts_
    free = PreferredHourTiming().fit(mix_events().replace({"amount": {5.0: 0.0}})).hour_counts_

    assert counts[0, [9, 14, 20]].tolist() == [3, 3, 3]
    assert free[0, [9, 14, 20]].tolist() == [0, 3, 3]
    assert counts.dtype.kind == "i"


def test_weights_in_proportion_are_shapes_alike() -> None:
    """With one kind only its weight scales the counts, and the shapes are those of the visits."""
    half = PreferredHourTiming(event_weights={"clicked": 0.5}).fit(mix_events())
    full = PreferredHourTiming(event_weights={"clicked": 1.0}).fit(mix_events())

    np.testing.assert_allclose(half.hour_counts_, full.hour_counts_ / 2)
    np.testing.assert_allclose(half.hour_population_, full.hour_population_)


@pytest.mark.parametrize(
    ("kinds", "verb"),
    [
        (["ordered"], "buys"),
        (["visited"], "visits"),
        (["opened"], "opens"),
        (["clicked"], "clicks"),
        (["replied"], "replies"),
        (["opened", "clicked"], "answers"),
        (["opened", "visited"], "is there"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_the_verb_is_that_of_the_events(kinds: list[str], verb: str) -> None:
    """One kind gives its verb, several answers "answers", mixtures "is there"."""
    events = make_events({"ann": [9.0] * len(kinds)}).rename(columns={"ordered_at": "at"})

    assert PreferredHourTiming().fit(events.assign(event=kinds)).event_kind_ == verb


def test_visits_without_kinds_are_visits() -> None:
    """A table of "at" alone is of whatever was done then."""
    events = make_events({"ann": [9, 33]}).rename(columns={"ordered_at": "at"})

    assert PreferredHourTiming().fit(events).event_kind_ == "is there"


def test_bad_parts_are_refused() -> None:
    """Weights out of range, kinds that are not told, half-lives, a customer in two segments."""
    with pytest.raises(InvalidParameterError, match="event_weights must be from 0 to 1"):
        PreferredHourTiming(event_weights={"clicked": 2}).fit(CROWD)
    with pytest.raises(InvalidParameterError, match="one of them above 0"):
        PreferredHourTiming(event_weights={"clicked": 0}).fit(CROWD)
    with pytest.raises(MissingColumnsError, match="'event'"):
        PreferredHourTiming(event_weights={"clicked": 1}).fit(CROWD)
    with pytest.raises(InvalidParameterError, match="half_life_days must be above 0, or None"):
        PreferredHourTiming(half_life_days=0).fit(CROWD)
    with pytest.raises(InvalidParameterError, match="other_days must be from 0 to 1"):
        PreferredHourTiming(other_days=1.5).fit(CROWD)
    with pytest.raises(InvalidTableError, match="a customer more than once"):
        PreferredHourTiming().fit(CROWD, segments=pd.concat([SEGMENTS, SEGMENTS]))
