"""Who: the interface of segmenters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import narwhals.stable.v2 as nw

from crmlib.exceptions import UnknownNameError, UnsupportedFeatureError
from crmlib.interfaces._segment_summary import summarize_segments
from crmlib.model_files import SavedModel

if TYPE_CHECKING:
    import pandas as pd

FrameT = TypeVar("FrameT")


class Segmenter(SavedModel, ABC):
    """Put every customer into exactly one named segment.

    A segmenter learns from one customers table and answers for any other:
    next month's customers are scored with the cut points of this month.

    ``__init__`` only stores its arguments; checks sit at the top of ``fit``.
    What is learned ends in an underscore, and ``fit`` forgets what it learned
    before.  Neither method writes into the table it is given.

    Attributes
    ----------
    segments_ : tuple of str
        Every name that ``predict`` can give, best customers first.
    """

    segments_: tuple[str, ...]

    @abstractmethod
    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        """Learn the segments from *customers*.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            One row per customer, indexed by ``customer_id``, as
            :func:`crmlib.features.summarize_customers` gives it.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        Segmenter
            The segmenter itself.
        """

    @abstractmethod
    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``
            The index is that of *customers*, in the same order.
        """

    def fit_predict(self, customers: pd.DataFrame, y: None = None) -> pd.Series[str]:
        """Learn the segments from *customers* and name theirs."""
        return self.fit(customers, y).predict(customers)

    def expression(self) -> nw.Expr:
        """Give what was learned as an expression over the columns of a customers table.

        It names the segment as ``predict`` does, on every engine that
        narwhals knows, without a Python function per row.

        Returns
        -------
        narwhals.Expr

        Raises
        ------
        UnsupportedFeatureError
            If this segmenter is no expression.
        """
        raise UnsupportedFeatureError(
            type(self).__name__, "be written as an expression", "collect the table and predict it"
        )

    def add_segments(self, customers: FrameT) -> FrameT:
        """Put the column ``segment`` beside *customers*, where they lie.

        Parameters
        ----------
        customers : dataframe of shape (n_customers, n_columns)
            Of any kind that narwhals knows, in memory or not: a DuckDB
            relation, a frame of Polars, PySpark, Dask or ibis, …; the columns
            as in :meth:`fit`, without gaps in those that the segmenter reads.

        Returns
        -------
        dataframe of shape (n_customers, n_columns + 1)
            Of the kind that came; nothing is computed that was not.

        Raises
        ------
        UnsupportedFeatureError
            If this segmenter is no expression.
        """
        frame = nw.from_native(cast("Any", customers))
        return cast("FrameT", frame.with_columns(segment=self.expression()).to_native())

    def summary(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Describe the segments of *customers*, side by side.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        DataFrame of shape (n_segments, n_columns), indexed by segment, best first
            ``customers`` and ``share`` (0 to 1); ``value`` (sum of
            ``monetary_value``), ``value_share``, ``mean_value``,
            ``mean_frequency`` and ``median_recency_days`` where the table has
            those columns; ``sets_apart``: the columns of numbers whose mean
            lies farthest from that of all customers, half a standard
            deviation or more.  Segments without customers are there, too.
        """
        return summarize_segments(customers, self.predict(customers), self.segments_)

    def explain(self, customers: pd.DataFrame, customer_id: object) -> str:
        """Say why a customer is in a segment.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`.
        customer_id : object
            A label of its index.

        Returns
        -------
        str
            For a person to read; begins with the id and the segment.

        Raises
        ------
        UnknownNameError
            If there is no such customer.
        """
        if customer_id not in customers.index:
            raise UnknownNameError(
                "customer", str(customer_id), [str(i) for i in customers.index[:5]]
            )
        row = customers.loc[[customer_id]]
        reasons = self._reasons(row)
        return f"{customer_id}: {self.predict(row).iloc[0]}" + (f"; {reasons}" if reasons else "")

    def _reasons(self, customer: pd.DataFrame) -> str:  # noqa: ARG002 -- for those that override it
        """Say what put the one *customer* of this table into the segment."""
        return ""
