"""When: the interface of timing models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


class TimingModel(BaseEstimator, ABC):
    """Say how much each customer likes each moment.

    A model only states preferences.  :func:`crmlib.timing.schedule` turns them
    into moments inside what law, channel and campaign permit, so no model
    needs to know of quiet hours.  Follows the habits of scikit-learn as
    :class:`Segmenter` does.
    """

    @abstractmethod
    def fit(
        self, events: pd.DataFrame, y: None = None, *, zones: pd.Series[str] | None = None
    ) -> Self:
        """Learn from *events* when customers are there.

        Parameters
        ----------
        events : DataFrame of shape (n_events, n_columns)
            ``customer_id`` and an instant: ``ordered_at`` (a transactions
            table) or ``at`` (an engagements table), aware.
        y : None
            Ignored; there for scikit-learn.
        zones : Series of str, optional
            IANA zone of each customer, indexed by ``customer_id``.  Who is
            missing there lives in the zone that the model falls back on.

        Returns
        -------
        TimingModel
            The model itself.
        """

    @abstractmethod
    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Score each slot for each customer; a higher score is a better moment.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; all live in the zone of *slots*.
            Customers that ``fit`` never saw get what is known of all.
        slots : DatetimeIndex of shape (n_slots,)
            Starts of hours, aware, in the customers' own zone: the local
            hour and weekday can be read off directly.

        Returns
        -------
        ndarray of float, shape (n_customers, n_slots)
            Finite and not negative; comparable within a row only.
        """

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:  # noqa: ARG002 -- for those who override it
        """Say in a sentence why each customer gets this moment.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
        send_at : Series of datetime, indexed like *customers*
            The moments chosen, aware, in the customers' own zone.

        Returns
        -------
        Series of str, indexed like *customers*
        """
        import pandas as pd  # noqa: PLC0415 -- keeps the import of a timing plug-in light

        sentence = f"the moment {type(self).__name__} likes best"
        return pd.Series(sentence, index=send_at.index, dtype=object)
