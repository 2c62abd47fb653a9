"""What segmenters have in common that name the digits of recency, frequency and money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidTableError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._rfm_bins import COLUMNS
from crmlib.segmenters._rfm_digits import (
    PLACES,
    learn_digits,
    number_codes,
    number_expression,
    read_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_NUMBERS = 1000
"""One more than the highest code, as a number."""


class RFMScores(Segmenter):
    """Cut points of the three columns, and a name for each code of three digits.

    Attributes
    ----------
    edges_ : dict of str to ndarray of float
    achieved_bins_ : DataFrame indexed by ``column`` and ``digit``
    segment_map_ : dict of str to str
        Set by the subclass.
    """

    edges_: dict[str, npt.NDArray[np.float64]]
    achieved_bins_: pd.DataFrame
    segment_map_: dict[str, str]

    def scores(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give the digits of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        DataFrame of shape (n_customers, 4), indexed like *customers*
            ``r``, ``f``, ``m`` (from 1, the worst, to the number of bins) and
            ``code`` (the three digits as a text).

        Raises
        ------
        MissingColumnsError, InvalidTableError
            As in :meth:`fit`, but a table without rows is answered without rows.
        """
        numbers = self._numbers(customers).astype(np.int64)
        digits = {name: numbers // place % 10 for name, place in zip("rfm", PLACES, strict=True)}
        texts = pd.array([f"{number:03d}" for number in range(_NUMBERS)], dtype="str")
        return pd.DataFrame({**digits, "code": texts.take(numbers)}, index=customers.index)

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
        numbers = self._numbers(customers)
        names = [self.segment_map_.get(f"{number:03d}", "") for number in range(_NUMBERS)]
        segments = pd.array(names, dtype="str").take(numbers)
        return pd.Series(segments, index=customers.index, name="segment")

    def expression(self) -> nw.Expr:
        """Give the cut points and names as an expression over the three columns.

        Returns
        -------
        narwhals.Expr
            Every comparison is with a number, so it runs on any engine.
        """
        check_is_fitted(self, "edges_")
        number = number_expression(self.edges_)
        if all(code == name for code, name in self.segment_map_.items()):
            return number.cast(nw.String())
        codes: dict[str, list[int]] = {}
        for code, name in self.segment_map_.items():
            codes.setdefault(name, []).append(int(code))
        *others, last = codes
        named = nw.lit(last)
        for name in others:
            named = nw.when(number.is_in(codes[name])).then(nw.lit(name)).otherwise(named)
        return named

    def _learn(
        self,
        customers: pd.DataFrame,
        bins: Mapping[str, int | npt.NDArray[np.float64]],
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Learn ``edges_`` and ``achieved_bins_``; give the values of each column."""
        values = read_values(customers)
        if not len(customers):
            raise InvalidTableError("customers", "holds no rows", "fit on at least one customer")
        self.edges_, self.achieved_bins_ = learn_digits(values, bins)
        return values

    def _reasons(self, customer: pd.DataFrame) -> str:
        digits = self.scores(customer).iloc[0]
        parts = [
            f"{column} {customer[column].iloc[0]:,g} is digit {digits[key]} "
            f"of {len(self.edges_[column]) + 1}"
            for column, key in zip(COLUMNS, "rfm", strict=True)
            if len(self.edges_[column])
        ]
        return f"code {digits['code']}: {', '.join(parts)}"

    def _numbers(self, customers: pd.DataFrame) -> npt.NDArray[np.int16]:
        check_is_fitted(self, "edges_")
        return number_codes(read_values(customers), self.edges_)
