"""What one arm of a campaign did."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ArmResult:
    """The customers of one arm, as planned, and what they bought.

    Parameters
    ----------
    customers : int
        Customers that the plan put into this arm.
    decided : int
        Those whose window is over in the orders seen; only they count below.
    buyers : int
        Decided customers with a purchase inside their window.
    spend_per_customer : float or None
        Mean net money of the decided customers, those who bought nothing
        included; None without decided customers.
    accepted : int or None
        Customers whose message a channel accepted; None without a ledger.
    """

    customers: int
    decided: int
    buyers: int
    spend_per_customer: float | None
    accepted: int | None

    @property
    def undecided(self) -> int:
        """Customers whose window was not over when the orders end."""
        return self.customers - self.decided

    @property
    def waits(self) -> bool:
        """Whether the arm has customers, but none whose window is over."""
        return self.customers > 0 and self.decided == 0

    @property
    def conversion(self) -> float | None:
        """The share of decided customers who bought, 0 to 1."""
        return self.buyers / self.decided if self.decided else None
