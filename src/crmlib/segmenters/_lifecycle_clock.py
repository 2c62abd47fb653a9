"""The purchase clock of a customer: own gaps, drawn towards the gaps of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import narwhals.stable.v2 as nw
import numpy as np

from crmlib.exceptions import InvalidTableError
from crmlib.segmenters._customers_table import check_customers, require_finite

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

COLUMNS = ("recency_days", "frequency", "mean_gap_days", "max_gap_days")

SHORTEST_GAP = 1.0
"""Days; orders on one day are one visit, and a logarithm needs a number above 0."""

_POISSON_SPREAD = np.pi**2 / 6
"""Variance of the logarithm of a gap where purchases come by chance alone."""

_ENOUGH = 10
"""Customers with two gaps from which the spread within a customer is learned."""

_MOST_SHRINKAGE = 100.0


@attrs.frozen(kw_only=True)
class Clock:
    """What is learned of the gaps between purchases.

    Parameters
    ----------
    typical_gap_days : float
        Of a customer about whom nothing is known.
    shrinkage : float
        How many gaps of the customer's own weigh as much as that.
    """

    typical_gap_days: float
    shrinkage: float

    def days(self) -> nw.Expr:
        """Give the length of each customer's clock in days, as an expression."""
        n = gaps()
        mean = nw.col("mean_gap_days").cast(nw.Float64())
        own = nw.when((n > 0) & (mean > SHORTEST_GAP)).then(mean).otherwise(nw.lit(SHORTEST_GAP))
        typical = self.shrinkage * float(np.log(self.typical_gap_days))
        drawn = ((n * own.log() + typical) / (n + self.shrinkage)).exp()
        # exp and log would give a typical gap of 60 days back as 59.999….
        return nw.when(n > 0).then(drawn).otherwise(nw.lit(self.typical_gap_days))

    def tolerated_days(self, tolerance: float) -> nw.Expr:
        """Give the longest silence that is still like each customer, as an expression.

        That is *tolerance* clocks, or the longest gap after which the customer
        came back, whichever is longer.
        """
        longest, several = nw.col("max_gap_days").cast(nw.Float64()), tolerance * self.days()
        came_back = (gaps() > 0) & (longest > several)
        return nw.when(came_back).then(longest).otherwise(several)


def gaps() -> nw.Expr:
    """Give how many gaps between orders each customer has, as an expression."""
    return nw.col("frequency").cast(nw.Float64()) - 1


def learn_clock(customers: pd.DataFrame, default_gap_days: float) -> Clock:
    """Learn the typical gap and how far to trust a customer's own.

    The logarithm of a customer's mean gap is taken as normal about the
    logarithm of the customer's clock, with variance within / gaps, and that as
    normal about the typical one, with variance between.  Both variances are
    found by moments, as in a one-way analysis of variance: within from
    customers with two gaps, which mean and maximum tell apart.

    *customers* is as :func:`read_gaps` gives it.
    """
    n = customers["frequency"].to_numpy() - 1
    again = n > 0
    if not again.any():
        return Clock(typical_gap_days=default_gap_days, shrinkage=_MOST_SHRINKAGE)
    mean, longest = (customers[c].to_numpy() for c in ("mean_gap_days", "max_gap_days"))
    n, mean, longest = n[again], mean[again], longest[again]
    logs = np.log(np.maximum(mean, SHORTEST_GAP))
    within = _POISSON_SPREAD
    two = n == 2  # noqa: PLR2004 -- then the shorter gap is known, too
    if two.sum() >= _ENOUGH:
        both = np.column_stack([longest[two], 2 * mean[two] - longest[two]])
        differences = np.diff(np.log(np.maximum(both, SHORTEST_GAP)), axis=1)
        within = float((differences**2).mean() / 2)
    total = float(((logs - logs.mean()) ** 2).sum() / max(len(logs) - 1, 1))
    between = total - within * float((1 / n).mean())
    shrinkage = _MOST_SHRINKAGE
    if between > 0:
        shrinkage = float(np.clip(within / between, 1 / _MOST_SHRINKAGE, _MOST_SHRINKAGE))
    # Who has many gaps tells more of the centre, but only as far as customers are alike.
    weight = n / (n + shrinkage)
    typical = float(np.exp((weight * logs).sum() / weight.sum()))
    return Clock(typical_gap_days=typical, shrinkage=shrinkage)


def read_gaps(customers: pd.DataFrame) -> pd.DataFrame:
    """Give the four columns as floats, checked.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    InvalidTableError
        If a value is missing, negative or infinite; gaps count where there is
        more than one order.
    """
    check_customers(customers, COLUMNS)
    table = customers[list(COLUMNS)].copy()
    for column in ("recency_days", "frequency"):
        table[column] = _require_from(customers, column, float(column == "frequency"))
    again = table["frequency"] > 1
    for column in ("mean_gap_days", "max_gap_days"):
        numbers = np.full(len(table), np.nan)
        numbers[again] = _require_from(customers[again], column, 0.0)
        table[column] = numbers
    return table


def _require_from(customers: pd.DataFrame, column: str, least: float) -> Floats:
    """Give *column* as floats from *least* on, or say who has less."""
    numbers = require_finite(customers, column)
    if (numbers < least).any():
        first = customers.index[int(np.argmax(numbers < least))]
        raise InvalidTableError(
            "customers",
            f"has {(numbers < least).sum()} values in {column!r} below {least:g}, "
            f"the first for {first!r}",
            "make the table with crmlib.summarize_customers",
        )
    return numbers
