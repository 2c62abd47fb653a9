"""The cycle of each customer, or of each customer and item: how long until it is due again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
from scipy.special import ndtr, ndtri

from crmlib.statistics import EventRates, ShrunkenGaps, fit_shrunken_gaps

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._purchase_days import ItemDays

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

SHARES = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3])
"""Edges of the bins of elapsed time over expected gap."""

_FEWEST_GAPS = 5
"""An item with fewer gaps among all customers is not held to have a cycle."""


@attrs.frozen(kw_only=True, eq=False)
class Cycles:
    """What is known of the gaps of each *unit*: a customer and an item.

    Parameters
    ----------
    customers, item_codes : ndarray of int, shape (n_units,)
        Sorted by customer.
    last_days, n_gaps : ndarray of int, shape (n_units,)
    log_gap, log_variance : ndarray of float, shape (n_units,)
        Mean and variance of the logarithm of the gap to come, in days.
    rates : EventRates
        Purchases, and weeks at risk, of each customer in the bins of SHARES.
    """

    customers: Ints
    item_codes: Ints
    last_days: Ints
    n_gaps: Ints
    log_gap: Floats
    log_variance: Floats
    rates: EventRates

    def quantiles(self, end: int, chances: Floats) -> Floats:
        """Give the gaps, in days, that end sooner with each of *chances*, given the silence.

        The gap is log-normal and known to be longer than the time from the
        last purchase to day *end*.

        Returns
        -------
        ndarray of float, shape (n_units, n_chances)
        """
        spread = np.sqrt(self.log_variance)
        silent = np.maximum(end - self.last_days, 0)
        with np.errstate(divide="ignore"):
            reached = (np.log(silent) - self.log_gap) / spread
        left = np.maximum(ndtr(-reached), np.finfo(float).tiny)
        score = -ndtri((1 - chances) * left[:, None])
        gaps = np.exp(self.log_gap[:, None] + spread[:, None] * score)
        return np.asarray(np.maximum(gaps, silent[:, None] + 1.0))

    def renumber(self, places: Ints) -> Self:
        """Count customers by where they stand in *places*, which holds all of them, rising."""
        return attrs.evolve(self, customers=np.searchsorted(places, self.customers))

    def choose(self, which: npt.NDArray[np.bool_] | Ints) -> Self:
        """Give some of the units."""
        names = ("customers", "item_codes", "last_days", "n_gaps", "log_gap", "log_variance")
        return attrs.evolve(self, **{name: getattr(self, name)[which] for name in names})


def learn_cycles(bought: ItemDays, end: int) -> Cycles:
    """Learn the cycles from all days until *end*.

    A unit's gaps are drawn towards those of its item, and an item's towards
    those of all.
    """
    new = np.ones(len(bought.days), dtype=bool)
    new[1:] = (np.diff(bought.customers) != 0) | (np.diff(bought.item_codes) != 0)
    begins = np.flatnonzero(new)
    units = np.cumsum(new) - 1
    place = np.arange(len(units)) - begins[units]
    gaps = np.diff(bought.days, prepend=0)
    logs = np.where(place > 0, np.log(np.maximum(gaps, 1)), 0.0)
    totals = np.bincount(units, weights=logs).astype(np.float64)
    n_gaps = np.bincount(units) - 1
    of_unit = bought.item_codes[begins]
    spread = fit_shrunken_gaps(logs[place > 0], units[place > 0])
    around, within_item = _expect_items(spread, of_unit, totals, n_gaps, len(bought.items))
    shrunk = attrs.evolve(spread, between=within_item)
    log_gap, log_variance = shrunk.expect(n_gaps, totals, around[of_unit])
    ends = np.append(begins[1:], len(units)) - 1
    cycles = Cycles(
        customers=bought.customers[begins],
        item_codes=of_unit,
        last_days=bought.days[ends],
        n_gaps=n_gaps,
        log_gap=log_gap,
        log_variance=log_variance,
        rates=_count_risks(bought, (units, place, logs), shrunk, around[of_unit], end),
    )
    seen = np.bincount(of_unit, weights=n_gaps, minlength=len(bought.items))
    return cycles.choose((seen[of_unit] >= _FEWEST_GAPS) | (len(bought.items) == 1))


def _expect_items(
    spread: ShrunkenGaps, of_unit: Ints, totals: Floats, n_gaps: Ints, n_items: int
) -> tuple[Floats, float]:
    """Give what the units of each item are drawn to, and how these spread within an item."""
    if n_items == 1:
        return np.full(1, spread.mean), spread.between
    some = n_gaps > 0
    means = totals[some] / n_gaps[some]
    items = fit_shrunken_gaps(means, of_unit[some])
    n_units = np.bincount(of_unit[some], minlength=n_items)
    sums = np.bincount(of_unit[some], weights=means, minlength=n_items).astype(np.float64)
    around, _ = items.expect(n_units, sums)
    return around, max(spread.between - items.between, 0.0)


def _count_risks(
    bought: ItemDays,
    days: tuple[Ints, Ints, Floats],
    shrunk: ShrunkenGaps,
    around: Floats,
    end: int,
) -> EventRates:
    """Count purchases and weeks at risk by elapsed time over the gap that was expected then.

    Each purchase after the first gap opens a time at risk; what was expected
    then rests on the gaps before it.
    """
    units, place, logs = days
    cumulated: Floats = np.cumsum(logs)
    first = np.flatnonzero(place == 0)[units]
    expected = np.exp(shrunk.expect(place, cumulated - cumulated[first], around[units])[0])
    is_last = np.append(place[1:] == 0, [True])
    until = np.where(is_last, end, np.append(bought.days[1:], [end]))
    length = until - bought.days
    risky = (place > 0) & (length > 0)
    share = (length / expected)[risky]
    time = np.clip(share[:, None], SHARES[:-1], SHARES[1:]) - SHARES[:-1]
    weeks = time * (expected[risky] / 7)[:, None]
    bins = np.searchsorted(SHARES, share) - 1
    came = ~is_last[risky] & (bins < len(SHARES) - 1)
    events = np.zeros_like(weeks)
    events[np.flatnonzero(came), bins[came]] = 1
    customers = bought.customers[risky]
    shape = (int(bought.customers.max(initial=-1)) + 1, len(SHARES) - 1)
    by_customer = [np.zeros(shape), np.zeros(shape)]
    for total, part in zip(by_customer, (events, weeks), strict=True):
        np.add.at(total, customers, part)
    return EventRates(events=by_customer[0], exposure=by_customer[1])
