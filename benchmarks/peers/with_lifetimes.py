"""The summary of lifetimes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifetimes.utils import summary_data_from_transaction_data
from turns import LAST_DAY, serve

if TYPE_CHECKING:
    import pandas as pd


def summarize(lines: pd.DataFrame) -> Any:
    """Give frequency, recency, T and monetary value, by days."""
    return summary_data_from_transaction_data(
        lines, "customer_id", "ordered_at", "amount", observation_period_end=LAST_DAY
    )


if __name__ == "__main__":
    serve(summarize, "lifetimes")
