"""What an interest planner learned, and how it learns it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.planners._category_habits import fit_habits
from crmlib.planners._category_pairs import check_pairs, learn_pairs, to_matrix, told_pairs
from crmlib.planners._item_weights import pair_items
from crmlib.planners._product_shelf import list_categories, stock_shelf
from crmlib.planners._purchases import (
    Purchases,
    count_purchases,
    keep_purchases,
    name_products,
)
from crmlib.planners._suggestion_scores import Signals
from crmlib.tables import local_days

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt
    from scipy.sparse import csr_matrix

DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"repeat": 1.0, "together": 0.4, "new": 0.1, "popular": 0.1}
)
"""Chosen on Online Retail before 9 November 2011, see benchmarks/next_product.py."""

POPULAR_DAYS = 14
"""Days that popularity looks back."""

FEW_BUYERS = 5.0
"""Added to all buyers of a product, so that one who buys it today makes no trend."""

NEW_DAYS, NEW_HALF_LIFE = 60, 30.0
"""A product is new for so many days, and half as new after so many."""

EASY_BASKETS = 0.5
"""Added to the baskets of a customer: what one alone holds is no sure thing."""

MOST_PAIRED = 2_000
"""Products of which it is learned how they go together: those that most customers bought."""

NO_IDS: pd.Index[Any] = pd.Index([], dtype=object)
NO_CATEGORIES = pd.DataFrame(
    {"category": [], "complement": [], "is_complement": np.array([], dtype=bool)}
)


@attrs.frozen(kw_only=True, eq=False)
class InterestModel:
    """All that was learned.

    Parameters
    ----------
    purchases : Purchases
        By product.
    shelf : DataFrame, indexed by product_id
        See :func:`crmlib.planners._product_shelf.stock_shelf`.
    pairs : DataFrame
        Complementary categories.
    category_ids : Index of shape (n_categories,)
    liked : csr_matrix of shape (n_customers + 1, n_categories)
        Days with a purchase; the last row is that of strangers.
    still : Signals
        All signals, with popularity and newness left at 0.
    end_day : int
        The day after the last purchase.
    """

    purchases: Purchases
    shelf: pd.DataFrame
    pairs: pd.DataFrame
    category_ids: pd.Index[Any]
    liked: csr_matrix
    still: Signals
    end_day: int

    @property
    def habits(self) -> pd.Series[float]:
        """Give the strength of each category; see :mod:`crmlib.planners._category_habits`."""
        return pd.Series(self.still.habits, self.category_ids, name="purchases")

    def places(self, customer_ids: pd.Index[Any]) -> npt.NDArray[np.int64]:
        """Give the row of each customer; strangers have the last one."""
        places = self.purchases.customer_ids.get_indexer(customer_ids)
        return np.where(places >= 0, places, len(self.purchases.customer_ids)).astype(np.int64)

    def signals(self, day: int | None) -> Signals:
        """Give the signals as of *day*; with None nothing is popular or new."""
        if day is None:
            return self.still
        age = day - self.shelf["available_from"].to_numpy(dtype=np.float64)
        is_new = (age >= 0) & (age <= NEW_DAYS)
        newness = np.where(is_new, 0.5 ** (np.where(is_new, age, 0) / NEW_HALF_LIFE), 0)
        buyers = self.count_buyers(day)
        usual = np.sqrt(self.purchases.count_buyers(0, min(day, self.end_day)) + FEW_BUYERS)
        popularity = np.zeros(len(self.shelf))
        popularity[: len(buyers)] = buyers / usual
        popularity /= max(1e-9, popularity.max())
        return attrs.evolve(
            self.still,
            newness=newness.astype(np.float32),
            popularity=popularity.astype(np.float32),
            trend=((buyers + 1) / usual).astype(np.float32),
            is_offered=self.still.is_offered & ~(age < 0),
        )

    def count_buyers(self, day: int) -> npt.NDArray[np.float64]:
        """Count purchases in the days before *day*, or in the last ones that are known."""
        end = min(day, self.end_day)
        return self.purchases.count_buyers(end - POPULAR_DAYS, end)


def fit_interests(
    transactions: pd.DataFrame,
    *,
    catalogue: pd.DataFrame | None,
    complements: object,
    exclude: Collection[object],
    repeats: bool,
    weights: Mapping[str, float],
    half_life_days: float,
    ridge: float,
    max_products: int,
    timezone: str,
) -> InterestModel:
    """Learn all there is to learn; see :class:`crmlib.planners.InterestPlanner`."""
    bought = keep_purchases(transactions)
    instants = pd.DatetimeIndex(bought["ordered_at"]).as_unit("us").asi8
    day = local_days(instants, timezone)
    purchases = count_purchases(
        bought["customer_id"],
        bought[name_products(bought)],
        day,
        half_life_days=half_life_days,
        most_things=max_products,
    )
    shelf = stock_shelf(bought, purchases.thing_ids, catalogue, exclude, timezone)
    categories = _count_categories(bought, catalogue, day, half_life_days, purchases)
    if complements is not None:
        pairs = told_pairs(complements)
        check_pairs(pairs, pd.Index(shelf["category"].dropna().unique(), dtype=object))
    else:
        pairs = NO_CATEGORIES if categories is None else learn_pairs(categories)
    category_ids: pd.Index[Any]
    if categories is None:
        category_ids, population, habits = NO_IDS, np.zeros(0), np.zeros(0)
        liked = purchases.matrix(purchases.decayed)[:, :0]
    else:
        category_ids = categories.thing_ids
        liked = categories.matrix(categories.days.astype(np.float32))
        totals = np.asarray(liked.sum(axis=0, dtype=np.float64)).ravel()
        population = totals / totals.sum()
        habits = fit_habits(liked, population)
    bare = np.zeros(len(shelf), dtype=np.float32)
    still = Signals(
        bought=purchases.matrix(_share_of_baskets(purchases, half_life_days)),
        item_pairs=pair_items(
            purchases.matrix(np.ones(len(purchases.things), dtype=np.float32)),
            ridge=ridge,
            most=MOST_PAIRED,
            n_products=len(shelf),
        ),
        popularity=bare,
        newness=bare,
        trend=np.ones(len(purchases.thing_ids), dtype=np.float32),
        is_offered=shelf["is_offered"].to_numpy(dtype=bool),
        category=category_ids.get_indexer(pd.Index(shelf["category"], dtype=object)),
        liked=liked,
        population=population,
        habits=habits,
        pairs=to_matrix(pairs, category_ids),
        weights=weights,
        repeats=repeats,
    )
    return InterestModel(
        purchases=purchases,
        shelf=shelf,
        pairs=pairs,
        category_ids=category_ids.rename("category"),
        liked=liked,
        still=still,
        end_day=int(day.max()) + 1,
    )


def check_weights(weights: object) -> dict[str, float]:
    """Give the weight of each signal.

    Raises
    ------
    InvalidParameterError
        If it is no mapping of the signals to numbers, 0 or more, one of them above 0.
    """
    if weights is None:
        return dict(DEFAULT_WEIGHTS)
    expected = f"a mapping of {list(DEFAULT_WEIGHTS)} to numbers, 0 or more, one above 0"
    if not isinstance(weights, Mapping) or not set(weights) <= set(DEFAULT_WEIGHTS):
        raise InvalidParameterError("weights", weights, expected)
    full = {name: weights.get(name, 0.0) for name in DEFAULT_WEIGHTS}
    if not all(isinstance(w, int | float) and w >= 0 for w in full.values()) or not any(
        full.values()
    ):
        raise InvalidParameterError("weights", weights, expected)
    return full


def _count_categories(
    bought: pd.DataFrame,
    catalogue: pd.DataFrame | None,
    day: npt.NDArray[np.int64],
    half_life_days: float,
    purchases: Purchases,
) -> Purchases | None:
    """Count purchases by category, for the very customers of *purchases*."""
    category = list_categories(bought, catalogue)
    if category is None or category.isna().all():
        return None
    known = category.notna().to_numpy()
    counted = count_purchases(
        bought["customer_id"][known], category[known], day[known], half_life_days=half_life_days
    )
    # Who bought nothing with a category has a row all the same.
    places = counted.customer_ids.get_indexer(purchases.customer_ids)
    counts = np.diff(np.append(counted.starts, counted.starts[-1]))[places]
    return attrs.evolve(
        counted,
        customer_ids=purchases.customer_ids,
        starts=np.append(0, np.cumsum(counts)),
    )


def _share_of_baskets(purchases: Purchases, half_life_days: float) -> npt.NDArray[np.float32]:
    """Give for each purchase the decayed share of the customer's baskets that held it."""
    age = purchases.basket_day.max() - purchases.basket_day
    baskets = np.bincount(
        purchases.basket_owner,
        0.5 ** (age / half_life_days),
        minlength=len(purchases.customer_ids),
    )
    owner = np.repeat(np.arange(len(baskets)), np.diff(purchases.starts))
    return np.asarray(purchases.decayed / (baskets[owner] + EASY_BASKETS), dtype=np.float32)
