"""The picture of whether customers buy when they are due."""

import numpy as np
import pandas as pd
import pytest

from crmlib.reports import plot_hazard
from crmlib.timing import PurchaseCycleTiming


def fit(n_customers: int, gap: int) -> PurchaseCycleTiming:
    """Fit on customers who buy every *gap* days."""
    start = pd.Timestamp("2026-01-05", tz="UTC")
    events = pd.DataFrame(
        {
            "customer_id": np.repeat([f"C{c}" for c in range(n_customers)], 10),
            "ordered_at": [
                start + pd.Timedelta(days=c + gap * order)
                for c in range(n_customers)
                for order in range(10)
            ],
        }
    )
    return PurchaseCycleTiming().fit(events)


def test_bars_are_the_rates_and_the_title_the_verdict() -> None:
    """Heights are purchases a week per 100; customers with a cycle buy when due."""
    timing = fit(20, 14)
    ax = plot_hazard(timing)
    heights = [bar.get_height() for bar in ax.patches]
    rates = timing.hazard()["rate"].dropna()

    assert timing.golden_
    assert heights == pytest.approx((100 * rates).to_list())
    assert ax.get_title(loc="left") == "Customers buy when they are due"


@pytest.mark.parametrize("timing", [fit(1, 7), fit(1, 400)], ids=["one customer", "long gaps"])
def test_one_customer_makes_no_golden_time(timing: PurchaseCycleTiming) -> None:
    """An interval without end is cut off by the picture; nothing is claimed."""
    ax = plot_hazard(timing)

    assert not timing.golden_
    assert np.isfinite(ax.get_ylim()).all()
