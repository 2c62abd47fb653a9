"""The sentences under the pictures."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.delivery import DeliveryState
from crmlib.reports import _words as words
from crmlib.reports._numbers import segment_shares


def shares(money: list[float], names: list[str]) -> pd.DataFrame:
    """Give the shares of customers with this *money* in these segments."""
    ids = [f"C{number}" for number in range(len(money))]
    customers = pd.DataFrame({"monetary_value": money}, index=ids)
    return segment_shares(customers, pd.Series(names, index=ids))


@pytest.mark.parametrize(
    ("money", "names", "sentence"),
    [
        ([80, 20], ["Best", "Lost"], "Best are 50% of the customers and bring 80% of the money."),
        (
            [80, 10, 10],
            ["Best", "Lost", "Lost"],
            (
                "Best are 33% of the customers and bring 80% of the money; "
                "Lost, the largest group, are 67% and bring 20%."
            ),
        ),
        (
            [0, -1, -1],
            ["Best", "Lost", "Lost"],
            "Best are 33% of the customers; Lost, the largest group, are 67%.",
        ),
    ],
    ids=["one is best and largest", "two", "no money"],
)
def test_segments(money: list[float], names: list[str], sentence: str) -> None:
    """The segment with most money is named first, the largest after it."""
    assert words.say_segments(shares(money, names)) == sentence


def test_rfm() -> None:
    """The best customers are compared with the others."""
    customers = pd.DataFrame({"monetary_value": [900.0, 100.0, 200.0, 0.0]}, index=list("abcd"))
    scores = pd.DataFrame({"r": [5, 1, 5, 1], "f": [4, 5, 2, 1]}, index=list("abcd"))

    sentence = words.say_rfm(customers, scores)

    assert sentence.endswith(
        "upper right. The best 25% bring 900 each on average, the others 100."
    )


def test_rfm_of_one_kind() -> None:
    """Where all are alike nothing is compared."""
    customers = pd.DataFrame({"monetary_value": [900.0]}, index=["a"])

    sentence = words.say_rfm(customers, pd.DataFrame({"r": [3], "f": [3]}, index=["a"]))

    assert sentence.endswith("upper right.")


def test_hours() -> None:
    """Day and hour are the busiest each by itself."""
    counts = pd.DataFrame(0, index=range(7), columns=range(24))
    counts.loc[5, 20] = 3
    counts.loc[0, 23] = 2
    counts.loc[1, 23] = 2

    assert words.say_hours(counts, "Asia/Seoul") == (
        "Saturday is the busiest day; over the week more orders come from 23:00 to 00:00 "
        "than in any other hour (57%; Asia/Seoul)."
    )
    assert words.say_hours(0 * counts, "UTC") == "There are no orders."


def test_send_hours() -> None:
    """The hour of most messages is named."""
    hours = pd.Series([0] * 9 + [4] + [1] * 14)

    assert words.say_send_hours(hours) == (
        "More messages leave from 09:00 to 10:00 than in any other hour (22%), "
        "each by the clock of its recipient."
    )
    assert words.say_send_hours(0 * hours) == "No message is planned."


def test_funnel() -> None:
    """The main reason to hold customers is named, if any is held."""
    steps = pd.DataFrame(
        {
            "label": ["looked at", "no consent", "no address", "held out", "sent to"],
            "kind": ["all", "held", "held", "hold-out", "send"],
            "customers": [1000, 300, 100, 60, 540],
        }
    )

    assert words.say_funnel(steps) == (
        "Of 1,000 customers looked at, 540 are sent a message and 60 are held out to measure the "
        "effect; 400 get nothing, most of them because: no consent (300)."
    )
    assert words.say_funnel(steps[steps["kind"] != "held"]).endswith("measure the effect.")


def test_delivery() -> None:
    """What is still open is said."""
    assert words.say_delivery(pd.Series({"accepted": 9, "planned": 2, "claimed": 1})) == (
        "9 of 12 messages were accepted for delivery; 3 are still to be sent."
    )
    assert words.say_delivery(pd.Series({"accepted": 9, "unknown": 1})) == (
        "9 of 10 messages were accepted for delivery; none is left to send."
    )


def test_every_state_has_words() -> None:
    """A state of a delivery that has no words yet is found here."""
    assert set(words.STATES) == {str(state) for state in DeliveryState}
