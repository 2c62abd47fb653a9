"""Tiers by value: which share of the customers each is, and where each begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

DEFAULT_TIERS = {"Platinum": 0.05, "Gold": 0.15, "Silver": 0.30, "Bronze": 0.50}
_ROUNDING = 1e-6


def read_tiers(tiers: Any) -> dict[str, float]:
    """Give the share of each tier, best first.

    Raises
    ------
    InvalidParameterError
        If *tiers* are no names with shares above 0 that add up to 1.
    """
    if tiers is None:
        return dict(DEFAULT_TIERS)
    expected = "a dict of names and shares above 0 that add up to 1, best tier first"
    if not (isinstance(tiers, Mapping) and tiers):
        raise InvalidParameterError("tiers", tiers, expected)
    for name, share in tiers.items():
        is_share = isinstance(share, int | float | np.number) and 0 < share <= 1
        if not (isinstance(name, str) and name.strip() and is_share):
            raise InvalidParameterError("tiers", tiers, expected)
    if abs(sum(tiers.values()) - 1) > _ROUNDING:
        raise InvalidParameterError("tiers", tiers, expected)
    return {name: float(share) for name, share in tiers.items()}


def learn_edges(values: npt.NDArray[np.float64], shares: Mapping[str, float]) -> dict[str, float]:
    """Learn the lowest value of each tier.

    A tier with those above it is as near to its share of the customers as
    equal values allow, of two equally near the smaller.  The edge lies midway
    between the values on both sides, so that rounding moves nobody.

    Parameters
    ----------
    values : ndarray of float, shape (n_customers,)
        Of the customers; 0 or more, not empty.
    shares : dict of str to float
        Of each tier, best first.

    Returns
    -------
    dict of str to float, not rising
        0 for the last tier.
    """
    distinct, counts = np.unique(values, return_counts=True)
    distinct, reached = distinct[::-1], np.concatenate([[0], np.cumsum(counts[::-1])])
    above = np.concatenate([[2 * distinct[0]], distinct])
    middles = np.append((above[:-1] + above[1:]) / 2, 0.0)
    edges = {}
    for name, share in zip(shares, np.cumsum(list(shares.values())), strict=True):
        edges[name] = float(middles[np.argmin(np.abs(reached - share * len(values)))])
    return {**edges, name: 0.0}
