"""Suggestions as a table with their reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.planners._interest_model import POPULAR_DAYS
from crmlib.planners._suggestion_facts import NOBODY, Facts, find_facts
from crmlib.planners._suggestion_scores import COMPLEMENT, NEW, REASONS, Picks
from crmlib.planners._suggestion_words import language_of, write_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from crmlib.planners._interest_model import InterestModel


@attrs.frozen(kw_only=True, eq=False)
class Suggestions:
    """Picks with the facts behind them and a sentence for each."""

    picks: Picks
    facts: Facts
    evidence: npt.NDArray[np.object_]


def write_suggestions(
    model: InterestModel, customers: pd.DataFrame, n: int, reasons: Sequence[str], day: int
) -> pd.DataFrame:
    """Give the table of :meth:`crmlib.planners.InterestPlanner.suggest`."""
    made = find_suggestions(model, customers, n, reasons, day)
    picks, shelf = made.picks, model.shelf
    return pd.DataFrame(
        {
            "customer_id": customers.index[picks.row],
            "rank": picks.rank,
            "product_id": shelf.index[picks.product],
            "product_name": shelf["product_name"].to_numpy()[picks.product],
            "score": picks.score,
            "reason": np.array(REASONS, dtype=object)[picks.reason],
            "evidence": made.evidence,
        }
    )


def find_suggestions(
    model: InterestModel,
    customers: pd.DataFrame,
    n: int,
    reasons: Sequence[str],
    day: int,
    *,
    speak: Callable[[npt.NDArray[np.object_]], list[str]] | None = None,
) -> Suggestions:
    """Pick products for each customer, and say why.

    *speak* tells the language of each customer by the reason of the first
    pick, None where there is none; by default it is that of the ``locale``.
    """
    signals, places = model.signals(day), model.places(customers.index)
    picks = _join(list(signals.pick(places, n, reasons)))
    facts = find_facts(
        model.purchases,
        signals,
        places[picks.row],
        picks.product,
        is_complement=picks.reason == COMPLEMENT,
    )
    languages = _languages(customers) if speak is None else speak(_first_reasons(customers, picks))
    evidence = _write(model, customers, picks, facts, day, languages=languages)
    return Suggestions(picks=picks, facts=facts, evidence=evidence)


def name_all(shelf: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Give the name of each product; the id of those without one."""
    names = shelf["product_name"].to_numpy(dtype=object)
    ids = np.array([str(each) for each in shelf.index], dtype=object)
    return np.where(pd.isna(names), ids, names)


def name_anchors(shelf: pd.DataFrame, facts: Facts) -> npt.NDArray[np.object_]:
    """Give the name of each anchor, None where there is none."""
    return with_nothing(name_all(shelf))[facts.anchor]


def with_nothing(values: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Put None at the end, where the place -1 finds it."""
    return np.array([*values, None], dtype=object)


def _join(parts: list[Picks]) -> Picks:
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in attrs.fields(Picks)
    }
    return Picks(**columns)


def _languages(customers: pd.DataFrame) -> list[str]:
    if "locale" not in customers.columns:
        return ["en"] * len(customers)
    return [language_of(locale) for locale in customers["locale"].tolist()]


def _first_reasons(customers: pd.DataFrame, picks: Picks) -> npt.NDArray[np.object_]:
    """Give the reason of the first pick for each customer, None where there is none."""
    reasons = np.full(len(customers), None, dtype=object)
    first = picks.rank == 1
    reasons[picks.row[first]] = np.array(REASONS, dtype=object)[picks.reason[first]]
    return reasons


def _write(
    model: InterestModel,
    customers: pd.DataFrame,
    picks: Picks,
    facts: Facts,
    day: int,
    *,
    languages: list[str],
) -> npt.NDArray[np.object_]:
    """Write the sentence of each pick; those that say the same are written once."""
    shelf, buyers = model.shelf, model.count_buyers(day)
    anchors = name_anchors(shelf, facts)
    n_model = len(buyers)
    shares = _shares(model, customers, picks)
    both = np.zeros(len(picks.row), dtype=np.int64)
    pairs = model.still.item_pairs
    paired = (facts.anchor != NOBODY) & pairs.are_paired(facts.anchor, picks.product)
    both[paired] = pairs.count(facts.anchor[paired], picks.product[paired])
    since = shelf["available_from"].to_numpy()
    categories = shelf["category"].to_numpy(dtype=object)
    evidence = np.empty(len(picks.row), dtype=object)
    columns = (picks.row, picks.product, picks.reason, facts.anchor, facts.days, facts.first_day)
    rows = zip(*(column.tolist() for column in (*columns, facts.last_day, both)), strict=True)
    told: dict[Any, str] = {}
    for place, (row, product, reason, anchor, days, first, last, n_both) in enumerate(rows):
        share = shares[place] if reason == NEW else None
        key = (languages[row], product, reason, anchor, days, first, last, share)
        if key not in told:
            told[key] = write_evidence(
                reason,
                languages[row],
                at=day,
                window=POPULAR_DAYS,
                facts={
                    "anchor": anchors[place],
                    "days": days,
                    "first_day": first,
                    "last_day": last,
                    "both": n_both,
                    "available_from": since[product],
                    "category": categories[product],
                    "share": share,
                    "buyers": int(buyers[product]) if product < n_model else 0,
                },
            )
        evidence[place] = told[key]
    return evidence


def _shares(
    model: InterestModel, customers: pd.DataFrame, picks: Picks
) -> dict[int, float | None]:
    """Give the share of the customer's interest that the category of each new product has."""
    new = np.flatnonzero(picks.reason == NEW)
    places = model.places(customers.index)[picks.row[new]]
    shares: dict[int, float | None] = dict.fromkeys(new.tolist())
    known = np.flatnonzero(places < len(model.purchases.customer_ids))
    for start in range(0, len(known), 10_000):
        some = known[start : start + 10_000]
        affinity = model.still.affinity(places[some])
        category = model.still.category[picks.product[new[some]]]
        values = affinity[np.arange(len(some)), category].round(2)
        shares |= dict(zip(new[some].tolist(), values.tolist(), strict=True))
    return shares
