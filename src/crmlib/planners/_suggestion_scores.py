"""Scores of all products for each customer, block by block, and the best of them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmlib.planners._category_habits import draw_towards_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import numpy.typing as npt
    from scipy.sparse import csr_matrix

    from crmlib.planners._item_weights import ItemPairs

REASONS = ("repeat", "complement", "liked", "new", "popular")
"""Why something is suggested, in the order in which equal ones are named."""

BLOCK_CELLS = 1_000_000
"""Customers times products that are scored at once: 4 MB per signal, near the processor."""

MOST_THREADS = 8
"""Blocks that are scored at the same time, for each takes memory."""

REPEAT, COMPLEMENT, LIKED, NEW, POPULAR = range(5)
Floats = np.ndarray[Any, np.dtype[np.float32]]


@attrs.frozen(kw_only=True, eq=False)
class Picks:
    """The best products of some customers, a row for each.

    Parameters
    ----------
    row : ndarray of int, shape (n_picks,)
        Of the customer, ascending.
    rank : ndarray of int, shape (n_picks,)
        From 1.
    product : ndarray of int, shape (n_picks,)
        Place on the shelf.
    score : ndarray of float, shape (n_picks,)
    reason : ndarray of int, shape (n_picks,)
        Place in :data:`REASONS`.
    """

    row: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    score: npt.NDArray[np.float64]
    reason: npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Signals:
    """All that scores are made of.

    Parameters
    ----------
    bought : csr_matrix of shape (n_customers + 1, n_model_products)
        Decayed purchases; the last row is that of strangers.
    item_pairs : ItemPairs
        Which products go with which.
    popularity, newness : ndarray of float, shape (n_products,)
        From 0 to 1.
    trend : ndarray of float, shape (n_model_products,)
        How much more a product is bought now than ever.
    is_offered : ndarray of bool, shape (n_products,)
    category : ndarray of int, shape (n_products,)
        Place of each product's category, -1 without one.
    liked : csr_matrix of shape (n_customers + 1, n_categories)
        Days with a purchase by category.
    population : ndarray of float, shape (n_categories,)
        Shares of all customers together.
    habits : ndarray of float, shape (n_categories,)
        See :func:`crmlib.planners._category_habits.fit_habits`.
    pairs : ndarray of float, shape (n_categories, n_categories)
        How strongly the column complements the row; 0: not at all.
    weights : mapping of str to float
        Of the signals ``repeat``, ``together``, ``new`` and ``popular``.
    repeats : bool
        Whether what was bought may be suggested again.
    """

    bought: csr_matrix
    item_pairs: ItemPairs
    popularity: Floats
    newness: Floats
    trend: Floats
    is_offered: npt.NDArray[np.bool_]
    category: npt.NDArray[np.int64]
    liked: csr_matrix
    population: npt.NDArray[np.float64]
    habits: npt.NDArray[np.float64]
    pairs: Floats
    weights: Mapping[str, float]
    repeats: bool

    def pick(
        self, customers: npt.NDArray[np.int64], n: int, reasons: Collection[str]
    ) -> Iterator[Picks]:
        """Give the *n* best products of each of *customers*, in blocks of bounded memory."""
        size = max(1, BLOCK_CELLS // max(1, len(self.category)))
        signals = self if "liked" in reasons else self.only_complements()
        places = {REASONS.index(reason) for reason in reasons}

        def pick(start: int) -> Picks:
            picks = signals.pick_block(customers[start : start + size], n, places)
            return attrs.evolve(picks, row=picks.row + start)

        with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
            yield from pool.map(pick, range(0, max(1, len(customers)), size))

    def only_complements(self) -> Signals:
        """Count only purchases of categories that complement each other, by strength."""
        if not len(self.population):
            return self
        category = self.category[self.item_pairs.products]
        strength = np.pad(self.pairs, (0, 1))  # products without a category complement nothing
        weights = self.item_pairs.weights * strength[category[:, None], category]
        return attrs.evolve(self, item_pairs=attrs.evolve(self.item_pairs, weights=weights))

    def affinity(self, customers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Give the shares of the categories for each of *customers*; each row sums to 1."""
        return draw_towards_all(self.liked[customers].toarray(), self.population, self.habits)

    def pick_block(self, customers: npt.NDArray[np.int64], n: int, reasons: set[int]) -> Picks:
        """Give the *n* best products of each of *customers*, all at once."""
        parts = self._score(customers)
        total = parts[0] + parts[1]
        total += parts[2]
        total += parts[3]
        fitting = self._complementary(customers)
        allowed = self._allow(parts, fitting, reasons)
        total[~allowed] = -np.inf
        best = _best(total, min(4 * n + 4, total.shape[1]))
        best = self._diversify(total, best, n)
        rows = np.arange(len(customers))[:, None]
        score = total[rows, best]
        row, place = np.nonzero(score > 0)
        product = best[row, place]
        return Picks(
            row=row,
            rank=place + 1,
            product=product,
            score=score[row, place].astype(np.float64),
            reason=self._attribute(parts, fitting, row, product, reasons),
        )

    def _score(self, customers: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
        """Give what the signals repeat, together, new and popular add to each score."""
        bought = self.bought[customers]
        n_model, n_products = bought.shape[1], len(self.category)
        repeat = np.zeros((len(customers), n_products), dtype=np.float32)
        repeat[:, :n_model] = bought.toarray()
        paired = self.item_pairs.products
        going = np.maximum(bought[:, paired] @ self.item_pairs.weights, 0)
        going *= self.trend[paired]
        highest = going.max(axis=1, keepdims=True)
        going *= self.weights["together"] / np.where(highest > 0, highest, 1)
        together = np.zeros_like(repeat)
        together[:, paired] = going
        new = np.zeros_like(repeat)
        fresh = np.flatnonzero((self.newness > 0) & (self.category >= 0))
        if len(fresh):
            liking = self.affinity(customers)
            liking /= liking.max(axis=1, keepdims=True)
            new[:, fresh] = liking[:, self.category[fresh]] * self.newness[fresh]
        repeat *= self.weights["repeat"]
        new *= self.weights["new"]
        popular = np.broadcast_to(
            (self.weights["popular"] * self.popularity).astype(np.float32), repeat.shape
        )
        return repeat, together, new, popular

    def _complementary(self, customers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Say for each customer which categories complement one bought from.

        The last column is that of products without a category: they complement
        nothing, unless there are no categories; then everything goes with everything.
        """
        flags = np.full((len(customers), len(self.population) + 1), not len(self.population))
        had = (self.liked[customers].toarray() > 0).astype(np.float32)
        flags[:, :-1] = had @ self.pairs > 0
        return flags

    def _allow(
        self,
        parts: tuple[Floats, Floats, Floats, Floats],
        complementary: npt.NDArray[np.bool_],
        reasons: set[int],
    ) -> npt.NDArray[np.bool_]:
        """Say which products have one of the *reasons*."""
        repeat, together, new, popular = parts
        bought = repeat > 0
        if len(reasons) == len(REASONS):
            return np.asarray(self.is_offered & (self.repeats | ~bought))
        allowed = np.zeros_like(bought)
        fits = complementary[:, self.category]
        if COMPLEMENT in reasons:
            allowed |= (together > 0) & fits
        if LIKED in reasons:
            allowed |= (together > 0) & ~fits
        if NEW in reasons:
            allowed |= new > 0
        if POPULAR in reasons:
            allowed |= popular > 0
        allowed &= ~bought
        if REPEAT in reasons and self.repeats:
            allowed |= bought
        return np.asarray(allowed & self.is_offered)

    def _attribute(
        self,
        parts: tuple[Floats, Floats, Floats, Floats],
        complementary: npt.NDArray[np.bool_],
        row: npt.NDArray[np.int64],
        product: npt.NDArray[np.int64],
        reasons: set[int],
    ) -> npt.NDArray[np.int64]:
        """Give the reason that adds most to the score of each pick."""
        repeat, together, new, popular = (part[row, product] for part in parts)
        fits = complementary[row, self.category[product]]
        shares = np.zeros((len(row), len(REASONS)), dtype=np.float32)
        shares[:, COMPLEMENT] = np.where(fits, together, 0)
        shares[:, LIKED] = np.where(fits, 0, together)
        shares[:, NEW] = new
        shares[:, POPULAR] = popular
        shares[:, [place for place in range(len(REASONS)) if place not in reasons]] = -np.inf
        shares[repeat > 0] = 0
        shares[repeat > 0, REPEAT] = 1
        return np.asarray(shares.argmax(axis=1))

    def _diversify(
        self, total: Floats, best: npt.NDArray[np.int64], n: int
    ) -> npt.NDArray[np.int64]:
        """Give *n* of the *best* with at most half, rounded up, from one category if possible."""
        if best.shape[1] <= n or not len(self.population):
            return best[:, :n]
        rows = np.arange(len(best))
        counts = np.zeros((len(best), len(self.population) + 1), dtype=np.int64)
        is_late = np.zeros(best.shape, dtype=bool)
        for place in range(best.shape[1]):
            category = self.category[best[:, place]]
            counts[rows, category] += 1
            full = counts[rows, category] > (n + 1) // 2
            is_late[:, place] = (full & (category >= 0)) | (total[rows, best[:, place]] <= 0)
        order = np.argsort(is_late, axis=1, kind="stable")[:, :n]
        return np.take_along_axis(best, np.sort(order, axis=1), axis=1)


def _best(total: Floats, n: int) -> npt.NDArray[np.int64]:
    """Give the places of the *n* highest of each row, the highest first, ties by place."""
    if n < total.shape[1]:
        places = np.argpartition(total, total.shape[1] - n, axis=1)[:, -n:]
        places.sort(axis=1)
    else:
        places = np.broadcast_to(np.arange(total.shape[1]), total.shape)
    order = np.argsort(-np.take_along_axis(total, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)
