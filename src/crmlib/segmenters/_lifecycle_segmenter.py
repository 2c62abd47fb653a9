"""Segments by where customers stand on their own purchase clock."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Self

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import require_somebody
from crmlib.segmenters._lifecycle_clock import Clock, gaps, learn_clock, read_gaps

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("New", "Active", "Due", "At Risk", "Dormant", "Lost"),
        "ko": ("신규", "활동", "구매 시기", "이탈 위험", "휴면", "이탈"),
    }
)


class LifecycleSegmenter(Segmenter):
    """Tell new, active, due, at-risk, dormant and lost customers by their own clocks.

    Thirty days of silence are long for who buys every week, and nothing for
    who buys every spring.  So the silence of a customer (``recency_days``) is
    measured by the customer's own clock: the mean gap between orders, drawn
    towards the typical gap of all, the more so the fewer gaps there were.

    ========  ==========================================================
    New       one order so far, and not yet due
    Active    several orders, and not yet due
    Due       silent for ``due_from`` clocks or more
    At Risk   silent for ``due_until`` clocks or more
    Dormant   silent for longer than is tolerated: ``tolerance`` clocks, or
              the longest gap after which this customer came back
    Lost      silent for longer than ``lost_after`` times that
    ========  ==========================================================

    Parameters
    ----------
    due_from, due_until : float, default=0.5, 1.5
        In clocks; between them repeat orders are likeliest [1]_.
    tolerance : float, default=3
        In clocks, *due_until* or more.  Of gaps that come by chance alone (an
        exponential distribution) exp(-3), 5 %, are longer.
    lost_after : float, default=2
        In tolerated intervals, 1 or more; of such gaps exp(-6), .2 %.
    default_gap_days : float, default=60
        The clock of all, where nobody ordered twice.  With the defaults such
        customers are due from 30, at risk from 90, dormant from 180 days on, as
        shops set by hand [2]_.
    labels : {"en", "ko"}, default="en"
        Language of the names.

    Attributes
    ----------
    typical_gap_days_ : float
        The clock of a customer with one order.
    shrinkage_ : float
        Own gaps that weigh as much as the typical one, from .01 to 100:
        variance within a customer over variance between customers, of
        logarithms (empirical Bayes [3]_).
    bounds_ : dict of str to float
        The first four parameters as they were at fit.
    segments_ : tuple of str
        The six names, in the order of the table.

    Notes
    -----
    The clock is ``exp((n log(mean_gap_days) + k log(typical)) / (n + k))`` with
    n = ``frequency - 1`` gaps and k = ``shrinkage_``; a gap below a day counts
    as one.  While a customer stays silent only ``recency_days`` grows, so a
    longer silence never makes anybody livelier.

    The typical gap is of gaps that ended: who takes long to come back is
    counted less often, so young customers are called due rather early.

    References
    ----------
    .. [1] Online Retail II (UCI 502): a repeat order comes with .147 a week at
       .5 to 1.5 clocks, .087 before and .050 after.  In CDNOW there is no such
       peak; look at your own with :meth:`clock`.
    .. [2] Field practice: 60 days without a visit to watch, 90 at risk, 180
       lost for long.
    .. [3] B. Efron, C. Morris, "Data Analysis Using Stein's Estimator", Journal
       of the American Statistical Association 70 (1975), 311-319.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {
    ...         "recency_days": [30, 30, 30, 3],
    ...         "frequency": [9, 3, 9, 1],
    ...         "mean_gap_days": [7.0, 30.0, 180.0, float("nan")],
    ...         "max_gap_days": [9.0, 40.0, 220.0, float("nan")],
    ...     },
    ...     index=pd.Index(["ann", "bob", "cho", "dee"], name="customer_id"),
    ... )
    >>> LifecycleSegmenter().fit_predict(customers)
    customer_id
    ann    Dormant
    bob        Due
    cho     Active
    dee        New
    Name: segment, dtype: str
    """

    def __init__(
        self,
        *,
        due_from: float = 0.5,
        due_until: float = 1.5,
        tolerance: float = 3.0,
        lost_after: float = 2.0,
        default_gap_days: float = 60.0,
        labels: str = "en",
    ) -> None:
        self.due_from = due_from
        self.due_until = due_until
        self.tolerance = tolerance
        self.lost_after = lost_after
        self.default_gap_days = default_gap_days
        self.labels = labels

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn the typical gap and how far to trust a customer's own.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With ``recency_days``, ``frequency`` (orders, 1 or more),
            ``mean_gap_days`` and ``max_gap_days`` (days; read where there is
            more than one order).
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        LifecycleSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If a parameter is no number or out of order.
        UnknownNameError
            If there are no labels in that language.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the table is empty, or a value is missing, negative or infinite.
        """
        bounds = self._check_bounds()
        if not (isinstance(self.labels, str) and self.labels in _LABELS):
            raise UnknownNameError("language of labels", str(self.labels), list(_LABELS))
        default = _require_number("default_gap_days", self.default_gap_days, 1.0)
        gaps_of_all = read_gaps(customers)
        require_somebody(gaps_of_all)
        clock = learn_clock(gaps_of_all, default)
        self.typical_gap_days_, self.shrinkage_ = clock.typical_gap_days, clock.shrinkage
        self.bounds_ = bounds
        self.segments_ = _LABELS[self.labels]
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer.

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
        check_is_fitted(self, "shrinkage_")
        frame = nw.from_native(read_gaps(customers).reset_index(drop=True), eager_only=True)
        names = frame.select(segment=self.expression())["segment"].to_list()
        return pd.Series(names, index=customers.index, name="segment", dtype=str)

    def clock(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the clock of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`.

        Returns
        -------
        DataFrame of shape (n_customers, 3), indexed like *customers*
            ``clock_days``, ``tolerated_days``, and ``elapsed_clocks``: the
            silence in clocks.
        """
        check_is_fitted(self, "shrinkage_")
        frame = nw.from_native(read_gaps(customers).reset_index(drop=True), eager_only=True)
        days = self._clock().days()
        table = frame.select(
            clock_days=days,
            tolerated_days=self._clock().tolerated_days(self.bounds_["tolerance"]),
            elapsed_clocks=nw.col("recency_days") / days,
        ).to_pandas()
        return table.set_axis(customers.index)

    def expression(self) -> nw.Expr:
        """Give the segment as an expression; see :meth:`crmlib.interfaces.Segmenter.expression`.

        Gaps of customers with one order may be missing.
        """
        check_is_fitted(self, "shrinkage_")
        new, active, due, at_risk, dormant, lost = (nw.lit(name) for name in self.segments_)
        bounds = self.bounds_
        silence = nw.col("recency_days").cast(nw.Float64())
        clock, tolerated = self._clock().days(), self._clock().tolerated_days(bounds["tolerance"])
        named = nw.when(gaps() > 0).then(active).otherwise(new)
        for name, is_reached in (
            (due, silence >= bounds["due_from"] * clock),
            (at_risk, silence >= bounds["due_until"] * clock),
            (dormant, silence > tolerated),
            (lost, silence > bounds["lost_after"] * tolerated),
        ):
            named = nw.when(is_reached).then(name).otherwise(named)
        return named

    def _clock(self) -> Clock:
        return Clock(typical_gap_days=self.typical_gap_days_, shrinkage=self.shrinkage_)

    def _reasons(self, customer: pd.DataFrame) -> str:
        days, tolerated, elapsed = self.clock(customer).iloc[0]
        row = customer.iloc[0]
        n = int(row["frequency"]) - 1
        own = (
            f"mean of {n} own gaps {row['mean_gap_days']:.1f}, longest {row['max_gap_days']:.1f}"
            if n
            else "no own gap yet"
        )
        return (
            f"silent for {row['recency_days']:g} days, {elapsed:.2f} of its clock of {days:.1f} "
            f"days ({own}, typical {self.typical_gap_days_:.1f}); due from "
            f"{self.bounds_['due_from'] * days:.1f}, at risk from "
            f"{self.bounds_['due_until'] * days:.1f}, tolerated to {tolerated:.1f}"
        )

    def _check_bounds(self) -> dict[str, float]:
        least = np.nextafter(0.0, 1.0)
        due_from = _require_number("due_from", self.due_from, least)
        due_until = _require_number("due_until", self.due_until, due_from)
        tolerance = _require_number("tolerance", self.tolerance, due_until)
        lost_after = _require_number("lost_after", self.lost_after, 1.0)
        return {
            "due_from": due_from,
            "due_until": due_until,
            "tolerance": tolerance,
            "lost_after": lost_after,
        }


def _require_number(name: str, value: object, least: float) -> float:
    """Give *value* as a float from *least* on, or refuse it."""
    if not (isinstance(value, int | float | np.number) and least <= value < np.inf):
        raise InvalidParameterError(name, value, f"a number from {least:g} on")
    return float(value)
