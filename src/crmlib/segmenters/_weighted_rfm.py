"""RFM as one weighted index, cut into tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.segmenters._rfm_bins import COLUMNS, choose_bins, count_bins, read_cut_points
from crmlib.segmenters._rfm_digits import number_codes
from crmlib.segmenters._rfm_scores import RFMScores
from crmlib.segmenters._segment_map import list_codes, read_labels
from crmlib.segmenters._value_tiers import read_tiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

_BEST = 100.0
_DECIMALS = 6
"""To which indexes are rounded, so that equal sums of different weights are equal."""


class WeightedRFMSegmenter(RFMScores):
    """Weigh the digits of recency, frequency and money, and cut the index into tiers.

    The columns are cut into bins as by :class:`RFMSegmenter`.  The index of a
    customer is the weighted mean of the three digits, each put on a scale from
    0 (worst bin) to 100 (best bin), so that columns with different numbers of
    bins weigh what their weights say.  Where the bins and the tiers begin is
    learned by ``fit`` and kept.

    Parameters
    ----------
    weights : dict of str to float, optional
        How much ``recency_days``, ``frequency`` and ``monetary_value`` count, 0
        or more; only their ratios matter.  By default all count alike.
    tiers : dict of str to float, optional
        Names, best first, and the share of the customers of each, above 0 and
        together 1.  By default Platinum .05, Gold .15, Silver .30, Bronze .50.
    n_bins : int or dict of str to int, default=5
        Quantile bins per column, from 2 to 9: one number for all columns that
        have no cut points, or the number of each of them.
    cut_points : dict of str to sequence of float, optional
        Where the bins of a column begin instead, as in :class:`RFMSegmenter`.
    labels : {"en", "ko"}, default="en"
        Language of the default tiers.  Other names stay as they are written.

    Attributes
    ----------
    weights_ : dict of str to float
        Of the three columns, together 1.
    edges_ : dict of str to ndarray of shape (number of bins - 1,)
        As in :class:`RFMSegmenter`.
    achieved_bins_ : DataFrame indexed by ``column`` and ``digit``
        As in :class:`RFMSegmenter`.
    tier_edges_ : dict of str to float
        The index from which on a customer is in the tier, midway between those
        on both sides; 0 for the last.
    segment_map_ : dict of str to str
        The tier of every code that there can be.
    segments_ : tuple of str
        The tiers, best first.

    Notes
    -----
    Customers with equal indexes are in one tier.  A tier with those above it
    is as near to its share of the customers as that allows, of two equally
    near the smaller, and holds one index at least.  Only where there are fewer
    different indexes than tiers some tiers are empty.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {
    ...         "recency_days": [3, 200, 90, 5, 30],
    ...         "frequency": [9, 8, 1, 1, 3],
    ...         "monetary_value": [900.0, 700.0, 20.0, 15.0, 80.0],
    ...     },
    ...     index=pd.Index(["ann", "bob", "cho", "dee", "eun"], name="customer_id"),
    ... )
    >>> rfm = WeightedRFMSegmenter(
    ...     weights={"recency_days": 1, "frequency": 2, "monetary_value": 1},
    ...     tiers={"Best": 0.4, "Others": 0.6},
    ... ).fit(customers)
    >>> rfm.weighted_index(customers).to_dict()
    {'ann': 100.0, 'bob': 56.25, 'cho': 12.5, 'dee': 18.75, 'eun': 37.5}
    >>> rfm.predict(customers).to_list()
    ['Best', 'Best', 'Others', 'Others', 'Others']
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        tiers: Mapping[str, float] | None = None,
        n_bins: int | Mapping[str, int] = 5,
        cut_points: Mapping[str, Sequence[float]] | None = None,
        labels: str = "en",
    ) -> None:
        self.weights = weights
        self.tiers = tiers
        self.n_bins = n_bins
        self.cut_points = cut_points
        self.labels = labels

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn the bin edges and where the tiers begin.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With ``recency_days`` (days, 0 or more), ``frequency`` (orders, 0
            or more) and ``monetary_value`` (money, net).
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        WeightedRFMSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If a parameter is not as described above.
        UnknownNameError
            If there is no language of that name.
        MissingColumnsError, InvalidTableError
            As in :meth:`RFMSegmenter.fit`.
        """
        weights = _read_weights(self.weights)
        translate = read_labels(self.labels)
        shares = read_tiers(self.tiers)
        if self.tiers is None:
            shares = {translate.get(name, name): share for name, share in shares.items()}
        bins = choose_bins(self.n_bins, read_cut_points(self.cut_points), fewest=2)
        indexes = _weigh_codes(list_codes(count_bins(bins)), count_bins(bins), weights)
        numbers = number_codes(self._learn(customers, bins), self.edges_)
        customers_of = np.bincount(numbers, minlength=1000)
        self.weights_ = weights
        self.tier_edges_ = _learn_tier_edges(indexes, customers_of, shares)
        best_first = sorted(indexes, key=lambda code: -indexes[code])
        self.segment_map_ = {
            code: next(name for name, edge in self.tier_edges_.items() if indexes[code] >= edge)
            for code in best_first
        }
        self.segments_ = tuple(shares)
        return self

    def weighted_index(self, customers: pd.DataFrame) -> pd.Series[float]:
        """Give the index of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of float, shape (n_customers,), named ``"weighted_index"``, indexed like *customers*
            From 0 (worst bin of every column) to 100 (best bin of every column).

        Raises
        ------
        MissingColumnsError, InvalidTableError
            As in :meth:`fit`, but a table without rows is answered without rows.
        """
        check_is_fitted(self, "edges_")
        counts = [len(self.edges_[column]) + 1 for column in COLUMNS]
        by_number = np.zeros(1000)
        for code, index in _weigh_codes(self.segment_map_, counts, self.weights_).items():
            by_number[int(code)] = index
        return pd.Series(
            by_number[self._numbers(customers)], index=customers.index, name="weighted_index"
        )

    def _reasons(self, customer: pd.DataFrame) -> str:
        index = self.weighted_index(customer).iloc[0]
        return f"index {index:g} of 100, {super()._reasons(customer)}"


def _read_weights(weights: Any) -> dict[str, float]:
    """Give the weights of the three columns, together 1.

    Raises
    ------
    InvalidParameterError
        If a column has no weight, or one that cannot be.
    """
    if weights is None:
        return dict.fromkeys(COLUMNS, 1 / 3)
    expected = f"a dict of finite weights, 0 or more and not all 0, of {list(COLUMNS)}"
    if not (isinstance(weights, Mapping) and set(weights) == set(COLUMNS)):
        raise InvalidParameterError("weights", weights, expected)
    numbers = [weights[column] for column in COLUMNS]
    are_numbers = all(
        isinstance(number, int | float | np.number) and not isinstance(number, bool)
        for number in numbers
    )
    if not are_numbers or not 0 < sum(numbers) < np.inf or min(numbers) < 0:
        raise InvalidParameterError("weights", weights, expected)
    return {column: float(weights[column] / sum(numbers)) for column in COLUMNS}


def _weigh_codes(
    codes: Iterable[str], counts: Sequence[int], weights: Mapping[str, float]
) -> dict[str, float]:
    """Give the index of each code."""
    steps = [
        _BEST * weights[column] / (count - 1)
        for column, count in zip(COLUMNS, counts, strict=True)
    ]
    return {
        code: round(
            sum(step * (int(digit) - 1) for step, digit in zip(steps, code, strict=True)),
            _DECIMALS,
        )
        for code in codes
    }


def _learn_tier_edges(
    indexes: Mapping[str, float], customers_of: npt.NDArray[np.int64], shares: Mapping[str, float]
) -> dict[str, float]:
    """Learn the lowest index of each tier from the number of customers of each code."""
    holders: dict[float, int] = {}
    for code, index in indexes.items():
        holders[index] = holders.get(index, 0) + int(customers_of[int(code)])
    held = np.array(sorted((index for index, count in holders.items() if count), reverse=True))
    reached = np.cumsum([0, *(holders[index] for index in held)])
    middles = (np.concatenate([[_BEST + 1], held]) + np.append(held, 0.0)) / 2
    ends = np.cumsum(list(shares.values())) * reached[-1]
    edges, taken, spare = [], 0, len(held) - len(shares)
    for place, end in enumerate(ends[:-1]):
        nearest = int(np.argmin(np.abs(reached - end)))
        taken = min(max(nearest, taken + 1), spare + place + 1) if spare >= 0 else nearest
        edges.append(float(middles[taken]))
    return dict(zip(shares, [*edges, 0.0], strict=True))
