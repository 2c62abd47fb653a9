"""RFM: recency, frequency and monetary value, cut into bins and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import check_customers, require_finite
from crmlib.segmenters._quantile_bins import digitize, learn_edges
from crmlib.segmenters._segment_map import name_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

COLUMNS = ("recency_days", "frequency", "monetary_value")
_FEWEST_BINS, _MOST_BINS = 2, 9


class RFMSegmenter(Segmenter):
    """Cut recency, frequency and monetary value into quantile bins, and name them.

    Every customer gets three digits, 1 for the worst bin and ``n_bins`` for
    the best; the digits in the order R, F, M name the segment [1]_.  The cut
    points are learned by ``fit`` and kept, so next month's customers are
    scored with them and moves between segments are real.

    Parameters
    ----------
    n_bins : int, default=5
        Bins per column, from 2 to 9.
    segment_map : str or dict of str to str or sequence of str, default="eleven"
        Which codes bear which name.  ``"eleven"`` is the built-in map of
        eleven names for five bins.  An own map gives each name one or more
        regular expressions that the whole code must match, best customers
        first: ``{"Top": "[45][45].", "Rest": ["[123]..", "[45][123]."]}``.
        ``fit`` checks that every code has exactly one name and that every
        expression matches some code.
    labels : {"en", "ko"}, default="en"
        Language of the eleven names.  Other names stay as they are written.

    Attributes
    ----------
    edges_ : dict of str to ndarray of shape (n_bins - 1,)
        Inner bin edges per column, in the unit of that column, from the worst
        bin to the best: the value with which each better bin begins.  They
        rise, but fall for ``recency_days``, where fewer days are better.  An
        edge that is repeated marks a digit that no customer had.
    achieved_bins_ : DataFrame indexed by ``column`` and ``digit``
        What became of the bins at fit: ``worst`` and ``best`` (values of the
        column), ``customers`` (count) and ``share`` (0 to 1).  Digits that no
        customer got are not listed.
    segment_map_ : dict of str to str
        The name of each of the ``n_bins ** 3`` codes.
    segments_ : tuple of str
        The names, best customers first.

    Notes
    -----
    **Ties.** Equal values always get equal digits.  Bins are filled from the
    worst to the best.  Each takes the whole values that bring it nearest to an
    equal share of the customers not yet placed (of two equally near, the
    fewer), and leaves at least one distinct value for each bin above it.
    Without ties these are the quantiles.  With ties every digit is used as
    soon as there are ``n_bins`` distinct values: where half of all customers
    bought once they are digit 1, and the others share the digits above.  With
    fewer distinct values than bins each value is a bin, spread evenly from
    digit 1 to ``n_bins``.  A column in which all are equal tells nobody apart:
    all get the middle digit, ``(n_bins + 1) // 2``; but a frequency of one
    purchase is always digit 1.

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
    """

    def __init__(
        self,
        n_bins: int = 5,
        segment_map: str | Mapping[str, str | Sequence[str]] = "eleven",
        labels: str = "en",
    ) -> None:
        self.n_bins = n_bins
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
            If ``n_bins`` is not from 2 to 9, or the map leaves a code without
            a name, gives one several, or has a pattern that fits no code.
        UnknownNameError
            If there is no built-in map or no language of that name.
        MissingColumnsError
            If one of the three columns is missing.
        InvalidTableError
            If the table is empty, has a customer twice, or holds a value that
            is missing, infinite, or negative where it cannot be.
        """
        whole = isinstance(self.n_bins, int | np.integer)
        if not (whole and _FEWEST_BINS <= self.n_bins <= _MOST_BINS):
            expected = f"a whole number from {_FEWEST_BINS} to {_MOST_BINS}"
            raise InvalidParameterError("n_bins", self.n_bins, expected)
        segment_map = name_codes(self.segment_map, self.labels, self.n_bins)
        goodness = _read_goodness(customers)
        if not len(customers):
            raise InvalidTableError("customers", "holds no rows", "fit on at least one customer")
        edges = {}
        for column, values in goodness.items():
            bought_once = column == "frequency" and values[0] == 1
            lone_digit = 1 if bought_once else (self.n_bins + 1) // 2
            edges[column] = learn_edges(values, self.n_bins, lone_digit=lone_digit)
        self.edges_ = {column: _in_unit(column, values) for column, values in edges.items()}
        self.segment_map_ = segment_map
        self.segments_ = tuple(dict.fromkeys(segment_map.values()))
        self.achieved_bins_ = _describe_bins(goodness, edges)
        return self

    def scores(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the digits of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        DataFrame of shape (n_customers, 4), indexed like *customers*
            ``r``, ``f``, ``m`` (from 1, the worst, to ``n_bins``) and ``code``
            (the three digits as a text).

        Raises
        ------
        MissingColumnsError, InvalidTableError
            As in :meth:`fit`, but a table without rows is answered without rows.
        """
        digits = self._digits(customers)
        scores = pd.DataFrame(digits, columns=["r", "f", "m"], index=customers.index)
        number = digits @ [100, 10, 1]
        texts = np.array([f"{n:03d}" for n in range(1000)], dtype=object)
        return scores.assign(code=pd.Series(texts[number], index=customers.index, dtype=str))

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer by the cut points of ``fit``.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``, indexed like *customers*

        Raises
        ------
        MissingColumnsError, InvalidTableError
            As in :meth:`fit`, but a table without rows is answered without rows.
        """
        number = self._digits(customers) @ [100, 10, 1]
        names = np.full(1000, None, dtype=object)
        for code, name in self.segment_map_.items():
            names[int(code)] = name
        return pd.Series(names[number], index=customers.index, name="segment", dtype=str)

    def expression(self) -> nw.Expr:
        """Give the cut points and names as an expression over the three columns.

        Returns
        -------
        narwhals.Expr
            Every comparison is with a number, so it runs on any engine.
        """
        check_is_fitted(self, "edges_")
        number = nw.lit(0)
        for column, place in zip(COLUMNS, (100, 10, 1), strict=True):
            number = number + place * _count_edges(column, self.edges_[column])
        codes: dict[str, list[int]] = {}
        for code, name in self.segment_map_.items():
            codes.setdefault(name, []).append(int(code))
        *others, last = codes
        named = nw.lit(last)
        for name in others:
            named = nw.when(number.is_in(codes[name])).then(nw.lit(name)).otherwise(named)
        return named

    def _reasons(self, customer: pd.DataFrame) -> str:
        digits = self.scores(customer).iloc[0]
        parts = [
            f"{column} {customer[column].iloc[0]:,g} is digit {digits[key]} of {self.n_bins}"
            for column, key in zip(COLUMNS, "rfm", strict=True)
        ]
        return f"code {digits['code']}: {', '.join(parts)}"

    def _digits(self, customers: pd.DataFrame) -> npt.NDArray[np.int64]:
        check_is_fitted(self, "edges_")
        goodness = _read_goodness(customers)
        return np.column_stack(
            [digitize(goodness[c], _in_unit(c, self.edges_[c])) for c in COLUMNS]
        )


def _read_goodness(customers: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Give each column such that higher is better."""
    check_customers(customers, COLUMNS)
    goodness = {}
    for column in COLUMNS:
        numbers = require_finite(customers, column)
        negative = np.flatnonzero(numbers < 0)
        if column != "monetary_value" and len(negative):
            first = customers.index[int(negative[0])]
            raise InvalidTableError(
                "customers",
                f"has {len(negative)} negative values in {column!r}, the first for {first!r}",
                "check the snapshot date and the orders behind it",
            )
        goodness[column] = _in_unit(column, numbers)
    return goodness


def _count_edges(column: str, edges: npt.NDArray[np.float64]) -> nw.Expr:
    """Give the digit of *column*: one more than the edges that it reaches."""
    value = nw.col(column).cast(nw.Float64())
    reached = [
        (value <= float(edge) if column == "recency_days" else value >= float(edge)).cast(
            nw.Int64()
        )
        for edge in edges
    ]
    return sum(reached, start=nw.lit(1))


def _in_unit(column: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn goodness into the unit of the column, or back: fewer days are better."""
    return 0.0 - values if column == "recency_days" else values


def _describe_bins(
    goodness: Mapping[str, npt.NDArray[np.float64]], edges: Mapping[str, npt.NDArray[np.float64]]
) -> pd.DataFrame:
    parts = {}
    for column, values in goodness.items():
        bins = (
            pd.Series(values).groupby(digitize(values, edges[column])).agg(["min", "max", "size"])
        )
        parts[column] = pd.DataFrame(
            {
                "worst": _in_unit(column, bins["min"].to_numpy()),
                "best": _in_unit(column, bins["max"].to_numpy()),
                "customers": bins["size"],
                "share": bins["size"] / len(values),
            }
        )
    return pd.concat(parts, names=["column", "digit"])
