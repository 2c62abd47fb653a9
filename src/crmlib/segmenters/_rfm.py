"""RFM: recency, frequency and monetary value, cut into bins and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from crmlib.segmenters._built_in_maps import MAP_EDGES
from crmlib.segmenters._rfm_bins import choose_bins, count_bins, read_cut_points
from crmlib.segmenters._rfm_scores import RFMScores
from crmlib.segmenters._segment_map import name_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd


class RFMSegmenter(RFMScores):
    """Cut recency, frequency and monetary value into bins, and name them.

    Every customer gets three digits, 1 for the worst bin and the number of
    bins for the best; the digits in the order R, F, M name the segment [1]_.
    The bins are quantiles, or begin at cut points of your own.  Quantiles are
    learned by ``fit`` and kept, so next month's customers are scored with them
    and moves between segments are real.

    Parameters
    ----------
    n_bins : int or dict of str to int, default=5
        Quantile bins per column, from 2 to 9: one number for all columns that
        have no cut points, or the number of each of them.  In a dict 1 is
        possible, too, and leaves the column out of account.
    cut_points : dict of str to sequence of float, optional
        Where the bins of a column begin instead, rising, in its unit.  A cut
        point belongs to the better bin: ``{"frequency": [2, 5]}`` gives 1 for
        one order, 2 for two to four and 3 for five or more;
        ``{"recency_days": [30, 90]}`` gives 3 for up to 30 days, 2 for up to
        90 and 1 for more.
    segment_map : str or dict of str to str or sequence of str, default="eleven"
        Which codes bear which name.  ``"eleven"``: eleven usual names, for five
        bins per column.  ``"codes"``: each code is its own name, ``"555"``.
        ``"small-shop"``: VIP, good, repeat and new customers by 5, 3, 2 and 1
        orders, and those who have not bought for 60 (watch), 90 (at risk) or
        180 days (long lost) whatever they bought before; it brings these cut
        points with it, and those in ``cut_points`` go before them.  An own map
        gives each name one or more regular expressions that the whole code
        must match, best customers first:
        ``{"Top": "[45][45].", "Rest": ["[123]..", "[45][123]."]}``.
        ``fit`` checks that every code has exactly one name and that every
        expression matches some code.
    labels : {"en", "ko"}, default="en"
        Language of the built-in names.  Other names stay as they are written.

    Attributes
    ----------
    edges_ : dict of str to ndarray of shape (number of bins - 1,)
        Inner bin edges per column, in the unit of that column, from the worst
        bin to the best: the value with which each better bin begins.  They
        rise, but fall for ``recency_days``, where fewer days are better.  An
        edge that is repeated marks a digit that no customer had.
    achieved_bins_ : DataFrame indexed by ``column`` and ``digit``
        What became of the bins at fit: ``worst`` and ``best`` (values of the
        column), ``customers`` (count) and ``share`` (0 to 1).  Digits that no
        customer got are not listed.
    segment_map_ : dict of str to str
        The name of every code that there can be.
    segments_ : tuple of str
        The names, best customers first.

    See Also
    --------
    WeightedRFMSegmenter : Tiers by one weighted index instead of named codes.

    Notes
    -----
    **Ties.** Equal values always get equal digits.  Quantile bins are filled
    from the worst to the best.  Each takes the whole values that bring it
    nearest to an equal share of the customers not yet placed (of two equally
    near, the fewer), and leaves at least one distinct value for each bin above
    it.  Without ties these are the quantiles.  With ties every digit is used as
    soon as there are as many distinct values as bins: where half of all
    customers bought once they are digit 1, and the others share the digits
    above.  With fewer distinct values than bins each value is a bin, spread
    evenly from the lowest digit to the highest.  A column in which all are
    equal tells nobody apart: all get the middle digit, of an even number of
    bins the lower; but a frequency of one purchase is always digit 1.

    A monetary value may be negative (more returned than bought); recency and
    frequency may not.

    References
    ----------
    .. [1] A. M. Hughes, *Strategic Database Marketing*, Probus, 1994.

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
    >>> rfm = RFMSegmenter().fit(customers)
    >>> rfm.predict(customers)
    customer_id
    ann          Champions
    bob    Can't Lose Them
    cho        Hibernating
    dee          Promising
    eun     About To Sleep
    Name: segment, dtype: str
    >>> rfm.edges_["recency_days"]
    array([90., 30.,  5.,  3.])

    A small shop names its customers by days and orders that it knows:

    >>> RFMSegmenter(segment_map="small-shop", labels="ko").fit_predict(customers).to_list()
    ['VIP', '장기 이탈', '이탈 위험', '신규', '우수']
    """

    def __init__(
        self,
        n_bins: int | Mapping[str, int] = 5,
        cut_points: Mapping[str, Sequence[float]] | None = None,
        segment_map: str | Mapping[str, str | Sequence[str]] = "eleven",
        labels: str = "en",
    ) -> None:
        self.n_bins = n_bins
        self.cut_points = cut_points
        self.segment_map = segment_map
        self.labels = labels

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn the bin edges from *customers* and check the segment map.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With ``recency_days`` (days, 0 or more), ``frequency`` (orders, 0
            or more) and ``monetary_value`` (money, net).
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        RFMSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If ``n_bins`` or ``cut_points`` are not as described above, or the
            map leaves a code without a name, gives one several, or has a
            pattern that fits no code.
        UnknownNameError
            If there is no built-in map or no language of that name.
        MissingColumnsError
            If one of the three columns is missing.
        InvalidTableError
            If the table is empty, has a customer twice, or holds a value that
            is missing, infinite, or negative where it cannot be.
        """
        bins = choose_bins(self.n_bins, self._cuts(), fewest=1)
        segment_map = name_codes(self.segment_map, self.labels, count_bins(bins))
        self._learn(customers, bins)
        self.segment_map_ = segment_map
        self.segments_ = tuple(dict.fromkeys(segment_map.values()))
        return self

    def _cuts(self) -> dict[str, npt.NDArray[np.float64]]:
        """Give the cut points of the parameters before those of a built-in map."""
        name = self.segment_map if isinstance(self.segment_map, str) else ""
        brought = {
            column: np.array(edges, dtype=np.float64)
            for column, edges in MAP_EDGES.get(name, {}).items()
        }
        return brought | read_cut_points(self.cut_points)
