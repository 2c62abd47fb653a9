"""The summary of pymc-marketing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymc_marketing.clv import rfm_summary
from turns import LAST_DAY, serve

if TYPE_CHECKING:
    import pandas as pd


def summarize(lines: pd.DataFrame) -> Any:
    """Give frequency, recency, T and monetary value, by days."""
    return rfm_summary(
        lines, "customer_id", "ordered_at", "amount", observation_period_end=LAST_DAY
    )


if __name__ == "__main__":
    serve(summarize, "pymc-marketing")
