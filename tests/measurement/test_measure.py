"""The lift of a plan over its hold-out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.campaigns import Plan
from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.measurement import (
    estimate_conversion_difference,
    estimate_mean_difference,
    measure,
    sequence_half_width,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LATE = datetime(2026, 8, 1, tzinfo=UTC)
"""When every window of these plans is over."""


class DeliveriesOnly:
    """A ledger as far as measure knows one."""

    def __init__(self, states: dict[str, str]) -> None:
        self.states = states

    def deliveries(self, campaign: str) -> pd.DataFrame:
        """Give a row per message of *campaign*."""
        assert campaign == "winback"
        return pd.DataFrame(
            {"message_key": list(self.states), "state": list(self.states.values())}
        )


def test_a_table_by_hand(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """Three of four sent to buy 10, 20 and 30 net, one of four held out buys 8."""
    plan = make_plan(["send"] * 4 + ["hold-out"] * 4 + ["held"])
    orders = make_orders(
        ("C000", "A", "2026-07-02T09:00Z", 10),
        ("C001", "B", "2026-07-03T09:00Z", 25),
        ("C001", "B", "2026-07-04T09:00Z", -5),
        ("C002", "C", "2026-07-05T09:00Z", 18),
        ("C002", "D", "2026-07-06T09:00Z", 12),
        ("C004", "E", "2026-07-07T09:00Z", 8),
        ("C008", "F", "2026-07-07T09:00Z", 99),  # held: in neither arm
        ("X", "G", "2026-07-07T09:00Z", 99),  # never looked at
        currency="KRW",
    )
    conversion = estimate_conversion_difference(3, 4, 1, 4)
    spend = estimate_mean_difference([10, 20, 30, 0], [8, 0, 0, 0])

    result = measure(plan, None, orders, observed_until=LATE)

    assert (result.treated.buyers, result.control.buyers) == (3, 1)
    assert (result.treated.conversion, result.control.conversion) == (0.75, 0.25)
    assert (result.treated.spend_per_customer, result.control.spend_per_customer) == (15, 2)
    assert result.conversion_difference == conversion
    assert result.spend_difference == spend
    assert result.relative_lift.value == pytest.approx(2)
    assert (result.extra_buyers, result.extra_spend) == (2, 52)
    assert (result.campaign, result.currency, result.observed_until) == ("winback", "KRW", LATE)
    assert result.treated.accepted is None


def test_anytime_interval_is_the_confidence_sequence(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """With half of the windows over, n is half of what was planned."""
    sent_at = ["2026-07-01T09:00Z", "2026-07-09T09:00Z"] * 40
    plan = make_plan(["send"] * 40 + ["hold-out"] * 40, send_at=sent_at)
    orders = make_orders(
        *((f"C{i:03}", f"O{i}", "2026-07-10T09:00Z", 1.0) for i in [0, 2, 4, 6, 8, 40, 42])
    )
    once = estimate_conversion_difference(5, 20, 2, 20)
    half = sequence_half_width(once.standard_error * 40**0.5, 40, planned=80)

    result = measure(plan, None, orders, observed_until=datetime(2026, 7, 15, 9, tzinfo=UTC))

    assert result.conversion_difference == once
    assert result.conversion_difference_anytime.interval == pytest.approx(
        (once.value - half, once.value + half)
    )
    assert result.conversion_difference_anytime.p_value is None
    assert (result.treated.undecided, result.control.undecided) == (20, 20)
    assert "40 customers are not counted" in result.notes[0]


@pytest.mark.parametrize(
    ("ordered_at", "counts"),
    [
        ("2026-07-01T08:59:59.999999Z", 0),
        ("2026-07-01T09:00Z", 1),
        ("2026-07-15T08:59:59.999999Z", 1),
        ("2026-07-15T09:00Z", 0),
    ],
    ids=["before", "at the start", "just inside", "at the end"],
)
def test_window(
    make_plan: Callable[..., Plan],
    make_orders: Callable[..., pd.DataFrame],
    ordered_at: str,
    counts: int,
) -> None:
    """The window holds its start and not its end."""
    plan = make_plan(["send", "hold-out"])

    result = measure(plan, None, make_orders(("C000", "A", ordered_at, 5)), observed_until=LATE)

    assert result.treated.buyers == counts
    assert result.treated.spend_per_customer == 5 * counts


@pytest.mark.parametrize("kind", ["int64", "Int64", "float64", "object"])
def test_ids_that_are_numbers_are_those_of_the_plan(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame], kind: str
) -> None:
    """A plan holds ids as text; orders that hold them as numbers mean the same customers."""
    plan = make_plan(["send", "hold-out"])
    plan = Plan(header=plan.header, table=plan.table.set_axis(["17850", "17851"]))
    orders = make_orders(("17850", "A", "2026-07-02T09:00Z", 5)).assign(customer_id=17850)

    result = measure(plan, None, orders.astype({"customer_id": kind}), observed_until=LATE)

    assert result.treated.buyers == 1
    assert not any("in the plan" in note for note in result.notes)


def test_orders_of_strangers_are_called_out(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """If the plan knows none of those who ordered, ids may be written in two ways."""
    orders = make_orders(
        ("000", "A", "2026-07-02T09:00Z", 5),
        ("001", "B", "2026-07-02T09:00Z", 5),
        ("002", "C", "2026-06-02T09:00Z", 5),  # before any window
    )

    result = measure(make_plan(["send", "hold-out"]), None, orders, observed_until=LATE)

    assert result.notes[0].startswith(
        "none of the 2 customers who ordered in these windows is in the plan; find out whether"
    )


def test_a_return_alone_is_no_purchase(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """Money given back in the window counts as money, not as an order."""
    plan = make_plan(["send", "hold-out"])
    orders = make_orders(("C000", "A", "2026-07-02T09:00Z", -5))

    result = measure(plan, None, orders, observed_until=LATE)

    assert (result.treated.buyers, result.treated.spend_per_customer) == (0, -5)


def test_orders_end_when_their_last_line_does(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """Without more knowledge, the last line says how far the orders reach."""
    plan = make_plan(["send", "hold-out"], send_at=["2026-07-01T09:00Z", "2026-07-02T09:00Z"])
    orders = make_orders(("X", "A", "2026-07-15T09:00Z", 5))

    result = measure(plan, None, orders)

    assert result.observed_until == datetime(2026, 7, 15, 9, tzinfo=UTC)
    assert (result.treated.decided, result.control.decided) == (1, 0)


def test_no_later_orders_at_all(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """An empty table decides nobody, unless the caller says that it is complete."""
    plan = make_plan(["send", "send", "hold-out", "hold-out"])

    unknown = measure(plan, None, make_orders())
    complete = measure(plan, None, make_orders(), observed_until=LATE)

    assert (unknown.treated.undecided, unknown.observed_until) == (2, None)
    assert unknown.conversion_difference.reason == "the windows are not over yet"
    assert complete.treated.conversion == 0
    assert complete.conversion_difference.interval is None
    assert complete.spend_difference_anytime.interval is None


@pytest.mark.parametrize(
    ("decisions", "share"),
    [(["send", "send"], 0.0), (["hold-out", "hold-out"], 0.5), (["held"], 0.5), ([], 0.5)],
    ids=["no hold-out", "nobody sent to", "all held", "nobody at all"],
)
def test_a_missing_arm(
    make_plan: Callable[..., Plan],
    make_orders: Callable[..., pd.DataFrame],
    decisions: list[str],
    share: float,
) -> None:
    """Without both arms there is a reason in place of numbers, and no warning."""
    plan = make_plan(decisions, share=share)

    result = measure(plan, None, make_orders(), observed_until=LATE)

    assert result.conversion_difference.value is None
    assert result.spend_difference.reason == "one of the arms has no customers"
    assert result.summary()


def test_accepted_messages_and_leaks(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """The ledger tells how many got through, and betrays a hold-out that got a message."""
    plan = make_plan(["send", "send", "hold-out", "hold-out"])
    ledger = DeliveriesOnly(
        {"key-C000": "accepted", "key-C001": "unknown", "key-C003": "accepted"}
    )

    result = measure(plan, ledger, make_orders(), observed_until=LATE)

    assert (result.treated.accepted, result.control.accepted) == (1, 1)
    assert "1 of the hold-out were sent a message all the same" in result.notes


def test_arms_out_of_ratio_are_called_out(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """100 sent to and 1 held out do not come from a share of one half."""
    plan = make_plan(["send"] * 100 + ["hold-out"], share=0.5)

    result = measure(plan, None, make_orders(), observed_until=LATE)

    assert result.sample_ratio.is_off
    assert any(note.startswith("the arms do not have the planned sizes") for note in result.notes)


def test_two_currencies_have_no_name(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """Money of mixed currencies is not labelled with one of them."""
    orders = make_orders(("C000", "A", "2026-07-02T09:00Z", 5), ("C000", "B", "2026-07-02", 5))

    result = measure(make_plan(["send"]), None, orders.assign(currency=["KRW", "USD"]))

    assert result.currency is None


def test_missing_columns(make_plan: Callable[..., Plan]) -> None:
    """A table that is no transactions table is refused with what it lacks."""
    with pytest.raises(MissingColumnsError, match="later_orders lacks the columns") as caught:
        measure(make_plan(["send"]), None, pd.DataFrame({"customer_id": ["C000"]}))

    assert caught.value.missing == ["order_id", "ordered_at", "amount"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"ordered_at": datetime(2026, 7, 2)},  # noqa: DTZ001 -- the villain
            r"later_orders holds Datetime.* in ordered_at; make it aware",
        ),
        ({"amount": float("nan")}, "later_orders has no finite amount in 1 rows; make the table"),
    ],
    ids=["naive", "no amount"],
)
def test_orders_that_cannot_be_used(
    make_plan: Callable[..., Plan],
    make_orders: Callable[..., pd.DataFrame],
    change: dict[str, object],
    text: str,
) -> None:
    """Instants without a zone and amounts that are none are refused as what they are."""
    orders = make_orders(("C000", "A", "2026-07-02T09:00Z", 5)).assign(**change)

    with pytest.raises(InvalidTableError, match=text):
        measure(make_plan(["send", "hold-out"]), None, orders, observed_until=LATE)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"window_days": 0}, "window_days"),
        ({"window_days": float("nan")}, "window_days"),
        ({"window_days": 99_999_999_999_999}, "window_days"),
        ({"alpha": 1.5}, "alpha"),
        ({"observed_until": datetime(2026, 8, 1)}, "observed_until"),  # noqa: DTZ001 -- the villain
    ],
)
def test_parameters_that_cannot_be(
    make_plan: Callable[..., Plan],
    make_orders: Callable[..., pd.DataFrame],
    arguments: dict[str, object],
    name: str,
) -> None:
    """Parameters out of range are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        measure(make_plan(["send"]), None, make_orders(), **arguments)

    assert caught.value.name == name
