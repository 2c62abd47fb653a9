"""What a segment buys more than the rest, and how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError, UnknownNameError
from crmlib.planners import suggest_themes, write_brief


def make_lines(n_customers: int, *, seed: int = 0, leaning: float = 0.0) -> pd.DataFrame:
    """Give three purchases per customer; the first half leans to tops, evenings and the app."""
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(n_customers), 3)
    leans = (customer < n_customers // 2) & (rng.random(len(customer)) < leaning)
    category = np.where(leans, "tops", rng.choice(["tops", "shoes", "bags"], len(customer)))
    hour = np.where(leans, 20, rng.integers(0, 24, len(customer)))
    day = rng.integers(0, 360, len(customer))
    at = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(day * 24 + hour, unit="h")
    return pd.DataFrame(
        {
            "customer_id": customer,
            "ordered_at": at,
            "amount": 10.0,
            "product_id": rng.integers(0, 20, len(customer)),
            "product_name": "thing",
            "category": category,
            "unit_price": np.where(leans, 90.0, rng.uniform(1, 100, len(customer))),
            "sales_channel": np.where(leans, "app", rng.choice(["app", "shop"], len(customer))),
        }
    )


def test_what_sets_a_segment_apart_is_found() -> None:
    """Category, hours, price and channel that it leans to come first, with their shares."""
    themes = suggest_themes(make_lines(600, leaning=0.6), members=range(300))

    sure = themes[themes["is_sure"] & (themes["finding"] == "over-buys")]
    assert {"tops", "18-21 h", "high price", "app"} <= set(sure["value"])
    tops = sure.set_index("value").loc["tops"]
    assert tops["share"] > 0.6
    assert tops["rest_share"] < 0.4
    assert tops["low"] < tops["log_odds"] < tops["high"]
    assert themes["low"].is_monotonic_decreasing


def test_chance_is_not_called_sure() -> None:
    """Of segments drawn by lot few show anything that is called sure."""
    found = [
        suggest_themes(make_lines(300, seed=seed), members=range(150))["is_sure"].any()
        for seed in range(8)
    ]

    assert sum(found) <= 1


def test_what_is_taken_up_lately_is_found() -> None:
    """A category that only the segment takes up, and only lately, is newly bought."""
    lines = make_lines(800)
    late = lines["ordered_at"] > pd.Timestamp("2025-10-01", tz="UTC")
    lines.loc[late & (lines["customer_id"] < 400), "category"] = "tops"

    themes = suggest_themes(lines, members=range(400))

    newly = themes[(themes["finding"] == "newly buys") & themes["is_sure"]]
    assert newly["value"].tolist() == ["tops"]
    brief = write_brief(themes, segment="New")
    assert "- category: tops, taken up lately" in brief


def test_a_heavy_buyer_counts_once() -> None:
    """A hundred lines of one customer weigh as much as one of another."""
    lines = make_lines(200)
    many = pd.concat([lines, *[lines.head(1).assign(category="bags")] * 100])

    few = suggest_themes(lines, members=range(100), n=99).set_index(["finding", "kind", "value"])
    more = suggest_themes(many, members=range(100), n=99).set_index(["finding", "kind", "value"])

    place = ("over-buys", "category", "shoes")
    np.testing.assert_allclose(few["share"].get(place, 0), more["share"].get(place, 0), atol=0.01)


def test_few_columns_are_enough() -> None:
    """Without categories, prices and channels there are still products and times."""
    lines = make_lines(100)[["customer_id", "ordered_at", "amount", "product_id"]]

    themes = suggest_themes(lines, members=range(50), n=99)

    assert set(themes["kind"]) <= {"product", "season", "hours", "weekday"}
    brief = write_brief(themes.assign(is_sure=False), segment="X")
    assert brief.startswith("What to talk about with X\n\nNothing sets them apart for sure")
    assert "Hints only" in brief
    assert "Hints only" not in write_brief(themes.assign(is_sure=True), segment="X")


def test_hints_that_say_nothing_are_not_in_the_brief() -> None:
    """Nor those of one customer; what is sure is always told."""
    themes = suggest_themes(make_lines(600, leaning=0.6), members=range(300), n=4)
    hints = themes.assign(
        value=["as much", "alone", "more", "only they"],
        customers=[9, 1, 2, 2],
        lift=[1.04, 3.0, 1.1, np.nan],
        kind="product",
        finding="over-buys",
    )

    brief = write_brief(hints.assign(is_sure=False), segment="X")
    sure = write_brief(hints.assign(is_sure=True), segment="X")

    told = [line.split(",")[0] for line in brief.splitlines() if line.startswith("- ")]
    assert told == ["- product: more", "- product: only they"]
    assert "as much" in sure


def test_a_brief_in_korean() -> None:
    """Kinds and values are said in Korean."""
    themes = suggest_themes(make_lines(600, leaning=0.6), members=range(300))

    brief = write_brief(themes, segment="충성 고객", language="ko")

    assert "확실한 소재:" in brief
    assert "- 시간대: 18-21시, 이 세그먼트 구매의" in brief
    assert "- 가격대: 높은 가격" in brief
    with pytest.raises(UnknownNameError, match="there is no language 'fr'"):
        write_brief(themes, segment="x", language="fr")


def test_what_cannot_be_compared() -> None:
    """A segment of all or of nobody, and numbers below 1, are refused."""
    lines = make_lines(10)
    with pytest.raises(InvalidTableError, match="no purchase of the segment"):
        suggest_themes(lines, members=["x"])
    with pytest.raises(InvalidTableError, match="no purchase of the rest"):
        suggest_themes(lines, members=range(10))
    with pytest.raises(InvalidParameterError, match="n must be 1 or more"):
        suggest_themes(lines, members=[1], n=0)
