"""Planners that choose: what they draw, what they log, and when they are let."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    MissingExtraError,
    UnknownNameError,
)
from crmlib.planners import (
    BanditPlanner,
    ChoosingPlanner,
    ContextualBanditPlanner,
    Template,
    TemplatePlanner,
    UpliftPlanner,
)
from crmlib.planners._evaluate_policy import Trial, _folds, evaluate_policy
from crmlib.planners._thompson import chances_to_be_best, fit_posteriors
from crmlib.statistics import estimate_dr, estimate_ips
from crmlib.tables import NO_MESSAGE, check_responses
from crmlib.testing import Check, planner_checks

MESSAGES = {"A": Template(subject="A", body="A for you"), "B": Template(subject="B", body="B!")}
ORDERS = pd.DataFrame()
PLANNERS = [
    BanditPlanner(MESSAGES),
    UpliftPlanner(MESSAGES, ["recency_days"]),
    ContextualBanditPlanner(MESSAGES, ["recency_days"]),
]


def make_log(
    n: int = 4000,
    *,
    rates: dict[tuple[str, str], float] | None = None,
    seed: int = 1,
    none: float = 0.0,
) -> pd.DataFrame:
    """Give responses of two segments to two messages (and none), at *rates* by both."""
    rng = np.random.default_rng(seed)
    rates = rates or {("x", "A"): 0.3, ("x", "B"): 0.1, ("y", "A"): 0.1, ("y", "B"): 0.3}
    segment = rng.choice(["x", "y"], n)
    message = rng.choice(["A", "B", NO_MESSAGE], n, p=[(1 - none) / 2, (1 - none) / 2, none])
    rate = [rates.get(cell, 0.05) for cell in zip(segment, message, strict=True)]
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:05}" for number in range(n)],
            "segment": segment,
            "kind": segment,
            "message": message,
            "propensity": np.where(message == NO_MESSAGE, none, (1 - none) / 2),
            "reward": (rng.random(n) < rate).astype(float),
        }
    )


def audience(n: int = 1000) -> pd.DataFrame:
    """Give customers of two segments, in turn."""
    ids = pd.Index([f"N{number:05}" for number in range(n)], name="customer_id")
    kinds = np.where(np.arange(n) % 2, "y", "x")
    return pd.DataFrame({"segment": kinds, "kind": kinds, "recency_days": 3.0}, index=ids)


SAME_RATES = {(s, m): r for s in "xy" for m, r in (("A", 0.3), ("B", 0.1))}


@pytest.mark.parametrize(
    "check",
    [check for planner in PLANNERS for check in planner_checks(planner)],
    ids=[f"{type(p).__name__}-{check}" for p in PLANNERS for check in planner_checks(p)],
)
def test_our_choosing_planners_conform(check: Check) -> None:
    """They keep every promise of a message planner before they know of any response."""
    check()


@pytest.mark.parametrize(
    "planner",
    [BanditPlanner(MESSAGES), UpliftPlanner(MESSAGES, ["kind"])],
    ids=lambda planner: type(planner).__name__,
)
def test_the_gate_opens_where_segments_differ(planner: ChoosingPlanner) -> None:
    """A is best for x and B for y: choosing is worth .1 more, and is done."""
    log = make_log(none=0.2)

    fitted = clone(planner).fit(ORDERS, log)
    plan = fitted.plan(audience(), medium="email")

    told = fitted.evaluation_
    assert told.pays
    low, high = told.difference.interval
    assert 0 < low < 0.1 < high
    assert told.policy.value == pytest.approx(0.3, abs=0.04)
    for start, best in ((0, "A"), (1, "B")):
        assert (plan["template"].iloc[start::2] == best).mean() > 0.9
    assert "choosing by customer beats" in told.why
    assert told.summary().index[0] == "choosing by customer"


@pytest.mark.parametrize(
    "planner",
    [BanditPlanner(MESSAGES), UpliftPlanner(MESSAGES, ["kind"])],
    ids=lambda planner: type(planner).__name__,
)
def test_the_gate_is_shut_where_one_message_is_best_for_all(planner: ChoosingPlanner) -> None:
    """A is best for both: it goes to all but those who explore, and the plan says why."""
    fitted = clone(planner).fit(ORDERS, make_log(rates=SAME_RATES, none=0.2))
    plan = fitted.plan(audience(), medium="email")

    assert not fitted.evaluation_.pays
    assert fitted.best_message_ == fitted.evaluation_.best_message == "A"
    share = fitted.exploration / 2
    assert (plan["template"] == "B").mean() == pytest.approx(share, abs=0.03)
    assert set(plan["propensity"].astype(float).round(12)) == {1 - share, share}
    usual = plan.loc[plan["template"] == "A", "why"].mode().iloc[0]
    assert "is not proven to beat the best single message, chosen on other customers (" in usual
    assert usual.endswith("over the whole log the best one is 'A'")
    tried = plan.loc[plan["template"] == "B", "why"].iloc[0]
    assert tried.startswith("'B' is tried, as a share of")


def test_choosing_is_not_praised_for_luck() -> None:
    """In noise the winner is judged on other customers: the gate opens in few of 40 logs."""
    same = {(s, m): 0.2 for s in "xy" for m in "AB"}
    opened = [
        BanditPlanner(MESSAGES).evaluate(make_log(400, rates=same, seed=seed)).pays
        for seed in range(40)
    ]

    assert sum(opened) <= 3


def test_what_the_bandit_logs_is_what_it_does() -> None:
    """A log drawn by the bandit tells by IPS what a log drawn evenly tells of the same policy."""
    planner = BanditPlanner(MESSAGES, gate=False, exploration=0.3).fit(ORDERS, make_log(200))
    crowd = audience(20_000)
    plan = planner.plan(crowd, medium="email")
    chances = {("x", "A"): 0.3, ("x", "B"): 0.1, ("y", "A"): 0.1, ("y", "B"): 0.3}
    rewards = [chances[cell] for cell in zip(crowd["segment"], plan["template"], strict=True)]
    chosen = (plan["template"] == "B").to_numpy().astype(int)
    always_b = np.tile([0.0, 1.0], (len(crowd), 1))

    told = estimate_ips(rewards, chosen, plan["propensity"].astype(float), always_b)

    assert told.interval[0] < 0.2 < told.interval[1]


def test_chances_to_be_best_are_exact() -> None:
    """P(Beta(2,1) > Beta(1,1)) = 2/3; equals share; a shift of the whole range decides."""
    two = chances_to_be_best(np.array([2.0, 1.0]), np.array([1.0, 1.0]), np.zeros((1, 2)))
    three = chances_to_be_best(np.full(3, 3.0), np.full(3, 7.0), np.zeros((1, 3)))
    shifted = chances_to_be_best(np.ones(2), np.ones(2), np.array([[1.0, 0.0], [0.5, 0.0]]))

    np.testing.assert_allclose(two, [[2 / 3, 1 / 3]], atol=1e-6)
    np.testing.assert_allclose(three, [[1 / 3] * 3], atol=1e-9)
    np.testing.assert_allclose(shifted, [[0, 1], [1 / 8, 7 / 8]], atol=1e-5)


def test_posteriors_by_hand() -> None:
    """Overall (6+1)/(20+2); for the first segment the other's 4 of 10 count as much as 2."""
    alpha, beta, _ = fit_posteriors(np.array([[10.0], [10.0]]), np.array([[2.0], [4.0]]), 2.0)
    overall = 7 / 22
    rate = (4 + 2 * overall) / 12

    assert alpha[0, 0] == pytest.approx(2 * rate + 2)
    assert beta[0, 0] == pytest.approx(2 * (1 - rate) + 8)
    assert alpha[2, 0] == pytest.approx(2 * (6 + 2 * overall) / 22)  # a segment never seen


def test_tired_customers_get_another_message() -> None:
    """Who got A today gets B, who got it long ago gets A: the penalty halves by days."""
    log = make_log(3000, rates=SAME_RATES)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    log["at"] = pd.Timestamp(now) - pd.to_timedelta(np.arange(3000) % 2 * 300, unit="D")
    planner = BanditPlanner(MESSAGES, fatigue=3.0, as_of=now, gate=False, exploration=0.0)
    fitted = planner.fit(ORDERS, log)
    got_a = log[(log["message"] == "A")].set_index("customer_id")

    chosen = fitted.choose(got_a[["segment"]]).chosen

    today = (np.array([int(name[1:]) for name in got_a.index]) % 2) == 0
    assert (chosen[today] == 1).all()
    assert (chosen[~today] == 0).all()
    with pytest.raises(MissingColumnsError, match="fatigue needs to know when each was sent"):
        planner.fit(ORDERS, log.drop(columns="at"))


def test_what_a_bandit_knows_can_be_read() -> None:
    """Rates by segment lie between what was seen and everybody's; strangers get everybody's."""
    planner = BanditPlanner(MESSAGES, gate=False)
    with pytest.raises(NotFittedError, match="no responses are known yet"):
        planner.rates_  # noqa: B018
    fitted = planner.fit(ORDERS, make_log())

    assert fitted.rates_.loc["x", "A"] == pytest.approx(0.3, abs=0.03)
    assert fitted.prior_strength_ > 0
    strangers = audience(50).assign(segment="z")
    why = fitted.plan(strangers, medium="email")["why"]
    assert why.str.contains("in a segment that no response is known of").any()


@pytest.mark.parametrize("learner", ["T", "X", "DR"])
def test_uplift_is_found_by_every_learner(learner: str) -> None:
    """A adds .25 for x and .05 for y, B the other way round: the right one is named first."""
    log = make_log(8000, none=0.3)

    planner = UpliftPlanner(MESSAGES, ["kind"], learner=learner, gate=False).fit(ORDERS, log)
    ranked = planner.rank(audience(2))

    assert ranked["message"].tolist() == ["A", "B"]
    assert ranked["uplift"].tolist() == pytest.approx([0.25, 0.25], abs=0.04)
    assert sorted(ranked["rank"]) == [1, 2]


def test_costs_and_budget_decide_who_is_written_to() -> None:
    """What does not pay is not sent; within a budget go those whom it brings most."""
    rates = {("x", "A"): 0.3, ("x", "B"): 0.1, ("y", "A"): 0.1, ("y", "B"): 0.15}
    log = make_log(8000, rates=rates, none=0.3)
    dear = UpliftPlanner(MESSAGES, ["kind"], costs={"A": 0.1, "B": 0.2}, gate=False)
    small = UpliftPlanner(MESSAGES, ["kind"], budget=0.3, gate=False)

    plan = dear.fit(ORDERS, log).plan(audience(), medium="email")
    few = small.fit(ORDERS, log).plan(audience(), medium="email")

    assert plan["problem"].notna().to_numpy()[1::2].all()
    assert plan["problem"].isna().to_numpy()[::2].all()
    assert "not even the best message is expected to pay" in plan["problem"].iloc[1]
    assert few["problem"].isna().sum() == 300
    assert few["problem"].isna().to_numpy()[::2].sum() == 300
    assert few["problem"].str.contains("others within the budget bring more").any()
    told = UpliftPlanner(MESSAGES, ["kind"], budget=0.3).evaluate(log)
    assert told.contacted == 0.3
    assert told.pays


def test_propensities_can_be_estimated() -> None:
    """Without any logged they come from a model; without a model they are asked for."""
    log = make_log(4000, none=0.3).drop(columns="propensity")
    planner = UpliftPlanner(MESSAGES, ["kind"], gate=False, propensity_model=LogisticRegression())

    assert planner.fit(ORDERS, log).rank(audience(2))["message"].tolist() == ["A", "B"]
    with pytest.raises(MissingColumnsError, match="or give a propensity_model that estimates it"):
        UpliftPlanner(MESSAGES, ["kind"]).fit(ORDERS, log)


def test_the_contextual_bandit_learns_from_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """LinUCB of MABWiser finds the right message; without it the extra is named."""
    planner = ContextualBanditPlanner(MESSAGES, ["kind", "recency_days"], exploration=0.0)
    log = make_log().assign(recency_days=np.arange(4000) % 7)

    plan = planner.fit(ORDERS, log).plan(audience(100), medium="email")

    assert plan["template"].tolist() == ["A", "B"] * 50
    assert plan["why"].iloc[0].startswith("'A' was drawn with probability 1.00: by kind, recency")
    assert planner.choose(audience(1)).chosen.tolist() == [0]
    monkeypatch.setitem(sys.modules, "mabwiser.mab", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[bandits\]'"):
        planner.fit(ORDERS, log)


def test_messages_may_be_planners_of_their_own() -> None:
    """A message writes itself by segment, and keeps its name in the plan."""
    own = TemplatePlanner({"x": Template(body="X, {name}"), "y": Template(body="Y")})
    planner = BanditPlanner({"own": own, "plain": Template(body="-")})

    plan = planner.plan(audience(200).assign(name=None), medium="sms")

    mine = plan[plan["template"] == "own"]
    assert 60 < len(mine) < 140
    assert set(mine["body"].dropna()) == {"Y"}
    assert mine["problem"].str.contains("needs {name}").any()
    assert (plan["propensity"].astype(float) == 0.5).all()


@pytest.mark.parametrize(
    ("planner", "problem"),
    [
        (BanditPlanner({}), "messages must be one message or more"),
        (BanditPlanner("A"), "messages must be a mapping of name to Template or planner"),  # type: ignore[arg-type]
        (BanditPlanner({NO_MESSAGE: MESSAGES["A"]}), "none called 'no message'"),
        (BanditPlanner(MESSAGES, exploration=2), "exploration must be a share from 0 to 1"),
        (BanditPlanner(MESSAGES, fatigue=-1), "fatigue must be 0 or more"),
        (BanditPlanner(MESSAGES, prior_strength=0), "prior_strength must be above 0, or None"),
        (BanditPlanner(MESSAGES, as_of=datetime(2026, 1, 1)), "as_of must be an aware"),  # noqa: DTZ001
        (UpliftPlanner(MESSAGES, "kind"), "context must be a list of column names"),
        (UpliftPlanner(MESSAGES, ["kind"], learner="S"), "learner must be one of"),
        (UpliftPlanner(MESSAGES, ["kind"], budget=0), "budget must be a share above 0"),
        (UpliftPlanner(MESSAGES, ["kind"], costs={"C": 1}), "costs must be a finite number"),
        (ContextualBanditPlanner(MESSAGES, []), "context must be a list of column names"),
        (ContextualBanditPlanner(MESSAGES, ["kind"], alpha=-1), "alpha must be 0 or more"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_parameters_that_cannot_be_are_refused(planner: ChoosingPlanner, problem: str) -> None:
    """At the top of fit, with what was expected."""
    with pytest.raises(InvalidParameterError, match=problem):
        planner.fit(ORDERS)


def test_logs_that_cannot_teach_are_refused() -> None:
    """An unknown message, money for a bandit, nobody left out, instants, too few customers."""
    log = make_log(200)
    bandit, uplift = BanditPlanner(MESSAGES), UpliftPlanner(MESSAGES, ["kind"])

    with pytest.raises(UnknownNameError, match="there is no message 'old'"):
        bandit.fit(ORDERS, log.assign(message="old"))
    with pytest.raises(InvalidTableError, match="rewards that are not from 0 to 1"):
        bandit.fit(ORDERS, log.assign(reward=20.0))
    with pytest.raises(InvalidTableError, match="hold some out at random"):
        uplift.fit(ORDERS, log)
    with pytest.raises(InvalidTableError, match="holds instants in 'kind'"):
        uplift.fit(ORDERS, make_log(200, none=0.3).assign(kind=pd.Timestamp("2026-01-01")))
    with pytest.raises(InvalidTableError, match="until then fit without a gate"):
        bandit.fit(ORDERS, log.iloc[:5])
    with pytest.raises(InvalidParameterError, match="n_folds must be a whole number, 2 or more"):
        bandit.evaluate(log, n_folds=1)
    with pytest.raises(InvalidParameterError, match="a regressor, for these rewards are not all"):
        UpliftPlanner(MESSAGES, ["kind"], outcome_model=LogisticRegression(), gate=False).fit(
            ORDERS, make_log(200, none=0.3).assign(reward=lambda rows: rows["reward"] * 2)
        )
    with pytest.raises(NotFittedError, match="no responses are known yet"):
        uplift.rank(audience(2))


def test_messages_that_nobody_got_are_not_chosen_by_uplift() -> None:
    """There is no telling what they bring; a bandit tries them all the more."""
    log = make_log(2000, none=0.3).assign(recency_days=np.nan)
    messages: dict[str, Any] = MESSAGES | {"new": Template(body="New!")}

    ranked = UpliftPlanner(messages, ["kind", "recency_days"], gate=False).fit(ORDERS, log)
    tried = BanditPlanner(messages, gate=False, exploration=0.0).fit(ORDERS, log)

    assert "new" not in set(ranked.rank(audience(100))["message"])
    assert (tried.plan(audience(), medium="email")["template"] == "new").any()


def test_responses_are_checked() -> None:
    """Sorted by customer, numbers read; without rows, chance or reward they are refused."""
    log = make_log(5)

    assert check_responses(log.iloc[::-1]).equals(check_responses(log))
    for spoilt, problem in (
        (log.iloc[:0], "has no decision"),
        (log.assign(propensity=0.0), "has no propensity above 0 and at most 1"),
        (log.assign(reward=None), "has no finite reward"),
    ):
        with pytest.raises(InvalidTableError, match=problem):
            check_responses(spoilt)


def test_a_single_message_is_not_tried_evenly() -> None:
    """Without responses the only message goes to all, and the reason reads so."""
    plan = BanditPlanner({"A": MESSAGES["A"]}, exploration=0.0).plan(audience(2), medium="email")

    assert plan["why"].str.contains("so the only message goes to everybody").all()


def test_the_table_and_the_verdict_tell_the_same_difference() -> None:
    """Each difference is that of two rows of the table, also where the folds disagree."""
    same = {(s, m): 0.2 for s in "xy" for m in "AB"}
    told = BanditPlanner(MESSAGES).evaluate(make_log(400, rates=same, seed=4))
    table = told.summary()
    baseline = "best single message, chosen on other customers"

    by_rows = table["value"] - table.loc[baseline, "value"]

    np.testing.assert_allclose(table["difference"], by_rows, atol=1e-12)
    assert (table.loc[["A", "B"], "difference"].abs() > 1e-6).all()
    chosen = table.loc["choosing by customer", "difference"]
    assert f"{baseline} ({chosen:+.4f} per customer" in told.why


def test_the_gate_by_hand() -> None:
    """With a constant reward model DR is IPS corrected by the mean: the summary has its value."""
    log = make_log(1000, none=0.0)
    told = BanditPlanner(MESSAGES).evaluate(log)
    only_a = next(one for one in told.alternatives if one.message == "A")
    checked = check_responses(log)
    checked = checked[_folds(checked.index, 5) > 0]  # those of the first part teach only
    chosen = (checked["message"] == "B").to_numpy().astype(int)
    always = np.tile([1.0, 0.0], (len(checked), 1))
    flat = np.full((len(checked), 2), checked["reward"].mean())

    by_hand = estimate_dr(checked["reward"], chosen, checked["propensity"], always, flat)

    assert only_a.value.value == pytest.approx(by_hand.value, abs=0.01)
    assert told.summary().loc["A", "value"] == only_a.value.value


class BestOfSegment:
    """Gives each segment the message that did best there."""

    def __init__(self, responses: pd.DataFrame) -> None:
        rewards = responses.pivot_table("reward", "segment", "message")
        self.best = (rewards["B"] > rewards["A"]).astype(int)

    def probabilities(self, rows: pd.DataFrame) -> np.ndarray:
        """Give 1 for the best, 0 for the other and for none."""
        return np.eye(3)[rows["segment"].map(self.best)]

    def reasons(self, rows: pd.DataFrame, chosen: np.ndarray) -> list[str]:
        """Say nothing much."""
        return ["the best"] * len(rows)


def test_where_choosing_changes_nothing_the_interval_is_as_wide_as_luck() -> None:
    """In logs without any effect z has a spread of about 1; learning in turns has 1.6."""
    trial = Trial(
        arms=("A", "B", NO_MESSAGE), may_skip=False, contacted=1.0, costs=(0.0, 0.0, 0.0),
        context=("segment",), reward_model=DummyRegressor(),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    ids = np.arange(500).astype(str)
    zs = []
    for _ in range(60):
        log = pd.DataFrame({"customer_id": ids, "segment": rng.choice(list("wxyz"), 500)})
        log = log.assign(
            message=rng.choice(["A", "B"], 500), propensity=0.5, reward=rng.random(500)
        )
        told = evaluate_policy(check_responses(log), BestOfSegment, trial, n_folds=5, alpha=0.05)
        low, high = told.difference.interval
        zs.append(told.difference.value / (high - low) * 2 * 1.96 if high > low else 0.0)

    assert 0.7 < np.std(zs) < 1.3
