"""The words and the table of a lift."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmlib.measurement import LiftResult, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from crmlib.campaigns import Plan


@pytest.fixture
def make_lift(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> Callable[..., LiftResult]:
    """Give a function that makes a result from buyers and customers of both arms."""

    def make(t_buyers: int, t: int, c_buyers: int, c: int, amount: float = 5000) -> LiftResult:
        plan = make_plan(["send"] * t + ["hold-out"] * c, share=c / max(t + c, 1))
        buyers = [*range(t_buyers), *range(t, t + c_buyers)]
        orders = make_orders(
            *((f"C{i:03}", f"O{i}", "2026-07-02T09:00Z", amount) for i in buyers), currency="KRW"
        )
        return measure(plan, None, orders, observed_until=datetime(2026, 8, 1, tzinfo=UTC))

    return make


def test_a_clear_effect_in_words(make_lift: Callable[..., LiftResult]) -> None:
    """A marketer reads who, how many more bought, what it brought, and whether to believe it."""
    expected = [
        "winback: 400 customers to send to, 100 held out.",
        (
            "30.0% of those sent to bought within 14 days, against 12.0% of the hold-out: "
            "+18.0 points [+10.2, +25.8] (95% interval), a lift of +150%."
        ),
        (
            "Net spend per customer: +900 KRW [+507, +1,293]; over all sent to, "
            "about +72 buyers and +360,000 KRW."
        ),
        "Chance does not explain this, however often you look: [+5.9, +30.1] points even then.",
    ]

    lines = make_lift(120, 400, 12, 100).summary().splitlines()

    assert lines == expected


def test_an_effect_for_one_look_only(make_lift: Callable[..., LiftResult]) -> None:
    """Between the two intervals, the words ask not to look again and again."""
    summary = make_lift(88, 400, 12, 100).summary()

    assert "Chance does not explain this if it is your only look" in summary


def test_no_effect_in_words(make_lift: Callable[..., LiftResult]) -> None:
    """An interval that holds 0 is called what it is; small sums show their hundredths."""
    summary = make_lift(45, 400, 11, 100, amount=0.5).summary()

    assert "This could be chance: the interval holds 0" in summary
    assert "Net spend per customer: +0.00 KRW [-0.03, +0.04]" in summary


def test_few_buyers_are_called_rough(make_lift: Callable[..., LiftResult]) -> None:
    """Where an arm has few buyers the note says that the interval is rough."""
    summary = make_lift(120, 400, 3, 100).summary()

    assert "Note: of the hold-out, 3 of 100 bought; with fewer than 10" in summary


def test_chance_is_not_ruled_out_by_few_buyers(make_lift: Callable[..., LiftResult]) -> None:
    """With fewer than 10 buyers in an arm, however far the interval is from 0."""
    summary = make_lift(200, 400, 0, 16).summary()

    assert (
        "Too few buyers to tell whether this is chance: 200 of those sent to and 0 of the "
        "hold-out; it takes 10 each."
    ) in summary
    assert "Chance does not" not in summary


@pytest.mark.parametrize("ends", [["01", "20"], ["20", "01"], ["20", "20"]])
def test_open_windows_in_words(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame], ends: list[str]
) -> None:
    """While the windows of an arm are open the summary says until when, and no more."""
    moments = [f"2026-07-{day}T09:00Z" for day in ends]
    plan = make_plan(["send", "hold-out"], send_at=moments)
    until = datetime(2026, 7, 16, tzinfo=UTC)

    result = measure(plan, None, make_orders(), observed_until=until)

    assert result.complete_at == datetime(2026, 8, 3, 9, tzinfo=UTC)
    assert result.conversion_difference.reason == "the windows are not over yet"
    assert result.summary().splitlines() == [
        "winback: 1 customers to send to, 1 held out.",
        (
            "Nothing can be said yet: windows of 14 days are not over in these orders; "
            "the last is over on 2026-08-03 at 09:00 UTC."
        ),
    ]


def test_nobody_to_compare_with(make_lift: Callable[..., LiftResult]) -> None:
    """Without a hold-out the rate stands alone and nothing is claimed."""
    summary = make_lift(12, 40, 0, 0).summary()

    assert "30.0% of those sent to bought within 14 days; nobody to compare them with." in summary
    assert "cannot be told: one of the arms has no customers." in summary
    assert "Net spend" not in summary


def test_nobody_bought(make_lift: Callable[..., LiftResult]) -> None:
    """With no purchase anywhere, there is a difference of 0 and no interval."""
    summary = make_lift(0, 40, 0, 10).summary()

    assert "+0.0 points (no interval: within each arm all customers did the same)." in summary
    assert "Net spend per customer: +0.00 (no interval: within each arm" in summary


def test_nobody_bought_in_the_hold_out(make_lift: Callable[..., LiftResult]) -> None:
    """A ratio over nothing is left out of the sentence."""
    summary = make_lift(12, 40, 0, 10).summary()

    assert "a lift of" not in summary


def test_nobody_sent_to(make_lift: Callable[..., LiftResult]) -> None:
    """With an empty arm nothing can be said on buyers."""
    summary = make_lift(0, 0, 3, 10).summary()

    assert "Nothing can be said yet on who bought within 14 days." in summary


def test_accepted_messages_in_words(
    make_plan: Callable[..., Plan], make_orders: Callable[..., pd.DataFrame]
) -> None:
    """The messages accepted are told apart from the customers chosen."""

    class Ledger:
        def deliveries(self, campaign: str) -> pd.DataFrame:
            return make_orders().assign(message_key="", state="")

    result = measure(make_plan(["send", "hold-out"]), Ledger(), make_orders())

    assert result.summary().startswith(
        "winback: 1 customers to send to (0 messages accepted), 1 held out."
    )


def test_table(make_lift: Callable[..., LiftResult]) -> None:
    """The table holds one row per measure, numbers as numbers, gaps as NaN."""
    frame = make_lift(120, 400, 12, 100).to_frame()

    assert list(frame.index) == [
        "conversion difference",
        "relative lift",
        "spend difference per customer",
    ]
    assert frame.loc["conversion difference", "value"] == pytest.approx(0.18)
    assert frame.loc["spend difference per customer", "treated"] == pytest.approx(1500)
    assert frame.loc["relative lift", ["anytime_low", "anytime_high"]].isna().all()
    assert (frame.drop(columns="reason").dtypes == "float64").all()


def test_table_of_nothing(make_lift: Callable[..., LiftResult]) -> None:
    """Where nothing is known the table says why."""
    frame = make_lift(0, 0, 0, 0).to_frame()

    assert frame["value"].isna().all()
    assert (frame["reason"] == "one of the arms has no customers").all()


def test_plain_json(make_lift: Callable[..., LiftResult]) -> None:
    """The result survives JSON, what is not known as null."""
    result = make_lift(120, 400, 0, 100)

    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))

    assert plain["observed_until"] == "2026-08-01T00:00:00+00:00"
    assert plain["treated"]["buyers"] == 120
    assert plain["relative_lift"]["value"] is None
    assert plain["extra_buyers"] == pytest.approx(120)
    assert plain["conversion_difference"]["interval"] == pytest.approx(
        result.conversion_difference.interval
    )
