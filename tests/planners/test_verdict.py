"""A planner that chooses says in a sentence whether that pays, and what it does about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.planners import BanditPlanner, Template, TemplatePlanner, UpliftPlanner

COUPON = {"coupon": Template(body="10 % off")}
ORDERS = pd.DataFrame()


def test_without_a_choice_there_is_no_verdict() -> None:
    """A template for each segment is no choice by customer."""
    assert TemplatePlanner({"default": Template(body="x")}).verdict is None


def test_before_any_response() -> None:
    """What nobody responded to yet is tried evenly; of one message there is nothing to try."""
    two = BanditPlanner(COUPON | {"new": Template(body="New in")})

    assert two.verdict == "no response is known yet, so 2 messages are tried evenly"
    assert BanditPlanner(COUPON).verdict.endswith("yet, so the only message goes to everybody")


def test_without_a_gate() -> None:
    """Who shuts the gate off is told that nobody asked whether choosing pays."""
    log = pd.DataFrame(
        {"customer_id": ["A"], "segment": "x", "message": "coupon", "propensity": 1, "reward": 1}
    )

    assert BanditPlanner(COUPON, gate=False).fit(ORDERS, log).verdict == (
        "the message is chosen by customer; whether that pays was not asked"
    )


def test_a_message_that_harms_goes_to_nobody() -> None:
    """Where sending none is the best single message, and choosing no better, nobody gets one."""
    rng = np.random.default_rng(0)
    got = np.arange(600) % 2 == 1
    log = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(600)],
            "age": rng.integers(20, 60, 600),
            "message": np.where(got, "coupon", "no message"),
            "propensity": 0.5,
            "reward": (rng.random(600) < np.where(got, 0.1, 0.5)).astype(float),
        }
    )
    planner = UpliftPlanner(COUPON, context=["age"]).fit(ORDERS, log)

    assert planner.verdict.endswith("the best one is 'no message'; so nobody gets one")


def test_the_rest_by_lot_within_a_budget() -> None:
    """A shut gate with a budget sends the best message to that share; none is tried on top."""
    got = np.arange(400) % 2 == 1
    log = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(400)],
            "age": 30.0,
            "message": np.where(got, "coupon", "no message"),
            "propensity": 0.5,
            "reward": (np.arange(400) % 10 < np.where(got, 6, 3)).astype(float),
        }
    )
    planner = UpliftPlanner(COUPON, context=["age"], budget=0.25, exploration=0)

    assert planner.fit(ORDERS, log).verdict.endswith("is 'coupon'; so 25% get it by lot")
