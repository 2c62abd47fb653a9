"""The RFM segmentation of openretailscience, which summarises and scores in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openretailscience.segmentation.rfm import RFMSegmentation
from turns import LAST_DAY, serve

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"order_id": "transaction_id", "ordered_at": "transaction_date", "amount": "unit_spend"}


def summarize(lines: pd.DataFrame) -> Any:
    """Give recency, frequency, monetary value and their scores."""
    lines.columns = [NAMES.get(name, name) for name in lines.columns]
    return RFMSegmentation(lines, current_date=LAST_DAY).df


if __name__ == "__main__":
    serve(summarize, "openretailscience", "ibis-framework", "duckdb")
