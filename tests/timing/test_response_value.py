"""What timing earns: groups by lot compared, and policies judged from the log."""

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.timing import ResponseTiming, compare_groups, judge_timing

START = pd.Timestamp("2026-01-05", tz="UTC")
HOURS = [9, 20]
# Ann answers at 20 h, Bob at 9 h, and most are like Ann.
IDS = pd.Index([f"ann {n}" for n in range(300)] + [f"bob {n}" for n in range(100)])
TRUTH = np.array([[0.1, 0.5]] * 300 + [[0.4, 0.1]] * 100)


def fit_on_past(exploration: float = 0.2) -> ResponseTiming:
    """Learn from ten sends to each at each hour, answered as often as is true."""
    rows = []
    for name, rates in zip(IDS, TRUTH, strict=True):
        for hour, rate in zip(HOURS, rates, strict=True):
            for number in range(10):
                key, at = f"{name} {hour} {number}", START + pd.Timedelta(hours=hour)
                rows.append((name, key, "sent", at))
                if number < 10 * rate:
                    rows.append((name, key, "clicked", at))
    events = pd.DataFrame(rows, columns=["customer_id", "message_key", "event", "at"])
    return ResponseTiming(exploration=exploration, control=0.2, salt="past").fit(events)


@pytest.fixture(scope="module")
def timing() -> ResponseTiming:
    """Give the model that knows the past."""
    return fit_on_past()


@pytest.fixture(scope="module")
def decisions(timing: ResponseTiming) -> pd.DataFrame:
    """Give the log of twenty campaigns, each with groups of its own."""
    generator = np.random.default_rng(5)
    who = pd.DataFrame(index=IDS)
    slots = pd.DatetimeIndex([START + pd.Timedelta(hours=hour) for hour in HOURS])
    logged = []
    for campaign in range(20):
        timing.set_params(salt=f"campaign {campaign}")
        best = timing.preferences(who, slots).argmax(axis=1)
        chosen = pd.Series(np.array(HOURS)[best], index=IDS)
        answered = generator.random(len(IDS)) < TRUTH[np.arange(len(IDS)), best]
        logged.append(timing.decisions(who, chosen, HOURS).assign(answered=answered))
    return pd.concat(logged)


def test_policies_are_worth_what_they_would_have_earned(
    timing: ResponseTiming, decisions: pd.DataFrame
) -> None:
    """Each value, known here, lies within its interval, and so does the gain of own hours."""
    lot, of_all, own = TRUTH.mean(), TRUTH[:, 1].mean(), TRUTH.max(axis=1).mean()
    judged = judge_timing(timing, decisions, hours=HOURS)

    assert judged.index.tolist() == ["hour by lot", "hour of all", "own hour"]
    for truth, (_, row) in zip([lot, of_all, own], judged.iterrows(), strict=True):
        assert row["low"] < truth < row["high"]
        assert row[["ips", "snips"]].tolist() == pytest.approx([truth] * 2, abs=0.03)
    assert judged.loc["hour of all", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert judged.loc["own hour", "gain_low"] > 0
    assert judged.loc["own hour", "gain"] == pytest.approx(own - of_all, abs=0.03)
    assert judged.loc["own hour", "max_weight"] == pytest.approx(1 / 0.7)


def test_groups_by_lot_are_compared(decisions: pd.DataFrame) -> None:
    """Shares are those of the rows; the gain is their difference, its interval by customer."""
    means = decisions.groupby("group")["answered"].mean()
    table = compare_groups(decisions)

    assert table.index.tolist() == ["control", "random", "optimised"]
    assert table["sends"].sum() == len(decisions)
    assert table["answered"].to_dict() == pytest.approx(means.to_dict())
    assert table["gain"].tolist() == pytest.approx(
        (means[table.index] - means["control"]).tolist()
    )
    assert table.loc["control", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert table.loc["optimised", "gain_low"] > 0


def test_without_control_the_lot_is_the_first_row(decisions: pd.DataFrame) -> None:
    """Two groups are enough, one is not, nor a fourth."""
    two = decisions[decisions["group"] != "control"]

    assert compare_groups(two).index.tolist() == ["random", "optimised"]
    with pytest.raises(
        InvalidTableError, match=r"groups are \['control', 'random', 'optimised'\]"
    ):
        compare_groups(two[two["group"] == "random"])
    with pytest.raises(InvalidTableError, match="'holdout'"):
        compare_groups(decisions.replace({"group": {"random": "holdout"}}))


def test_what_was_certain_tells_nothing_of_other_policies(
    timing: ResponseTiming, decisions: pd.DataFrame
) -> None:
    """Without exploration, or with hours that were not permitted, there is nothing to judge by."""
    with pytest.raises(InvalidParameterError, match="let some customers explore"):
        judge_timing(timing, decisions.assign(propensity=1.0), hours=HOURS)
    with pytest.raises(InvalidParameterError, match="those of decisions, such as"):
        judge_timing(timing, decisions, hours=[9, 10])
