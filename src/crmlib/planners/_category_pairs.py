"""Which categories go with which: told by the marketer, or learned from baskets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.planners._purchases import Purchases

PRIOR = 5.0
"""Pairs added to those seen and those expected, so that a few prove nothing."""

SURE = 2.0
"""Standard errors by which a pair is seen more often than expected."""

_ROUNDS = 50


def learn_pairs(categories: Purchases) -> pd.DataFrame:
    """Count which category follows which, or lies beside it, more often than expected.

    Of each two baskets of a customer that follow each other every category of
    the first makes a pair with every other category of the second; so do two
    categories of one basket, either way.  Expected is what the two categories
    alone would give (quasi-independence: pairs of a category with itself do
    not count).

    Returns
    -------
    DataFrame of shape (n_pairs, 6), the highest lift first
        ``category``, ``complement``, ``pairs`` (seen), ``expected``, ``lift``
        (seen over expected, with 5 added to both) and ``is_complement``
        (seen more often by two standard errors).
    """
    baskets = categories.baskets
    follows = np.flatnonzero(categories.basket_owner[1:] == categories.basket_owner[:-1])
    seen = (baskets[follows].T @ baskets[follows + 1] + baskets.T @ baskets).toarray()
    seen = seen.astype(np.float64)
    np.fill_diagonal(seen, 0)
    expected = _expect(seen)
    lift = (seen + PRIOR) / (expected + PRIOR)
    one, other = np.nonzero(~np.eye(len(seen), dtype=bool))
    names = categories.thing_ids
    table = pd.DataFrame(
        {
            "category": names[one],
            "complement": names[other],
            "pairs": seen[one, other].astype(np.int64),
            "expected": expected[one, other],
            "lift": lift[one, other],
        }
    )
    margin = SURE * np.sqrt(table["expected"] + PRIOR)
    table["is_complement"] = table["pairs"] - table["expected"] > margin
    return table.sort_values(
        ["lift", "category", "complement"], ascending=[False, True, True], ignore_index=True
    )


def told_pairs(complements: Any) -> pd.DataFrame:
    """Give the marketer's pairs as a table of ``category`` and ``complement``.

    Raises
    ------
    InvalidParameterError
        If it is no mapping of a category to one or several others.
    """
    expected = "a mapping of category to a category or a list of categories"
    if not isinstance(complements, Mapping):
        raise InvalidParameterError("complements", complements, expected)
    pairs = []
    for category, others in complements.items():
        listed = [others] if isinstance(others, str) else others
        try:
            pairs += [(category, other) for other in listed]
        except TypeError:
            raise InvalidParameterError("complements", complements, expected) from None
    table = pd.DataFrame(pairs, columns=["category", "complement"], dtype=object)
    return table.assign(is_complement=True)


def check_pairs(pairs: pd.DataFrame, known: pd.Index[Any]) -> None:
    """Refuse pairs of categories that neither orders nor catalogue have.

    Raises
    ------
    InvalidParameterError
        If no category is known at all.
    UnknownNameError
        If one is not among the *known* ones.
    """
    for name in pd.unique(pairs[["category", "complement"]].to_numpy().ravel()):
        if not len(known):
            raise InvalidParameterError(
                "complements",
                {name: "…"},
                "left out, for no product has a category; add a column 'category' to the orders, "
                "or give a catalogue with product_id and category",
            )
        if name not in known:
            raise UnknownNameError("category", str(name), [str(each) for each in known])


def to_matrix(pairs: pd.DataFrame, categories: pd.Index[Any]) -> npt.NDArray[np.float32]:
    """Give how strongly the category of a column complements that of a row.

    That is the lift above 1 of learned pairs, 1 for those told, and 0 without.
    """
    matrix = np.zeros((len(categories), len(categories)), dtype=np.float32)
    kept = pairs[pairs["is_complement"]]
    one = categories.get_indexer(pd.Index(kept["category"]))
    other = categories.get_indexer(pd.Index(kept["complement"]))
    strength = kept["lift"].to_numpy() - 1 if "lift" in kept else np.ones(len(kept))
    known = (one >= 0) & (other >= 0)
    matrix[one[known], other[known]] = strength[known]
    return matrix


def _expect(seen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Fit ``r_i c_j`` off the diagonal to the sums of rows and columns."""
    n = len(seen)
    rows, columns = seen.sum(axis=1), seen.sum(axis=0)
    r, c = np.ones(n), np.ones(n)
    for _ in range(_ROUNDS):
        r = rows / np.maximum(c.sum() - c, np.finfo(float).tiny)
        c = columns / np.maximum(r.sum() - r, np.finfo(float).tiny)
    expected = np.outer(r, c)
    np.fill_diagonal(expected, 0)
    return expected
