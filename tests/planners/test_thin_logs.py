"""The gate on logs that tell too little: it stays shut, or says what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners import BanditPlanner, Template, UpliftPlanner
from crmlib.tables import NO_MESSAGE

TWO = {"a": Template(body="A"), "b": Template(body="B")}
ORDERS = pd.DataFrame()


def make_log(messages: list[str], rewards: Any = 0.0) -> pd.DataFrame:
    """Give one response of each customer, messages in turns."""
    n = 120
    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(n)],
            "segment": "s",
            "message": (messages * n)[:n],
            "propensity": 1 / len(messages),
            "reward": rewards,
        }
    )


def test_a_message_that_nobody_got_does_not_open_the_gate() -> None:
    """Who got none bought, who got one did not: of the other message nothing is known."""
    log = make_log(["a", NO_MESSAGE])
    log["reward"] = (log["message"] == NO_MESSAGE).astype(float)

    found = BanditPlanner(TWO).evaluate(log)

    assert not found.pays
    assert found.difference.value == pytest.approx(0, abs=1e-9)


def test_hold_outs_that_the_first_part_lacks_are_missed_there() -> None:
    """One of 120 customers is held out, and the error does not say that nobody is."""
    log = make_log(["a", "b"])
    log.loc[0, "message"] = NO_MESSAGE
    planner = UpliftPlanner(TWO, context=["segment"])

    with pytest.raises(InvalidTableError, match=r"of the first \d+ customers, by lot, has no row"):
        planner.fit(ORDERS, log)
    assert planner.set_params(gate=False).fit(ORDERS, log).policy_ is not None


def test_a_log_of_no_message_judges_none() -> None:
    """The bandit always sends one, so who got none tells it nothing."""
    with pytest.raises(InvalidTableError, match=r"tells of none of the messages \['a', 'b'\]"):
        BanditPlanner(TWO).evaluate(make_log([NO_MESSAGE]))


@pytest.mark.parametrize("n_folds", [None, float("nan"), 1, 2.5], ids=str)
def test_parts_are_counted_in_whole_numbers(n_folds: Any) -> None:
    """Anything else is refused by name."""
    with pytest.raises(InvalidParameterError, match="n_folds"):
        BanditPlanner(TWO).evaluate(make_log(["a", "b"]), n_folds=n_folds)


def test_messages_that_all_do_the_same_leave_the_gate_shut() -> None:
    """Whatever was chosen, everybody answered."""
    found = BanditPlanner(TWO).evaluate(make_log(["a", "b"], rewards=np.ones(120)))

    assert not found.pays
