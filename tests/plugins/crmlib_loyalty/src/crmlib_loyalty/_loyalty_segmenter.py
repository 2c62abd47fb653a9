"""Segments by the points of a loyalty card."""

from __future__ import annotations

from typing import Self

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib import Segmenter
from crmlib.exceptions import InvalidParameterError, MissingColumnsError

LEVELS = ("Gold", "Silver", "Green")


class LoyaltySegmenter(Segmenter):
    """Give each customer the level of a loyalty card: Gold, Silver or Green.

    Parameters
    ----------
    points_column : str, default="monetary_value"
        A column of points, without gaps; by default a point for each unit of money.
    gold, silver : float, default=0.1, 0.3
        The share of customers with Gold, and with Silver or better; rising, within 0 to 1.
        Customers with equal points have one level.

    Attributes
    ----------
    edges_ : dict of str to float
        The fewest points of Gold and of Silver.
    segments_ : tuple of str
        The levels, best first.

    Examples
    --------
    >>> customers = pd.DataFrame({"points": [900, 40, 30, 10]}, index=["ann", "bob", "cho", "dee"])
    >>> segmenter = LoyaltySegmenter("points", gold=0.25, silver=0.5)
    >>> segmenter.fit_predict(customers).to_list()
    ['Gold', 'Silver', 'Green', 'Green']
    """

    def __init__(
        self, points_column: str = "monetary_value", gold: float = 0.1, silver: float = 0.3
    ) -> None:
        self.points_column = points_column
        self.gold = gold
        self.silver = silver

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        """Learn the fewest points of each level."""
        if not 0 < self.gold < self.silver < 1:
            raise InvalidParameterError(
                "gold, silver", (self.gold, self.silver), "rising shares between 0 and 1"
            )
        points = self._points(customers)
        gold, silver = np.quantile(points, [1 - self.gold, 1 - self.silver], method="higher")
        self.edges_ = {"Gold": float(gold), "Silver": float(silver)}
        self.segments_ = LEVELS
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the level of each customer."""
        check_is_fitted(self)
        table = pd.DataFrame({self.points_column: self._points(customers)})
        names = nw.from_native(table).select(segment=self.expression()).to_native()["segment"]
        return pd.Series(names.array, index=customers.index, name="segment", dtype="str")

    def expression(self) -> nw.Expr:
        """Give the levels as an expression, so that they can be given on any engine."""
        check_is_fitted(self)
        points, level = nw.col(self.points_column), nw.lit(LEVELS[-1])
        for name in ("Silver", "Gold"):
            level = nw.when(points >= self.edges_[name]).then(nw.lit(name)).otherwise(level)
        return level

    def _reasons(self, customer: pd.DataFrame) -> str:
        points = self._points(customer).iloc[0]
        edges = ", ".join(f"{name} from {edge:g}" for name, edge in self.edges_.items())
        return f"{points:g} points ({edges})"

    def _points(self, customers: pd.DataFrame) -> pd.Series[float]:
        if self.points_column not in customers:
            raise MissingColumnsError("customers", [self.points_column], list(customers))
        return customers[self.points_column]
