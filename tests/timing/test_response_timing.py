"""ResponseTiming: rates of answers, not counts of sends."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
)
from crmlib.statistics import circular_kernel
from crmlib.timing import PreferredHourTiming, ResponseTiming

START = pd.Timestamp("2026-01-05", tz="UTC")
SLOTS = pd.date_range(START, periods=24, freq="h")


def make_events(sends: list[tuple[str, int, bool]]) -> pd.DataFrame:
    """Make sends of (customer, hour, answered), each answered by a click two hours later."""
    rows = []
    for key, (name, hour, answered) in enumerate(sends):
        at = START + pd.Timedelta(hours=hour)
        rows.append((name, key, "sent", at))
        if answered:
            rows.append((name, key, "clicked", at + pd.Timedelta(hours=2)))
    return pd.DataFrame(rows, columns=["customer_id", "message_key", "event", "at"])


def make_customers(*names: str) -> pd.DataFrame:
    """Build a table of customers without columns."""
    return pd.DataFrame(index=pd.Index(names, name="customer_id"))


# Ann was tried often at 9 h in vain and rarely at 20 h with success.
EVENTS = make_events(
    [*[("ann", 9, False)] * 12, *[("ann", 20, True)] * 4, *[("bob", 9, True)] * 2]
)
STILL = ResponseTiming(exploration=0.0)


def test_rates_follow_the_formula() -> None:
    """The formula: (k r + o K) / (k + n K), r being the rate of everybody at the hour."""
    timing = ResponseTiming(strength=4, kappa=np.inf, exploration=0).fit(EVENTS)
    everybody = (6 + 1) / (18 + 2)
    at_9, at_20 = (4 * everybody + 2) / (4 + 14), (4 * everybody + 4) / (4 + 4)
    rates = timing.rates(make_customers("ann", "nobody"))

    assert timing.rate_ == pytest.approx(everybody)
    assert timing.hour_rates_[[0, 9, 20]].tolist() == pytest.approx([everybody, at_9, at_20])
    assert rates.loc["nobody"].tolist() == pytest.approx(timing.hour_rates_.tolist())
    assert rates.loc["ann", [0, 9, 20]].tolist() == pytest.approx(
        [everybody, 4 * at_9 / (4 + 12), (4 * at_20 + 4) / (4 + 4)]
    )


def test_counts_are_smoothed_around_the_clock() -> None:
    """Neighbours of an hour that was answered gain by the kernel."""
    rates = ResponseTiming(strength=4, kappa=9).fit(EVENTS).hour_rates_
    kernel = circular_kernel(24, 9)
    expected = (4 * 7 / 20 + 4 * kernel[20, 21] + 2 * kernel[9, 21]) / (
        4 + 4 * kernel[20, 21] + 14 * kernel[9, 21]
    )

    assert rates[21] == pytest.approx(expected)


def test_what_was_tried_often_is_not_liked_for_that() -> None:
    """Ann's best hour is the one that she answered, not the one that was tried."""
    scores = ResponseTiming(exploration=0).fit(EVENTS).preferences(make_customers("ann"), SLOTS)

    assert scores[0].argmax() == 20


def test_only_answers_of_people_count() -> None:
    """Opens do not, nor clicks of machines; what counts is a parameter."""
    events = make_events([("ann", 9, True), ("ann", 12, True), ("ann", 15, True)])
    clicks = np.flatnonzero(events["event"].eq("clicked"))
    events["is_machine"] = pd.array([None] * len(events), dtype="boolean")
    events.loc[clicks[0], "event"] = "opened"
    events.loc[clicks[1], "is_machine"] = True
    opens = ResponseTiming(responses=("opened",)).fit(events)

    assert np.flatnonzero(ResponseTiming().fit(events).answers_[0]).tolist() == [15]
    assert np.flatnonzero(opens.answers_[0]).tolist() == [9]


def test_hours_are_those_of_the_send_on_the_customers_clock() -> None:
    """A send at 9 h UTC is one at 18 h in Seoul, whenever it was answered."""
    timing = ResponseTiming().fit(EVENTS, zones=pd.Series({"bob": "Asia/Seoul"}))

    assert np.flatnonzero(timing.sends_[1]).tolist() == [18]
    assert timing.answers_[1, 18] == 2


def test_a_prior_says_what_to_expect_before_anything_was_sent() -> None:
    """One rate times how much likelier the hour is; the rate counts sends at such hours more."""
    evenings = pd.DataFrame(
        {"customer_id": "ann", "ordered_at": START + pd.to_timedelta([19, 43, 67, 91], unit="h")}
    )
    prior = PreferredHourTiming().fit(evenings)
    liking = prior.preferences(make_customers("ann", "bob", "eve"), SLOTS)
    relative = liking / liking.mean(axis=1, keepdims=True)
    timing = ResponseTiming(prior=prior, exploration=0).fit(EVENTS)
    rate = 7 / (12 * relative[0, 9] + 4 * relative[0, 20] + 2 * relative[1, 9] + 2)
    expected = np.minimum(timing.rate_ * relative[2], 1)

    assert timing.rate_ == pytest.approx(min(rate, 7 / 8))
    np.testing.assert_allclose(timing.rates(make_customers("eve")).loc["eve"], expected)


def test_transactions_are_a_prior_of_their_own() -> None:
    """Without sends the hours of purchases order the hours, unless a prior is given."""
    evenings = pd.DataFrame({"customer_id": ["ann"] * 3, "ordered_at": [SLOTS[19]] * 3})
    flat = PreferredHourTiming().fit(evenings.assign(ordered_at=SLOTS[8]))
    timing, with_prior = STILL.fit(evenings), ResponseTiming(prior=flat).fit(evenings)

    assert timing.rates(make_customers("ann")).loc["ann"].idxmax() == 19
    assert with_prior.prior_ is flat
    assert len(timing.customer_ids_) == 0


def test_a_share_explores_at_an_hour_by_lot() -> None:
    """One in five for this share; all hours are drawn; always alike, but for another salt."""
    crowd = make_customers(*[f"c{number}" for number in range(2_000)])
    timing = ResponseTiming(exploration=0.2, salt="june").fit(EVENTS)
    who = timing.groups(crowd).eq("random")
    chosen = timing.preferences(crowd, SLOTS).argmax(axis=1)
    greedy = timing.rates(crowd).to_numpy().argmax(axis=1)

    assert who.mean() == pytest.approx(0.2, abs=0.03)
    assert set(chosen[who]) == set(range(24))
    np.testing.assert_array_equal(chosen[~who], greedy[~who])
    np.testing.assert_array_equal(timing.preferences(crowd, SLOTS).argmax(axis=1), chosen)
    assert (timing.set_params(salt="july").groups(crowd).eq("random") != who).any()


def test_propensities_are_how_often_an_hour_is_chosen() -> None:
    """Over many salts each permitted hour comes as often as its propensity says."""
    ann, hours = make_customers("ann"), [8, 9, 20]
    timing = ResponseTiming(exploration=0.3).fit(EVENTS)
    expected = timing.propensities(ann, hours).loc["ann"]
    chosen = [
        hours[timing.set_params(salt=str(salt)).preferences(ann, SLOTS[hours]).argmax()]
        for salt in range(1_500)
    ]

    assert expected.tolist() == pytest.approx([0.1, 0.1, 0.8])
    shares = pd.Series(chosen).value_counts(normalize=True)
    assert shares[hours].tolist() == pytest.approx(expected.tolist(), abs=0.03)


def test_the_control_gets_the_hour_of_all() -> None:
    """Three in ten for this share, at the hour of who is not known; the rest at their own."""
    crowd = make_customers("ann", *[f"c{number}" for number in range(1_000)])
    timing = ResponseTiming(control=0.3, salt="june").fit(EVENTS)
    groups = timing.groups(crowd)
    chosen = timing.preferences(crowd, SLOTS).argmax(axis=1)
    of_all = timing.rates_of_all()

    assert groups.value_counts(normalize=True)[["control", "random"]].tolist() == pytest.approx(
        [0.3, 0.05], abs=0.03
    )
    assert set(chosen[groups.eq("control")]) == {of_all.argmax()}
    np.testing.assert_allclose(of_all, timing.rates(make_customers("x")).loc["x"])


def test_what_to_log_of_each_send() -> None:
    """The group, the hour, and how likely it was; an hour that is not permitted is refused."""
    who, hours = make_customers("ann", "bob", "eve"), [9, 20]
    chosen = pd.Series([20, 9, 9], index=who.index)
    vain = make_events([("bob", 20, False)] * 6).assign(message_key=[*"uvwxyz"])
    timing = ResponseTiming(exploration=0.2, control=0.1).fit(pd.concat([EVENTS, vain]))
    of_all = hours[timing.rates_of_all()[hours].argmax()]
    logged = timing.decisions(who, chosen, hours)
    shares = timing.propensities(who, hours)

    assert of_all == 20
    assert shares.loc["ann"].tolist() == pytest.approx([0.1, 0.1 + 0.1 + 0.7])
    assert shares.loc["bob"].tolist() == pytest.approx([0.1 + 0.7, 0.1 + 0.1])
    assert logged["propensity"].tolist() == pytest.approx([0.9, 0.8, 0.1])
    assert logged["hour"].tolist() == [20, 9, 9]
    assert logged["group"].equals(timing.groups(who))
    with pytest.raises(InvalidParameterError, match="hours must be those chosen, such as 20"):
        timing.decisions(who, chosen, [8, 9])


def test_events_without_customer_are_counted() -> None:
    """They are left out, and the warning says how many."""
    events = EVENTS.copy()
    events.loc[0, "customer_id"] = None
    with pytest.warns(DataQualityWarning, match="1 of 24 events have no customer"):
        timing = ResponseTiming().fit(events)

    assert timing.sends_.sum() == 17


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("strength", 0, "above 0"),
        ("kappa", -1, "0 or more"),
        ("exploration", 1.1, "from 0 to 1"),
        ("control", 0.99, "with exploration at most 1"),
        ("timezone", "Asia/Soul", "IANA zone"),
    ],
)
def test_bad_parameters_are_refused(name: str, value: object, wanted: str) -> None:
    """The error says what would do."""
    with pytest.raises(InvalidParameterError, match=wanted):
        ResponseTiming().set_params(**{name: value}).fit(EVENTS)


def test_bad_events_are_refused() -> None:
    """A column that is missing, a message sent twice; and nothing is known before the fit."""
    with pytest.raises(MissingColumnsError, match="message_key"):
        ResponseTiming().fit(EVENTS.drop(columns="message_key"))
    with pytest.raises(InvalidTableError, match="sent twice"):
        ResponseTiming().fit(EVENTS.assign(message_key=1))
    with pytest.raises(NotFittedError):
        ResponseTiming().rates(make_customers("ann"))
