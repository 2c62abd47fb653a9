"""What lies in each order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets._catalogue import CATEGORIES, COMPLEMENTS, PRODUCTS

if TYPE_CHECKING:
    import numpy.typing as npt

WITH_COMPLEMENT = 0.5
"""Share of further lines from the category that complements the first line."""

REDUCED, REDUCTION = 0.15, 0.8
"""Share of lines sold at a reduced price, and that price over the full one."""

MOST_LINES = 3

_COMPLEMENT = np.array([CATEGORIES.index(COMPLEMENTS[each]) for each in CATEGORIES])
_STARTS = np.array([(PRODUCTS["category"] == each).argmax() for each in CATEGORIES])
_SIZES = np.array([(PRODUCTS["category"] == each).sum() for each in CATEGORIES])


def to_places(categories: pd.Series[str]) -> npt.NDArray[np.intp]:
    """Give the place of each category in the catalogue."""
    return pd.Index(CATEGORIES).get_indexer(pd.Index(categories))


def draw_main_categories(
    rng: np.random.Generator,
    customers: npt.NDArray[np.intp],
    favourites: npt.NDArray[np.intp],
    *,
    own: float = 0.6,
    follow: float = 0.35,
) -> npt.NDArray[np.intp]:
    """Draw the category of the first line of each order.

    Parameters
    ----------
    rng : Generator
    customers : ndarray of int, shape (n_orders,)
        Whose order it is; the orders of each in the order of time.
    favourites : ndarray of int, shape (n_orders,)
        Place of the favourite category of that customer.
    own : float
        Probability of the favourite category.
    follow : float
        Probability of what complements the customer's order before.

    Returns
    -------
    ndarray of int, shape (n_orders,)
        Places in the catalogue.
    """
    n = len(customers)
    drawn = np.where(rng.random(n) < own, favourites, rng.integers(0, len(CATEGORIES), n))
    again = np.zeros(n, dtype=bool)
    again[1:] = customers[1:] == customers[:-1]
    for order in np.flatnonzero(again & (rng.random(n) < follow)).tolist():
        drawn[order] = _COMPLEMENT[drawn[order - 1]]
    return drawn


def draw_lines(rng: np.random.Generator, main: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Draw the lines of orders whose first line lies in the categories *main*.

    Returns
    -------
    DataFrame of shape (n_lines, 8)
        ``order`` (place in *main*), ``line`` (from 1), ``product_id``,
        ``product_name``, ``category``, ``quantity``, ``unit_price``,
        ``amount`` (won).
    """
    sizes = np.minimum(1 + rng.poisson(0.5, len(main)), MOST_LINES)
    order = np.repeat(np.arange(len(main)), sizes)
    line = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    other = rng.integers(0, len(CATEGORIES), len(order))
    fitting = np.where(rng.random(len(order)) < WITH_COMPLEMENT, _COMPLEMENT[main[order]], other)
    category = np.where(line == 1, main[order], fitting)
    place = _STARTS[category] + (rng.random(len(order)) * _SIZES[category]).astype(np.intp)
    products = PRODUCTS.iloc[place].reset_index(drop=True)
    reduced = rng.random(len(order)) < REDUCED
    price = (products["unit_price"] * np.where(reduced, REDUCTION, 1.0)).round(-2).astype(int)
    quantity = 1 + (rng.random(len(order)) < 0.08).astype(int)  # noqa: PLR2004 -- few buy two
    lines: pd.DataFrame = products.assign(
        order=order, line=line, quantity=quantity, unit_price=price, amount=price * quantity
    )
    return lines
