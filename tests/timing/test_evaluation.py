"""evaluate: what a model foretold of what came after it was fitted."""

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.timing import FixedTiming, PreferredHourTiming, TimingEvaluation, evaluate

SPLIT = pd.Timestamp("2026-02-15", tz="UTC")


def make_events(zone: str = "UTC") -> pd.DataFrame:
    """Ann comes at 19 h, Bob at 9 h, each day for 60 days; Cid only after the split."""
    days = pd.date_range("2026-01-05 19:10", periods=60, freq="D", tz=zone)
    moments = {"ann": days, "bob": days - pd.Timedelta(hours=10), "cid": days[50:]}
    rows = [(name, at) for name, each in moments.items() for at in each]
    events = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return events.assign(ordered_at=events["ordered_at"].dt.tz_convert("UTC"))


def by_hand() -> TimingEvaluation:
    """Two customers of two visits each, on Mondays at 0 and 1 h."""
    model, population = np.full((2, 7, 24), 1e-9), np.full((7, 24), 1e-9)
    model[0, 0, :2], model[1, 0, :2] = (0.8, 0.2), (0.4, 0.6)
    population[0, :2] = 0.5, 0.5
    return TimingEvaluation(
        customers=np.array([0, 0, 1, 1]),
        weekdays=np.zeros(4, dtype=np.int64),
        hours=np.array([0, 0, 1, 0]),
        model=model,
        population=population,
    )


def test_scores_are_those_of_the_visits() -> None:
    """Two hits of 0.8, one of 0.6 and one of 0.4, against 0.5 by everybody and 1/24 by nobody."""
    scores = by_hand().scores()
    loss = -np.log([0.8, 0.8, 0.6, 0.4]).mean()

    assert scores["log_loss"].tolist() == pytest.approx([np.log(24), np.log(2), loss], abs=1e-6)
    assert scores.loc["model", "gain"] == pytest.approx(np.log(2) - loss, abs=1e-6)
    assert scores.loc["population", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert scores["top_1"].tolist() == pytest.approx([1 / 24, 0.5, 0.75])
    assert scores["top_3"].tolist() == pytest.approx([3 / 24, 1, 1])


def test_intervals_draw_customers() -> None:
    """With two customers the bounds are the means of the one and of the other."""
    row = by_hand().scores("hour_given_weekday").loc["model"]
    first, second = -np.log(0.8), -np.log([0.6, 0.4]).mean()

    assert (row["log_loss_low"], row["log_loss_high"]) == pytest.approx((first, second), abs=1e-6)
    assert row["gain_low"] == pytest.approx(np.log(2) - second, abs=1e-6)
    assert row["gain_high"] == pytest.approx(np.log(2) - first, abs=1e-6)


def test_each_question_is_about_its_own_bins() -> None:
    """All visits were on Mondays, as model and population expected."""
    scores = by_hand().scores("weekday")

    assert scores["log_loss"].tolist() == pytest.approx([np.log(7), 0, 0], abs=1e-6)
    with pytest.raises(InvalidParameterError, match=r"question must be one of.*got 'month'"):
        by_hand().scores("month")  # type: ignore[arg-type]


def test_calibration_sets_expected_beside_observed() -> None:
    """Of 24 x 4 guesses the upper half holds all that came true."""
    table = by_hand().calibration(n_groups=2)

    assert (table["expected"] * table["guesses"]).sum() == pytest.approx(4, abs=1e-5)
    assert (table["observed"] * table["guesses"]).sum() == pytest.approx(4)
    assert table["guesses"].sum() == 96
    with pytest.raises(InvalidParameterError, match="n_groups must be 2 or more, got 1"):
        by_hand().calibration(n_groups=1)


def test_only_the_past_is_learned_from() -> None:
    """What came before the split foretells what comes after, of those who came in both."""
    held_out = evaluate(PreferredHourTiming(), make_events(), split_at=SPLIT)
    scores = held_out.scores()

    assert len(held_out.hours) == 2 * 19
    assert held_out.model.shape == (2, 7, 24)
    assert scores["top_1"].tolist() == pytest.approx([1 / 24, 0.5, 1])
    assert scores.loc["model", "gain_low"] > 0


def test_visits_are_told_on_the_local_clock() -> None:
    """The same hours in Seoul give the same scores, by zones or by the zone of the account."""
    split = pd.Timestamp("2026-02-15", tz="Asia/Seoul")
    events = make_events("Asia/Seoul")
    zones = pd.Series("Asia/Seoul", index=["ann", "bob", "cid"])
    expected = evaluate(PreferredHourTiming(), make_events(), split_at=SPLIT).scores()
    account = PreferredHourTiming(timezone="Asia/Seoul")
    for held_out in (
        evaluate(PreferredHourTiming(), events, split_at=split, zones=zones),
        evaluate(account, events, split_at=split, timezone="Asia/Seoul"),
    ):
        pd.testing.assert_frame_equal(held_out.scores(), expected)


def test_any_timing_model_can_be_asked() -> None:
    """A fixed hour is right for half of the visits."""
    held_out = evaluate(FixedTiming(hour=19), make_events(), split_at=SPLIT)

    assert held_out.scores().loc["model", "top_1"] == pytest.approx(0.5)


def test_errors_of_calibration_are_by_customer() -> None:
    """One customer always hit, the other never: half of the sums off, squared, over guesses."""
    model = np.full((2, 7, 24), 1e-9)
    model[:, 0, :2] = 0.9, 0.1
    held_out = TimingEvaluation(
        customers=np.array([0, 0, 1, 1]),
        weekdays=np.zeros(4, dtype=np.int64),
        hours=np.array([0, 0, 1, 1]),
        model=model,
        population=np.full((7, 24), 1 / 168),
    )
    likely = held_out.calibration(n_groups=24).iloc[-1]

    assert likely[["observed", "guesses"]].tolist() == [0.5, 4]
    assert likely["error"] == pytest.approx(np.sqrt(1 + 1) / 4)


def test_segments_reach_the_fit() -> None:
    """Who came once is foretold better by knowing that its segment comes at 9 h."""
    crowd = {f"lark {n}": [9 + 24 * day for day in range(5)] for n in range(30)}
    crowd |= {f"owl {n}": [20 + 24 * day for day in range(5)] for n in range(30)}
    crowd["lark 0"] = crowd["lark 0"][3:]
    start = pd.Timestamp("2026-01-05", tz="UTC")
    rows = [(name, start + pd.Timedelta(hours=h)) for name, hours in crowd.items() for h in hours]
    events = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    segments = pd.Series({name: name.split()[0] for name in crowd})
    plain, helped = (
        evaluate(
            PreferredHourTiming(most_shapes=1),
            events,
            split_at=start + pd.Timedelta(days=4),
            segments=given,
        ).scores()
        for given in (None, segments)
    )

    assert helped.loc["model", "log_loss"] < plain.loc["model", "log_loss"]


def test_a_split_without_a_second_part_is_refused() -> None:
    """Somebody must have come before and after."""
    events = make_events()
    late = events[events["customer_id"].eq("cid") | (events["ordered_at"] < SPLIT)]

    with pytest.raises(InvalidTableError, match="nobody who came before and after"):
        evaluate(PreferredHourTiming(), late, split_at=SPLIT)
