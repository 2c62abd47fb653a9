"""The columns that a message about a product can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.planners._suggestion_scores import REASONS
from crmlib.planners._suggestion_table import (
    find_suggestions,
    name_all,
    with_nothing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from crmlib.planners._interest_model import InterestModel

NAMES = ("product_name", "product_name_2", "product_name_3")


def add_merge_columns(
    model: InterestModel,
    audience: pd.DataFrame,
    reasons: Sequence[str],
    day: int,
    *,
    speak: Callable[[npt.NDArray[np.object_]], list[str]],
) -> pd.DataFrame:
    """Put the best suggestion for each customer beside the columns of *audience*.

    *speak* tells in which language, by the reason of each customer.

    Returns
    -------
    DataFrame, indexed like *audience*
        With the reason as ``segment``, None for who gets nothing, and ``why``.
    """
    made = find_suggestions(model, audience, 2 * len(NAMES), reasons, day, speak=speak)
    picks, facts, shelf = made.picks, made.facts, model.shelf
    # a customer is told a name or nothing, never the id of a product
    names = shelf["product_name"].to_numpy(dtype=object)
    first = np.flatnonzero(picks.rank == 1)
    row, product, anchor = picks.row[first], picks.product[first], facts.anchor[first]
    reason = np.full(len(audience), -1)
    reason[row] = picks.reason[first]
    columns: dict[str, npt.NDArray[np.object_]] = {
        "segment": _spread(np.array(REASONS, dtype=object)[picks.reason[first]], row, audience),
        "product_id": _spread(shelf.index.to_numpy(dtype=object)[product], row, audience),
        "product_category": _spread(_facts(shelf, "category", product), row, audience),
        "product_price": _spread(_facts(shelf, "unit_price", product), row, audience),
        "bought_product_name": _spread(with_nothing(names)[anchor], row, audience),
        "bought_category": _spread(
            with_nothing(_facts(shelf, "category", slice(None)))[anchor], row, audience
        ),
        "because": _spread(_sayable(made.evidence[first], names, anchor), row, audience),
    }
    # Of the next suggestions those are named that have the same reason.
    same = np.flatnonzero(picks.reason == reason[picks.row])
    rank = np.arange(len(same)) - np.searchsorted(picks.row[same], picks.row[same])
    for place, name in enumerate(NAMES):
        at = same[rank == place]
        columns[name] = _spread(names[picks.product[at]], picks.row[at], audience)
    told = zip(picks.reason[first], name_all(shelf)[product], made.evidence[first], strict=True)
    why = [f"{REASONS[kind]}: {named} ({because})" for kind, named, because in told]
    columns["why"] = _spread(np.array([*why, None], dtype=object)[:-1], row, audience)
    added = pd.DataFrame(columns, index=audience.index, dtype=object)
    kept = audience.columns.difference(added.columns, sort=False)
    return pd.concat([audience[kept], added], axis=1)


def _sayable(
    evidence: npt.NDArray[np.object_],
    names: npt.NDArray[np.object_],
    anchor: npt.NDArray[np.int64],
) -> npt.NDArray[np.object_]:
    """Give the *evidence*, None where it is of a purchase that has an id and no name."""
    is_coded = (anchor >= 0) & pd.isna(with_nothing(names)[anchor])
    said = evidence.copy()
    said[is_coded] = None
    return said


def _facts(
    shelf: pd.DataFrame, fact: str, places: npt.NDArray[np.int64] | slice
) -> npt.NDArray[np.object_]:
    return shelf[fact].to_numpy(dtype=object)[places]


def _spread(
    values: npt.NDArray[np.object_], row: npt.NDArray[np.int64], audience: pd.DataFrame
) -> npt.NDArray[np.object_]:
    column = np.full(len(audience), None, dtype=object)
    column[row] = values
    return column
