"""Which customer gets which offer, and how far from the best that can be."""

from __future__ import annotations

import attrs
import pandas as pd  # noqa: TC002 -- attrs reads it


@attrs.frozen(kw_only=True, eq=False)
class OfferAssignment:
    """What :func:`assign_offers` found, with its certificate.

    Parameters
    ----------
    offers : Series of str, indexed by customer_id
        The offer of each customer; None for none.
    value : float
        Sum of the scores of what is given.
    bound : float
        No assignment that keeps the caps and the budget is worth more.
    method : {"milp", "prices"}
        How it was found: exactly, or by dual prices.
    prices : Series of float, indexed by offer
        What one more of each offer would bring: 0 where some are left.  NaN
        where it was found exactly.
    budget_price : float
        What one more unit of budget would bring; NaN as above.
    spent : float
        Sum of the costs of what is given.
    """

    offers: pd.Series[str]
    value: float
    bound: float
    method: str
    prices: pd.Series[float]
    budget_price: float
    spent: float

    @property
    def gap(self) -> float:
        """How much of the bound is missing, as a share; 0 is proven the best."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0

    def counts(self) -> pd.Series[int]:
        """Count how often each offer is given, in the order of the prices."""
        return self.offers.value_counts().reindex(self.prices.index, fill_value=0)
