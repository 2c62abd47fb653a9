"""Who: the interface of segmenters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    import pandas as pd


class Segmenter(BaseEstimator, ABC):
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
