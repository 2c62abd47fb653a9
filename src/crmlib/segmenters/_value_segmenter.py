"""Segments by what customers are expected to bring."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import attrs
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import DataQualityWarning
from crmlib.segmenters._bg_nbd_histories import read_histories
from crmlib.segmenters._customers_table import require_somebody
from crmlib.segmenters._gamma_gamma import fit_gamma_gamma
from crmlib.segmenters._value_expression import value_expression
from crmlib.segmenters._value_forecasts import ValueForecasts, read_spend, require_days
from crmlib.segmenters._value_tiers import learn_edges, read_tiers
from crmlib.statistics import fit_bg_nbd

if TYPE_CHECKING:
    from collections.abc import Mapping

FrameT = TypeVar("FrameT")

_FEW_REPEATERS: Final = 100
"""Of fewer who bought again a parameter at its limit may be luck."""

_VALUE = "crmlib_value"
"""A column that is there for a moment."""


class ValueSegmenter(ValueForecasts):
    """Expect each customer's purchases and spend, and cut their value into tiers.

    BG/NBD [1]_ tells how often a customer will buy, if still there at all, and
    Gamma-Gamma [2]_ what a purchase is worth; both are fitted by maximum
    likelihood.  The value of a customer is expected purchases within
    ``horizon_days`` times expected spend per purchase.

    Parameters
    ----------
    tiers : dict of str to float, optional
        Names, best first, and the share of the customers of each, above 0 and
        together 1.  By default Platinum .05, Gold .15, Silver .30, Bronze .50.
    horizon_days : float, default=365
        How far ahead the value reaches, above 0.
    period_days : float, default=7
        Days in the unit of ``alpha``; 7 gives weeks, as in the literature.
    repeat_value : str, optional
        A column with the mean money of a customer's purchases after the first,
        read where there are such.  By default ``average_order_value`` of all
        orders is taken, so the first order is held to be like the others.

    Attributes
    ----------
    purchase_parameters_ : dict of str to float
        ``r``, ``alpha`` (periods), ``a``, ``b`` of BG/NBD.
    purchase_log_likelihood_ : float
        Of the histories, in periods.
    spend_parameters_ : dict of str to float
        ``p``, ``q``, ``v`` (money) of Gamma-Gamma.
    spend_log_likelihood_ : float
    starts_ : DataFrame of shape (n_starts, 6)
        Where each start of the search led (``alpha`` and ``log_likelihood`` in
        days), and whether it converged: alike, if there is one maximum.  Of
        more than 20,000 different histories as many customers are tried here,
        evenly chosen, and the best end is then carried on to all.
    at_limit_ : tuple of str
        Parameters that ran to the end of where they are looked for: ``a`` means
        that nobody seems to leave, ``r`` that all buy at one rate, ``p`` that
        all purchases of a customer are worth the same.
    edges_ : dict of str to float
        The lowest value of each tier.
    correction_ : dict of str to float
        Only after :meth:`recalibrate`: ``days``, ``intercept`` and the weights
        ``log_odds``, ``log_spend``, ``log_repeats``, ``log_recency_days`` and
        ``log_tenure_days``.
    horizon_days_, period_days_ : float
        The parameters as they were at fit.
    segments_ : tuple of str
        The tiers, best first.

    Notes
    -----
    In BTYD's terms x is ``frequency - 1``, t_x ("recency") is ``tenure_days -
    recency_days`` and T is ``tenure_days``.  Published figures often count
    days with a purchase; ``frequency`` counts orders.  Aggregate the lines to
    one order a day before :func:`crmlib.summarize_customers` to count days;
    that is the better unit where several orders a day are one visit.

    Customers whose mean value is not above 0, because all came back, are left
    out when Gamma-Gamma is fitted, and their mean counts as 0 when asked about.

    BG/NBD holds that who bought once is still there, and that no season makes
    customers buy more: see :meth:`calibration`.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie, K. L. Lee, "'Counting Your Customers'
       the Easy Way", Marketing Science 24 (2005), 275-284.
    .. [2] P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma Model of Monetary
       Value", 2013, eq. 1a and 5.

    Examples
    --------
    >>> from crmlib.testing import example_customers
    >>> customers = example_customers()
    >>> segmenter = ValueSegmenter({"Best": 0.25, "Others": 0.75}).fit(customers)
    >>> segmenter.predict(customers).value_counts().to_dict()
    {'Others': 36, 'Best': 12}
    >>> segmenter.expected_purchases(customers, 90).round(2).iloc[[0, -1]].to_list()
    [1.8, 0.28]
    """

    def __init__(
        self,
        tiers: Mapping[str, float] | None = None,
        horizon_days: float = 365,
        period_days: float = 7,
        repeat_value: str | None = None,
    ) -> None:
        self.tiers = tiers
        self.horizon_days = horizon_days
        self.period_days = period_days
        self.repeat_value = repeat_value

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn both models, and where the tiers begin.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With ``frequency`` (orders, 1 or more), ``recency_days`` and
            ``tenure_days`` (whole days), and ``average_order_value`` or the
            column that *repeat_value* names (money).
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        ValueSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If the tiers are no shares, or days are not above 0.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the table is empty, a value is missing, negative or impossible,
            nobody bought again, all bought alike, or the search for the
            parameters failed.

        Warns
        -----
        DataQualityWarning
            If parameters ran to a limit, and so few bought again that this
            tells more of the shop's size than of its customers.
        """
        shares = read_tiers(self.tiers)
        horizon = require_days("horizon_days", self.horizon_days)
        period = require_days("period_days", self.period_days)
        require_somebody(customers)
        histories = read_histories(customers)
        n, mean = read_spend(customers, histories, self.repeat_value)
        bought = fit_bg_nbd(histories)
        known = (n > 0) & (mean > 0)
        spent = fit_gamma_gamma(n[known], mean[known])
        vars(self).pop("correction_", None)
        self.purchase_parameters_ = {
            **attrs.asdict(bought.model),
            "alpha": bought.model.alpha / period,
        }
        self.purchase_log_likelihood_ = bought.log_likelihood + float(
            histories.x.sum() * np.log(period)
        )
        self.spend_parameters_ = attrs.asdict(spent.model)
        self.spend_log_likelihood_ = spent.log_likelihood
        self.starts_ = bought.starts
        self.at_limit_ = bought.at_limit + spent.at_limit
        _warn_of_few(self.at_limit_, int((histories.x > 0).sum()))
        self.segments_ = tuple(shares)
        self.horizon_days_, self.period_days_ = horizon, period
        self.edges_ = learn_edges(self._value(histories, n, mean), shares)
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the tier of each customer by the edges of ``fit``.

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
        values = self.value(customers).to_numpy()
        edges = np.array(list(self.edges_.values()))
        names = np.array(self.segments_, dtype=object)
        place = (values[:, None] >= edges).argmax(axis=1)
        return pd.Series(names[place], index=customers.index, name="segment", dtype=str)

    def expression(self) -> nw.Expr:
        """Give the tier as an expression; see :meth:`crmlib.interfaces.Segmenter.expression`.

        It is arithmetic on four columns: the same sum over some twenty fixed
        points that :meth:`value` takes, in place of a hypergeometric function.
        """
        return self._name_tier(self._value_expression())

    def add_segments(self, customers: FrameT) -> FrameT:
        """Put the column ``segment`` beside *customers*, where they lie.

        As :meth:`crmlib.interfaces.Segmenter.add_segments`; the value is
        computed once, not once per tier.
        """
        frame = nw.from_native(cast("Any", customers))
        with_value = frame.with_columns(self._value_expression().alias(_VALUE))
        named = with_value.with_columns(segment=self._name_tier(nw.col(_VALUE)))
        return cast("FrameT", named.drop(_VALUE).to_native())

    def _value_expression(self) -> nw.Expr:
        check_is_fitted(self, "edges_")
        return value_expression(
            self._bought(), self._spent(), self._points(), self.horizon_days_, self.repeat_value
        )

    def _name_tier(self, value: nw.Expr) -> nw.Expr:
        *others, last = self.segments_
        named = nw.lit(last)
        for name in reversed(others):
            named = nw.when(value >= self.edges_[name]).then(nw.lit(name)).otherwise(named)
        return named

    def _reasons(self, customer: pd.DataFrame) -> str:
        repeats = int(customer["frequency"].iloc[0]) - 1
        silence, known = (customer[c].iloc[0] for c in ("recency_days", "tenure_days"))
        alive = self.probability_alive(customer).iloc[0]
        purchases = self.expected_purchases(customer, self.horizon_days_).iloc[0]
        spend, value = self.expected_spend(customer).iloc[0], self.value(customer).iloc[0]
        edges = ", ".join(f"{name} from {edge:,.2f}" for name, edge in self.edges_.items())
        return (
            f"bought {repeats} times after the first in {known:g} days, is silent for "
            f"{silence:g}: still there with {alive:.0%}; expected {purchases:.2f} purchases of "
            f"{spend:,.2f} in {self.horizon_days_:g} days, together {value:,.2f} ({edges})"
        )


def _warn_of_few(at_limit: tuple[str, ...], repeaters: int) -> None:
    """Say that too few bought again to tell the parameters that ran to a limit."""
    if at_limit and repeaters < _FEW_REPEATERS:
        warnings.warn(
            f"the parameters {list(at_limit)} ran to the end of their range, and only "
            f"{repeaters:,} customers bought again: what is expected of each customer is little "
            f"more than a guess; take a longer history, or another segmenter, below "
            f"{_FEW_REPEATERS} of them",
            DataQualityWarning,
            stacklevel=3,
        )
