"""The moments that were found, and how far they are from the best."""

from __future__ import annotations

import attrs
import pandas as pd  # noqa: TC002 -- attrs reads it


@attrs.frozen(kw_only=True, eq=False)
class Moments:
    """What :func:`schedule_within` found, with its certificate.

    Parameters
    ----------
    table : DataFrame of shape (n_customers, 4), indexed by customer_id
        ``send_at`` (datetime64[us, UTC]; NaT for none), ``preference`` (the
        model's score; NaN with NaT), ``reason`` (a
        :class:`~crmlib.messages.Reason` where no moment is left, else None)
        and ``why`` (a sentence).
    value : float
        What the moments are worth: 1 for each message that goes, and up to 1
        more for how well its moment is liked, as a share of the best that is
        open to its customer.
    bound : float
        No schedule that keeps the limits is worth more.
    method : {"greedy", "exact", "prices"}
        How it was found: everybody has the best there is, the best placement
        was proven, or dual prices led to it.
    """

    table: pd.DataFrame
    value: float
    bound: float
    method: str

    @property
    def gap(self) -> float:
        """How much of the bound is missing, as a share; 0 is proven the best."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0
