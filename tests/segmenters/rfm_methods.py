"""Each way to cut and name recency, frequency and money, for the laws that hold for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import strategies as st

from crmlib.segmenters import RFMSegmenter, WeightedRFMSegmenter

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ["recency_days", "frequency", "monetary_value"]

QUANTILES: dict[str, Callable[[], RFMSegmenter | WeightedRFMSegmenter]] = {
    "eleven": RFMSegmenter,
    "codes": lambda: RFMSegmenter(n_bins=3, segment_map="codes"),
    "bins-per-column": lambda: RFMSegmenter(
        n_bins={"recency_days": 4, "frequency": 3, "monetary_value": 1},
        segment_map={"Here": "4..", "Going": ["[23][23].", "[23]1."], "Gone": "1.."},
        labels="ko",
    ),
    "weighted": lambda: WeightedRFMSegmenter(
        {"recency_days": 3, "frequency": 2, "monetary_value": 1}
    ),
    "weighted-uneven": lambda: WeightedRFMSegmenter(
        {"recency_days": 0, "frequency": 0.1, "monetary_value": 0.2},
        {"VIP": 0.2, "일반": 0.8},
        n_bins={"recency_days": 2, "frequency": 9, "monetary_value": 4},
    ),
}
"""Those that cut money into quantiles, or leave it out."""

METHODS = QUANTILES | {
    "small-shop": lambda: RFMSegmenter(segment_map="small-shop", labels="ko"),
    "cut-points": lambda: RFMSegmenter(
        n_bins={"monetary_value": 3},
        cut_points={"recency_days": [10, 30], "frequency": (2, 3, 5)},
        segment_map="codes",
    ),
    "weighted-cut-points": lambda: WeightedRFMSegmenter(
        cut_points={"recency_days": [30], "monetary_value": [0, 12.5, 100]}, labels="ko"
    ),
}


def make_customers(rows: list[tuple[float, float, float]]) -> pd.DataFrame:
    """One customer per row of recency, frequency and money."""
    index = pd.Index([f"c{i}" for i in range(len(rows))], name="customer_id")
    return pd.DataFrame(rows, columns=COLUMNS, index=index)


tables = st.lists(
    st.tuples(
        st.integers(0, 400), st.integers(1, 6), st.integers(-500, 5000).map(lambda c: c / 4)
    ),
    min_size=1,
    max_size=40,
).map(make_customers)
