"""What synthetic customers buy after a plan: the planted effect, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.campaigns import PLAN_COLUMNS, Plan
from crmlib.datasets import Shop, make_shop
from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import measure
from crmlib.tables import make_transactions

if TYPE_CHECKING:
    from collections.abc import Callable

SENT_AT = "2026-07-02T01:30Z"
HEADER = {
    "format": "crmlib.plan/1",
    "campaign": "test",
    "created_at": "2026-07-01T00:00:00Z",
    "not_after": "2026-07-31T09:00:00Z",
    "purpose": "advertising",
    "policy": {},
    "sender": None,
    "channels": ["memory"],
    "holdout": {"share": 0.5, "salt": "test"},
}


@pytest.fixture(scope="session")
def plan_for() -> Callable[..., Plan]:
    """Give a function that plans for some customers: a share held out, the last one held."""

    def plan(ids: pd.Index[str], holdout: float = 0.5) -> Plan:
        rng = np.random.default_rng(1)
        same = dict.fromkeys(PLAN_COLUMNS) | {
            "night_consent": False,
            "channel": "memory",
            "medium": "email",
            "message": "Hello",
            "send_at": SENT_AT,
            "not_after": "2026-07-09T00:00Z",
        }
        table = pd.DataFrame([same] * len(ids), index=ids)
        table["decision"] = np.where(rng.random(len(ids)) < holdout, "hold-out", "send")
        table["message_key"] = "key " + ids
        table["address"] = ids + "@example.com"
        empty = dict.fromkeys(PLAN_COLUMNS) | {"decision": "held", "night_consent": False}
        held = pd.DataFrame([empty], index=["held customer"])
        return Plan(header=HEADER, table=pd.concat([table.astype(object), held.astype(object)]))

    return plan


def test_same_arguments_give_the_same_orders(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """Responses are a pure function of shop, plan and seed."""
    plan = plan_for(shop.truth.index)
    one = shop.respond(plan)

    assert_frame_equal(one, shop.respond(plan))
    assert not one.equals(shop.respond(plan, seed=1))


def test_orders_are_canonical(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """The answer is a canonical table, with returns, of orders that are new."""
    later = shop.respond(plan_for(shop.truth.index))

    assert_frame_equal(make_transactions(later).table, later)
    assert (later["amount"] < 0).any()
    assert not later["order_id"].isin(shop.orders["order_id"]).any()


def test_planted_effect_is_found(plan_for: Callable[..., Plan]) -> None:
    """In a large shop the measured difference is the mean planted effect."""
    shop = make_shop(12_000, seed=2)
    plan = plan_for(shop.truth.index)
    expected = shop.truth["treatment_effect"].mean()

    result = measure(plan, None, shop.respond(plan))

    assert result.conversion_difference.value == pytest.approx(expected, abs=0.02)
    assert result.control.conversion == pytest.approx(shop.truth["baseline_rate"].mean(), abs=0.02)
    assert result.treated.undecided == result.control.undecided == 0


def test_without_effect_there_is_none(plan_for: Callable[..., Plan]) -> None:
    """With effect 0 the shop is an A/A test: who buys in the window does not depend on the arm."""
    shop = make_shop(1500, seed=4, effect=0)
    few, many = plan_for(shop.truth.index, 0.1), plan_for(shop.truth.index, 0.9)

    assert set(shop.respond(few)["customer_id"]) == set(shop.respond(many)["customer_id"])


def test_no_order_before_the_message(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """Nothing is bought before the moment of the message, or later than asked for."""
    later = shop.respond(plan_for(shop.truth.index), days=20)["ordered_at"]
    start = pd.Timestamp(SENT_AT)

    assert later.min() >= start
    assert later.max() <= start + pd.Timedelta(days=21)


def test_messages_sell_what_complements(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """Who was sent to mostly buys from the complementary category first."""
    later = shop.respond(plan_for(shop.truth.index, holdout=0.0))
    soon = later[later["ordered_at"] < pd.Timestamp(SENT_AT) + pd.Timedelta(days=14)]
    first = soon[soon["amount"] > 0].drop_duplicates("customer_id").set_index("customer_id")

    assert (first["category"] == shop.truth["complementary_category"][first.index]).mean() > 0.6


def test_customers_without_a_plan_go_on_as_ever(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """Whom the plan did not look at buys by the baseline from its making on."""
    plan = plan_for(shop.truth.index[:10])

    later = shop.respond(plan)

    assert later["customer_id"].nunique() > 200
    assert later["ordered_at"].min() >= pd.Timestamp(HEADER["created_at"])


def test_too_short_a_time(shop: Shop, plan_for: Callable[..., Plan]) -> None:
    """The planted rates are for fourteen days, so less cannot be simulated."""
    with pytest.raises(InvalidParameterError, match="days must be 14 or more, got 7"):
        shop.respond(plan_for(shop.truth.index), days=7)


@pytest.mark.parametrize("seed", range(4))
def test_the_demo_finds_its_lift(plan_for: Callable[..., Plan], seed: int) -> None:
    """With 2,000 customers, a tenth held out, the interval excludes 0."""
    shop = make_shop(seed=seed)
    plan = plan_for(shop.truth.index, holdout=0.1)

    result = measure(plan, None, shop.respond(plan))

    assert result.conversion_difference.excludes_zero
