"""What a planner that chooses has learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


class MessagePolicy(ABC):
    """Probabilities of each message for each customer, and reasons."""

    @abstractmethod
    def probabilities(self, audience: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Give a row per customer and a column per message, the last one for none.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        ndarray of shape (n_customers, n_messages + 1)
            Each row sums to 1.
        """

    @abstractmethod
    def reasons(self, audience: pd.DataFrame, chosen: npt.NDArray[np.intp]) -> list[str]:
        """Say of each customer why the message of number *chosen* (or none) is a good one.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        chosen : ndarray of int, shape (n_customers,)
            Columns of :meth:`probabilities`.
        """
