"""The gate judges a bandit with fatigue by what each customer had got when the log was made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import MissingColumnsError
from crmlib.planners import BanditPlanner, Template

MESSAGES = {"new": Template(body="New in"), "sale": Template(body="On sale")}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Draw three messages for each of 400 customers, who respond to what they did not just get."""
    rng = np.random.default_rng(5)
    drawn = rng.choice(["new", "sale"], (3, 400))
    rate = np.full(drawn.shape, 0.3)
    rate[1:] = np.where(drawn[1:] == drawn[:-1], 0.05, 0.6)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"C{number}" for number in range(400)], 3),
            "segment": "all",
            "message": drawn.ravel(),
            "propensity": 0.5,
            "reward": (rng.random(drawn.shape) < rate).astype(float).ravel(),
            "at": np.repeat(pd.date_range("2026-05-01", periods=3, tz="UTC"), 400),
        }
    )


def test_the_gate_sees_fatigue(log: pd.DataFrame) -> None:
    """Not repeating oneself is worth much here, and only a planner with fatigue is told so."""
    without = BanditPlanner(MESSAGES).evaluate(log, n_folds=2)
    tired = BanditPlanner(MESSAGES, fatigue=1.0).evaluate(log, n_folds=2)

    assert not without.pays
    assert tired.pays
    assert tired.policy.value > without.policy.value + 0.1
    with pytest.raises(MissingColumnsError, match="fatigue needs to know when each was sent"):
        BanditPlanner(MESSAGES, fatigue=1.0).evaluate(log.drop(columns="at"))


def test_rows_of_a_log_may_stand_in_any_order(log: pd.DataFrame) -> None:
    """What a customer had got by then is told by the instants, not by the rows."""
    planner = BanditPlanner(MESSAGES, fatigue=1.0)
    mixed = log.sample(frac=1, random_state=0)

    assert planner.evaluate(mixed, n_folds=2).policy.value == pytest.approx(
        planner.evaluate(log, n_folds=2).policy.value
    )
