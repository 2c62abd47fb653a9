"""Segments side by side: how large, how valuable, and what sets each apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRAITS = 2
"""How many columns are named per segment."""

_CLEAR = 0.5
"""Standard deviations from the mean from which a column sets a segment apart."""


def summarize_segments(
    customers: pd.DataFrame, segments: pd.Series[str], order: Sequence[str]
) -> pd.DataFrame:
    """Describe each of *segments* in a row; see :meth:`crmlib.interfaces.Segmenter.summary`."""
    groups = customers.groupby(segments.to_numpy())
    sizes = groups.size().reindex(list(order), fill_value=0)
    table = pd.DataFrame({"customers": sizes, "share": sizes / max(len(customers), 1)})
    if "monetary_value" in customers:
        total = groups["monetary_value"].sum().reindex(table.index, fill_value=0.0)
        table["value"] = total
        whole = total.sum()
        table["value_share"] = total / whole if whole > 0 else np.nan
        table["mean_value"] = groups["monetary_value"].mean().reindex(table.index)
    if "frequency" in customers:
        table["mean_frequency"] = groups["frequency"].mean().reindex(table.index)
    if "recency_days" in customers:
        table["median_recency_days"] = groups["recency_days"].median().reindex(table.index)
    table["sets_apart"] = _describe(customers, segments).reindex(table.index).fillna("")
    return table.rename_axis("segment")


def _describe(customers: pd.DataFrame, segments: pd.Series[str]) -> pd.Series[str]:
    """Name the columns in which the mean of a segment is farthest from that of all."""
    numbers = customers.select_dtypes("number").astype("float64")
    numbers = numbers.where(np.isfinite(numbers))
    spread = numbers.std(ddof=0)
    numbers = numbers.loc[:, spread > 0]
    means = numbers.groupby(segments.to_numpy()).mean()
    scores = (means - numbers.mean()) / spread[numbers.columns]
    texts = {name: _name_traits(row.dropna()) for name, row in scores.iterrows()}
    return pd.Series(texts, dtype="str")


def _name_traits(scores: pd.Series[float]) -> str:
    """Put the farthest columns of one segment into words."""
    far = scores[scores.abs() >= _CLEAR]
    chosen = far.reindex(far.abs().sort_values(ascending=False, kind="stable").index)[:_TRAITS]
    words = [f"{'high' if score > 0 else 'low'} {name}" for name, score in chosen.items()]
    return ", ".join(words)
